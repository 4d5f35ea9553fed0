import { type MqttDecodeError, malformed, protocolError } from './decode-error.ts';
import { PACKET_KINDS } from './packet-type.ts';
import { decodeText } from './text.ts';

/** Reads the fields of one packet's body, one after the other, and never beyond its end. */
export class FieldReader {
  readonly bytes: Uint8Array;
  /** The offset of the next field. */
  at: number;
  /** The offset after the body. */
  readonly end: number;
  readonly #type: number;

  constructor(type: number, bytes: Uint8Array, start: number, end: number) {
    this.#type = type;
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get left(): number {
    return this.end - this.at;
  }

  u8(field: string): number {
    this.#need(1, field);
    return this.bytes[this.at++]!;
  }

  u16(field: string): number {
    this.#need(2, field);
    const { bytes, at } = this;
    this.at = at + 2;
    return (bytes[at]! << 8) | bytes[at + 1]!;
  }

  u32(field: string): number {
    const high = this.u16(field);
    return high * 0x1_0000 + this.u16(field);
  }

  /** A byte that is 0 or 1. */
  bit(field: string): 0 | 1 {
    const value = this.u8(field);
    if (value > 1) throw this.invalid(field, `is ${value}, which is neither 0 nor 1`);
    return value as 0 | 1;
  }

  /** A variable byte integer, which MUST be in its shortest form [MQTT-1.5.5-1]. */
  variableInteger(field: string): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8(field);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte === 0 && shift > 0) throw this.malformed(`${field} has more bytes than it needs`);
        return value;
      }
    }
    throw this.malformed(`${field} has more than four bytes`);
  }

  /** A packet identifier, which MUST NOT be zero [MQTT-2.2.1-3] (3.1.1: [MQTT-2.3.1-1]). */
  packetId(): number {
    const packetId = this.u16('packet identifier');
    if (packetId === 0) throw this.invalid('packet identifier', 'is zero');
    return packetId;
  }

  text(field: string): string {
    const end = this.#span(field);
    const text = decodeText(this.bytes, this.at, end);
    this.at = end;
    return text;
  }

  /** A copy, so that it outlives the chunk it came in. */
  binary(field: string): Uint8Array {
    const end = this.#span(field);
    const copy = copyOf(this.bytes, this.at, end);
    this.at = end;
    return copy;
  }

  /** All that is left, as a copy. */
  rest(): Uint8Array {
    const copy = copyOf(this.bytes, this.at, this.end);
    this.at = this.end;
    return copy;
  }

  /** Throws when something is left of the body. */
  finish(): void {
    if (this.at < this.end) throw this.malformed(`has ${this.left} bytes after its last field`);
  }

  malformed(what: string): MqttDecodeError {
    return malformed(`${this.#name()} ${what}`);
  }

  /** The field can be parsed, but may not be what it is. */
  invalid(field: string, what: string): MqttDecodeError {
    return protocolError(`${this.#name()} ${field} ${what}`);
  }

  #name(): string {
    return PACKET_KINDS[this.#type]!.toUpperCase();
  }

  #need(size: number, field: string): void {
    if (this.at + size > this.end) throw this.malformed(`ends within ${field}`);
  }

  /** Reads a length of two bytes, and answers the offset after what it announces. */
  #span(field: string): number {
    const size = this.u16(field);
    this.#need(size, field);
    return this.at + size;
  }
}

function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  // A Buffer's own slice would share its memory.
  copy.set(bytes.subarray(start, end));
  return copy;
}
