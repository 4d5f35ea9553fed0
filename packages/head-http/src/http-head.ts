import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type AddressSpace,
  type Broker,
  Meter,
  type Principal,
  Refusal,
  type Report,
  SPACE_DEFAULT,
  type Turn,
  Visit,
} from '@angarium/core';
import type { ListedConnection } from '@angarium/transport';
import { BatchExchange, batchForm, readBatch } from './batch.ts';
import { ClientWills, WILL_OWNER_PREFIX } from './client-wills.ts';
import { checkEvent } from './cloud-event.ts';
import { EventStreams } from './event-streams.ts';
import { type Exchange, queryTime } from './exchange.ts';
import { type HttpLimits, httpLimits } from './limits.ts';
import { readMessageHeaders } from './message-headers.ts';
import { addressKey, type MessagePath, MessagePaths, pathFor } from './message-path.ts';
import type { PlainSend } from './plain-send.ts';
import { type HttpProblem, messageProblem, RequestError, refusalProblem, writeProblem } from './problem.ts';
import { Producers, type RequestLink } from './producers.ts';
import { refuseUnknownParameters } from './query-parameters.ts';
import { type MessageReader, messageReader } from './received-message.ts';
import { Receivers } from './receivers.ts';
import { type HttpRequest, type HttpResponse, peerName } from './request.ts';
import { RequestBodies } from './request-body.ts';
import { RequestDoor } from './request-door.ts';
import type { RequestHead } from './request-head.ts';
import { RequestMeters, resting } from './request-meters.ts';
import { Replies, ReplyExchange } from './request-reply.ts';
import { SendExchange } from './send.ts';
import { checkUserId, encodeSent, type SentMessage, sentMessage } from './sent-message.ts';
import { type SendWaiter, SharedProducer } from './shared-producer.ts';
import { refuseUpgrade, TUNNELLED, type Tunnelled, type TunnelTaker, WebSockets } from './web-sockets.ts';

/** How often deadlines are looked at, in milliseconds. */
const TICK_MS = 100;

export interface HttpHeadOptions {
  readonly broker: Broker;
  readonly turn: Turn;
  readonly report: Report;
  /** Lets a request in that is for this address space, or says why not. */
  readonly access: (request: RequestHead, space: string) => Principal | HttpProblem | Promise<Principal | HttpProblem>;
  /** For a protocol that asks for credentials by itself: refuses what a page of another site could have sent. */
  readonly refuseForeign: (request: RequestHead) => HttpProblem | undefined;
  /** Who takes other protocols over WebSocket; for one that is absent there is none. */
  readonly tunnels?: Readonly<Partial<Record<Tunnelled, TunnelTaker>>>;
  readonly limits?: Partial<HttpLimits>;
}

/** Messages over HTTP: takes the requests whose paths are of messages. */
export class HttpHead {
  readonly broker: Broker;
  readonly turn: Turn;
  readonly report: Report;
  readonly limits: HttpLimits;
  readonly #access: HttpHeadOptions['access'];
  readonly #paths = new MessagePaths(SPACE_DEFAULT);
  readonly #bodies: RequestBodies;
  readonly #reader: MessageReader;
  readonly #producers: Producers;
  readonly #receivers: Receivers;
  readonly #replies: Replies;
  readonly #events: EventStreams;
  readonly #wills = new ClientWills();
  readonly #webSockets: WebSockets;
  readonly #meters = new RequestMeters();
  readonly #refuseForeign: HttpHeadOptions['refuseForeign'];
  readonly #tunnels: NonNullable<HttpHeadOptions['tunnels']>;
  #phase: 'starting' | 'ready' | 'stopping' = 'starting';
  /** What requests are told that came while the server stops. */
  #stopped: HttpProblem | undefined;
  #ticking: { cancel(): void } | undefined;

  constructor(options: HttpHeadOptions) {
    this.broker = options.broker;
    this.turn = options.turn;
    this.report = options.report;
    this.limits = httpLimits(options.limits);
    this.#access = options.access;
    this.#reader = messageReader(this.broker.encodings);
    this.#bodies = new RequestBodies(this.limits.bodiesBytesMax);
    this.#producers = new Producers(this.turn, this.limits);
    this.#receivers = new Receivers(this.turn, this.limits, this.#reader);
    this.#replies = new Replies(this.turn, this.limits, this.#reader);
    this.#events = new EventStreams(this.turn, this.report, this.limits, this.#reader, this.#wills);
    this.#refuseForeign = options.refuseForeign;
    this.#tunnels = options.tunnels ?? {};
    this.#webSockets = new WebSockets(this.limits, this.report);
  }

