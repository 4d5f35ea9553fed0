import type { Confirmation, DeliverySource, Producer } from '../delivery/delivery.ts';
import { IN_DOUBT, type Outcome } from '../delivery/outcome.ts';
import { Refusal } from '../delivery/refusal.ts';
import type { Message } from '../message/message.ts';
import { takeFollowed } from '../observe/store-watch.ts';
import type { Shard } from '../store/shard.ts';
import { type Posting, type StoringAddress, storeOnce } from './brokered-producer.ts';
import { Demand } from './demand.ts';
import { refuseRecord } from './refuse-message.ts';

/** Messages and outcomes of one transaction, at the most: all of it is written in one call, and others wait so long. */
export const TRANSACTION_PARTS_MAX = 20_000;
/** Bytes of the messages of one transaction, at the most: they are in memory until it ends. */
export const TRANSACTION_BYTES_MAX = 64 * 1024 * 1024;

/** The outcome of a delivery, which counts when the transaction commits. */
interface Retirement {
  readonly source: DeliverySource;
  readonly token: number;
  readonly outcome: Outcome;
}

/** What transactions share: what their space lets them hold together, and which addresses there are. */
export interface TransactionRoom {
  readonly shard: Shard;
  /** The address is still that of its space. */
  exists(address: StoringAddress): boolean;
  /**
   * The transaction holds so many bytes more, and the time in which it may be left alone begins anew. False, and not counted, when all of them would
   * hold too much.
   */
  holdMore(transaction: Transaction, bytes: number): boolean;
  /** It holds nothing any more. */
  gaveBack(transaction: Transaction): void;
  ended(): void;
}

/**
 * Messages that are stored together and outcomes that count together, or none of them: what becomes part of it is held in memory, and written as
 * one unit of the log when it commits.
 *
 * One that cannot be committed any more (a limit was met, its time has passed) gives back what it holds at once, and says so to whoever asks it to
 * commit.
 */
export class Transaction {
  /** When something was last added, in milliseconds since the epoch. */
  touchedMs = 0;
  readonly #room: TransactionRoom;
  #postings: Posting[] = [];
  #retirements: Retirement[] = [];
  #bytes = 0;
  #doom: Refusal | undefined;
  #over = false;

  constructor(room: TransactionRoom) {
    this.#room = room;
  }

  /** Messages and outcomes so far. */
  get parts(): number {
    return this.#postings.length + this.#retirements.length;
  }

