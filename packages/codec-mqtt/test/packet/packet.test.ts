import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ByteWriter, decodePacket, encodePacket, type Packet, REASON } from '../../src/index.ts';
import { packetsOf, VERSIONS } from '../arbitraries.ts';
import { bytes, decoded, encoded, hex, packetOf, refusedPacket } from '../expect.ts';

for (const version of VERSIONS) {
  describe(`version ${version}`, () => {
    for (const [kind, anyPacket] of packetsOf(version)) {
      test(`any ${kind} is decoded as it was encoded`, () => {
        fc.assert(
          fc.property(anyPacket, packet => {
            assert.deepEqual(decoded(encoded(packet, version), version), packet);
          }),
          { numRuns: 150 },
        );
      });

      test(`a ${kind} that is cut short is refused, or is another shorter packet, but nothing beyond its end is read`, () => {
        fc.assert(
          fc.property(anyPacket, packet => {
            const stream = encoded(packet, version);
            const body = stream.subarray(1 + lengthBytes(stream));
            for (let size = 0; size < Math.min(body.length, 40); size++) {
              const cut = body.slice(0, size);
              const outcome = outcomeOf(stream[0]!, cut, 0, size, version);
              // With other bytes behind, the outcome is the same.
              const garbage = new Uint8Array(size + 40).fill(0x31);
              garbage.set(cut, 0);
              assert.deepEqual(outcomeOf(stream[0]!, garbage, 0, size, version), outcome);
            }
          }),
          { numRuns: 15 },
        );
      });
    }
  });
}

function lengthBytes(stream: Uint8Array): number {
  let count = 1;
  while (stream[count]! > 0x7f) count++;
  return count;
}

function outcomeOf(first: number, within: Uint8Array, start: number, end: number, version: 4 | 5): Packet | string {
  try {
    return decodePacket(first, within, start, end, version);
  } catch (error) {
    return String(error);
  }
}

const FLAGS: readonly [type: number, flags: number, body: string][] = [
  [1, 0, '00044d515454 04 02 0000 0000'],
  [2, 0, '0000'],
  [4, 0, '0001'],
  [5, 0, '0001'],
  [6, 2, '0001'],
  [7, 0, '0001'],
  [8, 2, '0001 0001 61 00'],
  [9, 0, '0001 00'],
  [10, 2, '0001 0001 61'],
  [11, 0, '0001'],
  [12, 0, ''],
  [13, 0, ''],
  [14, 0, ''],
];

test('[MQTT-2.1.3-1] [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.14.1-1] (3.1.1: [MQTT-2.2.2-1], [MQTT-2.2.2-2]) reserved flags are as they have to be', () => {
  for (const [type, flags, body] of FLAGS) {
    for (let wrong = 0; wrong < 16; wrong++) {
      if (wrong === flags) packetOf((type << 4) | wrong, body, 4);
      else refusedPacket((type << 4) | wrong, body, 4, REASON.malformedPacket, /flags/);
    }
  }
});

test('[MQTT-3.15.1-1] the flags of an AUTH are zero', () => {
  assert.deepEqual(packetOf(0xf0, '', 5), { kind: 'auth', reasonCode: 0 });
  for (let wrong = 1; wrong < 16; wrong++) refusedPacket(0xf0 | wrong, '', 5, REASON.malformedPacket, /flags/);
});

test('[2.1.2] packet type 0 is reserved, and in 3.1.1 type 15', () => {
  for (const version of VERSIONS) refusedPacket(0x00, '', version, REASON.malformedPacket, /type 0/);
  refusedPacket(0xf0, '', 4, REASON.malformedPacket, /type 15/);
});

test('[MQTT-2.2.1-3] (3.1.1: [MQTT-2.3.1-1]) a packet identifier is not zero, in any packet that has one', () => {
  for (const version of VERSIONS) {
    const none = version === 5 ? '00' : '';
    for (const [first, body] of [
      [0x32, `0001 61 0000 ${none}`],
      [0x34, `0001 61 0000 ${none}`],
      [0x40, '0000'],
      [0x50, '0000'],
      [0x62, '0000'],
      [0x70, '0000'],
      [0x82, `0000 ${none} 0001 61 00`],
      [0x90, `0000 ${none} 00`],
      [0xa2, `0000 ${none} 0001 61`],
      [0xb0, `0000 ${none}${none}`],
    ] as const) {
      refusedPacket(first, body, version, REASON.protocolError, /packet identifier is zero/);
    }
  }
});

