import type { Refusal } from '../delivery/refusal.ts';
import { moveAccount, NO_ACCOUNT } from '../limits/stored-account.ts';
import type { TurnShare } from '../limits/turn-share.ts';
import type { Annotations } from '../message/content.ts';
import { type Message, PRIORITY_DEFAULT } from '../message/message.ts';
import type { Sleeper } from '../store/alarms.ts';
import type { Log, LogPosition } from '../store/log.ts';
import { storeDeliverAtMs, storeExpiresAtMs, storeIsDurable, storeIsGrouped, storePriority } from '../store/records.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import type { Task } from '../turn.ts';
import { type Amendment, type Cause, type Departure, describeCause, storeDeparted } from './dead-letter.ts';
import { DueEntries } from './due-entries.ts';
import { EntryBodies } from './entry-bodies.ts';
import { KeyTable } from './key-table.ts';
import { LastValues } from './last-values.ts';
import { ENTRY_ACQUIRED, ENTRY_LEAVING, ENTRY_NONE, ENTRY_READY, ENTRY_SCHEDULED } from './queue-index.ts';
import { keyPropertyOf, type QueueOwner } from './queue-owner.ts';
import { redeliveryDelayMs } from './redelivery.ts';
import { SettledRanges } from './settled-ranges.ts';

/** The mark of the first message whose key is what keys mean now. */
const MARK_KEYS = 0;
/** Messages that leave for another address in one unit of the log. */
const LEAVING_PER_UNIT_MAX = 256;

/** What all queues have in common of which nothing leaves; it stays empty. */
const NOTHING_LEAVES: (Departure | Amendment)[] = [];

/**
 * What a queue holds, each message from its arrival to its end.
 *
 *     stored ──▶ scheduled ──▶ ready ◀──▶ acquired ──▶ removed
 *        └──────────────────────▲ ▲─ scheduled ◀┘ └──▶ leaving ──▶ removed here, stored at the dead letter or expiry address
 *
 * Sequence numbers are the order, and the tokens of deliveries. Who gets what is the business of the `Queue`.
 */
export abstract class StoredEntries extends EntryBodies implements StoredQueue, Sleeper, Task {
  deferred = false;
  protected acquired = 0;
  /** Scheduled or leaving. */
  protected resting = 0;
  redelivering = 0;
  #kept = true;
  /** Most queues never need the one, and those that nobody uses not the other. */
  #due: DueEntries | undefined;
  #settled: SettledRanges | undefined;
  #keys: KeyTable | undefined;
  #lastValues: LastValues | undefined;
  #leaving = NOTHING_LEAVES;
  /** What a replay finds of them, before it finds the messages or after. */
  #restoredLeaving: Map<number, Departure> | undefined;
  #sweepAt = 0;
  /** What is beyond these is left out (`full`); for queues whose producers are not held back. */
  messagesMax = Number.POSITIVE_INFINITY;
  bytesMax = Number.POSITIVE_INFINITY;
  /** Entries up to this one expire no more: their delivery has begun, and is to be brought to its end. */
  startedThrough = -1;

  protected get settled(): SettledRanges {
    this.#settled ??= new SettledRanges(this.shard, this.id);
    return this.#settled;
  }

  /** An entry is ready for consumers: a new one, or one that was not for a while. */
  protected abstract ready(sequence: number, isNew: boolean): void;
  /** What the queue does at the end of a turn is wanted. */
  protected abstract wanted(): void;
  abstract end(refusal: Refusal): void;
  /** All has been replayed. */
  protected abstract begin(): void;

  /** `kept`: the queue and its durable messages outlive a restart. */
  own(owner: QueueOwner, kept: boolean): void {
    this.owner = owner;
    this.#kept = kept;
    moveAccount(this.index, owner.limits?.account ?? NO_ACCOUNT);
  }

  get kept(): boolean {
    return this.#kept;
  }

  /** Of a turn, for its deliveries; undefined: all of it. */
  get share(): TurnShare | undefined {
    return this.owner.limits?.share;
  }

  get nextSequence(): number {
    return this.index.tail;
  }

  get unsettled(): number {
    return this.acquired;
  }

  get available(): number {
    return this.index.live - this.acquired - this.resting;
  }

  /** Messages that wait for their time. */
  get scheduled(): number {
    return this.resting - this.#leaving.length;
  }

