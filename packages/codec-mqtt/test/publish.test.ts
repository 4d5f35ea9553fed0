import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ByteWriter,
  decodePacket,
  type MqttVersion,
  type Packet,
  PublishHead,
  PublishReader,
  publishSize,
  REASON,
  writeForwardedProperties,
  writePublishHead,
} from '../src/index.ts';
import { packetsOf, VERSIONS } from './arbitraries.ts';
import { bytes, decoded, encoded, hex, properties, refused, refusedPacket, text, written } from './expect.ts';

type PublishPacket = Extract<Packet, { kind: 'publish' }>;

function anyPublish(version: MqttVersion): fc.Arbitrary<PublishPacket> {
  return packetsOf(version).get('publish') as fc.Arbitrary<PublishPacket>;
}

function bodyStart(stream: Uint8Array): number {
  let at = 1;
  while (stream[at]! > 0x7f) at++;
  return at + 1;
}

const reader = new PublishReader();

/** Reads a PUBLISH with garbage around its body. */
function read(first: number, body: Uint8Array, version: MqttVersion): Uint8Array {
  const padded = new Uint8Array(body.length + 40).fill(0x31);
  padded.set(body, 20);
  reader.read(first, padded, 20, 20 + body.length, version);
  return padded;
}

/** Asserts that both ways of reading refuse a PUBLISH alike. */
function bothRefuse(first: number, body: string, version: MqttVersion, reasonCode: number, message?: RegExp): void {
  refusedPacket(first, body, version, reasonCode, message);
  refused(() => read(first, bytes(body), version), reasonCode, message);
}

for (const version of VERSIONS) {
  test(`version ${version}: the reader finds in any PUBLISH what decodePacket finds`, () => {
    fc.assert(
      fc.property(anyPublish(version), publish => {
        const stream = encoded(publish, version);
        const within = read(stream[0]!, stream.subarray(bodyStart(stream)), version);
        assert.equal(reader.qos, publish.qos);
        assert.equal(reader.duplicate, publish.duplicate);
        assert.equal(reader.retain, publish.retain);
        assert.equal(reader.packetId, publish.packetId ?? 0);
        assert.equal(Buffer.from(within.subarray(reader.topicStart, reader.topicEnd)).toString(), publish.topic);
        assert.deepEqual(within.slice(reader.payloadStart, reader.payloadEnd), publish.payload);
        const own = publish.properties;
        assert.equal(reader.topicAlias, own?.topicAlias ?? -1);
        assert.equal(reader.messageExpiryInterval, own?.messageExpiryInterval ?? -1);
        assert.equal(reader.messageExpiryAt >= 0, own?.messageExpiryInterval !== undefined);
        assert.equal(reader.payloadFormatIndicator, own?.payloadFormatIndicator ?? -1);
        assert.equal(reader.subscriptionIdentifiers, own?.subscriptionIdentifiers?.length ?? 0);
        if (own === undefined) assert.equal(reader.propertiesStart, reader.propertiesEnd);
      }),
      { numRuns: 150 },
    );
  });

  test(`version ${version}: the reader refuses what decodePacket refuses, for any bytes`, () => {
    const first = fc.integer({ min: 0x30, max: 0x3f });
    const damaged = anyPublish(version).chain(publish => {
      const stream = encoded(publish, version);
      const body = stream.subarray(bodyStart(stream));
      const change = fc.tuple(fc.nat(Math.min(body.length, 60)), fc.nat(0xff));
      return fc.tuple(fc.constant(stream[0]!), fc.array(change, { minLength: 1, maxLength: 2 })).map(([head, changes]) => {
        const copy = body.slice();
        for (const [at, byte] of changes) copy[at] = byte;
        return [head, copy] as const;
      });
    });
    const anything = fc.tuple(first, fc.uint8Array({ maxLength: 24 }));
    fc.assert(
      fc.property(fc.oneof(damaged, anything), ([head, body]) => {
        const slow = reasonOf(() => decodePacket(head, body, 0, body.length, version));
        const quick = reasonOf(() => read(head, body, version));
        assert.equal(quick === undefined, slow === undefined, `${quick} ${slow}`);
      }),
      { numRuns: 1000 },
    );
  });

  test(`version ${version}: a head that is written and its payload are a PUBLISH of that size`, () => {
    fc.assert(
      fc.property(anyPublish(version), publish => {
        const stream = encoded(publish, version);
        const within = read(stream[0]!, stream.subarray(bodyStart(stream)), version);
        const head = new PublishHead();
        Object.assign(head, { qos: reader.qos, duplicate: reader.duplicate, retain: reader.retain, packetId: reader.packetId });
        Object.assign(head, { topicBytes: within, topicStart: reader.topicStart, topicEnd: reader.topicEnd });
        Object.assign(head, { propertiesBytes: within, propertiesStart: reader.propertiesStart, propertiesEnd: reader.propertiesEnd });
        const again = written(writer => {
          writePublishHead(writer, head, publish.payload.length, version);
          const room = writer.bytes;
          writer.raw(publish.payload);
          assert.equal(writer.bytes, room, 'there was no room for the payload');
        });
        assert.deepEqual(again, stream);
        assert.equal(publishSize(head, publish.payload.length, version), stream.length);
      }),
      { numRuns: 150 },
    );
  });
}

