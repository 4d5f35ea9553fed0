import {
  type Address,
  type AddressCounters,
  type AddressHome,
  type AddressOptions,
  type AddressSpec,
  type AddressStatus,
  type ConsumerOptions,
  type Depth,
  zeroCounters,
} from '../address/address.ts';
import { type AddressFigures, putCounters, zeroFigures } from '../address/address-figures.ts';
import { type Creditor, CreditShare } from '../delivery/credit-share.ts';
import type { Consumer, ConsumerPort, ProducerPort } from '../delivery/delivery.ts';
import { Refusal } from '../delivery/refusal.ts';
import type { SpaceLimits } from '../limits/space-limits.ts';
import type { Message } from '../message/message.ts';
import type { Observers } from '../observe/observers.ts';
import { counted } from '../observe/words.ts';
import type { Cause, StoringTarget } from '../queue/dead-letter.ts';
import type { QueueOwner } from '../queue/queue-owner.ts';
import { RateLimitedReport } from '../report.ts';
import type { LogPosition } from '../store/log.ts';
import { storeRecordSize } from '../store/records.ts';
import type { Shard } from '../store/shard.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import type { Diverts } from '../wiring/diverts.ts';
import { BrokeredProducer, type StoringAddress } from './brokered-producer.ts';
import { WEIGHTLESS, type Weight } from './demand.ts';
import type { DuplicateWindow } from './duplicate-window.ts';
import { type RoomyAddress, WaitingLine } from './waiting-line.ts';

/** The largest message of a brokered address that declares no limit, in bytes. */
export const MESSAGE_SIZE_BYTES_MAX_DEFAULT = 32 * 1024 * 1024;
/** What a message is taken to weigh while there is none to tell, in bytes: rather too much, since credit once given is used at once. */
const MESSAGE_SIZE_GUESS_BYTES = 64 * 1024;
/** An address may be full and have room again with each message: that it is full is reported once in so many milliseconds. */
const FULL_REPORT_INTERVAL_MS = 60_000;

/** What queues and topics have in common: messages stored in the shard's log, and producers that get credit while there is room. */
export abstract class BrokeredAddress implements Address, StoringAddress, QueueOwner, Creditor, RoomyAddress {
  readonly brokered = true;
  readonly name: string;
  spec: AddressSpec;
  readonly temporary: boolean;
  readonly shard: Shard;
  readonly limits: SpaceLimits;
  readonly counters: AddressCounters = zeroCounters();
  duplicates: DuplicateWindow | undefined;
  diverts: Diverts | undefined;
  observers: Observers | undefined;
  line: WaitingLine | undefined;
  readonly credit: CreditShare;
  readonly #home: AddressHome;
  #fullReports: RateLimitedReport | undefined;
  #deadLettersSent: Record<Cause['reason'], number> | undefined;
  #deadLettersReceived: Record<Cause['reason'], number> | undefined;

  constructor(options: AddressOptions, shard: Shard) {
    this.name = options.name;
    this.spec = options.spec;
    this.temporary = options.temporary;
    this.shard = shard;
    this.limits = options.limits;
    this.#home = options.home;
    this.credit = new CreditShare(shard.turn, this);
    this.#lineUp();
  }

  /** What is declared has changed; what depends on it is told. */
  respec(spec: AddressSpec): void {
    this.spec = spec;
    this.credit.renew();
    this.#lineUp();
    this.line?.changed();
  }

