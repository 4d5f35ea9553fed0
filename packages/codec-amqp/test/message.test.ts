import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  AmqpMap,
  type AmqpMessage,
  type BodyKind,
  Described,
  decodeMessage,
  decodeTransactionRequest,
  encodeMessage,
  encodeTransactionRequest,
  readTo,
  SectionScan,
  sectionValueStart,
  symbol,
  type TransactionRequest,
  ulong,
} from '../src/index.ts';
import { anyBinary, anyMessage, anyValue, written } from './arbitraries.ts';
import { bytes, hex, list8, refused } from './expect.ts';

const BODY_KINDS: Record<AmqpMessage['body']['kind'], BodyKind> = {
  data: 'data',
  sequence: 'amqp-sequence',
  value: 'amqp-value',
  none: 'none',
};

test('[3, 3.2] a message survives encoding and decoding', () => {
  fc.assert(
    fc.property(anyMessage, message => {
      const output = written(writer => encodeMessage(writer, message));
      assert.deepEqual(decodeMessage(output), message);
    }),
    { numRuns: 300 },
  );
});

test('the scan finds each section where the message has it, and the sections fill the message', () => {
  const scan = new SectionScan();
  fc.assert(
    fc.property(anyMessage, message => {
      const output = written(writer => encodeMessage(writer, message));
      scan.scan(output, 0, output.length);
      assert.equal(scan.bodyKind, BODY_KINDS[message.body.kind]);
      const spans: [string, unknown, number, number][] = [
        ['70', message.header, scan.headerStart, scan.headerEnd],
        ['71', message.deliveryAnnotations, scan.deliveryAnnotationsStart, scan.deliveryAnnotationsEnd],
        ['72', message.messageAnnotations, scan.messageAnnotationsStart, scan.messageAnnotationsEnd],
        ['73', message.properties, scan.propertiesStart, scan.propertiesEnd],
        ['74', message.applicationProperties, scan.applicationPropertiesStart, scan.applicationPropertiesEnd],
        ['7', message.body.kind === 'none' ? undefined : message.body, scan.bodyStart, scan.bodyEnd],
        ['78', message.footer, scan.footerStart, scan.footerEnd],
      ];
      let at = 0;
      for (const [code, section, start, end] of spans) {
        if (section === undefined) {
          assert.deepEqual([start, end], [-1, -1]);
        } else {
          assert.equal(start, at);
          assert.equal(hex(output.subarray(start, start + 3)).slice(0, 4 + code.length), `0053${code}`);
          at = end;
        }
      }
      assert.equal(at, output.length);
    }),
    { numRuns: 300 },
  );
});

test('the properties’ to is found without decoding the message', () => {
  fc.assert(
    fc.property(anyMessage, message => {
      const output = written(writer => encodeMessage(writer, message));
      assert.equal(readTo(output, 0, output.length), message.properties?.to);
    }),
  );
  for (const message of ['', '005377 40', '005378 c10100', `005373 ${list8(3, '40 40 43')}`, `005373 ${list8(2, '40 40')}`]) {
    assert.equal(readTo(bytes(message), 0, bytes(message).length), undefined);
  }
});

const SECTIONS = ['005370 45', '005371 c10100', '005372 c10100', '005373 45', '005374 c10100', '005377 40', '005378 c10100'];

test('[3, 3.2] sections out of order, or twice, are refused', () => {
  const scan = new SectionScan();
  const whole = bytes(SECTIONS.join(''));
  scan.scan(whole, 0, whole.length);
  for (const first of SECTIONS) {
    for (const second of SECTIONS.slice(0, SECTIONS.indexOf(first) + 1)) {
      const input = bytes(first + second);
      refused(() => scan.scan(input, 0, input.length), 'amqp:decode-error', /follows/);
      refused(() => decodeMessage(input), 'amqp:decode-error', /follows/);
    }
  }
});

test('[3, 3.2] a body is several data sections, several sequences, or one value, and never two of these', () => {
  const bodies = ['005375 a00101', '005376 45', '005377 41'];
  const scan = new SectionScan();
  for (const first of bodies) {
    for (const second of bodies) {
      const input = bytes(first + second);
      if (first === second && first !== bodies[2]) scan.scan(input, 0, input.length);
      else refused(() => scan.scan(input, 0, input.length), 'amqp:decode-error', /follows/);
    }
  }
  const data = bytes(bodies[0]! + bodies[0]!);
  assert.deepEqual(decodeMessage(data).body, { kind: 'data', sections: [bytes('01'), bytes('01')] });
});

