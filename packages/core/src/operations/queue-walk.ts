import { Refusal } from '../delivery/refusal.ts';
import { emptyMessage, type Message } from '../message/message.ts';
import { ENTRY_NONE } from '../queue/queue-index.ts';
import { RecordLost } from '../store/log.ts';
import { readStored, storeStoredAtMs } from '../store/records.ts';
import type { Shard } from '../store/shard.ts';
import type { Task } from '../turn.ts';
import { type MessageSelection, type MessageState, messageState } from './message-selection.ts';
import { WalkedNumbers } from './walked-numbers.ts';
import type { WalkedPlace } from './walked-place.ts';

/** Entries that are looked at, and bytes of messages that are read, in one turn: others have the loop then. */
export const WALK_ENTRIES_PER_TURN_MAX = 1000;
export const WALK_BYTES_PER_TURN_MAX = 1024 * 1024;
/** Before a walk goes on that waits for the disk, in milliseconds. */
const WAIT_MS = 50;

/** A message of a queue as a walk meets it: valid during the call. */
export interface WalkedMessage {
  sequence: number;
  state: MessageState;
  /** Deliveries that failed. */
  attempts: number;
  /** Somebody may have had it before. */
  acquiredBefore: boolean;
  /** When it may be delivered, in milliseconds since the epoch; 0: now. */
  dueAtMs: number;
  /** Milliseconds since the epoch. */
  storedAtMs: number;
  /** Milliseconds since the epoch; 0: never. */
  expiresAtMs: number;
  /** As a consumer would get it; undefined where the walk reads no bodies, and the selection has no filter. */
  message: Message;
}

/** What is done on the way. */
export interface WalkAct {
  /** Bodies are read from the log. */
  readonly readsBodies: boolean;
  /** A message that was selected; false: the walk is over, and does not count it. */
  meet(walked: WalkedMessage): boolean;
  /** The slice of this turn is over. */
  sliced?(): void;
  /** The log is under pressure: the walk waits for it, where what it does writes. */
  readonly writes: boolean;
}

/**
 * Goes once through what a queue holds at its beginning, in slices, a turn each; bodies that are on disk are waited for. It takes nothing away by
 * itself, and consumers go on meanwhile.
 */
export class QueueWalk implements Task {
  deferred = false;
  /** Entries that were looked at, and those that were selected. */
  examined = 0;
  matched = 0;
  readonly numbers: WalkedNumbers;
  readonly #place: WalkedPlace;
  readonly #shard: Shard;
  readonly #selection: MessageSelection;
  readonly #act: WalkAct;
  readonly #done: (refusal?: Refusal) => void;
  readonly #walked: WalkedMessage;
  #over = false;

  /** `done` is called once, in a later turn; a refusal says why the walk did not come to its end. */
  constructor(place: WalkedPlace, shard: Shard, selection: MessageSelection, act: WalkAct, done: (refusal?: Refusal) => void) {
    this.#place = place;
    this.#shard = shard;
    this.#selection = selection;
    this.#act = act;
    this.#done = done;
    this.numbers = new WalkedNumbers(place.index, selection);
    const message = emptyMessage();
    this.#walked = { sequence: 0, state: 'ready', attempts: 0, acquiredBefore: false, dueAtMs: 0, storedAtMs: 0, expiresAtMs: 0, message };
    this.#shard.turn.deferNext(this);
  }

  /** It ends where it is; `done` is called. */
  cancel(): void {
    this.#finish();
  }

  run(): void {
    if (this.#over) return;
    if (this.#shard.queues.get(this.#place.stored.id) !== this.#place.stored)
      return this.#finish(new Refusal('address-deleted', 'The queue was deleted meanwhile.'));
    if (this.#act.writes && this.#shard.log.pressure !== 'none') return this.#wait();
    const more = this.#slice();
    this.#act.sliced?.();
    if (more === 'later') this.#shard.turn.deferNext(this);
    else if (more === 'over') this.#finish();
  }

  #wait(): void {
    if (this.#shard.log.pressure !== 'unsynced-bytes')
      return this.#finish(new Refusal('log-unavailable', `The log takes no messages (${this.#shard.log.pressure}): free some disk space.`));
    this.#shard.turn.after(WAIT_MS, () => this.run());
  }

  #slice(): 'later' | 'loading' | 'over' {
    const { index } = this.#place;
    const { max = Number.POSITIVE_INFINITY } = this.#selection;
    const needsBody = this.#act.readsBodies || this.#selection.filter !== undefined;
    let bytes = 0;
    for (let entries = 0; this.matched < max; entries++) {
      const sequence = this.numbers.current();
      if (sequence === undefined) break;
      if (entries === WALK_ENTRIES_PER_TURN_MAX || bytes >= WALK_BYTES_PER_TURN_MAX) return 'later';
      const { state: wanted = 'all' } = this.#selection;
      const state = messageState(index.state(sequence));
      if (wanted === 'all' || wanted === state) {
        if (needsBody) {
          if (!this.#read(sequence)) return 'loading';
          bytes += index.sizeBytes(sequence);
        }
        if (!this.#meet(sequence, state)) break;
      }
      this.examined++;
      this.numbers.passed(sequence);
    }
    return 'over';
  }

  #meet(sequence: number, state: MessageState): boolean {
    const { index } = this.#place;
    const { filter } = this.#selection;
    const walked = this.#walked;
    walked.sequence = sequence;
    walked.state = state;
    walked.attempts = index.attempts(sequence);
    walked.acquiredBefore = index.acquiredBefore(sequence);
    walked.dueAtMs = state === 'scheduled' ? index.dueAtMs(sequence) : 0;
    walked.expiresAtMs = index.expiresAtMs(sequence);
    if (filter && !filter.matches(this.#shard.fieldsOf(walked.message))) return true;
    if (!this.#act.meet(walked)) return false;
    this.matched++;
    return true;
  }

  /** Fills the message; false: it is read from disk first. */
  #read(sequence: number): boolean {
    const { index } = this.#place;
    const position = index.position(sequence);
    const view = this.#shard.log.view(position);
    if (view === undefined) {
      this.#load(position, sequence);
      return false;
    }
    const { message } = this.#walked;
    readStored(message, view.bytes, view.start, view.end);
    const expiresAtMs = index.expiresAtMs(sequence);
    message.ttlMs = expiresAtMs > 0 ? Math.max(1, expiresAtMs - this.#shard.turn.nowMs) : 0;
    message.deliveryCount = index.attempts(sequence);
    message.firstAcquirer = !index.acquiredBefore(sequence);
    this.#walked.storedAtMs = storeStoredAtMs(view.bytes, view.start);
    return true;
  }

  #load(position: number, sequence: number): void {
    this.#shard.log.load(position, error => {
      if (this.#over) return;
      // Gone meanwhile, or moved by compaction: looked at again, or passed over.
      const there = this.#place.index.state(sequence) !== ENTRY_NONE && this.#place.index.position(sequence) === position;
      if (error && there) {
        if (!(error instanceof RecordLost))
          return this.#finish(new Refusal('log-unavailable', `A message cannot be read: ${error.message}`));
        // The log has reported where; the queue itself drops it when it comes to it.
        this.numbers.passed(sequence);
      }
      // Now, not at the end of the turn: the log shows the record during this call.
      this.run();
    });
  }

  #finish(refusal?: Refusal): void {
    if (this.#over) return;
    this.#over = true;
    this.#done(refusal);
  }
}
