import type { CreditShare } from '../delivery/credit-share.ts';
import type { Consumer, ConsumerPort, Producer, ProducerPort } from '../delivery/delivery.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { Refusal } from '../delivery/refusal.ts';
import type { SpaceLimits } from '../limits/space-limits.ts';
import type { MessageFilter } from '../message/message-filter.ts';
import type { Observed } from '../observe/observers.ts';
import type { Cause, StoringTarget } from '../queue/dead-letter.ts';
import type { ReadFrom } from '../stream/read-from.ts';
import type { AddressFigures } from './address-figures.ts';

/** The types of address, by what happens to a message. */
export const ADDRESS_TYPES = {
  queue: 'stored until one of the competing consumers has it',
  topic: 'stored once, delivered to every subscription',
  stream: 'stored and kept: each reader goes through all of them, at its own place',
  anycast: 'not stored: handed to one consumer, whose outcome is the producer’s',
  multicast: 'not stored: handed to every consumer that is there',
} as const;
export type AddressType = keyof typeof ADDRESS_TYPES;

/** What is declared of an address. Absent limits take the space's. */
export interface AddressSpec {
  readonly type: AddressType;
  /** The plan whose fields hold where this specification says nothing. */
  readonly plan?: string;
  /** queue, topic: the most messages stored (per subscription); producers get no credit beyond. */
  readonly messagesMax?: number;
  /** queue, topic: the most bytes stored (per subscription). */
  readonly bytesMax?: number;
  /** The largest message, in bytes. */
  readonly messageSizeBytesMax?: number;
  /** queue, topic: what happens to a message beyond `messagesMax` or `bytesMax`; `block`, which withholds credit, where it is absent. */
  readonly overflow?: Overflow;
  /** queue: the most consumers at a time; further ones are refused. topic: of each subscription. */
  readonly consumersMax?: number;
  /** queue, topic, stream: the time to live of messages that say none, and the longest there is, in milliseconds. */
  readonly ttlDefaultMs?: number;
  readonly ttlMaxMs?: number;
  /** queue, topic: what happens after a failed delivery. */
  readonly redelivery?: Redelivery;
  /** queue, topic: the address that rejected messages go to, and those whose attempts are used up; absent: they are removed, counted and reported. */
  readonly deadLetter?: string;
  /** queue, topic: the address that expired messages go to; absent: they are removed, counted and reported. */
  readonly expiry?: string;
  /** queue, topic (each subscription by itself): pauses deliveries when nearly everything is being rejected. */
  readonly breaker?: Breaker;
  /** queue, topic (of each shared subscription): `competing` where it is absent; `single-active`: the first consumer has all, and the next one takes over when it leaves. */
  readonly consumers?: 'competing' | 'single-active';
  /** queue: of the messages with the same value of this property only the newest is kept. */
  readonly lastValueKey?: string;
  /** queue: consumers see every message, and take none away. */
  readonly nonDestructive?: boolean;
  /** queue: consumers are served in turn from the messages of each value of this property, whatever one producer floods. */
  readonly fairKey?: string;
  /** queue, topic, stream: a message with a message-id that was seen within the window is acknowledged, and not stored again. */
  readonly duplicates?: DuplicateWindow;
  /** queue, stream: gets what these patterns match, from all topics of the space. */
  readonly bindings?: readonly string[];
  /** queue, topic, stream: incoming messages that go elsewhere too, or instead. */
  readonly diverts?: readonly Divert[];
  /** Further names of this address. */
  readonly aliases?: readonly string[];
  /** stream: how much is kept; what is older, or beyond, goes. */
  readonly retention?: Retention;
}

/** What a full queue does: withholds credit, rejects what comes, or gives up its oldest messages. */
export type Overflow = 'block' | 'reject' | 'drop-oldest';

export interface Redelivery {
  /** Deliveries that may fail, the first one included; then the message is a dead letter. Absent: no limit. */
  readonly attemptsMax?: number;
  /** Before the first redelivery, in milliseconds; 0: at once. */
  readonly delayMs?: number;
  /** Each delay is this many times the one before; 1 where it is absent. */
  readonly multiplier?: number;
  readonly delayMaxMs?: number;
  /** The share of each delay that is left to chance: 0 to 1. */
  readonly jitter?: number;
}

export interface Breaker {
  /** Rejected and failed deliveries in a row that open the breaker. */
  readonly failures: number;
  /** How long it stays open, in milliseconds; then one message is tried. */
  readonly pauseMs: number;
}

export interface DuplicateWindow {
  readonly windowMs: number;
  /** The most ids remembered; 100,000 where it is absent. */
  readonly idsMax?: number;
}

export interface Divert {
  readonly to: string;
  /** Which messages, as a selector; absent: all. */
  readonly selector?: string;
  /** The address itself does not get it. */
  readonly move?: boolean;
}

export interface Retention {
  readonly ageMs?: number;
  readonly bytesMax?: number;
  readonly messagesMax?: number;
}

/** Counters of an address since the server started. Plain numbers, moved on the path. */
export interface AddressCounters {
  /** Messages that producers sent. */
  in: number;
  /** Deliveries handed to consumers. */
  out: number;
  /** Deliveries by their consumer's outcome. */
  accepted: number;
  rejected: number;
  released: number;
  modified: number;
  /** Messages that were stored before, by their id, and are not stored again. */
  duplicates: number;
  /** Messages gone without a consumer's outcome: settled ones that nobody could take, or beyond a limit. Each kind is reported too. */
  dropped: number;
  expired: number;
  /** Messages that went to a dead letter or expiry address. */
  deadLettered: number;
}

export function zeroCounters(): AddressCounters {
  return { in: 0, out: 0, accepted: 0, rejected: 0, released: 0, modified: 0, duplicates: 0, dropped: 0, expired: 0, deadLettered: 0 };
}

