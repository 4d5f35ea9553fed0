import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  AmqpMap,
  AmqpSymbol,
  type AmqpValue,
  decodeMessage,
  encodeMessage,
  readAnnotation,
  SectionScan,
  writeAnnotated,
} from '../src/index.ts';
import { anyMessage, anySymbol, anyValue, written } from './arbitraries.ts';
import { bytes, refused } from './expect.ts';

const anyAnnotations = fc.uniqueArray(fc.tuple(anySymbol, anyValue), { maxLength: 4, selector: ([name]) => name });

test('[3, 3.2.3] annotations join those that a message has, in place of equal names, and nothing else changes', () => {
  fc.assert(
    fc.property(anyMessage, anyAnnotations, fc.boolean(), (message, added, again) => {
      // Sometimes a name that the message has already.
      const known = message.messageAnnotations?.entries.find(([key]) => key instanceof AmqpSymbol)?.[0] as AmqpSymbol | undefined;
      const annotations =
        again && known ? [...added.filter(([name]) => name !== known.value), [known.value, 'new'] as [string, AmqpValue]] : added;
      const before = written(writer => encodeMessage(writer, message));
      const after = decodeMessage(written(writer => writeAnnotated(writer, before, 0, before.length, annotations)));
      const names = new Set(annotations.map(([name]) => name));
      const kept = (message.messageAnnotations?.entries ?? []).filter(([key]) => !(key instanceof AmqpSymbol && names.has(key.value)));
      const all = [...kept, ...annotations.map(([name, value]): [AmqpValue, AmqpValue] => [new AmqpSymbol(name), value])];
      assert.deepEqual(after, { ...message, messageAnnotations: new AmqpMap(all) });
    }),
    { numRuns: 300 },
  );
});

test('[3, 3.2.3] an annotation is read without the rest of the message, which may be still to come', () => {
  const annotated = { messageAnnotations: new AmqpMap([[new AmqpSymbol('x-opt-one'), 'yes']]), properties: { to: 'a' } };
  const whole = written(writer =>
    encodeMessage(writer, { header: { durable: true }, ...annotated, body: { kind: 'value', value: 'text' } }),
  );
  for (const end of [whole.length, whole.length - 9]) {
    assert.equal(readAnnotation(whole, 0, end, 'x-opt-one'), 'yes');
    assert.equal(readAnnotation(whole, 0, end, 'x-opt-two'), undefined);
  }
  const plain = written(writer => encodeMessage(writer, { properties: { to: 'a' }, body: { kind: 'none' } }));
  assert.equal(readAnnotation(plain, 0, plain.length, 'x-opt-one'), undefined);
  refused(() => readAnnotation(whole, 0, 12, 'x-opt-one'), 'amqp:decode-error');
});

test('the scan up to the body does not look at the body', () => {
  const scan = new SectionScan();
  const broken = bytes('00 53 73 45 00 53 77 ff');
  scan.scanToBody(broken, 0, broken.length);
  assert.deepEqual([scan.propertiesStart, scan.propertiesEnd, scan.bodyStart, scan.bodyEnd], [0, 4, 4, 8]);
  refused(() => scan.scan(broken, 0, broken.length), 'amqp:decode-error');
});
