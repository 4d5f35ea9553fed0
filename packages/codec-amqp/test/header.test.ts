import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeMessage, encodeMessage, HeaderReader, headerSize, writeHeader } from '../src/index.ts';
import { anyMessage, anyUint, written } from './arbitraries.ts';
import { bytes, hex, list8, refused } from './expect.ts';

test('[3, 3.2.1] the reader reads what writeHeader writes, in as many bytes as headerSize says', () => {
  const reader = new HeaderReader();
  const priority = fc.oneof(fc.constant(4), fc.nat(255));
  fc.assert(
    fc.property(fc.boolean(), priority, anyUint, fc.boolean(), anyUint, (durable, urgency, ttlMs, firstAcquirer, deliveryCount) => {
      const output = written(writer => writeHeader(writer, durable, urgency, ttlMs, firstAcquirer, deliveryCount));
      assert.equal(output.length, headerSize(durable, urgency, ttlMs, firstAcquirer, deliveryCount));
      reader.read(output, 0, output.length);
      assert.equal(reader.headerEnd, output.length);
      const fields = [reader.durable, reader.priority, reader.ttlMs, reader.firstAcquirer, reader.deliveryCount];
      assert.deepEqual(fields, [durable, urgency, ttlMs, firstAcquirer, deliveryCount]);
      assert.equal(decodeMessage(output).header?.durable ?? false, durable);
    }),
  );
});

test('a time to live that the field cannot say is the longest that it can', () => {
  const reader = new HeaderReader();
  const output = written(writer => writeHeader(writer, false, 4, 2 ** 32 + 5, false, 0));
  assert.equal(output.length, headerSize(false, 4, 2 ** 32 + 5, false, 0));
  reader.read(output, 0, output.length);
  assert.equal(reader.ttlMs, 0xffff_ffff);
});

test('fields that have their default are left out at the end', () => {
  assert.equal(hex(written(writer => writeHeader(writer, false, 4, 0, false, 0))), '00537045');
  assert.equal(hex(written(writer => writeHeader(writer, true, 4, 0, false, 0))), '005370c0020141');
  assert.equal(hex(written(writer => writeHeader(writer, false, 4, 0, true, 0))), '005370c0050440404041');
});

test('any message’s header is read, and the defaults where it has none', () => {
  const reader = new HeaderReader();
  fc.assert(
    fc.property(anyMessage, message => {
      const output = written(writer => encodeMessage(writer, message));
      reader.read(output, 0, output.length);
      const { durable = false, priority = 4, ttlMs = 0, firstAcquirer = false, deliveryCount = 0 } = message.header ?? {};
      const fields = [reader.durable, reader.priority, reader.ttlMs, reader.firstAcquirer, reader.deliveryCount];
      assert.deepEqual(fields, [durable, priority, ttlMs, firstAcquirer, deliveryCount]);
      const headless = written(writer => encodeMessage(writer, { ...message, header: {} })).length - 4;
      assert.equal(output.length - reader.headerEnd, headless);
    }),
  );
});

test('a header is found by its descriptor in every encoding', () => {
  const reader = new HeaderReader();
  for (const descriptor of ['005370', '00800000000000000070', '00a310616d71703a6865616465723a6c697374']) {
    const input = bytes(`${descriptor} ${list8(2, '41 5007')} 005377 40`);
    reader.read(input, 0, input.length);
    assert.deepEqual([reader.durable, reader.priority, reader.headerEnd], [true, 7, input.length - 4]);
  }
});

test('a message without a header, or of no bytes, has no header', () => {
  const reader = new HeaderReader();
  for (const message of ['', '005377 40', '005375 a00100']) {
    const input = bytes(`ffff${message}`);
    reader.read(input, 2, input.length);
    assert.equal(reader.headerEnd, 2);
  }
});

for (const [name, body, condition] of [
  ['whose durable is a number', list8(1, '43'), 'amqp:invalid-field'],
  ['whose priority is a uint', list8(2, '41 43'), 'amqp:invalid-field'],
  ['that ends early', 'c00501 41', 'amqp:decode-error'],
  ['that is a map', 'c10100', 'amqp:decode-error'],
  // A sixth field, which nobody knows, must not hide that the fifth is cut.
  ['whose last field reaches beyond it', `${list8(6, '40 40 40 40 7000')}000000`, 'amqp:decode-error'],
] as const) {
  test(`a header ${name} is refused`, () => {
    const input = bytes(`005370 ${body}`);
    refused(() => new HeaderReader().read(input, 0, input.length), condition);
  });
}
