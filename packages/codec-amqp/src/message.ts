import type { ByteWriter } from './byte-writer.ts';
import { malformed } from './decode-error.ts';
import * as section from './descriptor.ts';
import { FieldReader } from './field-reader.ts';
import { FieldWriter } from './field-writer.ts';
import { BINARY_8, DESCRIBED, ULONG_SMALL } from './format-code.ts';
import { decodeProperties, encodeProperties, type MessageProperties } from './message-properties.ts';
import { SectionScan, sectionEnd, sectionValueStart } from './section-scan.ts';
import { AmqpMap, type AmqpValue } from './value.ts';
import { ValueDecoder } from './value-decoder.ts';
import { encodeBinary, encodeMap, encodeValue } from './value-encoder.ts';

/**
 * header (part 3, section 3.2.1), descriptor 0x70:
 *
 *     durable         boolean  default false
 *     priority        ubyte    default 4
 *     ttl             milliseconds (uint)
 *     first-acquirer  boolean  default false
 *     delivery-count  uint     default 0
 */
export interface MessageHeader {
  durable?: boolean;
  priority?: number;
  ttlMs?: number;
  firstAcquirer?: boolean;
  deliveryCount?: number;
}

/** The body (part 3, sections 3.2.6 to 3.2.8); 'none' is what some clients send for an empty one. */
export type MessageBody =
  | { kind: 'data'; sections: Uint8Array[] }
  | { kind: 'sequence'; sections: AmqpValue[][] }
  | { kind: 'value'; value: AmqpValue }
  | { kind: 'none' };

/** A whole message (part 3, section 3.2). */
export interface AmqpMessage {
  header?: MessageHeader;
  deliveryAnnotations?: AmqpMap;
  messageAnnotations?: AmqpMap;
  properties?: MessageProperties;
  applicationProperties?: AmqpMap;
  body: MessageBody;
  footer?: AmqpMap;
}

/**
 * Decodes the message in `bytes[start, end)`: for tools, tests and heads of other protocols, not for the path between equals. Data
 * sections are views of `bytes`, so that a body is not copied; everything else is a copy. Throws `AmqpDecodeError`.
 */
export function decodeMessage(bytes: Uint8Array, start = 0, end: number = bytes.length): AmqpMessage {
  const scan = new SectionScan();
  scan.scan(bytes, start, end);
  const decoder = new ValueDecoder();
  const message: AmqpMessage = { body: decodeBody(bytes, scan, decoder) };
  if (scan.headerStart >= 0) message.header = decodeHeader(bytes, scan.headerStart, scan.headerEnd);
  if (scan.deliveryAnnotationsStart >= 0) {
    message.deliveryAnnotations = decodeMapSection(bytes, scan.deliveryAnnotationsStart, scan.deliveryAnnotationsEnd, decoder);
  }
  if (scan.messageAnnotationsStart >= 0) {
    message.messageAnnotations = decodeMapSection(bytes, scan.messageAnnotationsStart, scan.messageAnnotationsEnd, decoder);
  }
  if (scan.propertiesStart >= 0) message.properties = decodeProperties(bytes, scan.propertiesStart, scan.propertiesEnd);
  if (scan.applicationPropertiesStart >= 0) {
    message.applicationProperties = decodeMapSection(bytes, scan.applicationPropertiesStart, scan.applicationPropertiesEnd, decoder);
  }
  if (scan.footerStart >= 0) message.footer = decodeMapSection(bytes, scan.footerStart, scan.footerEnd, decoder);
  return message;
}

/** Writes the message's sections in their order. */
export function encodeMessage(writer: ByteWriter, message: AmqpMessage): void {
  if (message.header !== undefined) encodeHeader(writer, message.header);
  encodeMapSection(writer, section.DELIVERY_ANNOTATIONS, message.deliveryAnnotations);
  encodeMapSection(writer, section.MESSAGE_ANNOTATIONS, message.messageAnnotations);
  if (message.properties !== undefined) encodeProperties(writer, message.properties);
  encodeMapSection(writer, section.APPLICATION_PROPERTIES, message.applicationProperties);
  encodeBody(writer, message.body);
  encodeMapSection(writer, section.FOOTER, message.footer);
}

