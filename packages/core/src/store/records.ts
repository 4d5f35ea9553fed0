import type { Message } from '../message/message.ts';

/**
 * What the shard writes into its log: ten kinds of record. Integers are little-endian; f64 holds integers below 2^53.
 * Kinds and layouts never change their meaning: a new layout is a new kind.
 */
export const RECORD_STORE = 1;
export const RECORD_SETTLE = 2;
export const RECORD_COUNT = 3;
export const RECORD_DEFINE = 4;
export const RECORD_REMOVE = 5;
export const RECORD_MARK = 6;
export const RECORD_UNMARK = 7;
export const RECORD_UNIT_END = 8;
export const RECORD_UNIT_VOID = 9;
export const RECORD_LEAVE = 10;
/** The last of them: what a newer version adds is not known here. */
export const RECORD_KIND_MAX = RECORD_LEAVE;
/**
 * Set in the kind of each record of a unit but its last, UNIT END: a unit whose end is missing, because the log was torn there, counts as never
 * written, and UNIT VOID says so to the next replay.
 */
export const RECORD_IN_UNIT = 0x40;

/*
 * STORE: a message, once, however many queues hold it.
 *
 *     0      1          2          3         4        8            16         24        28
 *     ┌──────┬──────────┬──────────┬─────────┬────────┬────────────┬──────────┬─────────┬─ ─ ─ ─ ┬─ ─ ─┬─ ─ ─ ─ ─ ┬─ ─ ─ ─┬─ ─ ─ ─ ─ ─
 *     │flags │ encoding │ priority │ 0       │ format │ expires at │ stored at│ targets │ target…│ keys│deliver at│ topic │ message …
 *     │ u8   │ u8       │ u8       │ u8      │ u32    │ f64 ms     │ f64 ms   │ u32     │ 16 each│     │ f64 ms   │       │ no header
 *     └──────┴──────────┴──────────┴─────────┴────────┴────────────┴──────────┴─────────┴─ ─ ─ ─ ┴─ ─ ─┴─ ─ ─ ─ ─ ┴─ ─ ─ ─┴─ ─ ─ ─ ─ ─
 *     flags:       1 durable, 2 has a topic, 4 retained, 8 sent because it was retained, 16 has a time of delivery, 32 grouped, 64 has keys
 *     target:      queue u32 │ failed attempts u32 │ sequence f64
 *     keys:        one for each target: length u16 │ UTF-8; 0: none            where the flags say so
 *     deliver at:  not before this time                                        where the flags say so
 *     topic:       length u16 │ UTF-8                                          where the flags say so
 */
const STORE_FIXED_BYTES = 28;
const STORE_TARGET_BYTES = 16;
const FLAG_DURABLE = 1;
const FLAG_TOPIC = 2;
const FLAG_RETAINED = 4;
const FLAG_FROM_RETAINED = 8;
const FLAG_DELIVER_AT = 16;
const FLAG_GROUPED = 32;
const FLAG_KEYS = 64;
const FLAGS_KNOWN = 0x7f;
const DELIVER_AT_BYTES = 8;
/** Longer keys are cut, in bytes of UTF-8. */
export const KEY_BYTES_MAX = 1024;

/** `keysBytes`: of all keys with their lengths, 0: none. `topicBytes`: of the topic's text in UTF-8; 0: none. */
export function storeRecordSize(targets: number, keysBytes: number, scheduled: boolean, topicBytes: number, messageBytes: number): number {
  const deliverAtBytes = scheduled ? DELIVER_AT_BYTES : 0;
  return (
    STORE_FIXED_BYTES + targets * STORE_TARGET_BYTES + keysBytes + deliverAtBytes + (topicBytes > 0 ? 2 + topicBytes : 0) + messageBytes
  );
}

/** Little-endian scratch: numbers are written here and copied byte by byte, since a DataView for each log buffer would be an object for each. */
const scratch = new Float64Array(1);
const scratchBytes = new Uint8Array(scratch.buffer);

function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
}

function getU16(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

export function getU32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

export function putF64(bytes: Uint8Array, at: number, value: number): void {
  scratch[0] = value;
  for (let i = 0; i < 8; i++) bytes[at + i] = scratchBytes[i]!;
}

export function getF64(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) scratchBytes[i] = bytes[at + i]!;
  return scratch[0]!;
}

