import { createRequire } from 'node:module';
import {
  AmqpArray,
  AmqpMap,
  AmqpSymbol,
  type AmqpValue,
  Described,
  type ElementType,
  Typed,
  type TypedName,
  timestamp,
} from '../src/index.ts';

/** A value as rhea has it: its type, by format code, and the plain or nested value. */
export interface RheaTyped {
  type: { typecode: number };
  value: unknown;
  descriptor?: RheaTyped;
  array_constructor?: { typecode: number; descriptor?: RheaTyped };
}

type Create = (value?: unknown, code?: number, descriptor?: RheaTyped) => RheaTyped;
type Composite = { described(): RheaTyped };
type Makers = Readonly<Record<string, (fields: object) => Composite>>;

interface RheaTypes {
  Reader: new (buffer: Buffer) => { read(): RheaTyped; remaining(): number };
  Writer: new () => { write(value: RheaTyped | Composite): void; toBuffer(): Buffer };
  described(descriptor: RheaTyped, value: RheaTyped): RheaTyped;
  [create: string]: unknown;
}

interface RheaFrame {
  type: number;
  channel: number;
  performative: Record<string, unknown>;
  payload?: Buffer;
}

interface RheaFrames {
  amqp_frame(channel: number, performative: unknown, payload?: Buffer): unknown;
  sasl_frame(performative: unknown): unknown;
  write_frame(frame: unknown): Buffer;
  read_frame(buffer: Buffer): RheaFrame;
}

interface RheaMessages {
  encode(message: object): Buffer;
  decode(buffer: Buffer): Record<string, unknown>;
  data_sections(data: Buffer[]): unknown;
  sequence_sections(lists: unknown[][]): unknown;
}

// rhea publishes types for its outer interface only.
const require = createRequire(import.meta.url);
export const types: RheaTypes = require('rhea/lib/types.js');
export const frames: RheaFrames = require('rhea/lib/frames.js');
/** rhea's makers of performatives, and of outcomes, by their names. */
export const performatives: Makers = require('rhea/lib/frames.js');
export const messages: RheaMessages = require('rhea/lib/message.js');
export const outcomes: Makers = require('rhea/lib/message.js');
export const terminus: Makers = require('rhea/lib/terminus.js');

function create(name: string, ...given: Parameters<Create>): RheaTyped {
  return (types[name] as Create)(...given);
}

export function rheaWrites(value: RheaTyped): Uint8Array {
  const writer = new types.Writer();
  writer.write(value);
  return new Uint8Array(writer.toBuffer());
}

export function rheaReads(bytes: Uint8Array): RheaTyped {
  const reader = new types.Reader(Buffer.from(bytes));
  const value = reader.read();
  if (reader.remaining() > 0) throw new Error(`rhea leaves ${reader.remaining()} bytes`);
  return value;
}

const NAMES: Readonly<Record<TypedName, string>> = {
  ubyte: 'Ubyte',
  ushort: 'Ushort',
  uint: 'Uint',
  ulong: 'Ulong',
  byte: 'Byte',
  short: 'Short',
  int: 'Int',
  long: 'Long',
  float: 'Float',
  double: 'Double',
  decimal32: 'Decimal32',
  decimal64: 'Decimal64',
  decimal128: 'Decimal128',
  char: 'CharUTF32',
  timestamp: 'Timestamp',
  uuid: 'Uuid',
};

/** Format codes in whose type rhea writes the elements of an array. */
const ELEMENT_CODES: Readonly<Partial<Record<ElementType, number>>> = {
  boolean: 0x56,
  ubyte: 0x50,
  ushort: 0x60,
  uint: 0x70,
  ulong: 0x80,
  byte: 0x51,
  short: 0x61,
  int: 0x71,
  long: 0x81,
  float: 0x72,
  double: 0x82,
  char: 0x73,
  timestamp: 0x83,
  uuid: 0x98,
  binary: 0xb0,
  string: 0xb1,
  symbol: 0xb3,
  list: 0xd0,
  map: 0xd1,
};

/** Whether rhea can say this value: it has no arrays of arrays, decimals or nulls, and one descriptor at most. */
export function rheaCan(value: AmqpValue): boolean {
  if (Array.isArray(value)) return value.every(rheaCan);
  if (value instanceof AmqpMap) return value.entries.every(entry => entry.every(rheaCan));
  if (value instanceof Described) return !(value.value instanceof Described) && rheaCan(value.value);
  if (value instanceof AmqpArray) {
    return ELEMENT_CODES[value.type] !== undefined && value.descriptors.length < 2 && value.values.every(rheaCan);
  }
  // rhea has dates for timestamps, which reach less far than 64 bits.
  if (value instanceof Typed && value.type === 'timestamp') return typeof value.value === 'number';
  return true;
}

