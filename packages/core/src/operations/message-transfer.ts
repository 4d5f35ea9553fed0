import { type StoringAddress, storeAt } from '../brokered/brokered-producer.ts';
import { refuseMessage } from '../brokered/refuse-message.ts';
import { Refusal } from '../delivery/refusal.ts';
import type { Message } from '../message/message.ts';
import type { Queue } from '../queue/queue.ts';
import type { Shard } from '../store/shard.ts';
import type { WalkAct, WalkedMessage } from './queue-walk.ts';

/** Where a message goes; a refusal where it cannot. */
export type TransferTarget = (message: Message) => StoringAddress | Refusal;

/**
 * Stores what it meets at another address, and takes it away from the queue, if there is one: what is done in one turn is one unit of the log, so that after a
 * crash each message is here or there.
 */
export class MessageTransfer implements WalkAct {
  readonly readsBodies = true;
  readonly writes = true;
  done = 0;
  /** Selected, and left where they are: with a consumer, expired, or with nowhere to go. */
  skipped = 0;
  /** Why one of them had nowhere to go, or the transfer ended. */
  refusal: Refusal | undefined;
  readonly #queue: Queue | undefined;
  readonly #shard: Shard;
  readonly #target: TransferTarget;
  #inUnit = false;

  /** `queue`: where messages are removed; undefined: they are copied. */
  constructor(queue: Queue | undefined, shard: Shard, target: TransferTarget) {
    this.#queue = queue;
    this.#shard = shard;
    this.#target = target;
  }

  meet({ sequence, state, expiresAtMs, message }: WalkedMessage): boolean {
    const expired = expiresAtMs > 0 && expiresAtMs <= this.#shard.turn.nowMs;
    if (expired || (this.#queue && state === 'unsettled')) return this.#skip();
    const target = this.#target(message);
    if (target instanceof Refusal) {
      this.refusal ??= target;
      return this.#skip();
    }
    const refusal = refuseMessage(target, message);
    if (refusal) {
      this.refusal = refusal;
      return false;
    }
    this.#begin();
    // It begins anew there: what it went through here is over, and nobody there counts it.
    Object.assign(message, { deliveryCount: 0, firstAcquirer: true, topic: '', retained: false, fromRetained: false });
    storeAt(target, message);
    this.#queue?.discard(sequence, true);
    this.done++;
    return true;
  }

  #skip(): boolean {
    this.skipped++;
    return true;
  }

  #begin(): void {
    if (this.#inUnit) return;
    this.#inUnit = true;
    this.#shard.beginUnit();
  }

  sliced(): void {
    if (!this.#inUnit) return;
    this.#inUnit = false;
    this.#shard.endUnit();
  }
}