/** Writes the fixed part; the targets follow by `putStoreTarget`, and the message's bytes behind them. */
export function putStore(
  bytes: Uint8Array,
  at: number,
  message: Message,
  expiresAtMs: number,
  nowMs: number,
  targets: number,
  keyed: boolean,
): void {
  bytes[at] =
    (message.durable ? FLAG_DURABLE : 0) |
    (message.topic === '' ? 0 : FLAG_TOPIC) |
    (message.retained ? FLAG_RETAINED : 0) |
    (message.fromRetained ? FLAG_FROM_RETAINED : 0) |
    (message.deliverAtMs > 0 ? FLAG_DELIVER_AT : 0) |
    (message.grouped ? FLAG_GROUPED : 0) |
    (keyed ? FLAG_KEYS : 0);
  bytes[at + 1] = message.encoding;
  bytes[at + 2] = message.priority;
  bytes[at + 3] = 0;
  putU32(bytes, at + 4, message.format);
  putF64(bytes, at + 8, expiresAtMs);
  putF64(bytes, at + 16, nowMs);
  putU32(bytes, at + 24, targets);
}

export function putStoreTarget(bytes: Uint8Array, at: number, index: number, queue: number, attempts: number, sequence: number): void {
  const place = at + STORE_FIXED_BYTES + index * STORE_TARGET_BYTES;
  putU32(bytes, place, queue);
  putU32(bytes, place + 4, attempts);
  putF64(bytes, place + 8, sequence);
}

/** Where what follows the targets begins: the topic, if there is one, and the message. */
export function storeTargetsEnd(at: number, targets: number): number {
  return at + STORE_FIXED_BYTES + targets * STORE_TARGET_BYTES;
}

/** The bytes of a key as it is kept, with its length. */
export function keyBytes(key: string): number {
  return 2 + Math.min(KEY_BYTES_MAX, utf8Bytes(key));
}

/** Writes one target's key; answers where the next one goes. */
export function putKey(bytes: Uint8Array, at: number, key: string): number {
  const { written } = encoder.encodeInto(key, bytes.subarray(at + 2, at + keyBytes(key)));
  // A character that would not fit wholly is left out, and its place is nothing.
  bytes.fill(0, at + 2 + written, at + keyBytes(key));
  putU16(bytes, at, keyBytes(key) - 2);
  return at + keyBytes(key);
}

/** Writes the time of delivery, if there is one; answers where the topic begins. */
export function putDeliverAt(bytes: Uint8Array, at: number, deliverAtMs: number): number {
  if (deliverAtMs === 0) return at;
  putF64(bytes, at, deliverAtMs);
  return at + DELIVER_AT_BYTES;
}

/** Writes the topic, whose UTF-8 has `topicBytes`; answers where the message begins. */
export function putStoreTopic(bytes: Uint8Array, at: number, topic: string, topicBytes: number): number {
  if (topicBytes === 0) return at;
  putU16(bytes, at, topicBytes);
  if (topicBytes === topic.length) for (let i = 0; i < topicBytes; i++) bytes[at + 2 + i] = topic.charCodeAt(i);
  else encoder.encodeInto(topic, bytes.subarray(at + 2, at + 2 + topicBytes));
  return at + 2 + topicBytes;
}

/** How many bytes the text has in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A pair of surrogates has four bytes: two for each of its units, which are one each already.
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Flags that have no meaning yet, and the byte that is zero. */
export function storeFlagsUnknown(bytes: Uint8Array, at: number): number {
  return (bytes[at]! & ~FLAGS_KNOWN) | (bytes[at + 3]! << 8);
}

export function storeIsDurable(bytes: Uint8Array, at: number): boolean {
  return (bytes[at]! & FLAG_DURABLE) !== 0;
}

export function storeExpiresAtMs(bytes: Uint8Array, at: number): number {
  return getF64(bytes, at + 8);
}

export function storeTargets(bytes: Uint8Array, at: number): number {
  return getU32(bytes, at + 24);
}

export function storePriority(bytes: Uint8Array, at: number): number {
  return bytes[at + 2]!;
}

export function storeIsGrouped(bytes: Uint8Array, at: number): boolean {
  return (bytes[at]! & FLAG_GROUPED) !== 0;
}

export function storeStoredAtMs(bytes: Uint8Array, at: number): number {
  return getF64(bytes, at + 16);
}

/** 0: at once. */
export function storeDeliverAtMs(bytes: Uint8Array, at: number): number {
  return (bytes[at]! & FLAG_DELIVER_AT) === 0 ? 0 : getF64(bytes, storeKeysEnd(bytes, at));
}

/** Where what follows the keys begins. */
export function storeKeysEnd(bytes: Uint8Array, at: number): number {
  const targets = storeTargets(bytes, at);
  let end = storeTargetsEnd(at, targets);
  if ((bytes[at]! & FLAG_KEYS) !== 0) for (let i = 0; i < targets; i++) end += 2 + getU16(bytes, end);
  return end;
}

