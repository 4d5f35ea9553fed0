/**
 * Values of AMQP's type system (part 1), loss-free both ways: null, boolean, string, list (array) and binary (Uint8Array) are
 * JavaScript's own; everything else keeps its type in one of the classes below.
 */
export type AmqpValue = null | boolean | string | Uint8Array | Typed | AmqpSymbol | AmqpValue[] | AmqpMap | AmqpArray | Described;

/** message-id-ulong, message-id-uuid, message-id-binary or message-id-string (part 3, sections 3.2.11 to 3.2.14). */
export type MessageId = Typed | Uint8Array | string;

/** The types that `Typed` stands for. */
export type TypedName =
  | 'ubyte'
  | 'ushort'
  | 'uint'
  | 'ulong'
  | 'byte'
  | 'short'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'decimal32'
  | 'decimal64'
  | 'decimal128'
  | 'char'
  | 'timestamp'
  | 'uuid';

/** What all elements of an array have in common. */
export type ElementType = TypedName | 'null' | 'boolean' | 'string' | 'symbol' | 'binary' | 'list' | 'map' | 'array';

/**
 * A number, character, instant or uuid with its AMQP type.
 *
 * - `ulong`, `long`: always a bigint
 * - `timestamp`: milliseconds since the epoch; a bigint beyond the safe integers
 * - `char`: its Unicode code point
 * - `decimal32`, `decimal64`, `decimal128` (IEEE 754-2008) and `uuid`: their 4, 8, 16 and 16 bytes
 */
export class Typed {
  readonly type: TypedName;
  readonly value: number | bigint | Uint8Array;

  constructor(type: TypedName, value: number | bigint | Uint8Array) {
    this.type = type;
    this.value = value;
  }
}

/** A value of a constrained domain, in ASCII (part 1, section 1.6.21). */
export class AmqpSymbol {
  readonly value: string;

  constructor(value: string) {
    this.value = value;
  }
}

/** Keys and values in the order in which they came. */
export class AmqpMap {
  readonly entries: [AmqpValue, AmqpValue][];

  constructor(entries: [AmqpValue, AmqpValue][] = []) {
    this.entries = entries;
  }

  /** The value of the first key that is this string or symbol. */
  get(key: string): AmqpValue | undefined {
    for (const [candidate, value] of this.entries) {
      if (candidate === key || (candidate instanceof AmqpSymbol && candidate.value === key)) return value;
    }
    return undefined;
  }
}

/** Values that share one type: `values` are without the descriptors, which are the same for all of them, the outermost first. */
export class AmqpArray {
  readonly type: ElementType;
  readonly values: AmqpValue[];
  readonly descriptors: AmqpValue[];

  constructor(type: ElementType, values: AmqpValue[], descriptors: AmqpValue[] = []) {
    this.type = type;
    this.values = values;
    this.descriptors = descriptors;
  }
}

/** A value that means more than its type: a descriptor, mostly a ulong or a symbol, and the underlying value. */
export class Described {
  readonly descriptor: AmqpValue;
  readonly value: AmqpValue;

  constructor(descriptor: AmqpValue, value: AmqpValue) {
    this.descriptor = descriptor;
    this.value = value;
  }
}

export function symbol(text: string): AmqpSymbol {
  return new AmqpSymbol(text);
}

export function uint(value: number): Typed {
  return new Typed('uint', value);
}

export function ulong(value: number | bigint): Typed {
  return new Typed('ulong', BigInt(value));
}

export function int(value: number): Typed {
  return new Typed('int', value);
}

export function long(value: number | bigint): Typed {
  return new Typed('long', BigInt(value));
}

/** Milliseconds since the epoch. */
export function timestamp(valueMs: number | bigint): Typed {
  return new Typed('timestamp', typeof valueMs === 'bigint' && isSafe(valueMs) ? Number(valueMs) : valueMs);
}

export function isSafe(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
}
