import type { ConsumerPort } from '../delivery/delivery.ts';
import { describeReason, type Outcome } from '../delivery/outcome.ts';
import { emptyMessage } from '../message/message.ts';
import type { MessageFields } from '../message/message-filter.ts';
import { type Cause, describeCause } from '../queue/dead-letter.ts';
import { Queue } from '../queue/queue.ts';
import { readStored } from '../store/records.ts';
import type { Shard } from '../store/shard.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import { Stream } from '../stream/stream.ts';
import { RETAINED_NAME } from '../topic/retained-messages.ts';
import { explainReading } from './explain-reading.ts';
import { explainWaiting } from './explain-waiting.ts';
import type { MessageObserver } from './message-observer.ts';
import { observe, unobserve } from './observers.ts';
import type { TracedPeer, TraceStep, TraceStepName } from './trace-step.ts';
import type { WaitReason, Whereabouts } from './whereabouts.ts';
import { duration, peerWords } from './words.ts';

/** From here on a delivery that is not settled is worth a step. */
const STUCK_MS = 10_000;
/** Entries that are looked at in one go. */
const LOOKED_MAX = 200;

/** What a step says besides its words. */
export type StepFacts = Partial<Omit<TraceStep, 'atMs' | 'message' | 'step' | 'words'>>;

/** Who follows entries, and hears of them. */
export interface EntryFollower extends MessageObserver {
  tell(message: number, step: TraceStepName, words: string, facts?: StepFacts): void;
  describe(port: ConsumerPort): TracedPeer | undefined;
  nameOf(address: string): string;
  /** What the queue is called. */
  place(queue: StoredQueue): string;
  /** One place of the message is no more. */
  leave(message: number): void;
}

interface Followed {
  /** The trace's number of it. */
  readonly message: number;
  /** When its consumer got it, in milliseconds since the epoch; 0: none has it. */
  deliveredAtMs: number;
  port: ConsumerPort | undefined;
  told: WaitReason | undefined;
}

/** The entries of queues and streams that a trace follows: what happens to each, and why it waits while nothing does. */
export class FollowedEntries {
  readonly #follower: EntryFollower;
  readonly #shard: Shard;
  readonly #queues = new Map<StoredQueue, Map<number, Followed>>();
  readonly #scratch = emptyMessage();
  /** A queue that is observed in any case. */
  readonly #kept: StoredQueue | undefined;

  constructor(follower: EntryFollower, shard: Shard, kept: StoredQueue | undefined) {
    this.#follower = follower;
    this.#shard = shard;
    this.#kept = kept;
    if (kept) observe(kept, follower);
  }

  /** Nobody takes anything from what topics keep as the last message of each name. */
  canFollow(queue: StoredQueue): boolean {
    return this.#shard.queues.get(queue.id) === queue && !(queue instanceof Queue && queue.name === RETAINED_NAME);
  }

  /** `told`: why it is where it is, where that was said. */
  follow(queue: StoredQueue, sequence: number, message: number, told?: WaitReason): void {
    const entries = this.#queues.get(queue) ?? new Map<number, Followed>();
    this.#queues.set(queue, entries.set(sequence, { message, deliveredAtMs: 0, port: undefined, told }));
    observe(queue, this.#follower);
  }

  #find(queue: StoredQueue, sequence: number): Followed | undefined {
    return this.#queues.get(queue)?.get(sequence);
  }

  #forget(queue: StoredQueue, sequence: number): void {
    const entries = this.#queues.get(queue)!;
    const { message } = entries.get(sequence)!;
    entries.delete(sequence);
    if (entries.size === 0) {
      this.#queues.delete(queue);
      if (queue !== this.#kept) unobserve(queue, this.#follower);
    }
    this.#follower.leave(message);
  }

