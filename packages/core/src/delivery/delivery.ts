import type { Posting } from '../brokered/brokered-producer.ts';
import type { Message } from '../message/message.ts';
import type { Outcome } from './outcome.ts';
import type { Refusal } from './refusal.ts';
import type { Standing } from './standing.ts';

/**
 * The four corners of a delivery. A head's incoming side is a `ProducerPort`, its outgoing side a `ConsumerPort`; an address
 * answers a `Producer` and a `Consumer` to them. A delivery is known by its source and a number (its token) that the source
 * chose: no object is made for it.
 *
 *     head ── Producer.send(message, token) ──▶ address ── ConsumerPort.deliver(message, source, token) ──▶ head
 *     head ◀── ProducerPort.settle(token, outcome) ── address ◀── DeliverySource.settle(token, outcome) ── head
 */
export interface DeliverySource {
  /** The outcome of the delivery, once. */
  settle(token: number, outcome: Outcome): void;
  /** The same, for a consumer that wants to know when the outcome is safe: `confirm.confirmed(confirmToken)` is called then, perhaps at once. */
  settleConfirmed(token: number, outcome: Outcome, confirm: Confirmation, confirmToken: number): void;
}

export interface Confirmation {
  confirmed(token: number): void;
}

/** The rest of a message that is forwarded while it arrives. */
export interface MessageStream {
  /** More bytes; valid during the call. `more` false ends the message. */
  push(bytes: Uint8Array, start: number, end: number, more: boolean): void;
  /** The producer gave up: the consumer is told, and the delivery is over. */
  abort(): void;
  /** True while the consumer's side has more unsent bytes than it should; the producer's side asks its peer to wait. */
  readonly blocked: boolean;
  /** Set by the producer's side while it waits; called once when the stream is blocked no more, or over. */
  onUnblocked: (() => void) | undefined;
}

/** Who is at the other end of a port, for people. */
export interface PeerDescription {
  readonly protocol: string;
  /** What it calls itself, with its link where it has several: `billing-1/orders-receiver`. */
  readonly name: string;
  readonly user?: string | undefined;
  /** Where it comes from: host and port. */
  readonly from?: string | undefined;
}

/** What an address calls on a head's incoming side. */
export interface ProducerPort {
  /** Of the message that it is just handing over, where that comes from several. Asked for those who observe messages alone. */
  describePeer?(): PeerDescription | undefined;
  /** The producer may send this many messages from now on, whatever it was told before. */
  grant(credit: number): void;
  settle(token: number, outcome: Outcome): void;
  /**
   * Of a stored address: it has no room for the message, which has so many bytes and waits for some, in memory. Called within `send`. Who hears it
   * sees to it that not too much of its own waits; of all others the address bounds it.
   */
  waits?(token: number, sizeBytes: number): void;
  /** The message waits no more: it is stored or refused, in this same call, in one unit of the log with what is written meanwhile. */
  waited?(token: number, sizeBytes: number): void;
  /** The address is gone for this producer. */
  end(refusal: Refusal): void;
}

/** What a head's incoming side calls on an address. */
export interface Producer {
  /** Direct addresses take a message's first bytes before the rest has come; brokered ones want it whole, and its header read. */
  readonly brokered: boolean;
  /** The largest message, in bytes; 0: no limit. */
  readonly messageSizeBytesMax: number;
  /** Absent: no address gives it credit. */
  readonly standing?: Standing | undefined;
  /** Takes the message; its outcome goes to the port's `settle` with this token. The stream answers for a message with `more`. */
  send(message: Message, token: number): MessageStream | undefined;
  /** Takes the message as part of a transaction, which stores it when it commits; absent: this address does not take part in any. */
  post?(message: Message): Posting;
  /** The message with this token, which waits for room, is not to be stored any more; false: it does not wait, and has its outcome or will have it. */
  withdraw?(token: number): boolean;
  /** What waits for room and has nobody who hears of it is stored nevertheless; the rest is its sender's to send again. */
  detach(): void;
}

/** What an address calls on a head's outgoing side. */
export interface ConsumerPort {
  /** Deliveries not settled yet: the balance between consumers. */
  readonly unsettled: number;
  /** Who it is, for dead letters and reports: container and link, or client. */
  readonly peerName?: string;
  /** Asked for those who observe messages alone. */
  describePeer?(): PeerDescription | undefined;
  /**
   * Hands the message over; its bytes are valid during the call. The port settles each delivery exactly once, at the latest when its consumer is
   * lost. The stream answers for a message with `more`.
   */
  deliver(message: Message, source: DeliverySource, token: number): MessageStream | undefined;
  /** All that was there has been delivered; the credit that is left goes back. */
  drained(): void;
  /** The address is gone for this consumer. */
  end(refusal: Refusal): void;
  /** Of a queue with a single active consumer: whether this one is it, from now on. */
  activated?(active: boolean): void;
}

/** What a head's outgoing side calls on an address. */
export interface Consumer {
  /** The consumer takes this many messages from now on, whatever it said before. With `drain`, what is left after the present ones goes back. */
  grant(credit: number, drain: boolean): void;
  /** No deliveries for now, whatever the credit (the connection has too much unsent), and again. */
  pause(): void;
  resume(): void;
  /** Messages that could be delivered at once, were there credit. */
  readonly available: number;
  readonly standing: Standing;
  /**
   * The consumer leaves; its unsettled deliveries were settled by the head. What exists for it alone (its subscription) is kept this long for its
   * return, in milliseconds: 0 ends it now, Infinity keeps it until somebody ends it.
   */
  detach(keepMs: number): void;
}
