import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayCarry, type Packet, REASON, type ReasonedKind } from '../../src/index.ts';
import { VERSIONS } from '../arbitraries.ts';
import { encoded, hex, packetOf, refusedPacket } from '../expect.ts';

test('[MQTT-3.2.2-1] the reserved acknowledge flags of a CONNACK are zero', () => {
  for (const flags of ['02', '80', 'ff']) {
    refusedPacket(0x20, `${flags} 00`, 4, REASON.malformedPacket, /acknowledge flags/);
    refusedPacket(0x20, `${flags} 00 00`, 5, REASON.malformedPacket, /acknowledge flags/);
  }
});

test('[MQTT-3.2.2-6] (3.1.1: [MQTT-3.2.2-4]) no session is present where the connection is refused', () => {
  refusedPacket(0x20, '01 05', 4, REASON.protocolError, /session present/);
  refusedPacket(0x20, '01 87 00', 5, REASON.protocolError, /session present/);
  assert.deepEqual(packetOf(0x20, '01 00', 4), { kind: 'connack', sessionPresent: true, reasonCode: 0 });
});

test('[3.2.2.3] of 3.1.1: a CONNACK has return codes up to 5', () => {
  assert.deepEqual(packetOf(0x20, '00 05', 4), { kind: 'connack', sessionPresent: false, reasonCode: 5 });
  for (const code of ['06', '80', '87']) refusedPacket(0x20, `00 ${code}`, 4, REASON.protocolError, /reason code/);
});

test('[3.2.2.3.18] authentication data of a CONNACK needs a method', () => {
  refusedPacket(0x20, '00 00 04 16 0001 61', 5, REASON.protocolError, /authentication/);
});

const CARRIERS: readonly [clause: string, kind: ReasonedKind, first: number, before: string, after: string][] = [
  ['[MQTT-3.2.2-8]', 'connack', 0x20, '00', '00'],
  ['[MQTT-3.4.2-1]', 'puback', 0x40, '0001', ''],
  ['[MQTT-3.5.2-1]', 'pubrec', 0x50, '0001', ''],
  ['[MQTT-3.6.2-1]', 'pubrel', 0x62, '0001', ''],
  ['[MQTT-3.7.2-1]', 'pubcomp', 0x70, '0001', ''],
  ['[MQTT-3.9.3-2]', 'suback', 0x90, '0001 00', ''],
  ['[MQTT-3.11.3-2]', 'unsuback', 0xb0, '0001 00', ''],
  ['[MQTT-3.14.2-1]', 'disconnect', 0xe0, '', ''],
  ['[MQTT-3.15.2-1]', 'auth', 0xf0, '', '04 15 0001 61'],
];

for (const [clause, kind, first, before, after] of CARRIERS) {
  test(`${clause} a ${kind} carries its own reason codes and no other`, () => {
    let taken = 0;
    for (let code = 0; code < 256; code++) {
      const body = `${before} ${code.toString(16).padStart(2, '0')} ${after}`;
      if (mayCarry(kind, code)) {
        assert.equal(packetOf(first, body, 5).kind, kind);
        taken++;
      } else {
        refusedPacket(first, body, 5, REASON.protocolError, /reason code 0x/);
      }
    }
    assert.ok(taken > 1 && taken < 40);
  });
}

test('[3.4.2.1] [3.14.2.1] [3.15.2.1] a reason code of 0 without properties is left out, and read as such', () => {
  assert.equal(hex(encoded({ kind: 'puback', packetId: 1, reasonCode: 0 }, 5)), '40020001');
  assert.equal(hex(encoded({ kind: 'puback', packetId: 1, reasonCode: 0x87 }, 5)), '4003000187');
  assert.equal(
    hex(encoded({ kind: 'pubrel', packetId: 1, reasonCode: 0, properties: { reasonString: 'a' } }, 5)),
    '62080001 00 04 1f000161'.replaceAll(' ', ''),
  );
  assert.equal(hex(encoded({ kind: 'disconnect', reasonCode: 0 }, 5)), 'e000');
  assert.equal(hex(encoded({ kind: 'disconnect', reasonCode: 0x8e }, 5)), 'e0018e');
  assert.equal(hex(encoded({ kind: 'auth', reasonCode: 0 }, 5)), 'f000');
});

test('[3.4.2.2.1] [3.14.2.2.1] a property length that is left out is zero, and one that is there may be zero', () => {
  for (const body of ['0001', '0001 00', '0001 00 00'])
    assert.deepEqual(packetOf(0x40, body, 5), { kind: 'puback', packetId: 1, reasonCode: 0 });
  for (const body of ['', '00', '00 00']) assert.deepEqual(packetOf(0xe0, body, 5), { kind: 'disconnect', reasonCode: 0 });
});

test('3.1.1 has no reason codes where 5.0 has them: they are not written, and refused as bytes too many', () => {
  const packets: Packet[] = [
    { kind: 'puback', packetId: 1, reasonCode: 0x87, properties: { reasonString: 'a' } },
    { kind: 'pubrec', packetId: 1, reasonCode: 0x87 },
    { kind: 'unsuback', packetId: 1, reasonCodes: [0x87] },
  ];
  for (const packet of packets) assert.equal(hex(encoded(packet, 4)).slice(2), '020001');
  assert.equal(hex(encoded({ kind: 'disconnect', reasonCode: 0x87 }, 4)), 'e000');
  refusedPacket(0x40, '0001 00', 4, REASON.malformedPacket);
  refusedPacket(0xe0, '00', 4, REASON.malformedPacket);
});

test('[MQTT-3.9.3-2] of 3.1.1: a SUBACK has 0, 1, 2 and 0x80, in order', () => {
  assert.deepEqual(packetOf(0x90, '0001 00 80 02 01', 4), { kind: 'suback', packetId: 1, reasonCodes: [0, 0x80, 2, 1] });
  for (const code of ['03', '7f', '81', '87']) refusedPacket(0x90, `0001 ${code}`, 4, REASON.protocolError, /reason code/);
});

test('[MQTT-3.8.4-6] [3.11.3] a SUBACK, and in 5.0 an UNSUBACK, has at least one reason code', () => {
  refusedPacket(0x90, '0001', 4, REASON.protocolError, /no reason code/);
  refusedPacket(0x90, '0001 00', 5, REASON.protocolError, /no reason code/);
  refusedPacket(0xb0, '0001 00', 5, REASON.protocolError, /no reason code/);
  for (const version of VERSIONS) {
    const packet: Packet = { kind: 'unsuback', packetId: 1, reasonCodes: version === 5 ? [0] : [] };
    assert.deepEqual(packetOf(0xb0, version === 5 ? '0001 00 00' : '0001', version), packet);
  }
});

test('[3.15.2.2.2] [3.15.2.2.3] an AUTH that says anything has an authentication method', () => {
  refusedPacket(0xf0, '18', 5, REASON.malformedPacket, /property length/);
  refusedPacket(0xf0, '18 00', 5, REASON.protocolError, /authentication method is missing/);
  refusedPacket(0xf0, '18 04 16 0001 61', 5, REASON.protocolError, /authentication/);
  assert.deepEqual(packetOf(0xf0, '18 04 15 0001 61', 5), {
    kind: 'auth',
    reasonCode: 0x18,
    properties: { authenticationMethod: 'a' },
  });
});
