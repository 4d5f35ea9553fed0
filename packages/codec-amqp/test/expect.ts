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