  forgetAll(): void {
    for (const queue of this.#queues.keys()) unobserve(queue, this.#follower);
    if (this.#kept) unobserve(this.#kept, this.#follower);
    this.#queues.clear();
  }

  // ---- what happens to them

  #tell(queue: StoredQueue, sequence: number, step: TraceStepName, words: string, facts: StepFacts = {}): void {
    const { message } = this.#find(queue, sequence)!;
    this.#follower.tell(message, step, words, { address: this.#follower.nameOf(queue.name), sequence, ...facts });
  }

  delivered(queue: StoredQueue, sequence: number, port: ConsumerPort, deliveryCount: number): void {
    const followed = this.#find(queue, sequence);
    if (!followed) return;
    followed.deliveredAtMs = this.#shard.turn.nowMs;
    followed.port = port;
    followed.told = undefined;
    const peer = this.#follower.describe(port);
    const again = deliveryCount > 0 ? `, ${deliveryCount} of whose attempts failed before` : '';
    this.#tell(queue, sequence, 'delivered', `delivered to ${peerWords(peer)}${again}`, peer && { peer });
  }

  settled(queue: StoredQueue, sequence: number, port: ConsumerPort, outcome: Outcome): void {
    const followed = this.#find(queue, sequence);
    if (!followed) return;
    const peer = this.#follower.describe(port);
    const since = followed.deliveredAtMs > 0 ? `, after ${duration(this.#shard.turn.nowMs - followed.deliveredAtMs)}` : '';
    followed.deliveredAtMs = 0;
    followed.port = undefined;
    this.#tell(queue, sequence, 'settled', `${outcomeWords(outcome)} by ${peerWords(peer)}${since}`, {
      outcome: outcome.kind,
      ...(peer && { peer }),
    });
    // A stream keeps it for its other readers.
    if (outcome.kind === 'accepted' && (queue instanceof Queue || isReadByAll(queue, sequence))) this.#forget(queue, sequence);
  }

  leaving(queue: StoredQueue, sequence: number, cause: Cause, to: string | undefined): void {
    const followed = this.#find(queue, sequence);
    if (!followed) return;
    const goes = to === undefined ? '' : `; it goes to ${this.#follower.nameOf(to)}`;
    const step = cause.reason === 'expired' ? 'expired' : to === undefined ? 'dropped' : 'dead-lettered';
    followed.told = 'leaving';
    this.#tell(queue, sequence, step, `${causeWords(cause)}${goes}`);
    if (to === undefined) this.#forget(queue, sequence);
  }

  /** It goes now; answers the trace's number of it, 0 where it is not followed. */
  moved(queue: StoredQueue, sequence: number, to: string | undefined): number {
    const followed = this.#find(queue, sequence);
    if (!followed) return 0;
    if (to === undefined) this.#tell(queue, sequence, 'dropped', 'removed: the address that it was to go to cannot take it');
    return followed.message;
  }

  /** It has gone from here. */
  gone(queue: StoredQueue, sequence: number): void {
    if (this.#find(queue, sequence)) this.#forget(queue, sequence);
  }

  discarded(queue: StoredQueue, sequence: number, why: string): void {
    if (!this.#find(queue, sequence)) return;
    this.#tell(queue, sequence, 'dropped', `removed: ${why}`);
    this.#forget(queue, sequence);
  }

  // ---- while nothing happens

  /** Tells why those wait of which that was not said yet, or for another reason than before. */
  look(): void {
    let left = LOOKED_MAX;
    for (const [queue, entries] of this.#queues)
      for (const [sequence, followed] of [...entries]) {
        if (left-- === 0) return;
        if (followed.deliveredAtMs > 0) this.#lookAtDelivery(queue, sequence, followed);
        else this.#lookAtEntry(queue, sequence, followed);
      }
  }

  #lookAtDelivery(queue: StoredQueue, sequence: number, followed: Followed): void {
    const since = this.#shard.turn.nowMs - followed.deliveredAtMs;
    if (followed.told === 'unsettled' || since < STUCK_MS) return;
    followed.told = 'unsettled';
    const who = peerWords(followed.port && this.#follower.describe(followed.port));
    this.#tell(queue, sequence, 'waiting', `${who} has had it for ${duration(since)} and has not settled it`, { reason: 'unsettled' });
  }

  #lookAtEntry(queue: StoredQueue, sequence: number, followed: Followed): void {
    const { reason, words } = this.explain(queue, sequence);
    if (reason === followed.told) return;
    followed.told = reason;
    this.#tell(queue, sequence, reason === 'gone' ? 'dropped' : 'waiting', words, { reason });
    if (reason === 'gone' || reason === 'read') this.#forget(queue, sequence);
  }

  /** Why it is where it is. */
  explain(queue: StoredQueue, sequence: number, known?: MessageFields): Whereabouts {
    const follower = this.#follower;
    const by = {
      fields: known ?? this.#fieldsOf(queue, sequence),
      place: follower.place(queue),
      describe: (port: ConsumerPort) => follower.describe(port),
    };
    if (queue instanceof Queue) return explainWaiting(queue, sequence, by);
    if (queue instanceof Stream) return explainReading(queue, sequence, by);
    throw new Error('what is stored is in a queue or in a stream');
  }

  /** undefined: the message lies on disk, or is gone. */
  #fieldsOf(queue: StoredQueue, sequence: number): MessageFields | undefined {
    const position = positionIn(queue, sequence);
    const view = position === undefined ? undefined : this.#shard.log.view(position);
    if (view === undefined) return undefined;
    readStored(this.#scratch, view.bytes, view.start, view.end);
    return this.#shard.fieldsOf(this.#scratch);
  }
}

function positionIn(queue: StoredQueue, sequence: number): number | undefined {
  if (queue instanceof Queue) return queue.index.state(sequence) === 0 ? undefined : queue.index.position(sequence);
  if (queue instanceof Stream) return queue.index.has(sequence) ? queue.index.position(sequence) : undefined;
  return undefined;
}

/** No reader that is there has it before itself. */
function isReadByAll(queue: StoredQueue, offset: number): boolean {
  if (!(queue instanceof Stream)) return true;
  for (const { place, consumers } of queue.readers) if (consumers.size > 0 && place < offset) return false;
  return true;
}

function causeWords(cause: Cause): string {
  if (cause.reason !== 'rejected') return describeCause(cause);
  return `rejected by ${cause.by ?? 'its consumer'}: ${describeReason(cause.condition, cause.description)}`;
}

export function outcomeWords(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'accepted':
      return 'accepted';
    case 'released':
      return 'given back (released: it was not looked into)';
    case 'rejected':
      return `rejected (${outcome.refusal?.description ?? describeReason(outcome.reason?.condition, outcome.reason?.description)})`;
    case 'modified': {
      const failed = outcome.deliveryFailed ? 'its delivery failed' : 'it was not processed';
      return `given back (modified: ${failed}${outcome.undeliverableHere ? ', and this consumer does not want it again' : ''})`;
    }
  }
}