  /** What stays open for longer than a request: event streams and WebSockets with JSON. */
  get connections(): Iterable<ListedConnection> {
    return [...this.#events.connections(), ...this.#webSockets.connections];
  }

  /** Links of requests to one space, or to all, which have no connection that they belong to: all that send to one address, or receive from it, share one. */
  *requestLinks(space?: AddressSpace): Iterable<RequestLink> {
    yield* this.#producers.links(space);
    yield* this.#receivers.links(space);
  }

  /** The broker has its log: requests are served from now on. */
  start(): void {
    // The clients of all wills are gone.
    for (const { wills } of this.broker.spaces.values()) wills.restore(WILL_OWNER_PREFIX);
    this.#phase = 'ready';
  }

  /** Takes the request when its path is of messages, and answers whether it is. */
  take(request: HttpRequest, response: HttpResponse): boolean {
    let path: MessagePath | undefined;
    try {
      path = this.#paths.find(request.url!);
    } catch {
      writeProblem(response, messageProblem('request-invalid', 'The path is not URL-encoded as it should be.'));
      return true;
    }
    // To look at messages is the affair of the API.
    if (path === undefined || (path.administered && request.method === 'GET')) return false;
    const access = this.#access(request, path.space);
    if (access instanceof Promise) void access.then(answer => this.#enter(request, response, path, answer));
    else this.#enter(request, response, path, access);
    return true;
  }

  /** Takes a request to speak another protocol from now on, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // What a peer does to its connection meanwhile is its own affair.
    socket.on('error', () => socket.destroy());
    let path: MessagePath | undefined;
    try {
      path = this.#paths.find(request.url!);
    } catch {
      return refuseUpgrade(socket, messageProblem('request-invalid', 'The path is not URL-encoded as it should be.'));
    }
    const protocol = TUNNELLED.find(tunnelled => tunnelled === path?.action);
    const take = protocol && this.#tunnels[protocol];
    if (!path || (path.action !== 'ws' && !take))
      return refuseUpgrade(socket, messageProblem('path-not-found', `There is no WebSocket at ${request.url}.`));
    if (protocol && take) {
      const refused = this.#refuseForeign(request) ?? this.#refusePhase() ?? queryProblem(path, protocol);
      if (refused) return refuseUpgrade(socket, refused);
      return this.#webSockets.openTunnel(protocol, request, socket, head, take);
    }
    void Promise.resolve(this.#access(request, path.space)).then(access => this.#openJson(request, socket, head, path, access));
  }

  #openJson(request: IncomingMessage, socket: Duplex, head: Buffer, asked: MessagePath, access: Principal | HttpProblem): void {
    const path = 'status' in access ? asked : pathFor(asked, access.space);
    const visit = this.#admit(request, path, access);
    if (!(visit instanceof Visit)) return refuseUpgrade(socket, visit);
    const meter = new Meter(visit);
    meter.add('connections', 1);
    socket.once('close', () => meter.add('connections', -1));
    const beyond = meter.refuse('connections');
    if (beyond) return refuseUpgrade(socket, refusalProblem(beyond));
    const refused = queryProblem(path, 'ws');
    if (refused) return refuseUpgrade(socket, refused);
    this.#webSockets.openJson(request, socket, head, {
      visit,
      meter,
      address: path.name,
      turn: this.turn,
      limits: this.limits,
      read: this.#reader,
      producerOf: (of, name) => this.#stopped ?? this.#producerOf(addressKey(of.space.name, name), of, name),
      peer: peerName(request.socket),
      wills: this.#wills,
    });
    this.#tickLater();
  }

  #refusePhase(): HttpProblem | undefined {
    return this.#phase === 'ready' ? undefined : (this.#stopped ?? messageProblem('server-starting', 'The durable log is being read.'));
  }

  #enter(request: HttpRequest, response: HttpResponse, asked: MessagePath, access: Principal | HttpProblem): void {
    const path = 'status' in access ? asked : pathFor(asked, access.space);
    const visit = this.#admit(request, path, access);
    if (!(visit instanceof Visit)) return writeProblem(response, visit);
    this.#tickLater();
    const rest = resting(this.#meters.of(visit));
    if (rest) void rest.then(() => this.#serveVisit(request, response, path, visit));
    else this.#serveVisit(request, response, path, visit);
  }

  #serveVisit(request: HttpRequest, response: HttpResponse, path: MessagePath, visit: Visit): void {
    try {
      this.#serve({ request, response, path, visit, space: visit.space, user: visit.principal.user });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      writeProblem(response, error.problem);
    }
  }

  #admit({ socket }: RequestHead, path: MessagePath, access: Principal | HttpProblem): Visit | HttpProblem {
    if ('status' in access) return access;
    const refused = this.#refusePhase();
    if (refused) return refused;
    // Who may not enter is not told whether there is anything to enter.
    if (!this.broker.spaces.has(path.space) && (access.administersServer || access.space === path.space)) return noSpace(path.space);
    const door = new RequestDoor(socket);
    if (access.space !== path.space && !access.administersServer) return refusalProblem(this.broker.refuseEntry(access, path.space, door));
    const visit = this.broker.enter(access, path.space, door);
    return visit instanceof Refusal ? refusalProblem(visit) : visit;
  }

  #serve(exchange: Exchange): void {
    const { request, response, path } = exchange;
    if (path.action === 'events' && request.method === 'DELETE') {
      refuseUnknownParameters(path.query, 'goodbye');
      return this.#events.goodbye(exchange);
    }
    const { action } = path;
    if (action === 'ws' || action === 'amqp' || action === 'mqtt')
      return writeProblem(
        response,
        messageProblem('path-not-found', `There is nothing at ${request.url} but for a WebSocket: ask for an upgrade.`),
      );
    const method = action === 'events' ? 'GET' : 'POST';
    if (request.method !== method) return writeProblem(response, methodNotAllowed(method === 'GET' ? 'GET, DELETE' : method));
    refuseUnknownParameters(path.query, action);
    switch (action) {
      case 'send':
        return this.#send(exchange);
      case 'receive':
        request.resume();
        return this.#receivers.receive(exchange);
      case 'settle':
        return this.#read(exchange, body => this.#receivers.settle(exchange, body));
      case 'events':
        return this.#events.open(exchange);
    }
  }

  /** Reads the body; what `take` throws as the client's mistake is answered. */
  #read({ request, response }: Exchange, take: (body: Uint8Array) => void): void {
    this.#bodies.read(request, this.limits.bodyBytesMax, body => {
      if (!(body instanceof Uint8Array)) return writeProblem(response, body);
      if (this.#stopped) return writeProblem(response, this.#stopped);
      try {
        take(body);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        writeProblem(response, error.problem);
      }
    });
  }

