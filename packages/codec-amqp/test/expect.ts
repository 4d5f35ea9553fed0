import assert from 'node:assert/strict';
import { AmqpDecodeError, type DecodeCondition } from '../src/index.ts';

export function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
}

export function hex(of: Uint8Array): string {
  return Buffer.from(of).toString('hex');
}

/** Asserts that `decode` refuses its input for this condition. */
export function refused(decode: () => unknown, condition: DecodeCondition, message?: RegExp): void {
  assert.throws(decode, error => {
    assert.ok(error instanceof AmqpDecodeError, String(error));
    assert.equal(error.condition, condition, error.message);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  });
}

/** A list of `count` fields, with its size and count in one byte each, in hexadecimal. */
export function list8(count: number, fields: string): string {
  const size = bytes(fields).length + 1;
  return `c0${hex(Uint8Array.of(size, count))}${fields}`;
}

/** A list of `count` fields, with its size and count in four bytes each, in hexadecimal. */
export function list32(count: number, fields: string): string {
  const head = new Uint8Array(8);
  new DataView(head.buffer).setUint32(0, bytes(fields).length + 4);
  new DataView(head.buffer).setUint32(4, count);
  return `d0${hex(head)}${fields}`;
}
