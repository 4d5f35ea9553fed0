import {
  ACCEPTED,
  type Consumer,
  type ConsumerPort,
  type DeliverySource,
  IN_DOUBT,
  type Message,
  MessageCollector,
  type MessageStream,
  type Meter,
  type Outcome,
  type PeerDescription,
  type PrincipalFollower,
  RELEASED,
  Refusal,
  type Turn,
  type Visit,
} from '@angarium/core';
import type { ConnectionStatus, ListedConnection, ListedLink } from '@angarium/transport';
import type { WebSocket } from 'ws';
import type { ClientWills } from './client-wills.ts';
import type { HttpLimits } from './limits.ts';
import { isObject, jsonMessage, messageFromJson, parseJson } from './message-json.ts';
import { type HttpProblem, outcomeProblem, problemDocument, RequestError, refusalProblem } from './problem.ts';
import type { MessageReader } from './received-message.ts';
import { selectorWish } from './selector-wish.ts';
import { checkUserId, encodeSent } from './sent-message.ts';
import { readOutcome } from './settle.ts';
import { SharedProducer } from './shared-producer.ts';
import { UNREADABLE } from './shared-receiver.ts';
import { SocketWill } from './socket-will.ts';
import { offsetWish } from './stream-offset.ts';
import { subscriptionWish } from './subscription-options.ts';

/** Credit of a subscription that settles by itself and asks for none. */
const CREDIT_DEFAULT = 100;
const CREDIT_MAX = 10_000;
/** The code of a close by the server that stops (RFC 6455, section 7.4.1). */
/** As connections are listed. */
const PROTOCOL = 'WebSocket JSON';
const GOING_AWAY = 1001;
/** The code of a close by an administrator, and the longest reason (RFC 6455, sections 7.4.1 and 5.5). */
const POLICY_VIOLATION = 1008;
const CLOSE_REASON_BYTES_MAX = 123;
/** The longest id that a client may give to what it asks for, in UTF-16 units. */
const ID_LENGTH_MAX = 255;

export interface JsonSocketParts {
  readonly visit: Visit;
  readonly meter: Meter;
  /** Host and port. */
  readonly peer: string;
  /** The address of frames that name none. */
  readonly address: string;
  readonly turn: Turn;
  readonly limits: HttpLimits;
  readonly read: MessageReader;
  readonly producerOf: (visit: Visit, name: string) => SharedProducer | HttpProblem;
  readonly wills: ClientWills;
}

type Frame = Record<string, unknown>;

/** Messages as JSON documents over a WebSocket; docs/websocket-json.md is its protocol. */
export class JsonSocket implements ListedConnection, PrincipalFollower {
  readonly sinceMs: number;
  readonly limits: HttpLimits;
  readonly turn: Turn;
  readonly read: MessageReader;
  readonly #socket: WebSocket;
  readonly #parts: JsonSocketParts;
  readonly #subscriptions = new Map<string, SocketSubscription>();
  readonly #unsettled = new Map<number, { subscription: SocketSubscription; source: DeliverySource; token: number }>();
  readonly #will: SocketWill;
  readonly #unfollow: () => void;
  #delivery = 0;
  #sending = 0;
  #resting = false;
  #paused = false;
  #blockedSinceMs = 0;
  #pingedAtMs: number;
  #alive = true;

