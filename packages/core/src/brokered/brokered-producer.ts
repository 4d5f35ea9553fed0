import type { Address, AddressCounters } from '../address/address.ts';
import type { CreditHolder } from '../delivery/credit-share.ts';
import type { Confirmation, Producer, ProducerPort } from '../delivery/delivery.ts';
import { ACCEPTED, type Outcome, rejected } from '../delivery/outcome.ts';
import { Refusal } from '../delivery/refusal.ts';
import { producerStanding, type Standing } from '../delivery/standing.ts';
import type { SpaceLimits } from '../limits/space-limits.ts';
import { type Message, retainMessage } from '../message/message.ts';
import { takeFollowed } from '../observe/store-watch.ts';
import type { LogPosition } from '../store/log.ts';
import type { Shard } from '../store/shard.ts';
import type { Diverts } from '../wiring/diverts.ts';
import type { Weight } from './demand.ts';
import type { DuplicateWindow } from './duplicate-window.ts';
import { refuseRecord } from './refuse-message.ts';
import { NOTHING_WAITS, type WaitingLine, type WaitingSend, type WaitingSender } from './waiting-line.ts';

/** A brokered address as its producers see it. */
export interface StoringAddress extends Address {
  readonly counters: AddressCounters;
  readonly shard: Shard;
  /** Of its address space. */
  readonly limits: SpaceLimits;
  readonly messageSizeBytesMax: number;
  /** What one record has room for: a message and its topic together, in bytes. */
  readonly recordRoomBytes: number;
  /** The number that the next message gets; -1: it gets none, or several. */
  readonly nextSequence: number;
  /** The ids of messages that are not to be stored twice; undefined: it does not look at ids. */
  readonly duplicates: DuplicateWindow | undefined;
  /** Where messages go besides, or instead; undefined: they stay. */
  readonly diverts: Diverts | undefined;
  /** Stores the message; answers its place when it has to be on disk before the producer hears `accepted`, and -1 otherwise. */
  store(message: Message, expiresAtMs: number): LogPosition;
  /** Where messages wait for room; undefined: none ever have to. */
  readonly line: WaitingLine | undefined;
  /** It has a limit of its own on what is stored. */
  readonly limited: boolean;
  /** Why it does not take the message, where it, and its space, are to take these besides; that it has to wait for room is not said here. */
  refuse(message: Message, besides?: Weight, ofSpace?: Weight): Refusal | undefined;
  /** Whether the message needs not wait for room, where it is to take these besides. */
  hasRoomFor(message: Message, besides?: Weight): boolean;
  /** That it has no room, for whom nothing waits. */
  refuseAsFull(): Refusal;
  /** What the message would count here, in bytes; 0 where bytes are not limited. */
  bytesOf(message: Message): number;
  /** What the message would count in the address space. */
  weigh(message: Message): Weight;
  /** A message has to wait. */
  waits(): void;
  /** Until when a message with this time to live is kept, in milliseconds since the epoch; 0: for ever. */
  expiresAtMs(ttlMs: number): number;
  /** A message was stored. */
  fuller(): void;
  forget(): void;
}

/** Beside a message of a record: names of 100,000 queues, and a topic. Messages that leave so much room fit. */
const RECORD_MARGIN_BYTES = 2 * 1024 * 1024;

/** Bytes of messages that wait for room at the addresses of one space, of those that nobody else bounds; beyond, they are refused. */
export const WAITING_BYTES_MAX = 64 * 1024 * 1024;

/** A message that waits for its transaction to commit. */
export interface Posting {
  readonly address: StoringAddress;
  /** A copy of its own. */
  readonly message: Message;
  /** When its time to live ends, in milliseconds since the epoch; 0: never. */
  readonly expiresAtMs: number;
  /** Whose it is. */
  readonly port: ProducerPort;
}

/** Stores the message at this address, and nowhere else; the answer is as that of `StoringAddress.store`. */
export function storeAt(address: StoringAddress, message: Message): LogPosition {
  address.counters.in++;
  const position = address.store(message, address.expiresAtMs(message.ttlMs));
  address.fuller();
  return position;
}

/** Stores the message wherever the address has it go, whatever its producer had credit for; answers its place when it has to be on disk before the producer hears `accepted`, and -1 otherwise. */
export function storeIn(address: StoringAddress, message: Message): LogPosition {
  if (address.diverts === undefined) return storeAt(address, message);
  address.counters.in++;
  return address.diverts.store(message);
}

