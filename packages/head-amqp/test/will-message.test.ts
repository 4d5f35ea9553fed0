import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AmqpMap, type AmqpValue, decodeMessage, fromPlain, symbol } from '@angarium/codec-amqp';
import { emptyMessage, type Message, Refusal, type Will } from '@angarium/core';
import fc from 'fast-check';
import { willOfMessage, willOfProperty } from '../src/will-message.ts';
import { text } from './support/messages.ts';

function sent(bytes: Uint8Array): Message {
  return { ...emptyMessage(), bytes, end: bytes.length, headerSize: 0 };
}

/** A will whose message can be read, or a refusal that says why. */
function checked(result: Will | Refusal): void {
  if (result instanceof Refusal) {
    assert.match(result.code, /^message-(malformed|target-missing)$/);
    assert.match(result.description, /\S/);
    return;
  }
  const { to, message, delayMs } = result;
  assert.ok(to !== '' && Number.isSafeInteger(delayMs) && delayMs >= 0);
  decodeMessage(message.bytes, message.start + message.headerSize, message.end);
}

const plain = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.integer(),
  fc.double(),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.uint8Array(),
  fc.constant(null),
  fc.array(fc.integer()),
  fc.dictionary(fc.string(), fc.string()),
);
const KEYS = ['to', 'subject', 'content-type', 'durable', 'retain', 'ttl-ms', 'delay-ms', 'properties', 'body'];

describe('reading wills', () => {
  test('whatever stands in angarium:will is a will or refused', () => {
    const entry = fc.tuple(fc.oneof(fc.constantFrom(...KEYS), fc.string()), plain);
    fc.assert(
      fc.property(fc.array(entry), fc.boolean(), (entries, symbols) => {
        const values = entries.map(([key, value]): [AmqpValue, AmqpValue] => [symbols ? symbol(key) : key, fromPlain(value)]);
        checked(willOfProperty(new AmqpMap([['to', 'somewhere'], ...values])));
        checked(willOfProperty(new AmqpMap(values)));
      }),
    );
    fc.assert(fc.property(plain, value => checked(willOfProperty(fromPlain(value)))));
  });

  test('whatever is sent to $lwt is a will or refused', () => {
    fc.assert(fc.property(fc.uint8Array(), bytes => checked(willOfMessage(sent(bytes)))));
    const annotations = fc.dictionary(
      fc.constantFrom('x-opt-retain-message', 'x-opt-mqtt-qos', 'x-opt-will-delay-ms', 'x-opt-other'),
      plain,
    );
    fc.assert(
      fc.property(annotations, fc.nat(), fc.integer({ min: 0, max: 255 }), (given, at, byte) => {
        const entries = Object.entries(given).map(([name, value]): [AmqpValue, AmqpValue] => [symbol(name), fromPlain(value)]);
        const bytes = text('gone', { messageAnnotations: new AmqpMap(entries), properties: { to: 'somewhere' } });
        checked(willOfMessage(sent(bytes)));
        // One byte of it is another one.
        bytes[at % bytes.length] = byte;
        checked(willOfMessage(sent(bytes)));
      }),
    );
  });
});
