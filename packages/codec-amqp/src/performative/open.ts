import type { ByteWriter } from '../byte-writer.ts';
import { OPEN } from '../descriptor.ts';
import type { FieldReader } from '../field-reader.ts';
import { FieldWriter } from '../field-writer.ts';
import type { AmqpMap } from '../value.ts';

/**
 * open (part 2, section 2.7.1), descriptor 0x10:
 *
 *     container-id          string  mandatory
 *     hostname              string
 *     max-frame-size        uint    default 4294967295
 *     channel-max           ushort  default 65535
 *     idle-time-out         milliseconds (uint)
 *     outgoing-locales      ietf-language-tag (symbol)  multiple
 *     incoming-locales      ietf-language-tag (symbol)  multiple
 *     offered-capabilities  symbol  multiple
 *     desired-capabilities  symbol  multiple
 *     properties            fields
 */
export interface Open {
  containerId: string;
  hostname?: string;
  /** Bytes. */
  maxFrameSize?: number;
  channelMax?: number;
  idleTimeOutMs?: number;
  outgoingLocales?: string[];
  incomingLocales?: string[];
  offeredCapabilities?: string[];
  desiredCapabilities?: string[];
  properties?: AmqpMap;
}

export function decodeOpen(fields: FieldReader): { kind: 'open' } & Open {
  const containerId = fields.string();
  if (containerId === undefined) throw fields.missing('container-id');
  const open: { kind: 'open' } & Open = { kind: 'open', containerId };
  const hostname = fields.string();
  if (hostname !== undefined) open.hostname = hostname;
  const maxFrameSize = fields.uint(-1);
  if (maxFrameSize >= 0) open.maxFrameSize = maxFrameSize;
  const channelMax = fields.ushort(-1);
  if (channelMax >= 0) open.channelMax = channelMax;
  const idleTimeOutMs = fields.uint(-1);
  if (idleTimeOutMs >= 0) open.idleTimeOutMs = idleTimeOutMs;
  const outgoingLocales = fields.symbols();
  if (outgoingLocales !== undefined) open.outgoingLocales = outgoingLocales;
  const incomingLocales = fields.symbols();
  if (incomingLocales !== undefined) open.incomingLocales = incomingLocales;
  const offeredCapabilities = fields.symbols();
  if (offeredCapabilities !== undefined) open.offeredCapabilities = offeredCapabilities;
  const desiredCapabilities = fields.symbols();
  if (desiredCapabilities !== undefined) open.desiredCapabilities = desiredCapabilities;
  const properties = fields.map();
  if (properties !== undefined) open.properties = properties;
  return open;
}

export function encodeOpen(writer: ByteWriter, open: Open): void {
  const fields = new FieldWriter(writer, OPEN);
  fields.string(open.containerId);
  fields.string(open.hostname);
  fields.uint(open.maxFrameSize);
  fields.ushort(open.channelMax);
  fields.uint(open.idleTimeOutMs);
  fields.symbols(open.outgoingLocales);
  fields.symbols(open.incomingLocales);
  fields.symbols(open.offeredCapabilities);
  fields.symbols(open.desiredCapabilities);
  fields.map(open.properties);
  fields.finish();
}