export function toRhea(value: AmqpValue): RheaTyped {
  if (value === null) return create('Null');
  if (typeof value === 'boolean') return create(value ? 'True' : 'False');
  if (typeof value === 'string') return create(Buffer.byteLength(value) > 0xff ? 'Str32' : 'Str8', value);
  if (value instanceof Uint8Array) return create(value.length > 0xff ? 'Vbin32' : 'Vbin8', Buffer.from(value));
  if (value instanceof AmqpSymbol) return create(value.value.length > 0xff ? 'Sym32' : 'Sym8', value.value);
  if (value instanceof Typed) return create(NAMES[value.type], rheaNumber(value));
  if (value instanceof Described) return types.described(toRhea(value.descriptor), toRhea(value.value));
  if (value instanceof AmqpMap) {
    return create(
      'Map32',
      value.entries.flatMap(entry => entry.map(toRhea)),
    );
  }
  if (value instanceof AmqpArray) {
    const descriptor = value.descriptors.map(toRhea)[0];
    return create('Array32', value.values.map(rheaElement), ELEMENT_CODES[value.type], descriptor);
  }
  return value.length === 0 ? create('List0') : create('List32', value.map(toRhea));
}

/** The bare value that rhea wants within an array. */
function rheaElement(value: AmqpValue): unknown {
  if (typeof value === 'boolean') return Number(value);
  if (value instanceof Typed) return rheaNumber(value);
  if (value instanceof AmqpSymbol) return value.value;
  if (value instanceof AmqpMap) return value.entries.flatMap(entry => entry.map(toRhea));
  return Array.isArray(value) ? value.map(toRhea) : value;
}

function rheaNumber({ type, value }: Typed): unknown {
  if (typeof value === 'number') return value;
  if (typeof value !== 'bigint') return Buffer.from(value);
  const buffer = Buffer.alloc(8);
  if (type === 'ulong') buffer.writeBigUInt64BE(value);
  else buffer.writeBigInt64BE(value);
  return buffer;
}

export function fromRhea(typed: RheaTyped): AmqpValue {
  const { descriptor, ...bare } = typed;
  if (descriptor !== undefined) return new Described(fromRhea(descriptor), fromRhea(bare));
  const { value } = typed;
  const code = typed.type.typecode;
  if (code === 0x40) return null;
  if (code === 0x41 || code === 0x42 || code === 0x56) return Boolean(value);
  switch (code) {
    case 0xa0:
    case 0xb0:
      return new Uint8Array(value as Buffer);
    case 0xa1:
    case 0xb1:
      return value as string;
    case 0xa3:
    case 0xb3:
      return new AmqpSymbol(value as string);
    case 0x45:
    case 0xc0:
    case 0xd0:
      return (value as RheaTyped[]).map(fromRhea);
    case 0xc1:
    case 0xd1:
      return fromRheaMap(value as RheaTyped[]);
    case 0xe0:
    case 0xf0:
      return fromRheaArray(typed);
    default:
      return fromRheaNumber(code, value);
  }
}

function fromRheaMap(elements: RheaTyped[]): AmqpMap {
  const entries: [AmqpValue, AmqpValue][] = [];
  for (let index = 0; index < elements.length; index += 2) entries.push([fromRhea(elements[index]!), fromRhea(elements[index + 1]!)]);
  return new AmqpMap(entries);
}

function fromRheaArray({ value, array_constructor: element }: RheaTyped): AmqpArray {
  const descriptors = element!.descriptor === undefined ? [] : [fromRhea(element!.descriptor)];
  return new AmqpArray(ELEMENT_TYPES[element!.typecode]!, (value as RheaTyped[]).map(fromRhea), descriptors);
}

const ELEMENT_TYPES: Readonly<Record<number, ElementType>> = {
  ...Object.fromEntries(Object.entries(ELEMENT_CODES).map(([type, code]) => [code, type as ElementType])),
  82: 'uint',
  83: 'ulong',
  84: 'int',
  85: 'long',
  160: 'binary',
  161: 'string',
  163: 'symbol',
  192: 'list',
  193: 'map',
};

const CODES: Readonly<Record<number, TypedName>> = {
  80: 'ubyte',
  96: 'ushort',
  112: 'uint',
  82: 'uint',
  67: 'uint',
  128: 'ulong',
  83: 'ulong',
  68: 'ulong',
  81: 'byte',
  97: 'short',
  113: 'int',
  84: 'int',
  129: 'long',
  85: 'long',
  114: 'float',
  130: 'double',
  116: 'decimal32',
  132: 'decimal64',
  148: 'decimal128',
  115: 'char',
  131: 'timestamp',
  152: 'uuid',
};

function fromRheaNumber(code: number, value: unknown): Typed {
  const type = CODES[code]!;
  if (value instanceof Date) return timestamp(value.getTime());
  if (type === 'ulong') return new Typed(type, Buffer.isBuffer(value) ? value.readBigUInt64BE() : BigInt(value as number));
  if (type === 'long') return new Typed(type, Buffer.isBuffer(value) ? value.readBigInt64BE() : BigInt(value as number));
  return new Typed(type, Buffer.isBuffer(value) ? new Uint8Array(value) : (value as number));
}
