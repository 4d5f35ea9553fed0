import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Acknowledgement, type AcknowledgementKind, AckReader, PACKET_KINDS, type Packet, REASON, writeAck } from '../src/index.ts';
import { packetsOf, VERSIONS } from './arbitraries.ts';
import { bytes, decoded, encoded, hex, refused, written } from './expect.ts';

const KINDS: readonly AcknowledgementKind[] = ['puback', 'pubrec', 'pubrel', 'pubcomp'];
const reader = new AckReader();

for (const version of VERSIONS) {
  for (const kind of KINDS) {
    test(`version ${version}: the reader finds in any ${kind} what decodePacket finds`, () => {
      fc.assert(
        fc.property(packetsOf(version).get(kind)!, packet => {
          const acknowledgement = packet as { kind: AcknowledgementKind } & Acknowledgement;
          const stream = encoded(packet, version);
          const head = stream[1]! > 0x7f ? (stream[2]! > 0x7f ? 4 : 3) : 2;
          reader.read(stream[0]!, stream, head, stream.length, version);
          assert.equal(PACKET_KINDS[reader.type], kind);
          assert.equal(reader.packetId, acknowledgement.packetId);
          assert.equal(reader.reasonCode, acknowledgement.reasonCode);
          assert.deepEqual(reader.properties, acknowledgement.properties);
        }),
      );
    });

    test(`version ${version}: a ${kind} is written in its shortest form`, () => {
      for (const packetId of [1, 0x1234, 0xffff]) {
        for (const reasonCode of [0, version === 5 ? (kind === 'puback' || kind === 'pubrec' ? 0x87 : 0x92) : 0]) {
          const stream = written(writer => writeAck(writer, kind, packetId, reasonCode, version));
          const packet: Packet = { kind, packetId, reasonCode };
          assert.deepEqual(decoded(stream, version), packet);
          assert.deepEqual(stream, encoded(packet, version));
          assert.equal(stream.length, reasonCode === 0 ? 4 : 5);
        }
      }
    });
  }
}

test('a reason code is not written in 3.1.1, which has none', () => {
  assert.equal(hex(written(writer => writeAck(writer, 'puback', 1, 0x87, 4))), '40020001');
});

test('the reader refuses what decodePacket refuses', () => {
  const read = (first: number, body: string, version: 4 | 5) => () => reader.read(first, bytes(body), 0, bytes(body).length, version);
  for (const version of VERSIONS) {
    for (const first of [0x40, 0x50, 0x62, 0x70]) {
      refused(read(first, '0000', version), REASON.protocolError, /zero/);
      refused(read(first, '01', version), REASON.malformedPacket);
      refused(read(first, '', version), REASON.malformedPacket);
      refused(read(first ^ 0x01, '0001', version), REASON.malformedPacket, /flags/);
      refused(read(first, '0001 00 00 00', version), REASON.malformedPacket);
    }
    refused(read(0x60, '0001', version), REASON.malformedPacket, /flags/);
    for (const first of [0x00, 0x30, 0x82, 0xc0]) refused(read(first, '0001', version), REASON.malformedPacket, /no acknowledgement/);
  }
  refused(read(0x40, '0001 00', 4), REASON.malformedPacket);
  refused(read(0x40, '0001 92', 5), REASON.protocolError, /reason code/);
});

test('what a reader has read before does not shine through', () => {
  const body = bytes('0007 87 04 1f000161');
  reader.read(0x50, body, 0, body.length, 5);
  assert.deepEqual([reader.packetId, reader.reasonCode, reader.properties], [7, 0x87, { reasonString: 'a' }]);
  reader.read(0x40, body, 0, 2, 5);
  assert.deepEqual([reader.packetId, reader.reasonCode, reader.properties], [7, 0, undefined]);
});
