import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  DispositionReader,
  decodePerformative,
  isDisposition,
  STATE_ACCEPTED,
  STATE_RELEASED,
  writeDisposition,
  writeFrame,
} from '../src/index.ts';
import { anyDisposition, anyState, anyUint, written } from './arbitraries.ts';
import { bytes, hex, list8, refused } from './expect.ts';

test('[2, 2.7.6] the reader reads what the performative’s decoder decodes, and nothing is left of the one before', () => {
  const reader = new DispositionReader();
  fc.assert(
    fc.property(anyDisposition, disposition => {
      const body = written(writer => writeFrame(writer, 0, disposition)).subarray(8);
      reader.read(body, 0, body.length);
      const { role, first, last, settled, state, batchable } = reader;
      assert.deepEqual(
        { role, first, last, settled, state, batchable },
        {
          role: disposition.role === 'receiver',
          first: disposition.first,
          last: disposition.last ?? disposition.first,
          settled: disposition.settled ?? false,
          state: disposition.state,
          batchable: disposition.batchable ?? false,
        },
      );
    }),
    { numRuns: 300 },
  );
});

test('the reader and the decoder read what writeDisposition writes, whatever the state', () => {
  const reader = new DispositionReader();
  const anyRole = fc.constantFrom('sender' as const, 'receiver' as const);
  fc.assert(
    fc.property(
      fc.nat(0xffff),
      anyRole,
      anyUint,
      anyUint,
      fc.boolean(),
      fc.option(anyState, { nil: undefined }),
      (channel, role, first, last, settled, state) => {
        const output = written(writer => writeDisposition(writer, channel, role, first, last, settled, state));
        assert.equal(new DataView(output.buffer).getUint32(0), output.length);
        assert.equal(new DataView(output.buffer).getUint16(6), channel);
        reader.read(output, 8, output.length);
        assert.deepEqual([reader.role, reader.first, reader.last, reader.settled], [role === 'receiver', first, last, settled]);
        assert.deepEqual(reader.state, state);
        const { performative } = decodePerformative(output, 8, output.length);
        assert.equal(performative.kind === 'disposition' && (performative.last ?? performative.first), last);
      },
    ),
  );
});

test('accepted and released are always the same frozen objects, in whatever encoding they come', () => {
  const reader = new DispositionReader();
  for (const list of ['45', 'c00100', 'd00000000400000000']) {
    for (const [descriptor, state] of [
      ['005324', STATE_ACCEPTED],
      ['00800000000000000024', STATE_ACCEPTED],
      ['00a312616d71703a61636365707465643a6c697374', STATE_ACCEPTED],
      ['005326', STATE_RELEASED],
    ] as const) {
      const body = bytes(`005315 ${list8(5, `41 43 40 41 ${descriptor}${list}`)}`);
      reader.read(body, 0, body.length);
      assert.equal(reader.state, state, `${descriptor}${list}`);
      assert.ok(Object.isFrozen(reader.state));
    }
  }
});

test('the usual disposition takes as few bytes as it can', () => {
  const output = written(writer => writeDisposition(writer, 1, 'receiver', 5, 5, true, STATE_ACCEPTED));
  assert.equal(hex(output), '0000001702000001005315c00a05415205404100532445');
});

for (const [name, body, condition] of [
  ['without a role', list8(2, '40 43'), 'amqp:invalid-field'],
  ['without first', list8(2, '41 40'), 'amqp:invalid-field'],
  ['whose state is a number', list8(5, '41 43 40 40 5201'), 'amqp:decode-error'],
  ['whose state is a received without its fields', list8(5, '41 43 40 40 00532345'), 'amqp:invalid-field'],
  [
    'whose outcome in a transaction is transactional',
    list8(5, `41 43 40 40 005334${list8(2, `a00101 005334${list8(1, 'a00101')}`)}`),
    'amqp:invalid-field',
  ],
  ['whose list ends within the state', list8(5, '41 43 40 40 0053'), 'amqp:decode-error'],
] as const) {
  test(`a disposition ${name} is refused`, () => {
    const input = bytes(`005315 ${body}`);
    refused(() => new DispositionReader().read(input, 0, input.length), condition);
    refused(() => decodePerformative(input, 0, input.length), condition);
  });
}

test('isDisposition knows the descriptor in every encoding', () => {
  for (const body of ['00531545', '0080000000000000001545', '00a315616d71703a646973706f736974696f6e3a6c69737445']) {
    assert.equal(isDisposition(bytes(body), 0, bytes(body).length), true, body);
  }
  assert.equal(isDisposition(bytes('00531445'), 0, 4), false);
});