/** What is here already needs no room. */
function isDuplicate({ duplicates }: StoringAddress, message: Message): boolean {
  const id = duplicates?.idOf(message);
  return id !== undefined && duplicates!.has(id);
}

/** Stores a message that comes from outside: one that was seen before is only counted, and as safe as the first one is. */
export function storeOnce(address: StoringAddress, message: Message): LogPosition {
  const { duplicates, counters, shard } = address;
  const id = duplicates?.idOf(message);
  if (duplicates === undefined || id === undefined) return storeIn(address, message);
  const { durable } = message;
  if (duplicates.has(id)) {
    address.observers?.repeated();
    counters.in++;
    counters.duplicates++;
    return durable ? shard.log.end - 1 : -1;
  }
  if (durable) shard.beginUnit();
  const position = storeIn(address, message);
  duplicates.add(id, durable);
  if (durable) shard.endUnit();
  return position < 0 ? position : shard.log.end - 1;
}

/** Diverts may have it go elsewhere alone. */
function staysAt(address: StoringAddress, message: Message): boolean {
  if (address.diverts === undefined) return true;
  const route = address.diverts.targets(message);
  return !(route instanceof Refusal) && route.has(address);
}

/** Why a message that a producer sends cannot be had. */
function refuseSent(address: StoringAddress, message: Message): Refusal | undefined {
  const room = address.shard.log.recordSizeBytesMax - (message.end - message.start);
  const refusal = room < RECORD_MARGIN_BYTES ? refuseRecord(address, message) : undefined;
  return refusal ?? (address.diverts ? address.diverts.refuse(message) : address.refuse(message));
}

/** A producer of a queue or topic: `accepted` means that the server has the message, a durable one on disk. */
export class BrokeredProducer implements Producer, CreditHolder, Confirmation, WaitingSender {
  readonly brokered = true;
  readonly port: ProducerPort;
  readonly #address: StoringAddress;
  held = 0;
  lowMark = 0;
  withoutCreditSinceMs = 0;
  listed = false;
  waiting = NOTHING_WAITS;
  #attached = true;
  /** The numbers of scheduled messages that were not confirmed yet, by token. */
  #scheduled: Map<number, number> | undefined;

  constructor(address: StoringAddress, port: ProducerPort) {
    this.#address = address;
    this.port = port;
  }

  get messageSizeBytesMax(): number {
    return this.#address.messageSizeBytesMax;
  }

  get standing(): Standing {
    return producerStanding(this);
  }

