import type { ByteWriter } from '../byte-writer.ts';
import { BEGIN } from '../descriptor.ts';
import type { FieldReader } from '../field-reader.ts';
import { FieldWriter } from '../field-writer.ts';
import type { AmqpMap } from '../value.ts';

/**
 * begin (part 2, section 2.7.2), descriptor 0x11:
 *
 *     remote-channel        ushort
 *     next-outgoing-id      transfer-number (uint)  mandatory
 *     incoming-window       uint                    mandatory
 *     outgoing-window       uint                    mandatory
 *     handle-max            handle (uint)  default 4294967295
 *     offered-capabilities  symbol  multiple
 *     desired-capabilities  symbol  multiple
 *     properties            fields
 */
export interface Begin {
  remoteChannel?: number;
  nextOutgoingId: number;
  incomingWindow: number;
  outgoingWindow: number;
  handleMax?: number;
  offeredCapabilities?: string[];
  desiredCapabilities?: string[];
  properties?: AmqpMap;
}

export function decodeBegin(fields: FieldReader): { kind: 'begin' } & Begin {
  const remoteChannel = fields.ushort(-1);
  const nextOutgoingId = fields.uint(-1);
  if (nextOutgoingId < 0) throw fields.missing('next-outgoing-id');
  const incomingWindow = fields.uint(-1);
  if (incomingWindow < 0) throw fields.missing('incoming-window');
  const outgoingWindow = fields.uint(-1);
  if (outgoingWindow < 0) throw fields.missing('outgoing-window');
  const begin: { kind: 'begin' } & Begin = { kind: 'begin', nextOutgoingId, incomingWindow, outgoingWindow };
  if (remoteChannel >= 0) begin.remoteChannel = remoteChannel;
  const handleMax = fields.uint(-1);
  if (handleMax >= 0) begin.handleMax = handleMax;
  const offeredCapabilities = fields.symbols();
  if (offeredCapabilities !== undefined) begin.offeredCapabilities = offeredCapabilities;
  const desiredCapabilities = fields.symbols();
  if (desiredCapabilities !== undefined) begin.desiredCapabilities = desiredCapabilities;
  const properties = fields.map();
  if (properties !== undefined) begin.properties = properties;
  return begin;
}

export function encodeBegin(writer: ByteWriter, begin: Begin): void {
  const fields = new FieldWriter(writer, BEGIN);
  fields.ushort(begin.remoteChannel);
  fields.uint(begin.nextOutgoingId);
  fields.uint(begin.incomingWindow);
  fields.uint(begin.outgoingWindow);
  fields.uint(begin.handleMax);
  fields.symbols(begin.offeredCapabilities);
  fields.symbols(begin.desiredCapabilities);
  fields.map(begin.properties);
  fields.finish();
}
