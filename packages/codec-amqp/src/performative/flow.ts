import type { ByteWriter } from '../byte-writer.ts';
import { FLOW } from '../descriptor.ts';
import type { FieldReader } from '../field-reader.ts';
import { FieldWriter } from '../field-writer.ts';
import type { AmqpMap } from '../value.ts';

/**
 * flow (part 2, section 2.7.4), descriptor 0x13:
 *
 *     next-incoming-id  transfer-number (uint)
 *     incoming-window   uint                    mandatory
 *     next-outgoing-id  transfer-number (uint)  mandatory
 *     outgoing-window   uint                    mandatory
 *     handle            handle (uint)
 *     delivery-count    sequence-no (uint)
 *     link-credit       uint
 *     available         uint
 *     drain             boolean  default false
 *     echo              boolean  default false
 *     properties        fields
 */
export interface Flow {
  nextIncomingId?: number;
  incomingWindow: number;
  nextOutgoingId: number;
  outgoingWindow: number;
  handle?: number;
  deliveryCount?: number;
  linkCredit?: number;
  available?: number;
  drain?: boolean;
  echo?: boolean;
  properties?: AmqpMap;
}

export function decodeFlow(fields: FieldReader): { kind: 'flow' } & Flow {
  const nextIncomingId = fields.uint(-1);
  const incomingWindow = fields.uint(-1);
  if (incomingWindow < 0) throw fields.missing('incoming-window');
  const nextOutgoingId = fields.uint(-1);
  if (nextOutgoingId < 0) throw fields.missing('next-outgoing-id');
  const outgoingWindow = fields.uint(-1);
  if (outgoingWindow < 0) throw fields.missing('outgoing-window');
  const flow: { kind: 'flow' } & Flow = { kind: 'flow', incomingWindow, nextOutgoingId, outgoingWindow };
  if (nextIncomingId >= 0) flow.nextIncomingId = nextIncomingId;
  const handle = fields.uint(-1);
  if (handle >= 0) flow.handle = handle;
  const deliveryCount = fields.uint(-1);
  if (deliveryCount >= 0) flow.deliveryCount = deliveryCount;
  const linkCredit = fields.uint(-1);
  if (linkCredit >= 0) flow.linkCredit = linkCredit;
  const available = fields.uint(-1);
  if (available >= 0) flow.available = available;
  const drain = fields.boolean(-1);
  if (drain >= 0) flow.drain = drain === 1;
  const echo = fields.boolean(-1);
  if (echo >= 0) flow.echo = echo === 1;
  const properties = fields.map();
  if (properties !== undefined) flow.properties = properties;
  return flow;
}

export function encodeFlow(writer: ByteWriter, flow: Flow): void {
  const fields = new FieldWriter(writer, FLOW);
  fields.uint(flow.nextIncomingId);
  fields.uint(flow.incomingWindow);
  fields.uint(flow.nextOutgoingId);
  fields.uint(flow.outgoingWindow);
  fields.uint(flow.handle);
  fields.uint(flow.deliveryCount);
  fields.uint(flow.linkCredit);
  fields.uint(flow.available);
  fields.boolean(flow.drain);
  fields.boolean(flow.echo);
  fields.map(flow.properties);
  fields.finish();
}
