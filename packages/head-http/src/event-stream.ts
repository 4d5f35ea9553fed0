import {
  ACCEPTED,
  type Consumer,
  type ConsumerPort,
  type DeliverySource,
  type Message,
  MessageCollector,
  type MessageStream,
  type PeerDescription,
  type PrincipalFollower,
  RELEASED,
  Refusal,
  type Turn,
  type Visit,
} from '@angarium/core';
import type { ConnectionStatus, ListedConnection, ListedLink } from '@angarium/transport';
import type { HttpLimits } from './limits.ts';
import { jsonMessage } from './message-json.ts';
import { type HttpProblem, messageProblem, problemDocument, refusalProblem } from './problem.ts';
import type { MessageReader } from './received-message.ts';
import { cutOff, type HttpResponse } from './request.ts';
import { UNREADABLE } from './shared-receiver.ts';

/** Deliveries that a stream takes ahead of what its reader has got. */
const CREDIT = 100;

/** Who reads a stream. */
export interface EventReader {
  readonly visit: Visit;
  /** Host and port. */
  readonly peer: string;
}

interface KeptEvent {
  readonly number: number;
  readonly text: string;
  readonly source: DeliverySource;
  readonly token: number;
  settled: boolean;
}

/**
 * Server-sent events (HTML standard, section 9.2) of one address. What has been written is accepted, and kept for a while: a reader that returns
 * with the id of its last event gets what followed it.
 *
 *     id: <stream>.<number>
 *     data: {"address":…,"body":…}
 *
 * Those of a stream have their offset as their id, and nothing needs to be kept: a reader goes on behind it at any time.
 */
export class EventStream implements ConsumerPort, ListedConnection, PrincipalFollower {
  unsettled = 0;
  readonly id: string;
  /** Which messages it is for. */
  selector: string | undefined;
  readonly #address: string;
  readonly #turn: Turn;
  readonly #limits: HttpLimits;
  readonly #read: MessageReader;
  readonly #keepMs: number;
  readonly #onLost: () => void;
  #response: HttpResponse | undefined;
  #reader: EventReader | undefined;
  #unfollow: (() => void) | undefined;
  #sinceMs = 0;
  #consumer: Consumer | undefined;
  #credit = 0;
  #number = 0;
  #kept: KeptEvent[] = [];
  #keptBytes = 0;
  #paused = false;
  #blockedSinceMs = 0;
  #wroteAtMs = 0;

  /** `onLost` is called when the reader has gone. */
  constructor(
    id: string,
    address: string,
    keepMs: number,
    parts: { turn: Turn; limits: HttpLimits; read: MessageReader },
    onLost: () => void,
  ) {
    this.id = id;
    this.#address = address;
    this.#keepMs = keepMs;
    this.#turn = parts.turn;
    this.#limits = parts.limits;
    this.#read = parts.read;
    this.#onLost = onLost;
  }