  constructor(socket: WebSocket, parts: JsonSocketParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.limits = parts.limits;
    this.turn = parts.turn;
    this.read = parts.read;
    this.#will = new SocketWill(parts.wills, parts.visit);
    this.sinceMs = this.#pingedAtMs = parts.turn.nowMs;
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    socket.on('pong', () => {
      this.#alive = true;
    });
    // ws closes the connection itself, with the code of what was wrong.
    socket.on('error', () => {});
    this.#unfollow = parts.visit.principal.follow(this);
    socket.once('close', code => this.#lost(code));
  }

  // ---- as administrators see it

  describePeer(subscription: string): PeerDescription {
    const { visit } = this.#parts;
    return { ...visit.describePeer(`${visit.principal.user}/${subscription}`), protocol: PROTOCOL };
  }

  get addressSpace(): string {
    return this.#parts.visit.space.name;
  }

  status(): ConnectionStatus {
    const { visit, peer } = this.#parts;
    return {
      protocol: PROTOCOL,
      client: '',
      user: visit.principal.user,
      peer,
      addressSpace: this.addressSpace,
      since: new Date(this.sinceMs).toISOString(),
      subscriptions: this.#subscriptions.size,
      unsettled: this.#unsettled.size,
      unsentBytes: this.#socket.bufferedAmount,
    };
  }

  /** Its subscriptions. What it sends goes the way of all requests' messages. */
  *links(): Iterable<ListedLink> {
    for (const subscription of this.#subscriptions.values()) {
      const pausedWhy = this.#paused ? this.#pausedWhy : undefined;
      yield { ...subscription.listed(), oldestUnsettled: this.#oldestOf(subscription), pausedWhy };
    }
  }

  #oldestOf(subscription: SocketSubscription): number | undefined {
    if (subscription.unsettled > 0) for (const [delivery, of] of this.#unsettled) if (of.subscription === subscription) return delivery;
    return undefined;
  }

  get #pausedWhy(): string {
    const { bufferedAmount } = this.#socket;
    if (bufferedAmount > 0) return `its connection does not read: ${bufferedAmount} bytes wait for it`;
    return `it has ${this.#unsettled.size} deliveries that it has not settled, as many as it may have (webSocketUnsettledMax)`;
  }

  closeByAdministrator(why: string): void {
    this.#socket.close(POLICY_VIOLATION, Buffer.from(why).subarray(0, CLOSE_REASON_BYTES_MAX));
  }

  // ---- what becomes of who the client is

  rightsChanged(): void {
    const { visit } = this.#parts;
    for (const subscription of [...this.#subscriptions.values()]) {
      const refusal = visit.refuseToReceive(subscription.address);
      if (refusal) subscription.withdraw(refusal);
    }
  }

  principalEnded(why: string): void {
    this.closeByAdministrator(why);
  }

  // ---- what comes in

  /** So much has come in; the socket rests where that was enough for now. */
  #count(bytes: number): void {
    const { meter } = this.#parts;
    meter.charge(1, bytes);
    if (this.#resting || !meter.rests({ readOn: () => this.#readOn() })) return;
    this.#resting = true;
    this.#socket.pause();
  }

  #readOn(): void {
    this.#resting = false;
    if (!this.#paused) this.#socket.resume();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#alive = true;
    let frame: Frame | undefined;
    try {
      const json = isBinary ? undefined : parseJson(data);
      if (!isObject(json)) throw new RequestError('request-invalid', 'A frame is a text with one JSON object.');
      frame = json;
      this.#take(frame);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#refuse(frame?.id, error.problem);
    }
    this.#count(data.length);
  }

  #take(frame: Frame): void {
    switch (frame.type) {
      case 'send':
        return this.#send(frame);
      case 'subscribe':
        return this.#subscribe(frame);
      case 'credit':
        return this.#subscriptionOf(frame).setCredit(integer(frame, 'credit', 0, CREDIT_MAX));
      case 'unsubscribe':
        this.#subscriptionOf(frame).end(undefined);
        return;
      case 'settle':
        return this.#settle(frame);
      case 'will':
        return this.#will.take(frame, this.#parts.address, problem => this.#answer(frame.id, problem));
      default:
        throw new RequestError('request-invalid', 'type is none of send, subscribe, credit, settle, unsubscribe and will.');
    }
  }

  // ---- sending

  #send(frame: Frame): void {
    const { visit, address, producerOf } = this.#parts;
    const sent = messageFromJson(frame.message, 'message');
    checkUserId(visit.principal, sent);
    const name = text(frame, 'address', address);
    if (this.#sending >= this.limits.webSocketUnsettledMax)
      throw new RequestError('limit-reached', `${this.#sending} messages wait for their outcome already (webSocketUnsettledMax).`);
    const producer = producerOf(visit, name);
    if (!(producer instanceof SharedProducer)) return this.#refuse(frame.id, producer);
    const waitMs = frame.wait === undefined ? 0 : integer(frame, 'wait', 0, this.limits.waitMsMax);
    this.#sending++;
    const known = (problem: HttpProblem | undefined, sequence?: number): void => {
      this.#sending--;
      this.#answer(frame.id, problem, sequence);
    };
    producer.send(
      encodeSent(sent),
      {
        settled: outcome => known(outcomeProblem(outcome), outcome.kind === 'accepted' ? outcome.sequence : undefined),
        refused: known,
      },
      waitMs === 0 ? 0 : this.turn.nowMs + waitMs,
      visit,
    );
  }

  // ---- receiving

  #subscribe(frame: Frame): void {
    const { visit, address } = this.#parts;
    const { space } = visit;
    const id = text(frame, 'id', undefined);
    if (id.length > ID_LENGTH_MAX || this.#subscriptions.has(id))
      throw new RequestError('request-invalid', 'id is too long, or taken already.');
    if (this.#subscriptions.size >= this.limits.webSocketSubscriptionsMax)
      throw new RequestError('limit-reached', `There are ${this.#subscriptions.size} subscriptions already (webSocketSubscriptionsMax).`);
    const name = text(frame, 'address', address);
    const refused = visit.refuseConsumer(name);
    if (refused) return this.#refuse(id, refusalProblem(refused));
    const settle = text(frame, 'settle', 'auto');
    if (settle !== 'auto' && settle !== 'manual') throw new RequestError('request-invalid', 'settle is neither auto nor manual.');
    const auto = settle === 'auto';
    const credit = frame.credit === undefined ? (auto ? CREDIT_DEFAULT : 0) : integer(frame, 'credit', 0, CREDIT_MAX);
    const wanted = frame.subscription === undefined ? undefined : text(frame, 'subscription', undefined);
    const wish = subscriptionWish(wanted, frame.durable === true, this.limits);
    const subscription = new SocketSubscription(this, id, name, auto, wish.keepMs);
    const from = offsetWish(frame.offset === undefined ? undefined : String(frame.offset), space, name);
    const selected = selectorWish(frame.selector === undefined ? undefined : text(frame, 'selector', undefined), space, name);
    subscription.selector = selected.filter?.text;
    const consumer = visit.attachConsumer(name, undefined, subscription, { ...wish.options, ...from, ...selected });
    if (consumer instanceof Refusal) return this.#refuse(id, refusalProblem(consumer));
    this.#subscriptions.set(id, subscription);
    this.#write({ type: 'subscribed', id, address: name });
    subscription.start(consumer, credit, this.#paused);
  }

  #subscriptionOf(frame: Frame): SocketSubscription {
    const subscription = this.#subscriptions.get(text(frame, 'id', undefined));
    if (!subscription) throw new RequestError('request-invalid', 'There is no subscription of this id.');
    return subscription;
  }

  #settle(frame: Frame): void {
    const given = Array.isArray(frame.delivery) ? frame.delivery : [frame.delivery];
    const outcome = readOutcome(frame, 'frame');
    let settled = 0;
    for (const delivery of given) if (this.#settleOne(delivery, outcome)) settled++;
    this.#write({ type: 'settled', ...(frame.id !== undefined && { id: frame.id }), settled, gone: given.length - settled });
  }

  #settleOne(delivery: unknown, outcome: Outcome): boolean {
    const unsettled = this.#unsettled.get(delivery as number);
    if (!unsettled) return false;
    this.#unsettled.delete(delivery as number);
    unsettled.subscription.settle(unsettled.source, unsettled.token, outcome);
    return true;
  }

  /** Hands a delivery to the client; one that settles by itself is accepted when it is written. */
  deliver(subscription: SocketSubscription, message: object, source: DeliverySource, token: number): void {
    const delivery = ++this.#delivery;
    this.#unsettled.set(delivery, { subscription, source, token });
    const frame = { type: 'message', id: subscription.id, delivery, message };
    if (subscription.auto) {
      this.#write(frame, () => {
        this.#settleOne(delivery, ACCEPTED);
      });
    } else this.#write(frame);
    if (this.#unsettled.size >= this.limits.webSocketUnsettledMax) this.#pause();
  }

