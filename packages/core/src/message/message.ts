/**
 * A message on its way through the core, in its sender's encoding. The bytes belong to whoever calls: a receiver that needs them after
 * the call returns takes a copy (`retainMessage`).
 *
 *     bytes  …│ header section │ annotations · properties · body … │…
 *             start            start + headerSize                  end
 */
export interface Message {
  /** How the bytes are encoded: an `Encoding`. */
  encoding: Encoding;
  bytes: Uint8Array;
  start: number;
  end: number;
  /**
   * Bytes of the leading AMQP header section, whose content stands in the fields below and is written anew by whoever sends
   * the message on. `HEADER_UNREAD`: the bytes go on as they are, and the fields below are not filled (direct addresses).
   */
  headerSize: number;
  durable: boolean;
  /** 0 to 9; 4 where the sender says nothing. */
  priority: number;
  /** Time to live that is left, in milliseconds; 0: unlimited. */
  ttlMs: number;
  /** Earlier attempts that failed. */
  deliveryCount: number;
  /** True: nobody has acquired it before. */
  firstAcquirer: boolean;
  /** The producer does not wait for an outcome. */
  settled: boolean;
  /** topic: the name it was published to, below the address that takes it; '' where that is the address's own name. */
  topic: string;
  /** topic: it is kept as the last one of its name, or it is such a one. */
  retained: boolean;
  /** topic: it comes because it was kept, to a subscription that is newer. */
  fromRetained: boolean;
  /** With `retained`: its body is empty, so that the topic shall have no kept message any more. */
  retainedEmpty: boolean;
  /** Who sent it, for subscriptions that do not want their own messages; undefined: nobody that has such. */
  origin: object | undefined;
  /** When it may be delivered, in milliseconds since the epoch; 0: at once. Queues and topics wait, direct addresses do not. */
  deliverAtMs: number;
  /** It belongs to a group, whose name its fields tell (`JMSXGroupID`). */
  grouped: boolean;
  /** stream: its place there; −1: it does not come from a stream. */
  offset: number;
  /** The AMQP message-format; 0 but for foreign formats. */
  format: number;
  /** Direct addresses only: these are the first bytes, more follow through a `MessageStream`. */
  more: boolean;
}

/** Whose bytes a message has. Stored in the log: numbers never change their meaning. */
export const ENCODING_AMQP = 0;
export const ENCODING_MQTT = 1;
export type Encoding = typeof ENCODING_AMQP | typeof ENCODING_MQTT;

/** The header section, if there is one, is part of the bytes and was not looked at. */
export const HEADER_UNREAD = -1;
/** The priority of a message whose sender says nothing (AMQP 1.0 part 3, section 3.2.1). */
export const PRIORITY_DEFAULT = 4;

/**
 * The time to live, now, of a message that ends at `instantMs`: positive even when that has passed, since 0 is for ever, and then too short to be
 * delivered in.
 */
export function ttlUntil(instantMs: number, nowMs: number): number {
  return Math.max(instantMs - nowMs, Number.MIN_VALUE);
}

const NO_BYTES = new Uint8Array(0);

export function emptyMessage(): Message {
  return {
    encoding: ENCODING_AMQP,
    bytes: NO_BYTES,
    start: 0,
    end: 0,
    headerSize: 0,
    durable: false,
    priority: PRIORITY_DEFAULT,
    ttlMs: 0,
    deliveryCount: 0,
    firstAcquirer: true,
    settled: false,
    topic: '',
    retained: false,
    fromRetained: false,
    retainedEmpty: false,
    origin: undefined,
    deliverAtMs: 0,
    grouped: false,
    offset: -1,
    format: 0,
    more: false,
  };
}

/** A copy that stays valid after the call in which `message` was given. */
export function retainMessage(message: Message): Message {
  return { ...message, bytes: message.bytes.slice(message.start, message.end), start: 0, end: message.end - message.start };
}