export function storeTargetQueue(bytes: Uint8Array, at: number, index: number): number {
  return getU32(bytes, at + STORE_FIXED_BYTES + index * STORE_TARGET_BYTES);
}

export function storeTargetAttempts(bytes: Uint8Array, at: number, index: number): number {
  return getU32(bytes, at + STORE_FIXED_BYTES + index * STORE_TARGET_BYTES + 4);
}

export function storeTargetSequence(bytes: Uint8Array, at: number, index: number): number {
  return getF64(bytes, at + STORE_FIXED_BYTES + index * STORE_TARGET_BYTES + 8);
}

/** The keys of the targets, in their order; undefined: there are none. */
export function storeKeys(bytes: Uint8Array, at: number): string[] | undefined {
  if ((bytes[at]! & FLAG_KEYS) === 0) return undefined;
  const keys: string[] = [];
  let keyAt = storeTargetsEnd(at, storeTargets(bytes, at));
  for (let left = storeTargets(bytes, at); left > 0; left--) {
    const length = getU16(bytes, keyAt);
    keys.push(decoder.decode(bytes.subarray(keyAt + 2, keyAt + 2 + length)));
    keyAt += 2 + length;
  }
  return keys;
}

/** Fills a message from a stored record; its bytes are the record's, without a header. */
export function readStored(message: Message, bytes: Uint8Array, at: number, end: number): void {
  message.encoding = bytes[at + 1] as Message['encoding'];
  message.durable = storeIsDurable(bytes, at);
  message.priority = storePriority(bytes, at);
  message.format = getU32(bytes, at + 4);
  message.retained = (bytes[at]! & FLAG_RETAINED) !== 0;
  message.fromRetained = (bytes[at]! & FLAG_FROM_RETAINED) !== 0;
  message.bytes = bytes;
  message.start = storeKeysEnd(bytes, at);
  message.grouped = storeIsGrouped(bytes, at);
  message.deliverAtMs = 0;
  if ((bytes[at]! & FLAG_DELIVER_AT) !== 0) {
    message.deliverAtMs = getF64(bytes, message.start);
    message.start += DELIVER_AT_BYTES;
  }
  message.topic = '';
  if ((bytes[at]! & FLAG_TOPIC) !== 0) {
    const topicEnd = message.start + 2 + getU16(bytes, message.start);
    message.topic = decoder.decode(bytes.subarray(message.start + 2, topicEnd));
    message.start = topicEnd;
  }
  message.end = end;
  message.origin = undefined;
  message.headerSize = 0;
  message.settled = false;
  message.more = false;
}

/*
 * SETTLE: what consumers are done with, in ranges; the message is gone from this queue.
 *
 *     queue u32 │ ranges u32 │ first f64, count u32 │ …
 *
 * COUNT: a delivery failed; the message stays.
 *
 *     queue u32 │ failed attempts u32 │ sequence f64
 *
 * DEFINE: an address or a subscription, as JSON in UTF-8; retained as long as it is defined.
 *
 *     id u32 │ JSON …
 *
 * REMOVE: id u32
 *
 * MARK: a number that the owner of a queue notes, with a value; retained until it is unmarked.
 *
 *     queue u32 │ number u32 │ value f64
 *
 * UNMARK: queue u32 │ number u32
 *
 * UNIT END, UNIT VOID: nothing
 *
 * LEAVE: a message is on its way to another address, where it is to be stored as soon as it can be read; why and where to, as JSON in UTF-8. It counts
 * until the message is settled. Compaction writes it again before the message that it moves, so that a replay may find it first.
 *
 *     queue u32 │ sequence f64 │ JSON …
 */
export const SETTLE_FIXED_BYTES = 8;
export const SETTLE_RANGE_BYTES = 12;
export const COUNT_BYTES = 16;
export const DEFINE_FIXED_BYTES = 4;
export const REMOVE_BYTES = 4;
export const MARK_BYTES = 16;
export const UNMARK_BYTES = 8;
export const LEAVE_FIXED_BYTES = 12;

/** Room for the keys of a message's targets, with their lengths. */
export function keysSize(keys: readonly string[] | undefined): number {
  let size = 0;
  if (keys) for (const key of keys) size += keyBytes(key);
  return size;
}

/** JSON in UTF-8. */
export function jsonOf(bytes: Uint8Array, start: number, end: number): unknown {
  return JSON.parse(decoder.decode(bytes.subarray(start, end)));
}