  // ---- arrival

  /** The name of the property whose value is a message's key here; undefined: messages have none. */
  get keyProperty(): string | undefined {
    return keyPropertyOf(this.owner.spec);
  }

  /** Keys mean something else from now on: the messages that are here have none, also after a restart. */
  rekey(): void {
    this.#lastValues = undefined;
    const { tail } = this.index;
    if (this.#forgetKeys(tail) && this.#kept) this.shard.marks.put(this.id, MARK_KEYS, tail);
  }

  /** Of the entries before this one; answers whether there were any. */
  #forgetKeys(end: number): boolean {
    const { index } = this;
    let any = false;
    for (let sequence = index.next(0); sequence < end; sequence = index.next(sequence + 1)) {
      const key = index.key(sequence);
      if (key === 0) continue;
      any = true;
      this.#keys!.drop(key);
      index.setKey(sequence, 0);
    }
    return any;
  }

  /** The shard has stored a message for this queue. */
  stored(position: LogPosition, sizeBytes: number, message: Message, expiresAtMs: number, key: string): void {
    const sequence = this.index.tail;
    this.index.put(sequence, position, sizeBytes, message.durable && this.#kept, expiresAtMs);
    if (message.deliveryCount > 0) this.index.setAttempts(sequence, message.deliveryCount);
    if (message.priority !== PRIORITY_DEFAULT || message.grouped || key !== '')
      this.#mark(sequence, message.priority, message.grouped, key);
    if (message.deliverAtMs > this.nowMs) this.schedule(sequence, message.deliverAtMs);
    else this.ready(sequence, true);
    if (key !== '' && this.owner.spec.lastValueKey !== undefined) this.#takePlace(sequence);
    if (this.owner.spec.overflow === 'drop-oldest') this.#dropOldest(sequence);
  }

  #mark(sequence: number, priority: number, grouped: boolean, key: string): void {
    if (grouped) this.index.markGrouped(sequence);
    if (key !== '') {
      this.#keys ??= new KeyTable();
      this.index.setKey(sequence, this.#keys.use(key));
    }
    if (priority === PRIORITY_DEFAULT) return;
    this.index.setPriority(sequence, priority);
    this.index.markApart(sequence);
  }

  /** The older message of the same key goes, or as soon as its consumer is done with it. */
  #takePlace(sequence: number): void {
    this.#lastValues ??= new LastValues();
    const before = this.#lastValues.put(this.index.key(sequence), sequence);
    if (before >= 0) this.discard(Math.min(before, sequence), false, 'a newer message of the same key has taken its place');
  }