  /** Throws `RequestError`. */
  #send(exchange: Exchange): void {
    const { request, response, path, space } = exchange;
    const waitMs = queryTime(path, 'wait', this.limits.waitMsMax);
    const replyMs = queryTime(path, 'reply', this.limits.replyMsMax);
    const form = batchForm(request, path);
    if (form !== undefined && replyMs > 0)
      throw new RequestError('request-invalid', 'A batch has no replies: send one message with reply.');
    this.#read(exchange, body => {
      this.#meters.of(exchange.visit).charge(1, body.length);
      const untilMs = waitMs === 0 ? 0 : this.turn.nowMs + waitMs;
      if (form === undefined && replyMs === 0)
        return this.#sendOne(path, exchange.visit, request.rawHeaders, body, new SendExchange(response), untilMs);
      const messages = form === undefined ? undefined : readBatch(form, body, request.headers['content-type'] ?? '', this.limits);
      for (const each of messages ?? []) checkUserId(exchange.visit.principal, each);
      const producer = this.#producerOf(path.key, exchange.visit, path.name);
      if (!(producer instanceof SharedProducer)) return writeProblem(response, producer);
      if (messages) return new BatchExchange(response).send(messages, producer, untilMs, exchange.visit);
      const sent = readSent(exchange.visit.principal, request.rawHeaders, body);
      const reply = this.#replies.prepare(sent, space, response, replyMs);
      if (!(reply instanceof ReplyExchange)) return writeProblem(response, reply);
      producer.send(encodeSent(sent), reply, untilMs, exchange.visit);
    });
  }

  /** Throws `RequestError`. */
  #sendOne(path: MessagePath, visit: Visit, rawHeaders: readonly string[], body: Uint8Array, waiter: SendWaiter, untilMs: number): void {
    const sent = readSent(visit.principal, rawHeaders, body);
    const producer = this.#producerOf(path.key, visit, path.name);
    if (producer instanceof SharedProducer) producer.send(encodeSent(sent), waiter, untilMs, visit);
    else waiter.refused(producer);
  }

  // ---- plain requests, whose front has read them

  /** The path of this request target, if it is of messages. Throws URIError when it is not URL-encoded as it should be. */
  find(target: string): MessagePath | undefined {
    return this.#paths.find(target);
  }

  /** Sends the message of such a request; `body` is valid during the call. A promise: nothing more is to be read of this connection until it resolves. */
  sendPlain(request: PlainSend, body: Uint8Array, waiter: SendWaiter): Promise<void> | undefined {
    const access = this.#access(request, request.path.space);
    if (!(access instanceof Promise)) return this.#enterPlain(request, body, waiter, access);
    const kept = body.slice();
    return access.then(answer => this.#enterPlain(request, kept, waiter, answer));
  }

  /** A promise: the next request of this connection has to wait, for the sake of other spaces or because of a rate. */
  #enterPlain(request: PlainSend, body: Uint8Array, waiter: SendWaiter, access: Principal | HttpProblem): Promise<void> | undefined {
    const { path: asked, rawHeaders } = request;
    const path = 'status' in access ? asked : pathFor(asked, access.space);
    const visit = this.#admit(request, path, access);
    if (!(visit instanceof Visit)) {
      waiter.refused(visit);
      return undefined;
    }
    const meter = this.#meters.of(visit);
    meter.charge(1, body.length);
    try {
      this.#sendOne(path, visit, rawHeaders, body, waiter, 0);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      waiter.refused(error.problem);
    }
    return resting(meter);
  }

  #producerOf(key: string, visit: Visit, name: string): SharedProducer | HttpProblem {
    const producer = this.#producers.of(key, visit, name);
    this.#tickLater();
    if (producer instanceof SharedProducer && producer.size >= this.limits.waitersMax)
      return messageProblem('limit-reached', `${this.limits.waitersMax} messages wait for ${name} already (waitersMax): send again later.`);
    return producer;
  }

  // ---- time, and the end

  /** One timer for all that waits, while something does. */
  #tickLater(): void {
    if (this.#ticking) return;
    this.#ticking = this.turn.after(TICK_MS, () => {
      this.#ticking = undefined;
      this.#producers.tick(this.turn.nowMs);
      this.#receivers.tick(this.turn.nowMs);
      this.#replies.tick(this.turn.nowMs);
      this.#events.tick(this.turn.nowMs);
      this.#webSockets.tick(this.turn.nowMs);
      if (this.#producers.size + this.#receivers.size + this.#replies.size + this.#events.size + this.#webSockets.size > 0)
        this.#tickLater();
    });
  }

  /** Answers every request that waits with `description`, and takes no more. Resolves when what that settles has reached the log. */
  stop(description: string): Promise<void> {
    this.#phase = 'stopping';
    this.#stopped = refusalProblem(new Refusal('server-stopping', `${description}: try again elsewhere, or in a moment.`));
    this.#ticking?.cancel();
    this.#producers.stop(this.#stopped);
    this.#replies.stop(this.#stopped);
    this.#events.stop(this.#stopped);
    this.#receivers.stop(this.#stopped);
    this.#webSockets.stop();
    return new Promise(resolve => this.turn.deferNext({ deferred: false, run: resolve }));
  }
}

/** Throws `RequestError`. */
function readSent(principal: Principal, rawHeaders: readonly string[], body: Uint8Array): SentMessage {
  const sent = sentMessage(body);
  readMessageHeaders(rawHeaders, sent);
  checkUserId(principal, sent);
  checkEvent(sent);
  return sent;
}

function methodNotAllowed(allow: string): HttpProblem {
  return messageProblem('method-not-allowed', `This path takes ${allow}.`, { allow });
}

/** What is wrong with the query of a request for a WebSocket. */
function queryProblem({ query }: MessagePath, action: 'ws' | Tunnelled): HttpProblem | undefined {
  try {
    refuseUnknownParameters(query, action);
    return undefined;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return error.problem;
  }
}

function noSpace(space: string): HttpProblem {
  return refusalProblem(new Refusal('space-not-found', `There is no address space "${space}".`));
}
