import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodePerformative,
  isTransfer,
  type Transfer,
  TransferReader,
  writeFrame,
  writeTransfer,
  writeTransferHead,
} from '../src/index.ts';
import { anyTransfer, anyUint, written } from './arbitraries.ts';
import { bytes, hex, list8, list32, refused } from './expect.ts';

/** What the reader says, in the shape that the performative has; `tag` is empty when it is absent. */
function reading(reader: TransferReader, body: Uint8Array): object {
  const { handle, deliveryId, messageFormat, settled, more, rcvSettleMode, state, resume, aborted, batchable } = reader;
  const tag = hex(body.subarray(reader.tagStart, reader.tagEnd));
  return { handle, deliveryId, tag, messageFormat, settled, more, rcvSettleMode, state, resume, aborted, batchable };
}

function expected(transfer: Transfer): object {
  return {
    handle: transfer.handle,
    deliveryId: transfer.deliveryId ?? -1,
    tag: hex(transfer.deliveryTag ?? new Uint8Array()),
    messageFormat: transfer.messageFormat ?? 0,
    settled: transfer.settled === undefined ? -1 : Number(transfer.settled),
    more: transfer.more ?? false,
    rcvSettleMode: transfer.rcvSettleMode ?? -1,
    state: transfer.state,
    resume: transfer.resume ?? false,
    aborted: transfer.aborted ?? false,
    batchable: transfer.batchable ?? false,
  };
}

test('[2, 2.7.5] the reader reads what the performative’s decoder decodes, and nothing is left of the transfer before', () => {
  const reader = new TransferReader();
  fc.assert(
    fc.property(anyTransfer, fc.uint8Array({ maxLength: 20 }), (transfer, payload) => {
      const body = written(writer => writeTransfer(writer, 0, transfer, payload)).subarray(8);
      reader.read(body, 0, body.length);
      assert.deepEqual(reading(reader, body), expected(transfer));
      assert.equal(hex(body.subarray(reader.payloadStart)), hex(payload));
      assert.deepEqual(decodePerformative(body, 0, body.length), { performative: transfer, payloadStart: reader.payloadStart });
    }),
    { numRuns: 500 },
  );
});

test('the reader reads what the head’s writer writes, at any offset', () => {
  const reader = new TransferReader();
  const arguments_ = [fc.nat(0xffff), anyUint, anyUint, anyUint, anyUint, fc.boolean(), fc.boolean(), fc.boolean()] as const;
  fc.assert(
    fc.property(...arguments_, fc.nat(10), (channel, handle, deliveryId, tag, format, settled, more, aborted, before) => {
      const payload = bytes('abcdef');
      let start = 0;
      const output = written(writer => {
        writer.raw(new Uint8Array(before));
        start = writeTransferHead(writer, channel, handle, deliveryId, tag, format, settled, more, aborted, payload.length);
        writer.raw(payload);
      });
      assert.equal(start, before);
      const view = new DataView(output.buffer);
      assert.equal(view.getUint32(start), output.length - start);
      assert.equal(view.getUint32(start + 4), 0x0200_0000 + channel);
      reader.read(output, start + 8, output.length);
      const deliveryTag = new Uint8Array(4);
      new DataView(deliveryTag.buffer).setUint32(0, tag);
      const wanted: Transfer = { handle, deliveryId, deliveryTag, messageFormat: format, settled, more, aborted };
      assert.deepEqual(reading(reader, output), expected(wanted));
      assert.equal(hex(output.subarray(reader.payloadStart)), 'abcdef');
    }),
  );
});

test('[2, 2.6.14] a continuation has neither delivery-id nor tag, message-format or settled', () => {
  const output = written(writer => writeTransferHead(writer, 1, 2, 3, -1, 0, true, true, false, 0));
  assert.equal(hex(output), '0000001502000001005314c0080652024040404041');
  const { performative } = decodePerformative(output, 8, output.length);
  assert.deepEqual(performative, { kind: 'transfer', handle: 2, more: true });
});