  #dropOldest(newest: number): void {
    const { messagesMax = Number.POSITIVE_INFINITY, bytesMax = Number.POSITIVE_INFINITY } = this.owner.spec;
    const { index } = this;
    for (let at = index.next(0); this.#staying > messagesMax || index.liveBytes > bytesMax; at = index.next(at + 1)) {
      if (at > newest) return;
      if (!this.discard(at, true, 'it was the oldest, and the address holds as much as it may')) continue;
      this.owner.counters.dropped++;
      this.say('info', 'oldest message dropped: the address holds as much as it may');
    }
  }

  /** Messages, without those that are on their way elsewhere. */
  get #staying(): number {
    return this.index.live - this.#leaving.length;
  }

  #waits(sequence: number): boolean {
    const state = this.index.state(sequence);
    return state === ENTRY_READY || state === ENTRY_SCHEDULED;
  }

  // ---- time

  /** The entry waits until then. */
  protected schedule(sequence: number, dueAtMs: number): void {
    this.index.setState(sequence, ENTRY_SCHEDULED);
    this.index.setDueAtMs(sequence, dueAtMs);
    this.#rests(sequence, 1);
    this.#due ??= new DueEntries();
    this.#due.push(dueAtMs, sequence);
    this.shard.alarms.at(this.#due.nextMs, this);
  }

  /** One more waits for its time, or one less. */
  #rests(sequence: number, change: 1 | -1): void {
    this.resting += change;
    if (this.index.attempts(sequence) > 0) this.redelivering += change;
  }

  wake(): void {
    if (this.closed) return;
    if (this.#due) this.#wakeDue(this.#due);
    this.wanted();
  }

  #wakeDue(due: DueEntries): void {
    while (due.nextMs <= this.nowMs) {
      const dueAtMs = due.nextMs;
      const sequence = due.pop();
      if (this.index.state(sequence) !== ENTRY_SCHEDULED || this.index.dueAtMs(sequence) !== dueAtMs) continue;
      this.#rests(sequence, -1);
      this.#becomeReady(sequence);
    }
    if (due.size > 0) this.shard.alarms.at(due.nextMs, this);
  }

  /** The entry takes its place in the order again, now or at this time; one whose key has a newer message is gone instead. */
  protected comeBack(sequence: number, dueAtMs = 0): void {
    const key = this.#lastValues ? this.index.key(sequence) : 0;
    if (key !== 0 && !this.#lastValues!.isNewest(key, sequence)) this.remove(sequence, false);
    else if (dueAtMs > this.nowMs) this.schedule(sequence, dueAtMs);
    else this.#becomeReady(sequence);
  }

  #becomeReady(sequence: number): void {
    this.index.setState(sequence, ENTRY_READY);
    this.index.setDueAtMs(sequence, 0);
    this.ready(sequence, false);
  }

  protected mayExpire(sequence: number): boolean {
    return sequence > this.startedThrough;
  }

  protected expire(sequence: number): void {
    this.owner.counters.expired++;
    this.owner.expired?.(sequence);
    this.leave(sequence, { reason: 'expired' }, this.owner.spec.expiry);
  }

  /** Removes expired entries among the next `entriesMax`. */
  sweep(entriesMax: number): void {
    if (this.index.expiring === 0) return;
    let sequence = this.index.next(this.#sweepAt);
    for (let i = 0; i < entriesMax && sequence < this.index.tail; i++) {
      const expiresAtMs = this.index.expiresAtMs(sequence);
      if (expiresAtMs > 0 && expiresAtMs <= this.nowMs && this.#waits(sequence) && this.mayExpire(sequence)) {
        if (this.index.state(sequence) === ENTRY_SCHEDULED) this.#rests(sequence, -1);
        this.index.setState(sequence, ENTRY_READY);
        this.expire(sequence);
      }
      sequence = this.index.next(sequence + 1);
    }
    this.#sweepAt = sequence < this.index.tail ? sequence : 0;
  }

  // ---- the end

  /** The entry, which is ready, goes to that address, and from here when it is there; with none it is removed and reported. */
  protected leave(sequence: number, cause: Cause, to: string | undefined): void {
    this.observers?.leaving(this, sequence, cause, to);
    if (to === undefined) {
      this.say(cause.reason === 'expired' ? 'info' : 'warn', describeCause(cause));
      this.remove(sequence);
      return;
    }
    this.#rest(sequence, { sequence, cause, to });
  }

  get hasLeaving(): boolean {
    return this.#leaving.length > 0;
  }

  /** Moves what leaves, as far as the bodies are in memory: copies and removals are one unit, so that nothing is lost or doubled by a crash. */
  protected moveLeaving(): void {
    const first = this.#leaving[0]!.sequence;
    if (this.index.state(first) === ENTRY_LEAVING && !this.read(first)) return;
    let moved = 0;
    this.shard.beginUnit();
    while (moved < this.#leaving.length && moved < LEAVING_PER_UNIT_MAX && this.#moveOne(this.#leaving[moved]!)) moved++;
    this.#leaving.splice(0, moved);
    this.shard.endUnit();
    if (this.#leaving.length > 0 && !this.loading) this.shard.turn.deferNext(this);
  }

  /** False: its body has to be read first. */
  #moveOne(leaving: Departure | Amendment): boolean {
    const { sequence } = leaving;
    if (this.index.state(sequence) !== ENTRY_LEAVING) return true;
    if (!this.read(sequence)) return false;
    this.resting--;
    if ('to' in leaving) this.#depart(leaving);
    else this.#amend(leaving);
    return true;
  }

  #depart({ sequence, cause, to }: Departure): void {
    const { observers, index, nowMs } = this;
    const target = this.owner.target(to);
    observers?.moved(this, sequence, target && to);
    if (target) storeDeparted(this.message, target, cause, { sequence, index, nowMs, from: this.owner, observers });
    else this.say('error', `${describeCause(cause)}; the address ${to} cannot take it`);
    observers?.over();
    this.remove(sequence);
  }

  #amend({ sequence, changes, dueAtMs }: Amendment): void {
    const { message, shard } = this;
    shard.encodings.of(message.encoding)?.annotate(message, changes);
    shard.rewrite(message, this, sequence, this.index.expiresAtMs(sequence));
    this.comeBack(sequence, dueAtMs);
  }

  /** The entry's message has these annotations from now on; then it is ready, or at that time. */
  protected amend(sequence: number, changes: Annotations, dueAtMs: number): void {
    this.#rest(sequence, { sequence, changes, dueAtMs });
  }

  #rest(sequence: number, leaving: Departure | Amendment): void {
    this.index.setState(sequence, ENTRY_LEAVING);
    this.resting++;
    if (this.shard.inUnit) {
      // An outcome of a transaction is followed by what it leads to in the same unit; what has to be read first is noted there, so that a restart does it.
      if (this.inMemory(sequence) && this.#moveOne(leaving)) return;
      if ('to' in leaving && this.index.durable(sequence)) this.shard.leaving(this.id, leaving);
    }
    if (this.#leaving === NOTHING_LEAVES) this.#leaving = [];
    this.#leaving.push(leaving);
    this.wanted();
  }

  relocating(sequence: number): void {
    if (this.index.state(sequence) !== ENTRY_LEAVING) return;
    // One of a transaction was noted; to note another one does no harm.
    for (const leaving of this.#leaving) if (leaving.sequence === sequence && 'to' in leaving) this.shard.leaving(this.id, leaving);
  }

  /** `over`: nothing has taken its place, as a newer retained message does. */
  protected remove(sequence: number, over = true): void {
    if (this.index.durable(sequence)) {
      this.settled.add(sequence);
      this.shard.settling(this);
      this.wanted();
    }
    const key = this.#keys ? this.index.key(sequence) : 0;
    if (key !== 0) {
      this.#lastValues?.removed(key, sequence);
      this.#keys!.drop(key);
    }
    this.shard.release(this.index.position(sequence), this.index.sizeBytes(sequence), over);
    this.index.remove(sequence);
    this.owner.roomier();
  }

  protected lose(sequence: number): void {
    this.observers?.discarded(this, sequence, 'it cannot be read any more');
    if (this.index.state(sequence) === ENTRY_LEAVING) this.resting--;
    this.remove(sequence);
  }

  /** Removes an entry that nobody has acquired; answers whether there was one. `over` as in `remove`; `why`: for those who observe it. */
  discard(sequence: number, over = false, why = 'it was removed'): boolean {
    if (!this.#waits(sequence)) return false;
    this.observers?.discarded(this, sequence, why);
    if (this.index.state(sequence) === ENTRY_SCHEDULED) this.#rests(sequence, -1);
    this.remove(sequence, over);
    return true;
  }

  /** Removes what nobody has acquired; answers how many. */
  purge(): number {
    let purged = 0;
    for (let sequence = this.index.next(0); sequence < this.index.tail; sequence = this.index.next(sequence + 1))
      if (this.discard(sequence, true)) purged++;
    return purged;
  }

  get full(): boolean {
    return this.#staying >= this.messagesMax || this.index.liveBytes >= this.bytesMax;
  }

  lacksRoomFor(message: Message, queues: readonly StoredQueue[]): boolean {
    if (this.full || this.bytesMax === Number.POSITIVE_INFINITY) return this.full;
    return this.index.liveBytes + this.shard.bytesOf(message, queues) > this.bytesMax;
  }

  /** Writes what was settled so far to the log. What a consumer rejected is settled for good when it is a dead letter. */
  recordSettled(): void {
    const settled = this.#settled;
    if (!settled) return;
    settled.record();
    if (this.#leaving.length === 0) settled.release();
  }

  // ---- the log's side

  holds(sequence: number, position: LogPosition): boolean {
    return this.index.state(sequence) !== ENTRY_NONE && this.index.position(sequence) === position;
  }

  /** '' : it has none. */
  keyOf(sequence: number): string {
    const key = this.#keys ? this.index.key(sequence) : 0;
    return key === 0 ? '' : this.#keys!.text(key);
  }

  /** Compaction has copied the message to another place. */
  moved(sequence: number, position: LogPosition, sizeBytes: number): void {
    this.shard.release(this.index.position(sequence), this.index.sizeBytes(sequence));
    this.index.moved(sequence, position, sizeBytes);
  }

  /** A STORE record that begins at `at` was found in the log. */
  restore(sequence: number, position: LogPosition, sizeBytes: number, bytes: Uint8Array, at: number, attempts: number, key: string): void {
    // A message that was not durable has not outlived the server; its number is not used again.
    if (!storeIsDurable(bytes, at)) {
      this.index.skip(sequence);
      return;
    }
    if (this.index.state(sequence) !== ENTRY_NONE) {
      this.index.moved(sequence, position, sizeBytes);
      return;
    }
    this.index.put(sequence, position, sizeBytes, true, storeExpiresAtMs(bytes, at));
    if (attempts > 0) this.index.setAttempts(sequence, attempts);
    this.#mark(sequence, storePriority(bytes, at), storeIsGrouped(bytes, at), key);
    this.index.setDueAtMs(sequence, storeDeliverAtMs(bytes, at));
  }

  restoreSettled(first: number, count: number): void {
    this.index.skip(first + count - 1);
    for (let sequence = this.index.next(first); sequence < first + count; sequence = this.index.next(sequence + 1)) {
      if (this.index.key(sequence) !== 0) this.#keys!.drop(this.index.key(sequence));
      this.index.remove(sequence);
      this.#restoredLeaving?.delete(sequence);
    }
  }

  restoreLeaving(departure: Departure): void {
    this.#restoredLeaving ??= new Map();
    this.#restoredLeaving.set(departure.sequence, departure);
  }

  restoreAttempts(sequence: number, attempts: number): void {
    if (this.index.state(sequence) !== ENTRY_NONE) this.index.setAttempts(sequence, attempts);
  }

  /** All has been replayed: what is here is kept. Whether somebody had it before the restart is not known, so nobody is its first acquirer. */
  restored(log: Log): void {
    const { index } = this;
    for (let sequence = index.next(0); sequence < index.tail; sequence = index.next(sequence + 1)) {
      log.retain(index.position(sequence), index.sizeBytes(sequence));
      index.markAcquiredBefore(sequence);
    }
    const keysFrom = this.shard.marks.of(this.id)?.get(MARK_KEYS)?.value ?? 0;
    // Those before it may all be gone, or were volatile; their numbers are not used again, since a new message there would lose its key.
    if (keysFrom > 0) index.skip(keysFrom - 1);
    this.#forgetKeys(keysFrom);
    for (const departure of this.#restoredLeaving?.values() ?? [])
      if (index.state(departure.sequence) !== ENTRY_NONE) this.#rest(departure.sequence, departure);
    this.#restoredLeaving = undefined;
    for (let sequence = index.next(0); sequence < index.tail; sequence = index.next(sequence + 1)) {
      if (index.state(sequence) === ENTRY_LEAVING) continue;
      // How much of a delay had passed is not known: what had failed waits for the whole of it again.
      const delayMs = index.attempts(sequence) > 0 ? redeliveryDelayMs(this.owner.spec.redelivery, index.attempts(sequence), sequence) : 0;
      const dueAtMs = Math.max(index.dueAtMs(sequence), delayMs > 0 ? this.nowMs + delayMs : 0);
      if (dueAtMs > this.nowMs) this.schedule(sequence, dueAtMs);
      if (this.owner.spec.lastValueKey !== undefined && index.key(sequence) !== 0) this.#takePlace(sequence);
    }
    this.begin();
  }

  /** The shard forgets the queue: nothing of it is kept any more. */
  forget(): void {
    this.closed = true;
    this.shard.alarms.forget(this);
    this.#settled?.release();
    const { index } = this;
    moveAccount(index, NO_ACCOUNT);
    for (let sequence = index.next(0); sequence < index.tail; sequence = index.next(sequence + 1))
      this.shard.release(index.position(sequence), index.sizeBytes(sequence));
  }

  protected isAcquired(sequence: number): boolean {
    return !this.closed && this.index.state(sequence) === ENTRY_ACQUIRED;
  }

  /** An entry is with a consumer no more; what becomes of it follows. */
  protected unacquire(sequence: number): boolean {
    if (!this.isAcquired(sequence)) return false;
    this.acquired--;
    return true;
  }
}