  send(message: Message, token: number): undefined {
    const { observers, shard } = this.#address;
    if (!observers?.arrived(message, this.#address, this.port, token)) this.#take(message, token);
    else takeFollowed(shard, observers, () => this.#take(message, token));
  }

  #take(message: Message, token: number): void {
    const address = this.#address;
    address.credit.used(this);
    if (address.line !== undefined && this.#hasToWait(address.line, message)) this.#wait(address.line, message, token);
    else this.#store(message, token);
  }

  #store(message: Message, token: number): void {
    const address = this.#address;
    const refusal = address.shard.full ? this.#logUnavailable() : refuseSent(address, message);
    if (refusal && !isDuplicate(address, message)) {
      this.#refuse(message, token, refusal);
      return;
    }
    const sequence = message.deliverAtMs > 0 ? address.nextSequence : -1;
    const position = storeOnce(address, message);
    if (message.settled) return;
    // It may have been stored before, or have gone elsewhere.
    if (sequence >= 0 && address.nextSequence > sequence) this.#schedule(token, sequence);
    if (position >= 0) address.shard.whenDurable(this, token, position);
    else this.port.settle(token, this.#accepted(token));
  }

  // ---- waiting for room

  get inLine(): number {
    return this.waiting.length;
  }

  #hasToWait(line: WaitingLine, message: Message): boolean {
    if (!line.keeps(message)) return false;
    const address = this.#address;
    const { bytesMax = Number.POSITIVE_INFINITY } = address.spec;
    // One that will never fit, or goes elsewhere alone, needs no room here.
    return address.bytesOf(message) <= bytesMax && !isDuplicate(address, message) && staysAt(address, message);
  }

  #wait(line: WaitingLine, message: Message, token: number): void {
    const address = this.#address;
    const sizeBytes = message.end - message.start;
    const { account } = address.limits;
    const counted = this.port.waits === undefined;
    if (counted && account.waitingBytes + sizeBytes > WAITING_BYTES_MAX) {
      this.#refuse(message, token, address.refuseAsFull());
      return;
    }
    if (counted) account.waitingBytes += sizeBytes;
    const copy = retainMessage(message);
    line.push(this, { message: copy, token, expiresAtMs: address.expiresAtMs(message.ttlMs), counted });
    address.waits();
    address.observers?.waits(address, message, copy);
    this.port.waits?.(token, sizeBytes);
  }

  takeWaiting(send: WaitingSend): void {
    const { message, token, expiresAtMs } = send;
    const address = this.#address;
    const { shard } = address;
    if (expiresAtMs > 0) message.ttlMs = Math.max(1, expiresAtMs - shard.turn.nowMs);
    shard.beginUnit();
    this.#waited(send);
    this.#tell(send, () => this.#store(message, token));
    shard.endUnit();
  }

  /** There will be no room any more. */
  refuseWaiting(send: WaitingSend, refusal: Refusal): void {
    this.#waited(send);
    this.#tell(send, () => this.#refuse(send.message, send.token, refusal));
  }

  /** What becomes of it is told those who have followed it into the line. */
  #tell({ message, token }: WaitingSend, act: () => void): void {
    const { observers, shard } = this.#address;
    if (!observers?.arrived(message, this.#address, this.port, token)) act();
    else takeFollowed(shard, observers, act);
  }

  #waited({ message, token, counted }: WaitingSend): void {
    const sizeBytes = message.end - message.start;
    if (counted) this.#address.limits.account.waitingBytes -= sizeBytes;
    this.port.waited?.(token, sizeBytes);
  }

  withdraw(token: number): boolean {
    const send = this.waiting.find(each => each.token === token);
    if (!send || !this.#address.line?.withdraw(this, send)) return false;
    this.#gone(send);
    return true;
  }

  /** It is not stored, and its sender knows why. */
  #gone(send: WaitingSend): void {
    this.#waited(send);
    this.#tell(send, () => this.#address.observers?.refused(this.#address.refuseAsFull()));
  }

  /** What has nobody who hears of it waits on, for it was sent in good faith, as long as not too much does so. */
  #leaveLine(): void {
    const { account } = this.#address.limits;
    for (const send of [...this.waiting]) {
      const sizeBytes = send.message.end - send.message.start;
      const stays = send.message.settled && (send.counted || account.waitingBytes + sizeBytes <= WAITING_BYTES_MAX);
      if (!stays) {
        this.#address.line?.withdraw(this, send);
        if (send.message.settled) this.refuseWaiting(send, this.#address.refuseAsFull());
        else this.#gone(send);
      } else if (!send.counted) {
        send.counted = true;
        account.waitingBytes += sizeBytes;
      }
    }
  }

  #schedule(token: number, sequence: number): void {
    this.#scheduled ??= new Map();
    this.#scheduled.set(token, sequence);
  }

  #accepted(token: number): Outcome {
    const sequence = this.#scheduled?.get(token);
    if (sequence === undefined) return ACCEPTED;
    this.#scheduled!.delete(token);
    return { kind: 'accepted', sequence };
  }

  post(message: Message): Posting {
    const address = this.#address;
    address.credit.used(this);
    return { address, message: retainMessage(message), expiresAtMs: address.expiresAtMs(message.ttlMs), port: this.port };
  }

  #logUnavailable(): Refusal {
    const { name, shard } = this.#address;
    return new Refusal(
      'log-unavailable',
      `The log behind ${name} takes no messages (${shard.log.pressure}): free some disk space, or wait for credit and send again.`,
    );
  }

  #refuse(message: Message, token: number, refusal: Refusal): void {
    const { name, counters, limits, shard } = this.#address;
    this.#address.observers?.refused(refusal);
    counters.in++;
    counters.dropped++;
    limits.tally.refused(refusal);
    if (message.settled)
      shard.report({ level: 'error', what: `settled message dropped: ${refusal.description}`, address: name, addressSpace: limits.space });
    else this.port.settle(token, rejected(refusal));
  }

  confirmed(token: number): void {
    if (this.#attached) this.port.settle(token, this.#accepted(token));
  }

  detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    if (this.waiting.length > 0) this.#leaveLine();
    this.#address.credit.remove(this);
    this.#address.forget();
  }

  end(refusal: Refusal): void {
    this.#attached = false;
    this.port.end(refusal);
  }
}