  /** Whether messages wait for room, where there is a limit. */
  get #blocks(): boolean {
    return this.limited && this.spec.overflow !== 'reject' && this.spec.overflow !== 'drop-oldest';
  }

  /** There is a line where messages may have to wait, and as long as some of before do. */
  #lineUp(): void {
    if (this.#blocks) this.line ??= new WaitingLine(this, this.shard.turn);
    else if (this.line?.size === 0) this.line = undefined;
  }

  target(name: string): StoringTarget | undefined {
    return this.#home.target(name);
  }

  /** What producers may send on: where a full address refuses messages, or drops its oldest, credit does not say so. */
  capacity(): number {
    if (this.shard.log.pressure !== 'none') return 0;
    const { room } = this.limits.account;
    return this.#blocks ? Math.min(room, this.#roomBesideLine()) : room;
  }

  /** Whoever has no credit is to have a place in the line as soon as it moves. */
  #roomBesideLine(): number {
    const room = this.room();
    const waiting = this.line?.size ?? 0;
    if (waiting === 0) return room;
    return this.line!.stuck ? 0 : Math.max(Math.min(room, 1), room - waiting);
  }

  hasRoomFor(message: Message, besides: Weight = WEIGHTLESS): boolean {
    return !this.#blocks || this.hasRoom(besides.messages + 1, besides.bytes + this.bytesOf(message));
  }

  /** What the message would count here, in bytes; 0 where bytes are not limited. */
  bytesOf(message: Message): number {
    return this.spec.bytesMax === undefined ? 0 : this.#bytesIn(this.queuesFor(message), message);
  }

  #bytesIn(queues: readonly StoredQueue[], message: Message): number {
    return this.shard.bytesOf(message, queues, this.topicOf(message));
  }

  /** Under which it is stored; '': none. */
  protected topicOf(message: Message): string {
    return message.topic;
  }

  refuse(message: Message, besides: Weight = WEIGHTLESS, ofSpace: Weight = WEIGHTLESS): Refusal | undefined {
    const refusal = this.limits.account.limited ? this.#refuseForSpace(message, ofSpace) : undefined;
    return refusal ?? (this.limited ? this.#refuseOwn(message, besides) : undefined);
  }

  #refuseForSpace(message: Message, besides: Weight): Refusal | undefined {
    const { account } = this.limits;
    const { messages, bytes } = this.weigh(message);
    if (account.takes(besides.messages + messages, besides.bytes + bytes)) return undefined;
    return new Refusal(
      'queue-full',
      `The address ${this.name} takes no messages: its address space holds as much as it may, ${account.words}. Consume some, or raise the limit.`,
    );
  }

  weigh(message: Message): Weight {
    const queues = this.queuesFor(message);
    return { messages: queues.length, bytes: queues.length * this.#bytesIn(queues, message) };
  }

  #refuseOwn(message: Message, besides: Weight): Refusal | undefined {
    const bytes = this.bytesOf(message);
    const { bytesMax = Number.POSITIVE_INFINITY, overflow } = this.spec;
    if (bytes > bytesMax)
      return new Refusal(
        'message-too-large',
        `A message to ${this.name} takes ${bytes} bytes there, and all of them together may have ${bytesMax} (bytesMax).`,
      );
    if (overflow !== 'reject' || this.hasRoom(besides.messages + 1, besides.bytes + bytes)) return undefined;
    this.#reportFull('messages are refused');
    return this.refuseAsFull();
  }

  refuseAsFull(): Refusal {
    return new Refusal('queue-full', `The address ${this.name} is full (at most ${this.#limitWords}): consume some, or raise the limit.`);
  }

  waits(): void {
    this.#reportFull('its producers wait');
  }

  exhausted(): void {
    // Why nothing can be taken is said elsewhere where it is not its own limit.
    if (this.shard.log.pressure === 'none' && this.limits.account.room > 0) this.#reportFull('its producers wait');
  }

  /** What is made for one client is nobody else's affair. */
  #reportFull(then: string): void {
    if (this.temporary) return;
    this.#fullReports ??= new RateLimitedReport(this.shard.report, FULL_REPORT_INTERVAL_MS);
    this.#fullReports.say(this.shard.turn.nowMs, () => ({
      level: 'info',
      event: 'AddressFull',
      what: `an address holds as much as it may, ${this.#limitWords}: ${then}`,
      address: this.name,
      addressSpace: this.limits.space,
    }));
  }

  get #limitWords(): string {
    const { messagesMax, bytesMax } = this.spec;
    return [messagesMax !== undefined && counted(messagesMax, 'message'), bytesMax !== undefined && counted(bytesMax, 'byte')]
      .filter(Boolean)
      .join(' and ');
  }

  get withheld(): string | undefined {
    const { pressure } = this.shard.log;
    if (pressure !== 'none') return `the durable log takes no messages (${pressure})`;
    if (this.limits.account.room === 0) return `the address space holds as much as it may, ${this.limits.account.words}`;
    if (this.capacity() > 0) return undefined;
    return `${this.name} holds as much as it may, ${this.#limitWords}`;
  }

  departed(reason: Cause['reason']): void {
    this.#deadLettersSent ??= { rejected: 0, attempts: 0, expired: 0 };
    this.#deadLettersSent[reason]++;
  }

  arrived(reason: Cause['reason']): void {
    this.#deadLettersReceived ??= { rejected: 0, attempts: 0, expired: 0 };
    this.#deadLettersReceived[reason]++;
  }

  /** Until when a message with this time to live is kept, in milliseconds since the epoch; 0: for ever. */
  expiresAtMs(ttlMs: number): number {
    const { ttlDefaultMs = 0, ttlMaxMs = Number.POSITIVE_INFINITY } = this.spec;
    const ttl = Math.min(ttlMs > 0 ? ttlMs : ttlDefaultMs > 0 ? ttlDefaultMs : Number.POSITIVE_INFINITY, ttlMaxMs);
    return ttl === Number.POSITIVE_INFINITY ? 0 : this.shard.turn.nowMs + ttl;
  }

  protected refuseConsumer(queue: { readonly consumers: number }): Refusal | undefined {
    const { consumersMax = Number.POSITIVE_INFINITY } = this.spec;
    if (queue.consumers < consumersMax) return undefined;
    return new Refusal(
      'consumers-exhausted',
      `The address ${this.name} has ${consumersMax} consumers, as many as it may have: end one first.`,
    );
  }

  /** Messages that may still come, as far as can be said without them. */
  protected abstract room(): number;
  /** Each of its queues may have so many messages more, of so many bytes. */
  protected abstract hasRoom(messages: number, bytes: number): boolean;
  /** The queues that get the message, or somewhat more. */
  abstract queuesFor(message: Message): readonly StoredQueue[];
  protected abstract readonly consumers: number;
  protected abstract get queues(): Iterable<StoredQueue>;
  abstract readonly ids: readonly number[];
  abstract store(message: Message, expiresAtMs: number): LogPosition;
  abstract attachConsumer(port: ConsumerPort, options: ConsumerOptions): Consumer | Refusal;

  /** The number that the next message gets; -1: it gets none, or several. */
  get nextSequence(): number {
    return -1;
  }

  /** Queues that one message may go to. */
  protected get targetsMax(): number {
    return 1;
  }

  get recordRoomBytes(): number {
    return this.shard.log.recordSizeBytesMax - storeRecordSize(Math.max(1, this.targetsMax), 0, true, 0, 0);
  }

  get messageSizeBytesMax(): number {
    const own = this.spec.messageSizeBytesMax ?? MESSAGE_SIZE_BYTES_MAX_DEFAULT;
    return Math.min(own, this.limits.messageSizeBytesMax, this.recordRoomBytes);
  }

  get links(): number {
    return this.credit.size + this.consumers;
  }

  get stored(): number {
    let stored = 0;
    for (const queue of this.queues) stored += queue.index.live;
    return stored;
  }

  attachProducer(port: ProducerPort): BrokeredProducer {
    const producer = new BrokeredProducer(this, port);
    this.credit.add(producer);
    return producer;
  }

  protected fits({ index }: StoredQueue, messages: number, bytes: number): boolean {
    const { messagesMax = Number.POSITIVE_INFINITY, bytesMax = Number.POSITIVE_INFINITY } = this.spec;
    return index.live + messages <= messagesMax && index.liveBytes + bytes <= bytesMax;
  }

  protected roomIn(queue: StoredQueue): number {
    const { messagesMax, bytesMax } = this.spec;
    const { live, liveBytes } = queue.index;
    let room = Number.POSITIVE_INFINITY;
    if (messagesMax !== undefined) room = messagesMax - live;
    if (bytesMax !== undefined) {
      const average = live > 0 ? liveBytes / live : MESSAGE_SIZE_GUESS_BYTES;
      room = Math.min(room, liveBytes >= bytesMax ? 0 : Math.ceil((bytesMax - liveBytes) / average));
    }
    return Math.max(0, room);
  }

  /** The address has a limit of its own on what is stored. */
  get limited(): boolean {
    return this.spec.messagesMax !== undefined || this.spec.bytesMax !== undefined;
  }

  /** A message was stored: it may have been larger than the credit given reckoned with. */
  fuller(): void {
    if (this.spec.bytesMax !== undefined && this.room() === 0) this.credit.shrunk();
  }

  roomier(): void {
    this.roomMayHaveCome();
    if (this.temporary && this.stored === 0) this.#home.idle(this);
  }

  /** Credit first: whoever has none gets its place in the line. */
  protected roomMayHaveCome(): void {
    this.credit.changed();
    this.line?.changed();
  }

  /** A producer or consumer left. */
  forget(): void {
    if (this.links === 0) this.#home.idle(this);
  }

  measure(into: AddressFigures): void {
    putCounters(into, this.counters);
    let stored = 0;
    let bytes = 0;
    let unsettled = 0;
    let waiting = 0;
    let redelivering = 0;
    for (const queue of this.queues) {
      stored += queue.index.live;
      bytes += queue.index.liveBytes;
      unsettled += queue.unsettled;
      waiting += queue.scheduled;
      redelivering += queue.redelivering;
    }
    into.stored = stored;
    into.bytes = bytes;
    into.unsettled = unsettled;
    into.scheduled = waiting - redelivering;
    into.redelivering = redelivering;
    into.consumers = this.consumers;
    into.producers = this.credit.size;
  }

  /** A stream's messages are there for every reader, whoever else has them. */
  #depth({ stored, unsettled, scheduled, redelivering, bytes }: AddressFigures): Depth {
    const ready = this.spec.type === 'stream' ? stored : stored - unsettled - scheduled - redelivering;
    const storedAtMs = this.shard.storedTimes.ofOldest(this.queues);
    const oldestSeconds = storedAtMs && Math.max(0, Math.round((this.shard.turn.nowMs - storedAtMs) / 1000));
    return { ready, unsettled, scheduled, redelivering, bytes, ...(oldestSeconds !== undefined && { oldestSeconds }) };
  }

  status(): AddressStatus {
    const figures = zeroFigures();
    this.measure(figures);
    const { stored, bytes, unsettled, scheduled, redelivering } = figures;
    return {
      phase: 'Active',
      type: this.spec.type,
      temporary: this.temporary,
      producers: this.credit.size,
      consumers: this.consumers,
      stored,
      storedBytes: bytes,
      unsettled,
      scheduled: scheduled + redelivering,
      depth: this.#depth(figures),
      ...(this.#deadLettersSent && { deadLettersSent: this.#deadLettersSent }),
      ...(this.#deadLettersReceived && { deadLettersReceived: this.#deadLettersReceived }),
      counters: this.counters,
    };
  }

  close(refusal: Refusal): void {
    const producers = [...this.credit.holders] as BrokeredProducer[];
    for (const [sender, send] of this.line?.clear() ?? []) (sender as BrokeredProducer).refuseWaiting(send, refusal);
    this.credit.close();
    for (const producer of producers) producer.end(refusal);
    for (const queue of this.queues) queue.end(refusal);
  }
}
