import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AmqpMap, decodePerformative, FlowReader, isFlow, symbol, writeFlow, writeFrame } from '../src/index.ts';
import { anyFlow, written } from './arbitraries.ts';
import { bytes, hex, list8, refused } from './expect.ts';

function fieldsOf(reader: FlowReader): object {
  const { nextIncomingId, incomingWindow, nextOutgoingId, outgoingWindow, handle, deliveryCount, linkCredit, available, drain, echo } =
    reader;
  return { nextIncomingId, incomingWindow, nextOutgoingId, outgoingWindow, handle, deliveryCount, linkCredit, available, drain, echo };
}

test('[2, 2.7.4] the reader reads what the performative’s decoder decodes, and writeFlow writes it again', () => {
  const reader = new FlowReader();
  const again = new FlowReader();
  fc.assert(
    fc.property(anyFlow, fc.nat(0xffff), (flow, channel) => {
      const body = written(writer => writeFrame(writer, 0, flow)).subarray(8);
      reader.read(body, 0, body.length);
      const { kind: _kind, properties: _properties, ...given } = flow;
      const absent = { nextIncomingId: -1, handle: -1, deliveryCount: -1, linkCredit: -1, available: -1, drain: false, echo: false };
      assert.deepEqual(fieldsOf(reader), { ...absent, ...given });
      const output = written(writer => writeFlow(writer, channel, reader));
      assert.equal(new DataView(output.buffer).getUint32(0), output.length);
      assert.equal(new DataView(output.buffer).getUint16(6), channel);
      again.read(output, 8, output.length);
      assert.deepEqual(fieldsOf(again), fieldsOf(reader));
    }),
    { numRuns: 300 },
  );
});

test('a flow of the largest numbers fits the room that is made for it', () => {
  const reader = new FlowReader();
  const most = 0xffff_ffff;
  const fields = { nextIncomingId: most, incomingWindow: most, nextOutgoingId: most, outgoingWindow: most };
  Object.assign(reader, fields, { handle: most, deliveryCount: most, linkCredit: most, available: most, drain: true, echo: true });
  const output = written(writer => writeFlow(writer, 0xffff, reader));
  assert.equal(output.length, 56);
  assert.equal(hex(output.subarray(8, 14)), '005313c02b0a');
});

for (const [name, body, condition] of [
  ['without an incoming window', list8(4, '43 40 43 43'), 'amqp:invalid-field'],
  ['without a next outgoing id', list8(4, '43 43 40 43'), 'amqp:invalid-field'],
  ['without an outgoing window', list8(3, '43 43 43'), 'amqp:invalid-field'],
  ['whose credit is a boolean', list8(7, '43 43 43 43 43 43 41'), 'amqp:invalid-field'],
  ['whose properties end early', list8(11, '43 43 43 43 43 43 43 43 41 41 c1'), 'amqp:decode-error'],
] as const) {
  test(`a flow ${name} is refused`, () => {
    const input = bytes(`005313 ${body}`);
    refused(() => new FlowReader().read(input, 0, input.length), condition);
    refused(() => decodePerformative(input, 0, input.length), condition);
  });
}

test('isFlow knows the descriptor in every encoding', () => {
  for (const body of ['00531345', '0080000000000000001345', '00a30e616d71703a666c6f773a6c69737445']) {
    assert.equal(isFlow(bytes(body), 0, bytes(body).length), true, body);
  }
  assert.equal(isFlow(bytes('00531445'), 0, 4), false);
});

test('[4, 4.4.3] a flow whose properties have a txn-id wants to acquire in a transaction', () => {
  const reader = new FlowReader();
  const read = (properties?: AmqpMap): boolean => {
    const flow = { incomingWindow: 1, nextOutgoingId: 0, outgoingWindow: 1, handle: 0, ...(properties && { properties }) };
    const body = written(writer => writeFrame(writer, 0, { kind: 'flow', ...flow })).subarray(8);
    reader.read(body, 0, body.length);
    return reader.inTransaction;
  };
  assert.equal(read(new AmqpMap([[symbol('txn-id'), Uint8Array.of(1)]])), true);
  assert.equal(read(new AmqpMap([[symbol('other'), 'x']])), false);
  assert.equal(read(), false);
});
