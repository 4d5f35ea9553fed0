import type { Message } from '../message/message.ts';
import type { Task, Turn } from '../turn.ts';
import type { Weight } from './demand.ts';

/** A message that waits for room: a copy of its own. */
export interface WaitingSend {
  readonly message: Message;
  readonly token: number;
  /** When its time to live ends, in milliseconds since the epoch; 0: never. */
  readonly expiresAtMs: number;
  /** It counts among the bytes that wait in its address space: nobody else bounds it. */
  counted: boolean;
}

/** Of all senders of which none has ever waited; it stays empty. */
export const NOTHING_WAITS: WaitingSend[] = [];

/** Who sends messages that may have to wait. */
export interface WaitingSender {
  /** Those that wait, in the order in which they came. */
  waiting: WaitingSend[];
  /** There is room for this one, which waits no more. */
  takeWaiting(send: WaitingSend): void;
}

/** For what the line waits. */
export interface RoomyAddress {
  /** Whether it can store this message now without having more than it may. */
  hasRoomFor(message: Message, besides?: Weight): boolean;
  readonly credit: { changed(): void };
}

/**
 * The messages that came to an address when it had no room: in memory, in the order of each sender, and senders take turns. What comes while
 * others wait waits behind them. They are stored at the end of the turn in which there is room.
 */
export class WaitingLine implements Task {
  deferred = false;
  readonly #address: RoomyAddress;
  readonly #turn: Turn;
  /** The first is the next. */
  readonly #senders = new Set<WaitingSender>();
  #size = 0;

  constructor(address: RoomyAddress, turn: Turn) {
    this.#address = address;
    this.#turn = turn;
  }

  /** Messages that wait. */
  get size(): number {
    return this.#size;
  }

  /** Messages wait, and there is no room for the next of them. */
  get stuck(): boolean {
    const [next] = this.#senders;
    return next !== undefined && !this.#address.hasRoomFor(next.waiting[0]!.message);
  }

  /** Whether a message that comes now, and besides these, has to wait. */
  keeps(message: Message, besides?: Weight): boolean {
    return this.#size > 0 || !this.#address.hasRoomFor(message, besides);
  }

  push(sender: WaitingSender, send: WaitingSend): void {
    if (sender.waiting === NOTHING_WAITS) sender.waiting = [];
    sender.waiting.push(send);
    this.#senders.add(sender);
    this.#size++;
  }

  /** There may be room. */
  changed(): void {
    if (this.#size > 0) this.#turn.defer(this);
  }

  run(): void {
    // One whose next message has to wait on comes again at the end.
    for (const sender of this.#senders) {
      const [next] = sender.waiting;
      if (!this.#address.hasRoomFor(next!.message)) return;
      this.#senders.delete(sender);
      this.#shift(sender);
      if (sender.waiting.length > 0) this.#senders.add(sender);
      sender.takeWaiting(next!);
    }
    // Whoever waited has had no credit meanwhile.
    this.#address.credit.changed();
  }

  #shift(sender: WaitingSender): void {
    sender.waiting.shift();
    this.#size--;
  }

  /** Takes this message out of the line; false: it does not wait. */
  withdraw(sender: WaitingSender, send: WaitingSend): boolean {
    const at = sender.waiting.indexOf(send);
    if (at < 0) return false;
    sender.waiting.splice(at, 1);
    this.#size--;
    if (sender.waiting.length === 0) this.#senders.delete(sender);
    // It may have been the one for which there was no room.
    this.changed();
    return true;
  }

  /** All of it, in order: nobody waits any more. */
  clear(): [WaitingSender, WaitingSend][] {
    const all: [WaitingSender, WaitingSend][] = [];
    for (const sender of this.#senders) for (const send of sender.waiting.splice(0)) all.push([sender, send]);
    this.#senders.clear();
    this.#size = 0;
    return all;
  }
}