for (const [name, message] of [
  ['an unknown section', '005379 40'],
  ['a value that is not described', '40'],
  ['bytes after the last section', '005377 40 ff'],
  ['a section without a value', '005377'],
  ['application properties that are a list', '005374 45'],
  ['data that is a string', '005375 a10161'],
  ['a data section longer than the message', '005375 a00501'],
  ['a data section of 4 GB', '005375 b0ffffffff01'],
  ['a symbolic descriptor that is unknown', '00a30161 40'],
] as const) {
  test(`a message with ${name} is refused`, () => {
    const input = bytes(message);
    refused(() => new SectionScan().scan(input, 0, input.length), 'amqp:decode-error');
    refused(() => decodeMessage(input), 'amqp:decode-error');
  });
}

test('sections are found by symbolic descriptors as well', () => {
  const input = bytes('00a310616d71703a646174613a62696e617279 a00107');
  const scan = new SectionScan();
  scan.scan(input, 0, input.length);
  assert.equal(scan.bodyKind, 'data');
  assert.deepEqual(decodeMessage(input).body, { kind: 'data', sections: [bytes('07')] });
  assert.equal(hex(input.subarray(sectionValueStart(input, 0, input.length))), 'a00107');
});

test('data sections are views of the message, so that a body is not copied', () => {
  const output = written(writer => encodeMessage(writer, { body: { kind: 'data', sections: [new Uint8Array(1000)] } }));
  const { body } = decodeMessage(output);
  assert.ok(body.kind === 'data' && body.sections[0]!.buffer === output.buffer);
});

test('values of unknown described types survive in a message', () => {
  const secret = new Described(symbol('com.example:secret'), new Described(ulong(77), [1, 2].map(ulong)));
  const message: AmqpMessage = { applicationProperties: new AmqpMap([['secret', secret]]), body: { kind: 'value', value: secret } };
  assert.deepEqual(decodeMessage(written(writer => encodeMessage(writer, message))), message);
});

test('an instant beyond the safe integers is taken as the last of these', () => {
  const input = bytes(`005373 ${list8(9, '40 40 40 40 40 40 40 40 837fffffffffffffff')}`);
  assert.equal(decodeMessage(input).properties?.absoluteExpiryTime, Number.MAX_SAFE_INTEGER);
});

for (const [name, fields] of [
  ['a message-id that is a list', list8(1, '45')],
  ['an expiry that is a ulong', list8(9, '40 40 40 40 40 40 40 40 44')],
  ['a content type that is a string', list8(7, '40 40 40 40 40 40 a10161')],
  ['a to that is a number', list8(3, '40 40 43')],
] as const) {
  test(`[3, 3.2.4] properties with ${name} are refused`, () => {
    refused(() => decodeMessage(bytes(`005373 ${fields} 005377 40`)), 'amqp:invalid-field');
  });
}

test('[4, 4.5] requests to a coordinator survive encoding and decoding', () => {
  const requests = fc.oneof<fc.Arbitrary<TransactionRequest>[]>(
    fc.constant({ kind: 'declare' }),
    anyValue.filter(value => value !== null).map(globalId => ({ kind: 'declare', globalId })),
    fc.tuple(anyBinary, fc.boolean()).map(([txnId, fail]) => ({ kind: 'discharge', txnId, fail })),
    anyBinary.map(txnId => ({ kind: 'discharge', txnId })),
  );
  fc.assert(
    fc.property(requests, request => {
      const output = written(writer => encodeTransactionRequest(writer, request));
      assert.deepEqual(decodeTransactionRequest(output, 0, output.length), request);
    }),
  );
  refused(() => decodeTransactionRequest(bytes('005377 00533245'), 0, 7), 'amqp:invalid-field');
  refused(() => decodeTransactionRequest(bytes('005377 00533045'), 0, 7), 'amqp:not-implemented');
  refused(() => decodeTransactionRequest(bytes('005377 a10161'), 0, 6), 'amqp:decode-error');
  refused(() => decodeTransactionRequest(bytes('005375 a00101'), 0, 6), 'amqp:decode-error');
});
