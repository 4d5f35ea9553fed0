import { randomUUID } from 'node:crypto';
import { Refusal, type Report, type Turn } from '@angarium/core';
import { connectionClosed, connectionOpened } from '@angarium/transport';
import type { ClientWills, SessionWill } from './client-wills.ts';
import { Deadlines } from './deadlines.ts';
import { EventStream } from './event-stream.ts';
import { readClient, readEventWill } from './event-will.ts';
import { type Exchange, queryFlag } from './exchange.ts';
import type { HttpLimits } from './limits.ts';
import { type HttpProblem, messageProblem, RequestError, refusalProblem, writeProblem } from './problem.ts';
import type { MessageReader } from './received-message.ts';
import { peerName } from './request.ts';
import { selectorWish } from './selector-wish.ts';
import { afterEvent, offsetWish } from './stream-offset.ts';
import { subscriptionWish } from './subscription-options.ts';

interface KeptStream {
  readonly stream: EventStream;
  readonly user: string;
  /** Of the address and subscription. */
  readonly key: string;
  /** When it is given up; 0 while it has a reader. */
  deadlineMs: number;
  /** Of the reader that it has. */
  will: SessionWill | undefined;
}

/** Streams of events: those with a reader, and those that wait for theirs to return. */
export class EventStreams {
  readonly #turn: Turn;
  readonly #report: Report;
  readonly #limits: HttpLimits;
  readonly #read: MessageReader;
  readonly #streams = new Map<string, KeptStream>();
  readonly #deadlines = new Deadlines<KeptStream>();
  readonly #wills: ClientWills;

  constructor(turn: Turn, report: Report, limits: HttpLimits, read: MessageReader, wills: ClientWills) {
    this.#turn = turn;
    this.#report = report;
    this.#limits = limits;
    this.#read = read;
    this.#wills = wills;
  }

  /** Those with a reader. */
  *connections(): Iterable<EventStream> {
    for (const { stream } of this.#streams.values()) if (stream.isOpen) yield stream;
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Throws `RequestError`. */
  open(exchange: Exchange): void {
    const { response, path } = exchange;
    const refused = exchange.visit.refuseConsumer(path.name);
    if (refused) return writeProblem(response, refusalProblem(refused));
    const client = readClient(path);
    const asked = readEventWill(path);
    if (client === undefined) return this.#open(exchange, undefined);
    const will = this.#wills.hold({ visit: exchange.visit, client });
    const problem = asked && will.put(asked);
    if (problem) return writeProblem(response, problem);
    let gone = false;
    response.once('close', () => {
      gone = true;
    });
    // The will is on disk before the reader may rely on it.
    will.whenDurable(() => {
      if (gone) return will.end(true);
      try {
        this.#open(exchange, will);
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        writeProblem(response, error.problem);
      }
      // A refused reader has heard why.
      if (response.statusCode !== 200) will.end(false);
    });
  }

  /** A reader says that it leaves: its will is void. Throws `RequestError`. */
  goodbye({ response, path, space, user }: Exchange): void {
    const client = readClient(path);
    if (client === undefined) throw new RequestError('request-invalid', 'client, the name of the reader that leaves, is missing.');
    this.#wills.goodbye(space, user, client);
    response.writeHead(204);
    response.end();
  }

  #open({ request, response, path, visit, space, user }: Exchange, will: SessionWill | undefined): void {
    const name = path.query.get('subscription');
    const durable = queryFlag(path, 'durable');
    const wish = subscriptionWish(name, durable, this.#limits);
    const wanted = selectorWish(path.query.get('selector'), space, path.name);
    const key = `${path.key}\n${wish.key}\n${wanted.filter?.text ?? ''}`;
    const [, id = '', number = ''] = /^([\w-]{36})\.(\d{1,15})$/.exec(String(request.headers['last-event-id'] ?? '')) ?? [];
    const known = this.#streams.get(id);
    const returning = known && known.user === user && known.key === key ? known : undefined;
    if (!returning && this.#streams.size >= this.#limits.eventStreamsMax) {
      const detail = `There are ${this.#limits.eventStreamsMax} event streams already (eventStreamsMax): try again later.`;
      return writeProblem(response, messageProblem('limit-reached', detail));
    }
    const streamId = returning?.stream.id ?? randomUUID();
    // Without a name, the subscription is the stream's own; a topic keeps it for the reader's return.
    const own = name === null && space.typeOf(path.name) === 'topic' ? subscriptionWish(`events:${streamId}`, false, this.#limits) : wish;
    const replayable = space.typeOf(path.name) === 'stream';
    const from = (replayable && afterEvent(request.headers['last-event-id'])) || offsetWish(path.query.get('offset'), space, path.name);
    const kept = returning ?? this.#make({ id: streamId, address: path.name, keepMs: own.keepMs, replayable }, user, key);
    if (kept.deadlineMs > 0) this.#deadlines.remove(kept, kept.deadlineMs);
    const consumer = visit.attachConsumer(path.name, undefined, kept.stream, { ...own.options, ...from, ...wanted });
    if (consumer instanceof Refusal) {
      if (!returning) this.#streams.delete(streamId);
      return writeProblem(response, refusalProblem(consumer));
    }
    kept.stream.selector = wanted.filter?.text;
    kept.stream.open(response, returning ? Number(number) : 0, { visit, peer: peerName(request.socket) });
    kept.deadlineMs = 0;
    kept.will = will;
    this.#report(connectionOpened(kept.stream));
    kept.stream.start(consumer);
  }

  #make(
    { id, address, keepMs, replayable }: { id: string; address: string; keepMs: number; replayable: boolean },
    user: string,
    key: string,
  ): KeptStream {
    // What can be read again is not kept for a reader that may return.
    const limits = replayable ? { ...this.#limits, eventsKeptMax: 0, subscriptionKeepMs: 0 } : this.#limits;
    const parts = { turn: this.#turn, limits, read: this.#read };
    const kept: KeptStream = {
      stream: new EventStream(id, address, keepMs, parts, () => {
        this.#report(connectionClosed(kept.stream, this.#turn.nowMs));
        kept.will?.end(true);
        kept.deadlineMs = this.#turn.nowMs + limits.subscriptionKeepMs;
        this.#deadlines.add(kept, kept.deadlineMs);
      }),
      user,
      key,
      deadlineMs: 0,
      will: undefined,
    };
    this.#streams.set(id, kept);
    return kept;
  }

  tick(nowMs: number): void {
    this.#deadlines.due(nowMs, kept => {
      if (kept.deadlineMs > 0 && kept.deadlineMs <= nowMs) this.#streams.delete(kept.stream.id);
    });
    for (const { stream } of this.#streams.values()) stream.tick(nowMs);
  }

  stop(problem: HttpProblem): void {
    for (const { stream } of this.#streams.values()) stream.stop(problem);
    this.#streams.clear();
  }
}
