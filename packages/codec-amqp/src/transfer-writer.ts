import type { ByteWriter } from './byte-writer.ts';
import { TRANSFER } from './descriptor.ts';
import * as code from './format-code.ts';
import { FRAME_TYPE_AMQP } from './frame-splitter.ts';
import { beginFrame, endFrame } from './frame-writer.ts';
import { encodeTransfer, type Transfer } from './performative/transfer.ts';

/** The most bytes that frame header and transfer of `writeTransferHead` take. */
export const TRANSFER_HEAD_BYTES_MAX = 43;

/**
 * Writes frame header and transfer performative before a payload of `payloadBytes`, which the caller writes next with `raw`. Answers the
 * offset at which the frame begins. `tag` is a number below 2^32, written as a tag of four bytes; -1 makes a continuation of a
 * delivery, which has neither delivery-id nor tag, message-format or settled (part 2, section 2.7.5).
 *
 *     size doff type channel  00 53 14 c0 size count  handle  delivery-id  a0 04 tag  message-format  settled  more
 *     4    1    1    2        6                       1 to 5  1 to 5       6          1 to 5          1        1
 */
export function writeTransferHead(
  writer: ByteWriter,
  channel: number,
  handle: number,
  deliveryId: number,
  tag: number,
  messageFormat: number,
  settled: boolean,
  more: boolean,
  aborted: boolean,
  payloadBytes: number,
): number {
  writer.reserve(TRANSFER_HEAD_BYTES_MAX + payloadBytes);
  const { bytes, length: start } = writer;
  bytes[start + 4] = 2;
  bytes[start + 5] = FRAME_TYPE_AMQP;
  bytes[start + 6] = channel >>> 8;
  bytes[start + 7] = channel;
  bytes[start + 8] = code.DESCRIBED;
  bytes[start + 9] = code.ULONG_SMALL;
  bytes[start + 10] = TRANSFER;
  bytes[start + 11] = code.LIST_8;
  let at = putUint(bytes, start + 14, handle);
  if (tag < 0) {
    bytes[at] = code.NULL;
    bytes[at + 1] = code.NULL;
    bytes[at + 2] = code.NULL;
    bytes[at + 3] = code.NULL;
    at += 4;
  } else {
    at = putUint(bytes, at, deliveryId);
    bytes[at] = code.BINARY_8;
    bytes[at + 1] = 4;
    bytes[at + 2] = tag >>> 24;
    bytes[at + 3] = tag >>> 16;
    bytes[at + 4] = tag >>> 8;
    bytes[at + 5] = tag;
    at = putUint(bytes, at + 6, messageFormat);
    bytes[at++] = settled ? code.TRUE : code.FALSE;
  }
  bytes[at++] = more ? code.TRUE : code.FALSE;
  if (aborted) {
    bytes[start + 13] = 10;
    bytes[at] = code.NULL;
    bytes[at + 1] = code.NULL;
    bytes[at + 2] = code.NULL;
    bytes[at + 3] = code.TRUE;
    at += 4;
  } else {
    bytes[start + 13] = 6;
  }
  // The list's size counts what follows it: its count and its fields.
  bytes[start + 12] = at - start - 13;
  const size = at - start + payloadBytes;
  bytes[start] = size >>> 24;
  bytes[start + 1] = size >>> 16;
  bytes[start + 2] = size >>> 8;
  bytes[start + 3] = size;
  writer.length = at;
  return start;
}

/** Writes a uint in its smallest encoding at `at`, where there is room for five bytes; answers the offset after it. */
export function putUint(bytes: Uint8Array, at: number, value: number): number {
  if (value === 0) {
    bytes[at] = code.UINT_0;
    return at + 1;
  }
  if (value <= 0xff) {
    bytes[at] = code.UINT_SMALL;
    bytes[at + 1] = value;
    return at + 2;
  }
  bytes[at] = code.UINT;
  bytes[at + 1] = value >>> 24;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 8;
  bytes[at + 4] = value;
  return at + 5;
}

/** Writes a whole transfer frame with any fields, and `payload[start, end)`. */
export function writeTransfer(
  writer: ByteWriter,
  channel: number,
  transfer: Transfer,
  payload: Uint8Array,
  start = 0,
  end: number = payload.length,
): void {
  const frame = beginFrame(writer, FRAME_TYPE_AMQP, channel);
  encodeTransfer(writer, transfer);
  endFrame(writer, frame, end - start);
  writer.raw(payload, start, end);
}
