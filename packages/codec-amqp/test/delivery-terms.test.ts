import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  AmqpDecodeError,
  AmqpMap,
  type AmqpMessage,
  type AmqpValue,
  DeliveryTerms,
  encodeMessage,
  long,
  symbol,
  Typed,
  timestamp,
  ulong,
} from '../src/index.ts';
import { anyMessage, written } from './arbitraries.ts';

const terms = new DeliveryTerms();

function termsOf(message: AmqpMessage): [timeMs: number, delayMs: number, grouped: boolean] {
  const { header: _, ...rest } = message;
  const output = written(writer => encodeMessage(writer, rest));
  terms.read(output, 0, output.length);
  return [terms.timeMs, terms.delayMs, terms.grouped];
}

function annotated(name: string, value: AmqpValue): AmqpMessage {
  return { messageAnnotations: new AmqpMap([[symbol(name), value]]), body: { kind: 'none' } };
}

test('[3, 3.2.4] a message is grouped when its properties have a group-id, whatever else it has', () => {
  fc.assert(
    fc.property(anyMessage, message => {
      assert.equal(termsOf(message)[2], message.properties?.groupId !== undefined);
    }),
    { numRuns: 500 },
  );
});

test('[3, 3.2.4] a message says when it expires by absolute-expiry-time, whatever else it has', () => {
  fc.assert(
    fc.property(anyMessage, message => {
      termsOf(message);
      const expiryMs = message.properties?.absoluteExpiryTime;
      assert.equal(terms.expiryMs, expiryMs === undefined ? -1 : Math.max(expiryMs, 0));
    }),
    { numRuns: 500 },
  );
});

test('a delivery time may be a timestamp, a long or a ulong, a delay any number', () => {
  for (const value of [timestamp(1000), long(1000), ulong(1000), new Typed('uint', 1000)]) {
    assert.deepEqual(termsOf(annotated('x-opt-delivery-time', value)), [1000, -1, false]);
    assert.deepEqual(termsOf(annotated('x-opt-delivery-delay', value)), [-1, 1000, false]);
  }
});

test('terms that are no numbers are not said, and those beyond what a clock has are the last or the first', () => {
  assert.deepEqual(termsOf(annotated('x-opt-delivery-time', 'soon')), [-1, -1, false]);
  assert.deepEqual(termsOf(annotated('x-opt-delivery-time', ulong(2n ** 63n))), [Number.MAX_SAFE_INTEGER, -1, false]);
  assert.deepEqual(termsOf(annotated('x-opt-delivery-delay', long(-5))), [-1, 0, false]);
});

test('a message without such sections, and bytes that are no message, have no terms', () => {
  for (const input of [[], [0x00, 0x53, 0x75, 0xa0, 0], [1, 2, 3, 4], [0x00, 0x53, 0x73, 0x45]]) {
    terms.read(Uint8Array.from(input), 0, input.length);
    assert.deepEqual([terms.timeMs, terms.delayMs, terms.grouped], [-1, -1, false]);
  }
});

test('reading the terms of any bytes ends, and throws nothing but its own error', () => {
  const beginning = fc.constantFrom([], [0x00, 0x53, 0x71], [0x00, 0x53, 0x72, 0xc1], [0x00, 0x53, 0x73, 0xc0], [0x00, 0x53, 0x73, 0xd0]);
  fc.assert(
    fc.property(beginning, fc.uint8Array({ maxLength: 60 }), (before, after) => {
      const input = Uint8Array.from([...before, ...after]);
      try {
        terms.read(input, 0, input.length);
      } catch (error) {
        assert.ok(error instanceof AmqpDecodeError, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});
