import type { ByteWriter } from './byte-writer.ts';
import { FLOW } from './descriptor.ts';
import * as code from './format-code.ts';
import { FRAME_TYPE_AMQP } from './frame-splitter.ts';
import { endFrame } from './frame-writer.ts';
import { putUint } from './transfer-writer.ts';

/** The fields of a flow; -1: absent. Meant to be one object that is reused. */
export interface FlowFields {
  nextIncomingId: number;
  incomingWindow: number;
  nextOutgoingId: number;
  outgoingWindow: number;
  handle: number;
  deliveryCount: number;
  linkCredit: number;
  available: number;
  drain: boolean;
  echo: boolean;
}

const FLOW_BYTES_MAX = 56;

/**
 * Writes a whole flow frame. Without a handle it speaks of the session only, and has no fields of a link.
 *
 *     size doff type channel  00 53 13 c0 size count  next-incoming-id  incoming-window  next-outgoing-id  outgoing-window
 *     4    1    1    2        6                       1 to 5            1 to 5           1 to 5            1 to 5
 *         handle  delivery-count  link-credit  available  drain  echo
 *         1 to 5  1 to 5          1 to 5       1 to 5     1      1
 */
export function writeFlow(writer: ByteWriter, channel: number, fields: FlowFields): void {
  writer.reserve(FLOW_BYTES_MAX);
  const { bytes, length: start } = writer;
  bytes[start + 4] = 2;
  bytes[start + 5] = FRAME_TYPE_AMQP;
  bytes[start + 6] = channel >>> 8;
  bytes[start + 7] = channel;
  bytes[start + 8] = code.DESCRIBED;
  bytes[start + 9] = code.ULONG_SMALL;
  bytes[start + 10] = FLOW;
  bytes[start + 11] = code.LIST_8;
  let at = putOptional(bytes, start + 14, fields.nextIncomingId);
  at = putUint(bytes, at, fields.incomingWindow);
  at = putUint(bytes, at, fields.nextOutgoingId);
  at = putUint(bytes, at, fields.outgoingWindow);
  at = putOptional(bytes, at, fields.handle);
  at = putOptional(bytes, at, fields.deliveryCount);
  at = putOptional(bytes, at, fields.linkCredit);
  at = putOptional(bytes, at, fields.available);
  bytes[at] = fields.drain ? code.TRUE : code.FALSE;
  bytes[at + 1] = fields.echo ? code.TRUE : code.FALSE;
  bytes[start + 13] = 10;
  bytes[start + 12] = at + 2 - start - 13;
  writer.length = at + 2;
  endFrame(writer, start);
}

function putOptional(bytes: Uint8Array, at: number, value: number): number {
  if (value >= 0) return putUint(bytes, at, value);
  bytes[at] = code.NULL;
  return at + 1;
}
