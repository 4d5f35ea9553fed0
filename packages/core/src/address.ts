import type { CreditShare } from './credit-share.ts';
import type { Consumer, ConsumerPort, Producer, ProducerPort } from './delivery.ts';
import type { Outcome } from './outcome.ts';
import type { Refusal } from './refusal.ts';

/** The types of address, by what happens to a message. */
export const ADDRESS_TYPES = {
  queue: 'stored until one of the competing consumers has it',
  topic: 'stored once, delivered to every subscription',
  anycast: 'not stored: handed to one consumer, whose outcome is the producer’s',
  multicast: 'not stored: handed to every consumer that is there',
} as const;
export type AddressType = keyof typeof ADDRESS_TYPES;

/** What is declared of an address. Absent limits take the space's. */
export interface AddressSpec {
  readonly type: AddressType;
  /** queue, topic: the most messages stored (per subscription); producers get no credit beyond. */
  readonly messagesMax?: number;
  /** queue, topic: the most bytes stored (per subscription). */
  readonly bytesMax?: number;
  /** The largest message, in bytes. */
  readonly messageSizeBytesMax?: number;
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
  /** Messages gone without a consumer's outcome: settled ones that nobody could take, or beyond a limit. Each kind is reported too. */
  dropped: number;
  expired: number;
}

export function zeroCounters(): AddressCounters {
  return { in: 0, out: 0, accepted: 0, rejected: 0, released: 0, modified: 0, dropped: 0, expired: 0 };
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
  readonly subscriptions?: number;
  readonly counters: Readonly<AddressCounters>;
}

/** What an address is made of, whatever its type. */
export interface AddressOptions {
  readonly name: string;
  readonly spec: AddressSpec;
  /** Made for a client's dynamic terminus. */
  readonly temporary: boolean;
  /** The last producer or consumer left, or the last stored message. */
  readonly onIdle: () => void;
}

/** How a consumer wants to take from an address. */
export interface ConsumerOptions {
  /** queue: see the messages without taking them. */
  readonly browse?: boolean;
  /** topic: which topics below the address, as levels with wildcards; absent: all of them. */
  readonly pattern?: string;
  /** topic: the subscription's identity. Absent: a private one that ends with the consumer. */
  readonly subscription?: SubscriptionOptions;
}

export interface SubscriptionOptions {
  readonly name: string;
  /** Kept, with its messages, over a restart of the server. */
  readonly durable: boolean;
  /** Several consumers compete; otherwise a newer consumer takes the older one's place. */
  readonly shared: boolean;
}

export interface Address {
  readonly name: string;
  readonly spec: AddressSpec;
  readonly temporary: boolean;
  readonly brokered: boolean;
  readonly credit: CreditShare;
  /** Producers and consumers attached. */
  readonly links: number;
  /** Messages stored, delivered or not. */
  readonly stored: number;
  status(): AddressStatus;
  attachProducer(port: ProducerPort): Producer | Refusal;
  attachConsumer(port: ConsumerPort, options: ConsumerOptions): Consumer | Refusal;
  /** The address ends: everybody attached hears `end`. The shard then forgets what is stored under `ids`. */
  close(refusal: Refusal): void;
  /** Ids in the log that end with the address. */
  readonly ids: readonly number[];
}