test('every encoding that a field may have reads the same', () => {
  const reader = new TransferReader();
  for (const body of [
    `005314 ${list8(5, '5203 5204 a00101 43 41')}`,
    `00800000000000000014 ${list8(5, '7000000003 5204 a00101 43 5601')}`,
    `00a312616d71703a7472616e736665723a6c697374 ${list8(5, '5203 5204 a00101 40 41')}`,
    `00b300000012616d71703a7472616e736665723a6c697374 ${list8(5, '5203 5204 a00101 43 41')}`,
    `005314 ${list32(5, '5203 5204 a00101 43 41')}`,
    `005314 ${list32(5, '7000000003 7000000004 b00000000101 5200 41')}`,
    `005314 ${list8(11, '5203 5204 a00101 7000000000 41 40 40 40 40 40 40')}`,
    `005314 ${list8(6, '5203 5204 a00101 43 41 40')}`,
    // A later version of the protocol may have more fields.
    `005314 ${list8(12, '5203 5204 a00101 7000000000 41 40 40 40 40 40 40 a10161')}`,
  ]) {
    const input = bytes(body);
    reader.read(input, 0, input.length);
    assert.deepEqual(reading(reader, input), expected({ handle: 3, deliveryId: 4, deliveryTag: bytes('01'), settled: true }), body);
    assert.equal(reader.payloadStart, input.length);
  }
});

const MALFORMED: [name: string, body: string, condition: 'amqp:decode-error' | 'amqp:invalid-field'][] = [
  ['without a handle', '005314 45', 'amqp:invalid-field'],
  ['with a null handle', `005314 ${list8(1, '40')}`, 'amqp:invalid-field'],
  ['with a string for a handle', `005314 ${list8(1, 'a10161')}`, 'amqp:invalid-field'],
  ['with a string for a tag', `005314 ${list8(3, '43 43 a10161')}`, 'amqp:invalid-field'],
  ['with a uint for settled', `005314 ${list8(5, '43 43 a00161 43 43')}`, 'amqp:invalid-field'],
  ['with a tag of 33 bytes', `005314 ${list8(4, `43 43 a021${'00'.repeat(33)} 43`)}`, 'amqp:invalid-field'],
  ['with a receiver settle mode of 2', `005314 ${list8(7, '43 40 40 40 40 40 5002')}`, 'amqp:invalid-field'],
  ['with a boolean of 2', `005314 ${list8(5, '43 40 40 40 5602')}`, 'amqp:decode-error'],
  ['that is a map', '005314 c10100', 'amqp:decode-error'],
  ['whose list ends within a field', '005314 c00302 43 70', 'amqp:decode-error'],
  ['whose list is longer than the frame', '005314 c01005 43 43', 'amqp:decode-error'],
  ['whose list is longer than its fields', `005314 ${list8(5, '5203 5204 a00101 43 41 404040')}`, 'amqp:decode-error'],
  ['whose wide list is longer than its fields', `005314 ${list32(5, '5203 5204 a00101 43 41 40')}`, 'amqp:decode-error'],
  ['whose list is shorter than its fields', '005314 c00804 5203 5204 a00101 43', 'amqp:decode-error'],
  ['whose tag reaches beyond the list', '005314 c00803 5203 5204 a0ff01', 'amqp:decode-error'],
  ['whose list has more fields than bytes', '005314 c002ff 43', 'amqp:decode-error'],
  ['with a size of 4 GB', '005314 d0ffffffff00000004 43 43 a00101 43', 'amqp:decode-error'],
  ['of no bytes', '', 'amqp:decode-error'],
  ['that is a disposition', '005315 c00201 43', 'amqp:decode-error'],
];

for (const [name, body, condition] of MALFORMED) {
  test(`a transfer ${name} is refused`, () => {
    const given = bytes(body);
    refused(() => new TransferReader().read(given, 0, given.length), condition);
  });
}

test('no prefix of a transfer’s performative is taken for a transfer', () => {
  const reader = new TransferReader();
  fc.assert(
    fc.property(anyTransfer, transfer => {
      const body = written(writer => writeFrame(writer, 0, transfer)).subarray(8);
      for (let end = 0; end < Math.min(body.length, 200); end++) refused(() => reader.read(body, 0, end), 'amqp:decode-error');
    }),
    { numRuns: 50 },
  );
});

test('isTransfer knows the descriptor in every encoding, and takes nothing else for it', () => {
  for (const body of ['00531445', '0080000000000000001445', '00a312616d71703a7472616e736665723a6c69737445']) {
    assert.equal(isTransfer(bytes(body), 0, bytes(body).length), true, body);
  }
  for (const body of [
    '',
    '00',
    '0053',
    '00531545',
    '005014',
    '535314',
    '00a312616d71',
    '0080ffffffffffffffff45',
    '00b3ffffffff61',
    '008000',
  ]) {
    assert.equal(isTransfer(bytes(body), 0, bytes(body).length), false, body);
  }
});