test('bytes after the last field are refused in every packet that has no payload of its own', () => {
  for (const [type, flags, body] of FLAGS) {
    if (type === 8 || type === 9 || type === 10) continue;
    refusedPacket((type << 4) | flags, `${body} 00`, 4, REASON.malformedPacket, /1 bytes after/);
  }
  refusedPacket(0xc0, '00', 5, REASON.malformedPacket, /1 bytes after/);
  refusedPacket(0xd0, '00', 5, REASON.malformedPacket, /1 bytes after/);
  refusedPacket(0x20, '00 00 00 00', 5, REASON.malformedPacket, /1 bytes after/);
  refusedPacket(0xe0, '00 00 00', 5, REASON.malformedPacket, /1 bytes after/);
});

test('[3.12] [3.13] PINGREQ and PINGRESP are two bytes', () => {
  for (const version of VERSIONS) {
    assert.equal(hex(encoded({ kind: 'pingreq' }, version)), 'c000');
    assert.equal(hex(encoded({ kind: 'pingresp' }, version)), 'd000');
  }
});

test('[MQTT-2.2.1-2] a PUBLISH with QoS 0 has no packet identifier', () => {
  const packet: Packet = { kind: 'publish', topic: 'a', qos: 0, duplicate: true, retain: false, packetId: 7, payload: bytes('62') };
  assert.equal(hex(encoded(packet, 4)), '3004 0001 61 62'.replaceAll(' ', ''));
});

test('a remaining length of more than one byte is written after the body, which makes room', () => {
  for (const size of [0, 123, 124, 125, 16_379, 16_380, 16_381, 2_097_147, 2_097_148, 2_097_149]) {
    const payload = new Uint8Array(size).fill(0x61);
    const packet: Packet = { kind: 'publish', topic: 'tp', qos: 0, duplicate: false, retain: false, payload };
    const stream = encoded(packet, 4);
    const back = decoded(stream, 4);
    assert.ok(back.kind === 'publish' && Buffer.compare(back.payload, payload) === 0);
    assert.equal(stream.length, size + 4 + lengthBytes(stream) + 1);
  }
});

test('what cannot be said is our own mistake: a RangeError, and the writer is as it was', () => {
  const long = 'a'.repeat(0x1_0000);
  const wrong: [Packet, 4 | 5][] = [
    [{ kind: 'publish', topic: long, qos: 0, duplicate: false, retain: false, payload: bytes('') }, 4],
    [{ kind: 'publish', topic: 'a\0b', qos: 0, duplicate: false, retain: false, payload: bytes('') }, 4],
    [{ kind: 'publish', topic: 'a', qos: 1, duplicate: false, retain: false, payload: bytes('') }, 4],
    [{ kind: 'puback', packetId: 0x1_0000, reasonCode: 0 }, 4],
    [{ kind: 'connect', version: 4, cleanStart: true, keepAliveSeconds: 0, clientId: '', password: bytes('61') }, 4],
    [{ kind: 'connect', version: 5, cleanStart: true, keepAliveSeconds: 0, clientId: '', password: new Uint8Array(0x1_0000) }, 5],
    [{ kind: 'disconnect', reasonCode: 0, properties: { topicAlias: 1 } }, 5],
    [{ kind: 'suback', packetId: 1, reasonCodes: [0], properties: { subscriptionIdentifiers: [1] } }, 5],
    [
      {
        kind: 'publish',
        topic: 'a',
        qos: 0,
        duplicate: false,
        retain: false,
        payload: bytes(''),
        properties: { subscriptionIdentifiers: [268_435_456] },
      },
      5,
    ],
    [{ kind: 'auth', reasonCode: 0 }, 4],
  ];
  for (const [packet, version] of wrong) {
    const writer = new ByteWriter();
    writer.u8(0xaa);
    assert.throws(() => encodePacket(writer, packet, version), RangeError);
    assert.equal(writer.length, 1);
  }
});

test('nothing of a decoded packet points into the bytes it was decoded from', () => {
  const body = bytes('0001 61 05 09 0002 6364 6566');
  const packet = decodePacket(0x30, body, 0, body.length, 5);
  body.fill(0);
  assert.deepEqual(packet, {
    kind: 'publish',
    topic: 'a',
    qos: 0,
    duplicate: false,
    retain: false,
    properties: { correlationData: bytes('6364') },
    payload: bytes('6566'),
  });
});
