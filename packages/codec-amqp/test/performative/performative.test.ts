import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  AmqpMap,
  DESCRIPTORS,
  decodePerformative,
  decodeSaslFrame,
  type Performative,
  STATE_ACCEPTED,
  symbol,
  ulong,
  writeFrame,
  writeSaslFrame,
} from '../../src/index.ts';
import { anyPerformative, anySaslFrame, written } from '../arbitraries.ts';
import { bytes, hex, list8, refused } from '../expect.ts';

test('[2, 2.7] every performative survives encoding and decoding, in a frame of the size that it says', () => {
  fc.assert(
    fc.property(anyPerformative, fc.nat(0xffff), (performative, channel) => {
      const output = written(writer => writeFrame(writer, channel, performative));
      const view = new DataView(output.buffer);
      assert.equal(view.getUint32(0), output.length);
      assert.equal(view.getUint32(4), 0x0200_0000 + channel);
      assert.deepEqual(decodePerformative(output, 8, output.length), { performative, payloadStart: output.length });
    }),
    { numRuns: 1000 },
  );
});

test('[5, 5.3.3] every SASL frame survives encoding and decoding', () => {
  fc.assert(
    fc.property(anySaslFrame, frame => {
      const output = written(writer => writeSaslFrame(writer, frame));
      assert.equal(new DataView(output.buffer).getUint32(0), output.length);
      assert.equal(hex(output.subarray(4, 8)), '02010000');
      assert.deepEqual(decodeSaslFrame(output, 8, output.length), frame);
    }),
    { numRuns: 300 },
  );
});

test('no prefix of a performative is taken for one', () => {
  fc.assert(
    fc.property(anyPerformative, performative => {
      const output = written(writer => writeFrame(writer, 0, performative));
      for (let end = 8; end < Math.min(output.length, 200); end++) refused(() => decodePerformative(output, 8, end), 'amqp:decode-error');
    }),
    { numRuns: 100 },
  );
});

test('[2, 2.7.3] an attach as it stands on the wire', () => {
  const attach: Performative = {
    kind: 'attach',
    name: 'orders',
    handle: 0,
    role: 'sender',
    sndSettleMode: 2,
    rcvSettleMode: 0,
    source: { defaultOutcome: STATE_ACCEPTED, outcomes: ['amqp:accepted:list'] },
    target: { kind: 'target', address: 'orders', capabilities: ['queue'] },
    initialDeliveryCount: 0,
    maxMessageSize: 65_536n,
    properties: new AmqpMap([[symbol('a'), ulong(1)]]),
  };
  const source = `005328${list8(10, '4040404040404040 00532445 e01501a312616d71703a61636365707465643a6c697374')}`;
  const target = `005329${list8(7, `a106${hex(Buffer.from('orders'))}4040404040e00801a3057175657565`)}`;
  const fields = `a106${hex(Buffer.from('orders'))} 43 42 5002 5000 ${source} ${target} 40 40 43 800000000000010000 40 40 c10602a301615301`;
  const body = bytes(`005312 ${list8(14, fields)}`);
  assert.deepEqual(decodePerformative(body, 0, body.length).performative, attach);
  assert.equal(hex(written(writer => writeFrame(writer, 0, attach)).subarray(8)), hex(body));
});

test('[1, 1.4] a field of several symbols may come as one symbol, as an array, or not at all', () => {
  for (const [mechanisms, expected] of [
    ['a305504c41494e', ['PLAIN']],
    ['e00801a305504c41494e', ['PLAIN']],
    ['e00c02b300000001610000000162', ['a', 'b']],
    ['f00000000500000000a3', []],
  ] as const) {
    const body = bytes(`005340 ${list8(1, mechanisms)}`);
    const frame = decodeSaslFrame(body, 0, body.length);
    assert.deepEqual(frame, { kind: 'sasl-mechanisms', mechanisms: [...expected] });
  }
});

test('explicit nulls are the same as absent fields, and fields beyond those that are known are passed over', () => {
  const body = bytes(`005318 ${list8(3, '40 40 a10161')}`);
  assert.deepEqual(decodePerformative(body, 0, body.length).performative, { kind: 'close' });
  const attach = bytes(`005312 ${list8(7, 'a10161 43 41 40 40 40 40')}`);
  assert.deepEqual(decodePerformative(attach, 0, attach.length).performative, { kind: 'attach', name: 'a', handle: 0, role: 'receiver' });
});