  /** A reader takes the stream, from the event after `last` on; an earlier reader that is still there has gone. */
  open(response: HttpResponse, last: number, reader: EventReader): void {
    this.#lose();
    this.#response = response;
    this.#reader = reader;
    this.#unfollow = reader.visit.principal.follow(this);
    this.#sinceMs = this.#turn.nowMs;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    response.on('drain', () => this.#drained());
    response.once('close', () => {
      if (this.#response === response) this.#lose();
    });
    this.#write('retry: 1000\n\n');
    for (const { number, text } of this.#kept) if (number > last) this.#write(text);
  }

  // ---- as administrators see it

  /** It has a reader just now. */
  get isOpen(): boolean {
    return this.#response !== undefined;
  }

  get sinceMs(): number {
    return this.#sinceMs;
  }

  get addressSpace(): string {
    return this.#reader?.visit.space.name ?? '';
  }

  describePeer(): PeerDescription {
    return this.#reader?.visit.describePeer(this.id) ?? { protocol: 'HTTP', name: this.id };
  }

  status(): ConnectionStatus {
    const { visit, peer } = this.#reader!;
    return {
      protocol: 'HTTP events',
      client: this.id,
      user: visit.principal.user,
      peer,
      addressSpace: this.addressSpace,
      since: new Date(this.#sinceMs).toISOString(),
      subscriptions: 1,
      unsettled: this.unsettled,
      unsentBytes: this.#response?.writableLength ?? 0,
    };
  }

  *links(): Iterable<ListedLink> {
    const consumer = this.#consumer;
    yield {
      identity: this,
      name: this.#address,
      role: 'consumer',
      address: this.#address,
      sinceMs: this.#sinceMs,
      standing: consumer?.standing,
      selector: this.selector,
      delivered: this.#number,
      unsettled: this.unsettled,
      available: consumer?.available ?? 0,
      pausedWhy: this.#paused ? `its connection does not read: ${this.#response?.writableLength ?? 0} bytes wait for it` : undefined,
    };
  }

  closeByAdministrator(why: string): void {
    this.stop(messageProblem('connection-closed', why));
  }

  // ---- deliveries

  start(consumer: Consumer): void {
    this.#consumer = consumer;
    this.#credit = CREDIT;
    consumer.grant(CREDIT, false);
  }

  deliver(message: Message, source: DeliverySource, token: number): MessageStream | undefined {
    this.#credit--;
    this.unsettled++;
    if (message.more) {
      return new MessageCollector(message, this.#limits.bodyBytesMax, whole => {
        if (whole) this.#take(whole, source, token);
        else this.#settle(source, token, RELEASED);
      });
    }
    this.#take(message, source, token);
    return undefined;
  }

  #take(message: Message, source: DeliverySource, token: number): void {
    const response = this.#response;
    if (!response) return this.#settle(source, token, RELEASED);
    const received = this.#read(message);
    if (!received) return this.#settle(source, token, UNREADABLE);
    const data = JSON.stringify({ address: this.#address, ...jsonMessage(received) });
    const number = ++this.#number;
    const id = received.offset >= 0 ? received.offset : `${this.id}.${number}`;
    const event: KeptEvent = { number, text: `id: ${id}\ndata: ${data}\n\n`, source, token, settled: false };
    this.#keep(event);
    this.#write(event.text, () => {
      if (event.settled) return;
      event.settled = true;
      this.#settle(source, token, ACCEPTED);
    });
  }

  #settle(source: DeliverySource, token: number, outcome: Parameters<DeliverySource['settle']>[1]): void {
    this.unsettled--;
    source.settle(token, outcome);
    if (this.#credit > CREDIT >> 1 || !this.#consumer) return;
    this.#credit = CREDIT - this.unsettled;
    this.#consumer.grant(this.#credit, false);
  }

  #keep(event: KeptEvent): void {
    this.#kept.push(event);
    this.#keptBytes += event.text.length;
    const { eventsKeptMax, eventsKeptBytesMax } = this.#limits;
    while (this.#kept.length > 1 && (this.#kept.length > eventsKeptMax || this.#keptBytes > eventsKeptBytesMax) && this.#kept[0]!.settled)
      this.#keptBytes -= this.#kept.shift()!.text.length;
  }

  #write(text: string, written?: () => void): void {
    const response = this.#response!;
    this.#wroteAtMs = this.#turn.nowMs;
    response.write(text, error => {
      if (!error) written?.();
    });
    if (this.#paused || response.writableLength <= this.#limits.eventUnsentBytesMax) return;
    this.#paused = true;
    this.#blockedSinceMs = this.#turn.nowMs;
    this.#consumer?.pause();
  }

  #drained(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#consumer?.resume();
  }

  // ---- the end

  /** The reader has gone: what was not written goes back, and the stream waits for the reader's return without a consumer. */
  #lose(): void {
    const response = this.#response;
    if (!response) return;
    this.#response = undefined;
    this.#unfollow?.();
    this.#paused = false;
    const lost = this.#kept.filter(({ settled }) => !settled);
    this.#kept = this.#kept.filter(({ settled }) => settled);
    const consumer = this.#consumer;
    this.#consumer = undefined;
    for (const event of lost) {
      event.settled = true;
      this.#keptBytes -= event.text.length;
      this.#settle(event.source, event.token, RELEASED);
    }
    consumer?.detach(this.#keepMs);
    response.end();
    this.#onLost();
  }

  drained(): void {}

  end(refusal: Refusal): void {
    this.#consumer = undefined;
    this.stop(refusalProblem(refusal));
  }

  rightsChanged(): void {
    const refusal = this.#reader?.visit.refuseToReceive(this.#address);
    if (refusal) this.stop(refusalProblem(refusal));
  }

  principalEnded(why: string): void {
    this.stop(refusalProblem(new Refusal('unauthorized', `The stream is over: ${why}.`)));
  }

  /** Tells the reader why there is no more. */
  stop(problem: HttpProblem): void {
    this.#response?.write(`event: problem\ndata: ${JSON.stringify(problemDocument(problem))}\n\n`);
    this.#lose();
  }

  tick(nowMs: number): void {
    const response = this.#response;
    if (!response) return;
    if (nowMs >= (this.#reader!.visit.principal.expiresAtMs ?? Number.POSITIVE_INFINITY))
      return this.principalEnded('what has proved who the user is has run out');
    if (this.#paused && nowMs - this.#blockedSinceMs > this.#limits.eventStallMs) cutOff(response);
    else if (!this.#paused && nowMs - this.#wroteAtMs >= this.#limits.heartbeatMs) this.#write(':\n\n');
  }
}