  /** The subscription is over: by the client, or by `refusal`. */
  forget(subscription: SocketSubscription, problem: HttpProblem | undefined): void {
    this.#subscriptions.delete(subscription.id);
    for (const [delivery, { subscription: of }] of this.#unsettled) if (of === subscription) this.#settleOne(delivery, IN_DOUBT);
    this.#write({ type: 'unsubscribed', id: subscription.id, ...(problem && { problem: problemDocument(problem) }) });
  }

  // ---- what goes out

  #answer(id: unknown, problem: HttpProblem | undefined, sequence?: number): void {
    if (problem) this.#refuse(id, problem);
    else this.#write({ type: 'accepted', id, ...(sequence !== undefined && { sequence }) });
  }

  #refuse(id: unknown, problem: HttpProblem): void {
    this.#write({ type: 'problem', ...(id !== undefined && { id }), problem: problemDocument(problem) });
  }

  #write(frame: object, written?: () => void): void {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    socket.send(JSON.stringify(frame), error => {
      if (!error) written?.();
    });
    if (socket.bufferedAmount > this.limits.webSocketUnsentBytesMax) this.#pause();
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#blockedSinceMs = this.turn.nowMs;
    // A client that does not take its answers does not get to ask either.
    this.#socket.pause();
    for (const subscription of this.#subscriptions.values()) subscription.pause(true);
    this.#resumeLater();
  }

  #resumeLater(): void {
    if (this.#socket.bufferedAmount > 0) return;
    // Full of unsettled deliveries, it has to be heard.
    if (!this.#resting) this.#socket.resume();
    if (this.#unsettled.size >= this.limits.webSocketUnsettledMax) return;
    this.#paused = false;
    for (const subscription of this.#subscriptions.values()) subscription.pause(false);
  }

  tick(nowMs: number): void {
    if (nowMs >= (this.#parts.visit.principal.expiresAtMs ?? Number.POSITIVE_INFINITY))
      return this.principalEnded('what has proved who the user is has run out');
    if (this.#paused) {
      if (this.#socket.bufferedAmount > 0 && nowMs - this.#blockedSinceMs > this.limits.eventStallMs) return this.#socket.terminate();
      this.#resumeLater();
    }
    if (nowMs - this.#pingedAtMs < this.limits.heartbeatMs) return;
    this.#pingedAtMs = nowMs;
    if (!this.#alive && !this.#paused) return this.#socket.terminate();
    this.#alive = false;
    this.#socket.ping();
  }

  /** The server stops: deliveries come back. */
  stop(): void {
    this.#lost(GOING_AWAY);
  }

  #lost(code: number): void {
    this.#unfollow();
    this.#will.closed(code);
    for (const subscription of [...this.#subscriptions.values()]) subscription.end(undefined);
  }
}

/** One subscription of a socket: a consumer of its address. */
class SocketSubscription implements ConsumerPort {
  unsettled = 0;
  readonly id: string;
  readonly auto: boolean;
  readonly #socket: JsonSocket;
  readonly address: string;
  readonly #keepMs: number;
  readonly #sinceMs: number;
  /** Which messages it is for. */
  selector: string | undefined;
  #consumer: Consumer | undefined;
  #credit = 0;
  #window = 0;

  constructor(socket: JsonSocket, id: string, address: string, auto: boolean, keepMs: number) {
    this.#socket = socket;
    this.id = id;
    this.address = address;
    this.auto = auto;
    this.#keepMs = keepMs;
    this.#sinceMs = socket.turn.nowMs;
  }

  describePeer(): PeerDescription {
    return this.#socket.describePeer(this.id);
  }

  start(consumer: Consumer, credit: number, paused: boolean): void {
    this.#consumer = consumer;
    if (paused) consumer.pause();
    this.setCredit(credit);
  }

  listed(): ListedLink {
    const { id, address, unsettled, selector } = this;
    const consumer = this.#consumer;
    return {
      identity: this,
      name: id,
      role: 'consumer',
      address,
      sinceMs: this.#sinceMs,
      standing: consumer?.standing,
      selector,
      unsettled,
      available: consumer?.available ?? 0,
    };
  }

  setCredit(credit: number): void {
    this.#window = this.#credit = credit;
    this.#consumer?.grant(credit, false);
  }

  pause(paused: boolean): void {
    if (paused) this.#consumer?.pause();
    else this.#consumer?.resume();
  }

  deliver(message: Message, source: DeliverySource, token: number): MessageStream | undefined {
    this.#credit--;
    this.unsettled++;
    if (message.more) {
      return new MessageCollector(message, this.#socket.limits.bodyBytesMax, whole => {
        if (whole && this.#consumer) this.#take(whole, source, token);
        else this.settle(source, token, RELEASED);
      });
    }
    this.#take(message, source, token);
    return undefined;
  }

  #take(message: Message, source: DeliverySource, token: number): void {
    const received = this.#socket.read(message);
    if (received) this.#socket.deliver(this, { address: this.address, ...jsonMessage(received) }, source, token);
    else this.settle(source, token, UNREADABLE);
  }

  settle(source: DeliverySource, token: number, outcome: Outcome): void {
    this.unsettled--;
    source.settle(token, outcome);
    // What settles by itself gets its credit back by itself.
    if (!this.auto || this.#credit > this.#window >> 1 || !this.#consumer) return;
    this.#credit = Math.max(0, this.#window - this.unsettled);
    this.#consumer.grant(this.#credit, false);
  }

  drained(): void {}

  /** Its client may have it no longer. */
  withdraw(refusal: Refusal): void {
    const consumer = this.#consumer;
    this.end(refusal);
    consumer?.detach(0);
  }

  end(refusal: Refusal | undefined): void {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    this.#socket.forget(this, refusal && refusalProblem(refusal));
    if (!refusal) consumer?.detach(this.#keepMs);
  }
}

function text(frame: Frame, name: string, otherwise: string | undefined): string {
  const value = frame[name] ?? otherwise;
  if (typeof value !== 'string' || value === '') throw new RequestError('request-invalid', `${name} has to be a text.`);
  return value;
}

function integer(frame: Frame, name: string, min: number, max: number): number {
  const value = frame[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    throw new RequestError('request-invalid', `${name} has to be a number from ${min} to ${max}.`);
  return value;
}
