import { type AddressCounters, zeroCounters } from '../address/address.ts';
import type { SpaceLimits } from '../limits/space-limits.ts';
import { emptyMessage, type Message, retainMessage } from '../message/message.ts';
import type { Queue } from '../queue/queue.ts';
import { NO_POLICY, type QueueOwner } from '../queue/queue-owner.ts';
import { readEntries } from '../queue/read-entries.ts';
import type { LogPosition } from '../store/log.ts';
import { readStored } from '../store/records.ts';
import type { Shard } from '../store/shard.ts';

export const RETAINED_NAME = 'retained messages';
/** Topics that have a retained message, at the most, in one space. */
export const RETAINED_MAX = 1_000_000;

/** One level of the names of retained messages. */
interface Level {
  next: Map<string, Level> | undefined;
  /** The message's number in the queue of retained ones; -1: none ends here. */
  sequence: number;
}

/**
 * The last message of each topic that was sent to be kept. They lie in a queue of their own, which nobody consumes: a newer one, or an empty
 * one, takes the older one's place.
 */
export class RetainedMessages implements QueueOwner {
  readonly name = RETAINED_NAME;
  readonly spec = NO_POLICY;
  readonly counters: AddressCounters = zeroCounters();
  readonly queue: Queue;
  readonly limits: SpaceLimits;
  readonly #shard: Shard;
  readonly #root: Level = { next: undefined, sequence: -1 };
  /** The topics of those that expire some day, by number. */
  readonly #expiring = new Map<number, string>();
  size = 0;

  constructor(queue: Queue, shard: Shard, limits: SpaceLimits) {
    this.queue = queue;
    this.limits = limits;
    this.#shard = shard;
    queue.own(this, true);
  }

  roomier(): void {}

  target(): undefined {}

  /** The message that is stored next replaces the one of its topic: call before it is, with the number it will get. False: there are too many. */
  replace(topic: string, sequence: number, expires: boolean): boolean {
    if (this.size >= RETAINED_MAX && (this.#level(topic, false)?.sequence ?? -1) < 0) return false;
    const level = this.#level(topic, true);
    if (level.sequence >= 0) this.#discard(level.sequence);
    else this.size++;
    level.sequence = sequence;
    if (expires) this.#expiring.set(sequence, topic);
    return true;
  }

  /** The topic has no retained message any more; answers when that is safe. */
  clear(topic: string): LogPosition {
    const level = this.#level(topic, false);
    if (level && level.sequence >= 0) {
      this.#discard(level.sequence);
      this.#forget(topic, level);
    }
    this.queue.recordSettled();
    return this.#shard.log.end - 1;
  }

  expired(sequence: number): void {
    const topic = this.#expiring.get(sequence);
    if (topic === undefined) return;
    this.#expiring.delete(sequence);
    this.#forget(topic, this.#level(topic, false)!);
  }

  #discard(sequence: number): void {
    this.#expiring.delete(sequence);
    this.queue.discard(sequence);
  }

  #forget(topic: string, level: Level): void {
    level.sequence = -1;
    this.size--;
    this.#prune(topic);
  }

  #level(topic: string, make: true): Level;
  #level(topic: string, make: false): Level | undefined;
  #level(topic: string, make: boolean): Level | undefined {
    let level = this.#root;
    for (const text of topic.split('/')) {
      let next = level.next?.get(text);
      if (!next) {
        if (!make) return undefined;
        next = { next: undefined, sequence: -1 };
        level.next ??= new Map();
        level.next.set(text, next);
      }
      level = next;
    }
    return level;
  }

  #prune(topic: string): void {
    const path: { level: Level; text: string }[] = [];
    let level = this.#root;
    for (const text of topic.split('/')) {
      path.push({ level, text });
      level = level.next!.get(text)!;
    }
    for (let i = path.length - 1; i >= 0; i--) {
      const { level: above, text } = path[i]!;
      const here = above.next!.get(text)!;
      if (here.sequence >= 0 || here.next) return;
      above.next!.delete(text);
      if (above.next!.size === 0) above.next = undefined;
    }
  }

  /** The numbers of the retained messages whose topics the pattern matches. */
  matching(pattern: string): number[] {
    const found: number[] = [];
    collect(this.#root, pattern.split('/'), 0, found);
    return found;
  }

  /** Reads messages by number, one after the other; those that have gone or expired meanwhile are passed over. The message is the visitor's to keep. */
  read(sequences: readonly number[], visit: (message: Message) => void): void {
    const { index } = this.queue;
    const { log, turn } = this.#shard;
    const message = emptyMessage();
    for (let i = 0; i < sequences.length; i++) {
      const sequence = sequences[i]!;
      if (index.state(sequence) === 0) continue;
      const expiresAtMs = index.expiresAtMs(sequence);
      if (expiresAtMs > 0 && expiresAtMs <= turn.nowMs) continue;
      const view = log.view(index.position(sequence));
      if (view === undefined) {
        const rest = sequences.slice(i);
        log.load(index.position(sequence), error => this.read(error ? rest.slice(1) : rest, visit));
        return;
      }
      readStored(message, view.bytes, view.start, view.end);
      message.ttlMs = expiresAtMs > 0 ? expiresAtMs - turn.nowMs : 0;
      message.fromRetained = true;
      visit(retainMessage(message));
    }
  }

  /** The log was replayed: the topics are read from the messages, `done` is called when all are known. */
  restore(done: () => void): void {
    const { index } = this.queue;
    readEntries(index, this.#shard.log, ({ topic }, sequence) => this.replace(topic, sequence, index.expiresAtMs(sequence) > 0), done);
  }
}

function collect(level: Level, pattern: readonly string[], at: number, found: number[]): void {
  if (at === pattern.length) {
    if (level.sequence >= 0) found.push(level.sequence);
    return;
  }
  const text = pattern[at]!;
  if (text === '#') {
    collectAll(level, found, at === 0);
    return;
  }
  if (text !== '+') {
    const next = level.next?.get(text);
    if (next) collect(next, pattern, at + 1, found);
    return;
  }
  for (const [name, next] of level.next ?? []) if (at > 0 || !name.startsWith('$')) collect(next, pattern, at + 1, found);
}

function collectAll(level: Level, found: number[], first: boolean): void {
  if (level.sequence >= 0) found.push(level.sequence);
  for (const [name, next] of level.next ?? []) if (!first || !name.startsWith('$')) collectAll(next, found, false);
}