/** Decodes the header section in `bytes[start, end)`. Throws `AmqpDecodeError`. */
export function decodeHeader(bytes: Uint8Array, start: number, end: number): MessageHeader {
  const fields = new FieldReader();
  if (fields.begin(bytes, start, end) !== section.HEADER) throw fields.invalid('header', 'is of another type');
  const header: MessageHeader = {};
  const durable = fields.boolean(-1);
  if (durable >= 0) header.durable = durable === 1;
  const priority = fields.ubyte(-1);
  if (priority >= 0) header.priority = priority;
  const ttlMs = fields.uint(-1);
  if (ttlMs >= 0) header.ttlMs = ttlMs;
  const firstAcquirer = fields.boolean(-1);
  if (firstAcquirer >= 0) header.firstAcquirer = firstAcquirer === 1;
  const deliveryCount = fields.uint(-1);
  if (deliveryCount >= 0) header.deliveryCount = deliveryCount;
  fields.finish();
  return header;
}

/** Writes a header section with just the fields that are there. */
export function encodeHeader(writer: ByteWriter, header: MessageHeader): void {
  const fields = new FieldWriter(writer, section.HEADER);
  fields.boolean(header.durable);
  fields.ubyte(header.priority);
  fields.uint(header.ttlMs);
  fields.boolean(header.firstAcquirer);
  fields.uint(header.deliveryCount);
  fields.finish();
}

/** The map of the section in `bytes[start, end)`. Throws `AmqpDecodeError`. */
export function decodeMapSection(bytes: Uint8Array, start: number, end: number, decoder: ValueDecoder): AmqpMap {
  const map = decodeWhole(bytes, sectionValueStart(bytes, start, end), end, decoder);
  if (!(map instanceof AmqpMap)) throw malformed('a section is not a map');
  return map;
}

function encodeMapSection(writer: ByteWriter, code: number, map: AmqpMap | undefined): void {
  if (map === undefined) return;
  beginSection(writer, code);
  encodeMap(writer, map);
}

function decodeBody(bytes: Uint8Array, scan: SectionScan, decoder: ValueDecoder): MessageBody {
  const { bodyStart, bodyEnd } = scan;
  switch (scan.bodyKind) {
    case 'none':
      return { kind: 'none' };
    case 'amqp-value':
      return { kind: 'value', value: decodeWhole(bytes, sectionValueStart(bytes, bodyStart, bodyEnd), bodyEnd, decoder) };
    case 'data': {
      const sections: Uint8Array[] = [];
      for (let at = bodyStart; at < bodyEnd; at = sectionEnd(bytes, at, bodyEnd, section.DATA)) sections.push(dataAt(bytes, at, bodyEnd));
      return { kind: 'data', sections };
    }
    case 'amqp-sequence': {
      const sections: AmqpValue[][] = [];
      for (let at = bodyStart; at < bodyEnd; at = decoder.at) {
        const value = decoder.decode(bytes, sectionValueStart(bytes, at, bodyEnd), bodyEnd);
        if (!Array.isArray(value)) throw malformed('an amqp-sequence is not a list');
        sections.push(value);
      }
      return { kind: 'sequence', sections };
    }
  }
}

/** The bytes of the data section at `start`, which has been scanned: a view. */
function dataAt(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const valueStart = sectionValueStart(bytes, start, end);
  const sizeBytes = bytes[valueStart] === BINARY_8 ? 1 : 4;
  return bytes.subarray(valueStart + 1 + sizeBytes, sectionEnd(bytes, start, end, section.DATA));
}

function encodeBody(writer: ByteWriter, body: MessageBody): void {
  switch (body.kind) {
    case 'none':
      return;
    case 'data':
      for (const data of body.sections) {
        beginSection(writer, section.DATA);
        encodeBinary(writer, data);
      }
      return;
    case 'sequence':
      for (const sequence of body.sections) {
        beginSection(writer, section.AMQP_SEQUENCE);
        encodeValue(writer, sequence);
      }
      return;
    case 'value':
      beginSection(writer, section.AMQP_VALUE);
      encodeValue(writer, body.value);
  }
}

function decodeWhole(bytes: Uint8Array, start: number, end: number, decoder: ValueDecoder): AmqpValue {
  const value = decoder.decode(bytes, start, end);
  if (decoder.at !== end) throw malformed('a section is longer than its value');
  return value;
}

/** Writes the descriptor of a section; its value follows. */
export function beginSection(writer: ByteWriter, code: number): void {
  writer.u8(DESCRIBED);
  writer.u8(ULONG_SMALL);
  writer.u8(code);
}
