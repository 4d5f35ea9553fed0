import type { QueueConsumer } from './queue-consumer.ts';
import { ENTRY_READY, type QueueIndex } from './queue-index.ts';
import { SequenceHeap } from './sequence-heap.ts';
import type { Walk } from './walk.ts';

/** Groups whose consumer is remembered although none of their messages is under way, in one queue; beyond, the one that came first is forgotten. */
export const IDLE_GROUPS_MAX = 100_000;
/** Groups that are looked at for an idle one to forget. */
const FORGET_LOOK_MAX = 16;

interface Group {
  readonly key: string;
  readonly consumer: QueueConsumer;
  /** Deliveries of the group that its consumer has not settled. */
  unsettled: number;
  /** Entries that wait until the consumer can take them. */
  readonly waiting: SequenceHeap;
  /** Something of it is under way; as soon as nothing is, another consumer shall have the group. */
  moving: boolean;
}

/** How a group's entries come back into the order. */
type Return = (sequence: number) => void;

/**
 * Which consumer has which group of messages (AMQP 1.0 part 3, section 3.2.4: group-id; JMS: JMSXGroupID). A group stays with its consumer as long as that
 * is there, so that its messages are handled one after the other; when consumers come, groups move so that each has its share.
 */
export class MessageGroups {
  readonly #groups = new Map<string, Group>();
  readonly #byConsumer = new Map<QueueConsumer, Set<Group>>();
  /** Of each delivery under way. */
  readonly #held = new Map<number, Group>();
  /** Groups with entries that wait. */
  readonly #waiting = new Set<Group>();
  readonly #giveBack: Return;
  #next: Group | undefined;

  constructor(giveBack: Return) {
    this.#giveBack = giveBack;
  }

  get size(): number {
    return this.#groups.size;
  }

  /** Entries that wait for one consumer each. */
  get waiting(): number {
    let waiting = 0;
    for (const group of this.#waiting) waiting += group.waiting.size;
    return waiting;
  }

  /** Something of a group is under way. */
  get holding(): boolean {
    return this.#held.size > 0;
  }

  // ---- what waits for a consumer that can take it now: an order of its own

  /** The next entry whose group's consumer can take it; -1: none. `index` tells whether an entry is there still. */
  peek(index: QueueIndex): number {
    for (const group of this.#waiting) {
      if (group.consumer.place < 0 || group.moving) continue;
      while (group.waiting.size > 0 && index.state(group.waiting.peek()) !== ENTRY_READY) group.waiting.pop();
      if (group.waiting.size === 0) {
        this.#waiting.delete(group);
        continue;
      }
      this.#next = group;
      return group.waiting.peek();
    }
    return -1;
  }

  /** The entry that `peek` answered goes. */
  pop(): void {
    const group = this.#next!;
    group.waiting.pop();
    // At the end of the line, so that no group starves the consumer's others.
    this.#waiting.delete(group);
    if (group.waiting.size > 0) this.#waiting.add(group);
  }

  /** The consumer of the entry that `peek` answered and that was popped: it is handed out. */
  handOut(sequence: number): QueueConsumer {
    const group = this.#next!;
    this.#hold(group, sequence);
    return group.consumer;
  }

  // ---- choosing

  /** Groups that this consumer has. */
  countOf(consumer: QueueConsumer): number {
    return this.#byConsumer.get(consumer)?.size ?? 0;
  }

  consumerOf(key: string): QueueConsumer | undefined {
    return this.#groups.get(key)?.consumer;
  }

  /** Who gets the entry of this group, and one of whose credit is used; undefined: it waits here. */
  choose(key: string, sequence: number, walk: Walk): QueueConsumer | undefined {
    const group = this.#groups.get(key);
    if (!group) {
      const consumer = walk.takeFor(this);
      this.#hold(this.#assign(key, consumer), sequence);
      return consumer;
    }
    if (group.consumer.place < 0 || group.waiting.size > 0 || group.moving) {
      group.waiting.push(sequence);
      this.#waiting.add(group);
      return undefined;
    }
    walk.spend(group.consumer);
    this.#hold(group, sequence);
    return group.consumer;
  }

  #hold(group: Group, sequence: number): void {
    group.unsettled++;
    this.#held.set(sequence, group);
  }

  #assign(key: string, consumer: QueueConsumer): Group {
    if (this.#groups.size >= IDLE_GROUPS_MAX) this.#forgetIdle();
    const group = { key, consumer, unsettled: 0, waiting: new SequenceHeap(), moving: false };
    this.#groups.set(key, group);
    const others = this.#byConsumer.get(consumer);
    if (others) others.add(group);
    else this.#byConsumer.set(consumer, new Set([group]));
    return group;
  }

  #forgetIdle(): void {
    let looks = FORGET_LOOK_MAX;
    for (const group of this.#groups.values()) {
      if (isIdle(group)) return this.#forget(group);
      if (--looks === 0) return;
    }
  }

  /** The consumer is done with the entry; answers whether others that waited for it are back in the order. */
  settled(sequence: number): boolean {
    const group = this.#held.get(sequence);
    if (!group) return false;
    this.#held.delete(sequence);
    if (--group.unsettled > 0 || !group.moving || this.#groups.get(group.key) !== group) return false;
    this.#forget(group);
    return true;
  }

  // ---- consumers that come and go

  /** One more consumer is there: others give up what is beyond their share. */
  rebalance(consumers: number): void {
    const share = Math.ceil(this.#groups.size / consumers);
    for (const groups of this.#byConsumer.values()) {
      let surplus = groups.size - share;
      for (const group of groups) {
        if (surplus <= 0) break;
        surplus--;
        if (group.unsettled === 0) this.#forget(group);
        else group.moving = true;
      }
    }
  }

  /**
   * The consumer is gone; whoever takes the next message of one of its groups has that group. What it has settled in a transaction that is still open
   * may come back, and goes before the rest of its group.
   */
  left(consumer: QueueConsumer): void {
    for (const group of this.#byConsumer.get(consumer) ?? [])
      if (group.unsettled === 0) this.#forget(group);
      else group.moving = true;
  }

  /** The group has no consumer; what waited for it is looked at again. */
  #forget(group: Group): void {
    this.#groups.delete(group.key);
    this.#waiting.delete(group);
    const others = this.#byConsumer.get(group.consumer);
    others?.delete(group);
    if (others?.size === 0) this.#byConsumer.delete(group.consumer);
    while (group.waiting.size > 0) {
      this.#giveBack(group.waiting.peek());
      group.waiting.pop();
    }
  }
}

function isIdle({ unsettled, waiting }: Group): boolean {
  return unsettled === 0 && waiting.size === 0;
}