function reasonOf(decode: () => unknown): string | undefined {
  try {
    decode();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

test('[MQTT-3.3.1-4] a PUBLISH with both QoS bits set is malformed', () => {
  for (const version of VERSIONS) {
    for (const first of [0x36, 0x37, 0x3e, 0x3f]) bothRefuse(first, '0001 61 0001 00', version, REASON.malformedPacket, /both QoS bits/);
  }
});

test('[MQTT-3.3.1-2] a PUBLISH with QoS 0 has no DUP flag', () => {
  for (const version of VERSIONS) {
    for (const first of [0x38, 0x39]) bothRefuse(first, '0001 61 00', version, REASON.malformedPacket, /DUP/);
  }
});

test('[MQTT-2.2.1-3] (3.1.1: [MQTT-2.3.1-1]) a PUBLISH with QoS 1 or 2 has a packet identifier that is not zero', () => {
  for (const version of VERSIONS) {
    for (const first of [0x32, 0x34]) {
      bothRefuse(first, '0001 61 0000 00', version, REASON.protocolError, /zero/);
      bothRefuse(first, '0001 61 00', version, REASON.malformedPacket, /packet identifier/);
    }
  }
});

test('[MQTT-3.3.2-1] a topic name is there, and is UTF-8 without U+0000', () => {
  for (const version of VERSIONS) {
    for (const body of ['', '00', '0002 61']) bothRefuse(0x30, body, version, REASON.malformedPacket, /topic name/);
    for (const body of ['0001 ff 00', '0003 eda080 00', '0002 61c3 00']) bothRefuse(0x30, body, version, REASON.malformedPacket, /UTF-8/);
    bothRefuse(0x30, '0003 610062 00', version, REASON.malformedPacket, /U\+0000/);
  }
});

test('[MQTT-3.3.2-2] [MQTT-4.7.0-1] a topic name has no wildcards', () => {
  for (const version of VERSIONS) {
    for (const topic of ['+', '#', 'a/+', 'a/#', 'a+b', 'é#']) {
      bothRefuse(0x30, `${text(topic)} 00`, version, REASON.topicNameInvalid, /wildcard/);
    }
  }
});

test('[3.3.2.1] [MQTT-4.7.3-1] an empty topic name is invalid in 3.1.1, and needs a topic alias in 5.0', () => {
  bothRefuse(0x30, '0000', 4, REASON.topicNameInvalid, /empty/);
  bothRefuse(0x30, '0000 00', 5, REASON.protocolError, /no topic alias/);
  bothRefuse(0x30, '0000 02 0101', 5, REASON.protocolError, /no topic alias/);
  read(0x30, bytes('0000 03 230001'), 5);
  assert.equal(reader.topicAlias, 1);
  assert.equal(reader.topicStart, reader.topicEnd);
});

test('[3.3.2.3] the reader refuses properties as decodePacket does', () => {
  const wrong: readonly [content: string, reasonCode: number, message: RegExp][] = [
    ['0102', REASON.protocolError, /neither 0 nor 1/],
    ['01010101', REASON.protocolError, /payloadFormatIndicator comes twice/],
    ['02000000010200000001', REASON.protocolError, /messageExpiryInterval comes twice/],
    ['0300016103000161', REASON.protocolError, /contentType comes twice/],
    ['0800016108000161', REASON.protocolError, /responseTopic comes twice/],
    ['0900016109000161', REASON.protocolError, /correlationData comes twice/],
    ['230001230001', REASON.protocolError, /topicAlias comes twice/],
    ['230000', REASON.topicAliasInvalid, /zero/],
    ['0b00', REASON.protocolError, /zero/],
    ['0b8000', REASON.malformedPacket, /more bytes than it needs/],
    ['0bffffffff01', REASON.malformedPacket, /more than four bytes/],
    ['08000123', REASON.topicNameInvalid, /wildcard/],
    ['080000', REASON.topicNameInvalid, /empty/],
    ['080001ff', REASON.malformedPacket, /UTF-8/],
    ['030001ff', REASON.malformedPacket, /UTF-8/],
    ['260001ff0000', REASON.malformedPacket, /UTF-8/],
    ['2600000001ff', REASON.malformedPacket, /UTF-8/],
    ['1100000001', REASON.malformedPacket, /may not have the property/],
    ['7f', REASON.malformedPacket, /property/],
  ];
  for (const [content, reasonCode, message] of wrong) bothRefuse(0x30, `0001 61 ${properties(content)}`, 5, reasonCode, message);
  for (const cut of ['01', '02000000', '03', '0300', '030001', '0900', '090001', '0b', '0b80', '2300', '26000161', '2600016100']) {
    refused(() => read(0x30, bytes(`0001 61 ${properties(cut)} 6161616161`), 5), REASON.malformedPacket);
  }
  for (const body of ['0001 61', '0001 61 05 0101', '0001 61 8000', '0001 61 ffffffff01'])
    bothRefuse(0x30, body, 5, REASON.malformedPacket);
});

test('what a reader has read before does not shine through', () => {
  const all = '0101 02 00000005 0b01 230007'.replaceAll(' ', '');
  read(0x3d, bytes(`0001 61 0009 ${properties(all)} 6162`), 5);
  assert.deepEqual(
    [reader.qos, reader.duplicate, reader.retain, reader.packetId, reader.topicAlias, reader.messageExpiryInterval],
    [2, true, true, 9, 7, 5],
  );
  read(0x30, bytes('0001 62 00'), 5);
  assert.deepEqual([reader.qos, reader.duplicate, reader.retain, reader.packetId, reader.topicAlias], [0, false, false, 0, -1]);
  assert.deepEqual(
    [reader.messageExpiryInterval, reader.messageExpiryAt, reader.payloadFormatIndicator, reader.subscriptionIdentifiers],
    [-1, -1, -1, 0],
  );
});

test('properties of the connection stand before those of the message', () => {
  const head = new PublishHead();
  head.topicBytes = bytes('6162');
  head.topicEnd = 2;
  head.ownProperties = bytes('0b05');
  head.propertiesBytes = bytes('ee0101ee');
  head.propertiesStart = 1;
  head.propertiesEnd = 3;
  const write = (version: MqttVersion) => hex(written(writer => writePublishHead(writer, head, 3, version)));
  assert.equal(write(5), '300c 0002 6162 04 0b05 0101'.replaceAll(' ', ''));
  assert.equal(write(4), '3007 0002 6162'.replaceAll(' ', ''));
});

test('a PUBLISH that is too large for the protocol is our own mistake', () => {
  const head = new PublishHead();
  const writer = new ByteWriter(16);
  assert.throws(() => writePublishHead(writer, head, 268_435_454, 4), RangeError);
  assert.equal(writer.bytes.length, 16);
  assert.equal(writer.length, 0);
});

test('[MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-20] what belongs to the message goes on unaltered', () => {
  fc.assert(
    fc.property(anyPublish(5), fc.integer({ min: -1, max: 0xffff_ffff }), (publish, expiry) => {
      const stream = encoded(publish, 5);
      const within = read(stream[0]!, stream.subarray(bodyStart(stream)), 5);
      const head = new PublishHead();
      head.topicBytes = bytes('61');
      head.topicEnd = 1;
      head.propertiesBytes = written(writer =>
        writeForwardedProperties(writer, within, reader.propertiesStart, reader.propertiesEnd, expiry),
      );
      head.propertiesEnd = head.propertiesBytes.length;
      const forwarded = decoded(
        written(writer => writePublishHead(writer, head, 0, 5)),
        5,
      );
      assert.ok(forwarded.kind === 'publish');
      const { topicAlias: _alias, subscriptionIdentifiers: _identifiers, messageExpiryInterval, ...expected } = publish.properties ?? {};
      if (messageExpiryInterval !== undefined && expiry >= 0) Object.assign(expected, { messageExpiryInterval: expiry });
      assert.deepEqual(forwarded.properties ?? {}, expected);
    }),
    { numRuns: 150 },
  );
});
