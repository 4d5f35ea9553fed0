import assert from 'node:assert/strict';
import type { Outcome } from '../../src/delivery/outcome.ts';
import type { LogPosition } from '../../src/store/log.ts';
import type { RecordedDelivery } from './recording-consumer.ts';

export interface ModelMessage {
  readonly text: string;
  readonly durable: boolean;
  readonly expiresAtMs: number;
  readonly position: LogPosition;
}

interface Entry {
  readonly message: ModelMessage;
  holder: ModelConsumer | undefined;
  /** Failed attempts, and where in the log each count was written. */
  attempts: number;
  readonly counts: LogPosition[];
  acquiredBefore: boolean;
  readonly excluded: Set<ModelConsumer>;
  /** After a crash it may be there or not: its settlement was on its way to the disk. */
  uncertain: boolean;
}

/** A consumer as the model sees it: what it may be given. */
export interface ModelConsumer {
  credit: number;
  paused: boolean;
}

/** What a queue may do, told as simply as possible: a list in order. It judges each delivery, and what is left at rest. */
export class QueueModel {
  /** By text, in order. */
  readonly #entries = new Map<string, Entry>();
  /** Settled or expired, and perhaps not for good: back after a crash that forgets that. */
  readonly #gone = new Map<string, Entry>();
  readonly consumers = new Set<ModelConsumer>();
  /** Whether it outlives a crash. */
  readonly kept: boolean;

  constructor(kept: boolean) {
    this.kept = kept;
  }

  get size(): number {
    return this.#entries.size;
  }

  get unsettled(): number {
    let unsettled = 0;
    for (const { holder } of this.#entries.values()) if (holder) unsettled++;
    return unsettled;
  }

  sent(message: ModelMessage): void {
    const entry = { message, holder: undefined, attempts: 0, counts: [], acquiredBefore: false, excluded: new Set<ModelConsumer>() };
    this.#entries.set(message.text, { ...entry, uncertain: false });
  }

  #able(): ModelConsumer[] {
    return [...this.consumers].filter(({ credit, paused }) => credit > 0 && !paused);
  }

  delivered(to: ModelConsumer, { text, message }: RecordedDelivery, nowMs: number): void {
    const entry = this.#entries.get(text);
    assert.ok(entry, `${text} is in the queue when it is delivered`);
    assert.equal(entry.holder, undefined, `${text} is with nobody when it is delivered`);
    assert.ok(to.credit > 0 && !to.paused && this.consumers.has(to), `${text} goes to a consumer that can take it`);
    assert.ok(!entry.excluded.has(to), `${text} does not go to a consumer that may not have it`);
    const { expiresAtMs, durable } = entry.message;
    assert.ok(expiresAtMs === 0 || expiresAtMs > nowMs, `${text} has not expired`);
    assert.equal(message.ttlMs, expiresAtMs > 0 ? expiresAtMs - nowMs : 0, `${text} has its time to live`);
    assert.equal(message.deliveryCount, entry.attempts, `${text} has its count`);
    assert.equal(message.firstAcquirer, !entry.acquiredBefore, `${text} knows whether somebody had it`);
    assert.equal(message.durable, durable);
    const able = this.#able();
    for (const earlier of this.#entries.values()) {
      if (earlier === entry) break;
      if (earlier.uncertain || earlier.holder || this.#expired(earlier, nowMs)) continue;
      const passedBy: boolean = able.every(consumer => earlier.excluded.has(consumer));
      assert.ok(passedBy, `${earlier.message.text} goes before ${text}`);
    }
    to.credit--;
    entry.holder = to;
    entry.acquiredBefore = true;
    entry.uncertain = false;
  }

  #expired(entry: Entry, nowMs: number): boolean {
    return entry.message.expiresAtMs > 0 && entry.message.expiresAtMs <= nowMs;
  }

  /** `countedAt`: where the log has the count, if there is one. */
  settled(by: ModelConsumer, text: string, outcome: Outcome, countedAt: LogPosition): void {
    const entry = this.#entries.get(text)!;
    assert.equal(entry.holder, by);
    entry.holder = undefined;
    if (outcome.kind === 'accepted' || outcome.kind === 'rejected') {
      this.#entries.delete(text);
      this.#gone.set(text, entry);
    } else if (outcome.kind === 'modified') {
      if (outcome.deliveryFailed) {
        entry.attempts++;
        entry.counts.push(countedAt);
      }
      if (outcome.undeliverableHere) entry.excluded.add(by);
    }
  }

  /** The outcome is on disk: a crash does not bring it back. */
  confirmed(text: string): void {
    this.#gone.delete(text);
  }

  /** All that can be delivered has been: nothing waits that somebody could have. */
  atRest(nowMs: number): void {
    const able = this.#able();
    if (able.length === 0) return;
    for (const entry of this.#entries.values()) {
      if (entry.uncertain || entry.holder || this.#expired(entry, nowMs)) continue;
      assert.ok(
        able.every(consumer => entry.excluded.has(consumer)),
        `${entry.message.text} waits though somebody could have it`,
      );
    }
  }

  /** How many are there for certain, and how many at the most: expired ones may have been found or not. */
  bounds(nowMs: number): { least: number; most: number } {
    let least = 0;
    for (const entry of this.#entries.values()) if (entry.holder || (!entry.uncertain && !this.#expired(entry, nowMs))) least++;
    return { least, most: this.#entries.size };
  }

  /** Only what was durable and written before `survivingEnd` is there again. */
  crashed(survivingEnd: LogPosition): void {
    const before = [...this.#entries.values()];
    const maybe = new Set(this.#gone.values());
    this.#entries.clear();
    this.#gone.clear();
    this.consumers.clear();
    const all = [...before, ...maybe].sort((one, other) => one.message.position - other.message.position);
    for (const entry of all) {
      const { message, counts } = entry;
      if (!message.durable || message.position >= survivingEnd) continue;
      const surviving = counts.filter(position => position < survivingEnd);
      this.#entries.set(message.text, {
        message,
        holder: undefined,
        attempts: surviving.length,
        counts: surviving,
        acquiredBefore: true,
        excluded: new Set(),
        uncertain: entry.uncertain || maybe.has(entry),
      });
    }
  }

  /** What a browser sees after the restart settles what was uncertain; what has expired may be there unseen. */
  found(texts: readonly string[], nowMs: number): void {
    const seen = new Set(texts);
    assert.equal(seen.size, texts.length, 'nothing is there twice');
    for (const [text, entry] of this.#entries) {
      if (this.#expired(entry, nowMs)) continue;
      assert.ok(seen.has(text) || entry.uncertain, `${text} is there after the restart`);
      if (!seen.has(text)) this.#entries.delete(text);
      entry.uncertain = false;
    }
    const unexpired = [...this.#entries].filter(([, entry]) => !this.#expired(entry, nowMs)).map(([text]) => text);
    assert.deepEqual(texts, unexpired, 'what is there after the restart was there before, in order');
  }
}