const MANDATORY: [performative: string, fields: string][] = [
  ['005310', list8(1, '40')],
  ['005311', list8(1, '40')],
  ['005311', list8(2, '40 43')],
  ['005311', list8(3, '40 43 43')],
  ['005312', '45'],
  ['005312', list8(1, 'a10161')],
  ['005312', list8(2, 'a10161 43')],
  ['005313', '45'],
  ['005314', '45'],
  ['005315', '45'],
  ['005315', list8(1, '41')],
  ['005316', '45'],
  ['005318', list8(1, '00531d45')],
];

for (const [descriptor, fields] of MANDATORY) {
  test(`[2, 2.7] the performative ${descriptor} ${fields} lacks a mandatory field`, () => {
    const body = bytes(descriptor + fields);
    refused(() => decodePerformative(body, 0, body.length), 'amqp:invalid-field', /mandatory/);
  });
}

const INVALID: [name: string, body: string][] = [
  ['an open with a channel-max that is a uint', `005310${list8(4, 'a10161 40 40 43')}`],
  ['an open whose container-id is a symbol', `005310${list8(1, 'a30161')}`],
  ['an open with a capability that is a string', `005310${list8(8, 'a10161 40 40 40 40 40 40 a10161')}`],
  ['an open with properties that are a list', `005310${list8(10, 'a10161 40 40 40 40 40 40 40 40 45')}`],
  ['an attach with a sender settle mode of 3', `005312${list8(4, 'a10161 43 41 5003')}`],
  ['an attach with a receiver settle mode of 2', `005312${list8(5, 'a10161 43 41 40 5002')}`],
  ['a source whose address is a number', `005312${list8(6, `a10161 43 41 40 40 005328${list8(1, '43')}`)}`],
  ['a source with a durability of 3', `005312${list8(6, `a10161 43 41 40 40 005328${list8(2, '40 5203')}`)}`],
  ['an end whose error is of another type', `005317${list8(1, '00531c45')}`],
];

for (const [name, input] of INVALID) {
  test(`${name} is an invalid field`, () => {
    const body = bytes(input);
    refused(() => decodePerformative(body, 0, body.length), 'amqp:invalid-field');
  });
}

const UNKNOWN: [name: string, body: string][] = [
  ['a performative with an unknown code', '00531945'],
  ['a performative with a vendor’s code', '00800000468c0000001445'],
  ['a performative with a code beyond the safe integers', '0080ffffffffffffffff45'],
  ['a performative with an unknown symbol', '00a30361626345'],
  ['a section in place of a performative', '00537045'],
  ['an attach with a target of another type', `005312${list8(7, 'a10161 43 41 40 40 40 00531945')}`],
  ['an attach with a target in place of its source', `005312${list8(6, 'a10161 43 41 40 40 00532945')}`],
];

for (const [name, input] of UNKNOWN) {
  test(`${name} is not implemented`, () => {
    const body = bytes(input);
    refused(() => decodePerformative(body, 0, body.length), 'amqp:not-implemented');
  });
}

test('what is no described list is refused', () => {
  for (const input of ['', '40', '00', '0053', '005310', '005310 40', '005310 c1', '005310 c10100', '00a3ff', '00e0']) {
    const body = bytes(input);
    refused(() => decodePerformative(body, 0, body.length), 'amqp:decode-error');
    refused(() => decodeSaslFrame(body, 0, body.length), 'amqp:decode-error');
  }
});

test('[5, 5.3.3] a SASL frame of an unknown type, with a wrong code, a missing field or bytes after it is refused', () => {
  const refusals = [
    ['00534545', 'amqp:not-implemented'],
    ['00531045', 'amqp:not-implemented'],
    [`005344${list8(1, '5005')}`, 'amqp:invalid-field'],
    ['00534045', 'amqp:invalid-field'],
    ['00534145', 'amqp:invalid-field'],
    ['00534245', 'amqp:invalid-field'],
    ['00534345', 'amqp:invalid-field'],
    ['00534445', 'amqp:invalid-field'],
    [`005344${list8(1, '5000')}40`, 'amqp:decode-error'],
  ] as const;
  for (const [input, condition] of refusals) {
    const body = bytes(input);
    refused(() => decodeSaslFrame(body, 0, body.length), condition);
  }
});

test('performatives are known by their symbolic descriptors', () => {
  const bodies: Record<string, Performative> = {
    'amqp:end:list': { kind: 'end' },
    'amqp:close:list': { kind: 'close' },
  };
  for (const [name, performative] of Object.entries(bodies)) {
    const body = bytes(`00a3${name.length.toString(16).padStart(2, '0')}${hex(Buffer.from(name))}45`);
    assert.deepEqual(decodePerformative(body, 0, body.length).performative, performative);
  }
  assert.equal(new Set(Object.values(DESCRIPTORS)).size, Object.keys(DESCRIPTORS).length);
});