  /** Bytes of the messages so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the message, whose bytes are copied; or says why it cannot be part of this transaction. */
  post(producer: Producer, message: Message): Refusal | undefined {
    this.#assertOpen();
    const posting = producer.post?.(message);
    if (posting === undefined)
      return new Refusal(
        'capability-unsupported',
        'Only queues and topics take messages in a transaction: send to this address without one.',
      );
    if (this.#doom) return this.#doom;
    if (this.parts >= TRANSACTION_PARTS_MAX) return this.doom(tooMany());
    const bytes = posting.message.end;
    if (this.#bytes + bytes > TRANSACTION_BYTES_MAX)
      return this.doom(
        new Refusal('transaction-too-large', `A transaction holds at most ${TRANSACTION_BYTES_MAX} bytes: commit more often.`),
      );
    if (!this.#room.holdMore(this, bytes))
      return this.doom(
        new Refusal('transaction-too-large', 'The transactions of this address space hold as much as they may: try again later.'),
      );
    this.#bytes += bytes;
    this.#postings.push(posting);
    return undefined;
  }

  /** Takes the outcome of a delivery that its consumer has settled. When the transaction rolls back, it comes again as a failed one. */
  retire(source: DeliverySource, token: number, outcome: Outcome): void {
    this.#assertOpen();
    if (!this.#doom && this.parts >= TRANSACTION_PARTS_MAX) this.doom(tooMany());
    if (this.#doom) return source.settle(token, IN_DOUBT);
    this.#retirements.push({ source, token, outcome });
    this.#room.holdMore(this, 0);
  }

  /** It can only roll back from now on, for this reason. The first one stays, and is the answer. */
  doom(refusal: Refusal): Refusal {
    this.#doom ??= refusal;
    this.#giveBack();
    return this.#doom;
  }

  /** Why it cannot be committed now, with so many outcomes besides; undefined: it can. */
  refusal(partsMore = 0): Refusal | undefined {
    if (this.#doom) return this.#doom;
    if (this.parts + partsMore > TRANSACTION_PARTS_MAX) return tooMany();
    const demand = new Demand();
    const asked = new Set<StoringAddress>();
    for (const { address, message } of this.#postings) {
      const { name, messageSizeBytesMax } = address;
      const sizeBytes = message.end - message.headerSize;
      if (sizeBytes > messageSizeBytesMax)
        return new Refusal(
          'message-too-large',
          `A message for ${name} has ${sizeBytes} bytes, and ${messageSizeBytesMax} is the most by now.`,
        );
      const refused = refuseRecord(address, message) ?? address.diverts?.refuse(message);
      if (refused) return refused;
      const targets = address.diverts?.targets(message) ?? [address];
      if (targets instanceof Refusal) return targets;
      // One whose messages all go elsewhere has to be there, and needs no room.
      const refusal = this.#refuseAt(address, asked) ?? this.#refuseTargets(targets, message, demand, asked);
      if (refusal) return refusal;
    }
    return undefined;
  }

  #refuseTargets(targets: Iterable<StoringAddress>, message: Message, demand: Demand, asked: Set<StoringAddress>): Refusal | undefined {
    for (const target of targets) {
      const refusal = this.#refuseAt(target, asked) ?? demand.add(target, message);
      if (refusal) return refusal;
    }
    return undefined;
  }

  #refuseAt(address: StoringAddress, asked: Set<StoringAddress>): Refusal | undefined {
    if (asked.has(address)) return undefined;
    asked.add(address);
    const { name, shard } = address;
    if (!this.#room.exists(address))
      return new Refusal('address-deleted', `The address ${name} was deleted before the transaction was committed.`);
    if (!shard.full) return undefined;
    return new Refusal('log-unavailable', `The log behind ${name} takes no messages (${shard.log.pressure}): free some disk space.`);
  }

  /** Stores the messages and settles the deliveries, in one unit; `refusal` has found nothing against it. Confirmed when all of it is on disk. */
  commit(confirm: Confirmation, token: number): void {
    const { shard } = this.#room;
    if (this.parts === 0) {
      this.#end();
      return confirm.confirmed(token);
    }
    shard.beginUnit();
    for (const { source, token: delivery, outcome } of this.#retirements) source.settle(delivery, outcome);
    for (const { address, message, expiresAtMs, port } of this.#postings) {
      if (expiresAtMs > 0) message.ttlMs = Math.max(1, expiresAtMs - shard.turn.nowMs);
      const { observers } = address;
      if (!observers?.arrived(message, address, port, 0)) storeOnce(address, message);
      else takeFollowed(shard, observers, () => storeOnce(address, message));
    }
    shard.endUnit();
    this.#retirements = [];
    this.#end();
    shard.whenDurable(confirm, token);
  }

  /** None of it happens. */
  rollback(): void {
    this.#end();
  }

  #end(): void {
    this.#assertOpen();
    this.#giveBack();
    this.#over = true;
    this.#room.ended();
  }

  #giveBack(): void {
    const retirements = this.#retirements;
    this.#room.gaveBack(this);
    this.#bytes = 0;
    this.#postings = [];
    this.#retirements = [];
    for (const { source, token } of retirements) source.settle(token, IN_DOUBT);
  }

  #assertOpen(): void {
    if (this.#over) throw new Error('the transaction is over');
  }
}

function tooMany(): Refusal {
  return new Refusal(
    'transaction-too-large',
    `A transaction has at most ${TRANSACTION_PARTS_MAX} messages and outcomes: commit more often.`,
  );
}