export function countOutcome(counters: AddressCounters, outcome: Outcome): void {
  switch (outcome.kind) {
    case 'accepted':
      counters.accepted++;
      break;
    case 'rejected':
      counters.rejected++;
      break;
    case 'released':
      counters.released++;
      break;
    case 'modified':
      counters.modified++;
      break;
  }
}

export interface AddressStatus {
  readonly phase: 'Active';
  readonly type: AddressType;
  /** Made for a client's dynamic terminus; gone with it. */
  readonly temporary: boolean;
  readonly producers: number;
  readonly consumers: number;
  /** Messages and bytes stored, delivered or not. */
  readonly stored: number;
  readonly storedBytes: number;
  /** Deliveries under way. */
  readonly unsettled: number;
  /** Of those stored: messages that wait for their time. */
  readonly scheduled?: number;
  /** queue: deliveries are paused until then, in milliseconds since the epoch, since nearly all of them failed. */
  readonly pausedUntilMs?: number;
  /** queue: nobody has said that it is to be one; subscribers of topics that its name matches get its messages as well. */
  readonly assumed?: true;
  readonly subscriptions?: number;
  /** stream: the offsets of the first message that is kept, and of the next one. */
  readonly firstOffset?: number;
  readonly nextOffset?: number;
  /** stream: the named readers. */
  readonly readers?: readonly ReaderStatus[];
  readonly depth: Depth;
  /** Messages that left for a dead letter or expiry address; absent: none did. */
  readonly deadLettersSent?: DeadLetterCounts;
  /** Messages that came here because they left another address; absent: none did. */
  readonly deadLettersReceived?: DeadLetterCounts;
  readonly counters: Readonly<AddressCounters>;
}

/** What is stored, by what it waits for. */
export interface Depth {
  /** Messages that a consumer could have now. */
  readonly ready: number;
  /** Messages that consumers have and have not settled. */
  readonly unsettled: number;
  /** Messages that wait for a time that was said. */
  readonly scheduled: number;
  /** Messages whose delivery has failed, and that wait for the time of the next one. */
  readonly redelivering: number;
  /** Of all of them. */
  readonly bytes: number;
  /** How long ago the oldest of them was stored; absent: there is none, or it lies on disk, is being read, and is known when it is asked for again. */
  readonly oldestSeconds?: number;
}

/** Since the start of the server, by why they left the address that they were sent to. */
export type DeadLetterCounts = Readonly<Record<Cause['reason'], number>>;

export interface ReaderStatus {
  readonly name: string;
  /** The first offset that it is not done with. */
  readonly offset: number;
  /** Messages that it is not done with. */
  readonly lag: number;
  /** Who reads there now. */
  readonly consumers: number;
}

/** What an address knows of the space that it is in. */
export interface AddressHome {
  /** The last producer or consumer of the address left, or the last stored message. */
  idle(address: Address): void;
  /** The stored address of this name, for a message that leaves another one; undefined: there is none that could take it. */
  target(name: string): StoringTarget | undefined;
}

/** What an address is made of, whatever its type. */
export interface AddressOptions {
  readonly name: string;
  readonly spec: AddressSpec;
  /** Made for a client's dynamic terminus. */
  readonly temporary: boolean;
  readonly home: AddressHome;
  /** Of the space. */
  readonly limits: SpaceLimits;
}

/** How a consumer wants to take from an address. */
export interface ConsumerOptions {
  /** stream: where a new reader begins; `next` where it is absent. A named one that exists goes on at its place. */
  readonly from?: ReadFrom;
  /** queue: see the messages without taking them. stream, without `from`: begin at the first. */
  readonly browse?: boolean;
  /** topic: which topics below the address, as levels with wildcards; absent: all of them. */
  readonly pattern?: string;
  /** queue, topic, stream: only the messages for which it holds. */
  readonly filter?: MessageFilter;
  /** queue: consumers of a higher priority get messages before others, as long as they have credit; 0 where it is absent. */
  readonly priority?: number;
  /** topic: none of the messages whose `origin` this is. */
  readonly notFrom?: object;
  /** topic, stream: the identity of the subscription or reader. Absent: a private one that ends with the consumer. */
  readonly subscription?: SubscriptionOptions;
}

export interface SubscriptionOptions {
  readonly name: string;
  /** Kept, with its messages, over a restart of the server. */
  readonly durable: boolean;
  /** Several consumers compete; otherwise a newer consumer takes the older one's place. */
  readonly shared: boolean;
}

export interface Address extends Observed {
  readonly name: string;
  /** What is in force: what was declared, and where that says nothing, what its plan says. */
  readonly spec: AddressSpec;
  readonly temporary: boolean;
  readonly brokered: boolean;
  readonly credit: CreditShare;
  /** Producers and consumers attached. */
  readonly links: number;
  /** Messages stored, delivered or not. */
  readonly stored: number;
  readonly counters: Readonly<AddressCounters>;
  status(): AddressStatus;
  /** Writes how it is now into `into`. */
  measure(into: AddressFigures): void;
  /** Why its producers get no credit just now, in words that follow "since"; undefined: they get some. */
  readonly withheld: string | undefined;
  /** From now on the address is like this; its type stays. Links go on, and messages that are here already stay. */
  respec(spec: AddressSpec): void;
  attachProducer(port: ProducerPort): Producer | Refusal;
  attachConsumer(port: ConsumerPort, options: ConsumerOptions): Consumer | Refusal;
  /** The address ends: everybody attached hears `end`. The shard then forgets what is stored under `ids`. */
  close(refusal: Refusal): void;
  /** Ids in the log that end with the address. */
  readonly ids: readonly number[];
}
