import { DESCRIBED, SYMBOL_8, SYMBOL_32, ULONG, ULONG_0, ULONG_SMALL, uint32At } from './format-code.ts';
import { SYMBOLIC_DESCRIPTOR_BYTES_MAX } from './limits.ts';

/** Descriptor codes of the specification's types, by the name that their symbolic descriptor has. All have the domain 0. */
export const DESCRIPTORS = {
  'amqp:open:list': 0x10,
  'amqp:begin:list': 0x11,
  'amqp:attach:list': 0x12,
  'amqp:flow:list': 0x13,
  'amqp:transfer:list': 0x14,
  'amqp:disposition:list': 0x15,
  'amqp:detach:list': 0x16,
  'amqp:end:list': 0x17,
  'amqp:close:list': 0x18,
  'amqp:error:list': 0x1d,
  'amqp:received:list': 0x23,
  'amqp:accepted:list': 0x24,
  'amqp:rejected:list': 0x25,
  'amqp:released:list': 0x26,
  'amqp:modified:list': 0x27,
  'amqp:source:list': 0x28,
  'amqp:target:list': 0x29,
  'amqp:delete-on-close:list': 0x2b,
  'amqp:delete-on-no-links:list': 0x2c,
  'amqp:delete-on-no-messages:list': 0x2d,
  'amqp:delete-on-no-links-or-messages:list': 0x2e,
  'amqp:coordinator:list': 0x30,
  'amqp:declare:list': 0x31,
  'amqp:discharge:list': 0x32,
  'amqp:declared:list': 0x33,
  'amqp:transactional-state:list': 0x34,
  'amqp:sasl-mechanisms:list': 0x40,
  'amqp:sasl-init:list': 0x41,
  'amqp:sasl-challenge:list': 0x42,
  'amqp:sasl-response:list': 0x43,
  'amqp:sasl-outcome:list': 0x44,
  'amqp:header:list': 0x70,
  'amqp:delivery-annotations:map': 0x71,
  'amqp:message-annotations:map': 0x72,
  'amqp:properties:list': 0x73,
  'amqp:application-properties:map': 0x74,
  'amqp:data:binary': 0x75,
  'amqp:amqp-sequence:list': 0x76,
  'amqp:amqp-value:*': 0x77,
  'amqp:footer:map': 0x78,
} as const;

export const OPEN = 0x10;
export const BEGIN = 0x11;
export const ATTACH = 0x12;
export const FLOW = 0x13;
export const TRANSFER = 0x14;
export const DISPOSITION = 0x15;
export const DETACH = 0x16;
export const END = 0x17;
export const CLOSE = 0x18;
export const ERROR = 0x1d;
export const RECEIVED = 0x23;
export const ACCEPTED = 0x24;
export const REJECTED = 0x25;
export const RELEASED = 0x26;
export const MODIFIED = 0x27;
export const SOURCE = 0x28;
export const TARGET = 0x29;
export const COORDINATOR = 0x30;
export const DECLARE = 0x31;
export const DISCHARGE = 0x32;
export const DECLARED = 0x33;
export const TRANSACTIONAL_STATE = 0x34;
export const SASL_MECHANISMS = 0x40;
export const SASL_INIT = 0x41;
export const SASL_CHALLENGE = 0x42;
export const SASL_RESPONSE = 0x43;
export const SASL_OUTCOME = 0x44;
export const HEADER = 0x70;
export const DELIVERY_ANNOTATIONS = 0x71;
export const MESSAGE_ANNOTATIONS = 0x72;
export const PROPERTIES = 0x73;
export const APPLICATION_PROPERTIES = 0x74;
export const DATA = 0x75;
export const AMQP_SEQUENCE = 0x76;
export const AMQP_VALUE = 0x77;
export const FOOTER = 0x78;

const CODES: ReadonlyMap<string, number> = new Map(Object.entries(DESCRIPTORS));
const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(DESCRIPTORS).map(([name, code]) => [code, name.split(':')[1]!]));

/**
 * The code of the descriptor of the described value at `start`, whatever encoding it has: ulong or symbol. -1 when there is no
 * described value, or its descriptor is none of the specification's and no number below 2^53. Never throws.
 */
export function descriptorCode(bytes: Uint8Array, start: number, end: number): number {
  const size = end - start;
  if (size < 2 || bytes[start] !== DESCRIBED) return -1;
  switch (bytes[start + 1]) {
    case ULONG_SMALL:
      return size < 3 ? -1 : bytes[start + 2]!;
    case ULONG_0:
      return 0;
    case ULONG: {
      if (size < 10) return -1;
      const code = uint32At(bytes, start + 2) * 0x1_0000_0000 + uint32At(bytes, start + 6);
      return Number.isSafeInteger(code) ? code : -1;
    }
    case SYMBOL_8:
      return size < 3 ? -1 : symbolicCode(bytes, start + 3, bytes[start + 2]!, end);
    case SYMBOL_32:
      return size < 6 ? -1 : symbolicCode(bytes, start + 6, uint32At(bytes, start + 2), end);
    default:
      return -1;
  }
}

function symbolicCode(bytes: Uint8Array, start: number, size: number, end: number): number {
  if (size > SYMBOLIC_DESCRIPTOR_BYTES_MAX || start + size > end) return -1;
  let name = '';
  for (let at = start; at < start + size; at++) name += String.fromCharCode(bytes[at]!);
  return CODES.get(name) ?? -1;
}

/** The name of the type with this descriptor code, for error messages. */
export function descriptorName(code: number): string {
  return NAMES.get(code) ?? `a type with descriptor ${code}`;
}
