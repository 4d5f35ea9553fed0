import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Packet, PROPERTIES, type PropertyHolder, type PropertyRow, REASON } from '../src/index.ts';
import { bytes, encoded, hex, packetOf, properties, refusedPacket, text } from './expect.ts';

/** A packet around properties in hexadecimal, for each holder. */
const HOLDERS: Readonly<Record<PropertyHolder, readonly [first: number, around: (content: string) => string]>> = {
  connect: [0x10, content => `00044d515454 05 02 0000 ${properties(content)} 0000`],
  will: [0x10, content => `00044d515454 05 06 0000 00 0000 ${properties(content)} 0001 74 0000`],
  connack: [0x20, content => `00 00 ${properties(content)}`],
  publish: [0x30, content => `0001 61 ${properties(content)}`],
  puback: [0x40, content => `0001 00 ${properties(content)}`],
  pubrec: [0x50, content => `0001 00 ${properties(content)}`],
  pubrel: [0x62, content => `0001 00 ${properties(content)}`],
  pubcomp: [0x70, content => `0001 00 ${properties(content)}`],
  subscribe: [0x82, content => `0001 ${properties(content)} 0001 61 00`],
  suback: [0x90, content => `0001 ${properties(content)} 00`],
  unsubscribe: [0xa2, content => `0001 ${properties(content)} 0001 61`],
  unsuback: [0xb0, content => `0001 ${properties(content)} 00`],
  disconnect: [0xe0, content => `00 ${properties(content)}`],
  // An AUTH has a method, which makes all but the method come with it.
  auth: [0xf0, content => `00 ${properties(content.startsWith('15') ? content : `${content}150001${'6d'}`)}`],
};

const VALUES: Readonly<Record<PropertyRow['type'], string>> = {
  bit: '01',
  boolean: '01',
  uint16: '0102',
  uint32: '01020304',
  positive16: '0102',
  positive32: '01020304',
  text: '000161',
  topic: '000161',
  binary: '0001ff',
  identifiers: '8001',
  pairs: '000161000162',
};

const holders = Object.keys(HOLDERS) as PropertyHolder[];

function one({ id, type, name }: PropertyRow): string {
  const value = id.toString(16).padStart(2, '0') + VALUES[type];
  // Data needs its method.
  return name === 'authenticationData' ? `150001${'6d'}${value}` : value;
}

test('[2.2.2.2] there are 27 properties, each of its own number and name', () => {
  assert.equal(PROPERTIES.length, 27);
  assert.equal(new Set(PROPERTIES.map(({ id }) => id)).size, 27);
  assert.equal(new Set(PROPERTIES.map(({ name }) => name)).size, 27);
});

for (const row of PROPERTIES) {
  test(`[2.2.2.2] ${row.name} may stand in ${row.holders.join(', ')} and is malformed elsewhere`, () => {
    for (const holder of holders) {
      const [first, around] = HOLDERS[holder];
      const body = around(one(row));
      if (row.holders.includes(holder)) assert.ok(JSON.stringify(packetOf(first, body, 5)).includes(`"${row.name}"`), holder);
      else refusedPacket(first, body, 5, REASON.malformedPacket, /may not have the property/);
    }
  });
}

test('[2.2.2.2] a property that may come once does not come twice', () => {
  for (const row of PROPERTIES) {
    if (row.type === 'pairs' || row.name === 'subscriptionIdentifiers') continue;
    for (const holder of row.holders) {
      const [first, around] = HOLDERS[holder];
      const value = row.id.toString(16).padStart(2, '0') + VALUES[row.type];
      refusedPacket(first, around(`${one(row)}${value}`), 5, REASON.protocolError, /twice/);
    }
  }
});

test('[2.2.2.2] an unknown property is malformed', () => {
  for (const id of ['00', '04', '0a', '27ff', '2b', '7f', 'ff01', 'ffffff7f']) {
    refusedPacket(0x40, `0001 00 ${properties(`${id}00000000`)}`, 5, REASON.malformedPacket);
  }
});

test('properties that are 0 or 1 are nothing else', () => {
  for (const row of PROPERTIES) {
    if (row.type !== 'bit' && row.type !== 'boolean') continue;
    const [first, around] = HOLDERS[row.holders[0]!];
    refusedPacket(first, around(`${row.id.toString(16).padStart(2, '0')}02`), 5, REASON.protocolError, /neither 0 nor 1/);
  }
});

test('numbers that are not zero are refused when they are', () => {
  for (const [name, content, reasonCode] of [
    ['receiveMaximum', '210000', REASON.protocolError],
    ['maximumPacketSize', '2700000000', REASON.protocolError],
  ] as const) {
    for (const holder of ['connect', 'connack'] as const) {
      refusedPacket(HOLDERS[holder][0], HOLDERS[holder][1](content), 5, reasonCode, new RegExp(`${name} is zero`));
    }
  }
  refusedPacket(0x30, '0001 61 02 0b00', 5, REASON.protocolError, /subscriptionIdentifiers is zero/);
});

test('[MQTT-3.3.2-8] a topic alias is not zero', () => {
  refusedPacket(0x30, '0001 61 03 230000', 5, REASON.topicAliasInvalid, /zero/);
});

test('[MQTT-3.3.2-13] [MQTT-3.3.2-14] a response topic is a topic name', () => {
  for (const [first, around] of [HOLDERS.publish, HOLDERS.will]) {
    refusedPacket(first, around('080001ff'), 5, REASON.malformedPacket, /UTF-8/);
    for (const topic of ['a/+', '#', '']) refusedPacket(first, around(`08${text(topic)}`), 5, REASON.topicNameInvalid, /responseTopic/);
  }
});

test('[MQTT-1.5.7-1] [MQTT-3.3.2-19] names and values of user properties, and the content type, are UTF-8', () => {
  refusedPacket(0x30, `0001 61 ${properties('260001ff000161')}`, 5, REASON.malformedPacket, /UTF-8/);
  refusedPacket(0x30, `0001 61 ${properties('260001610001ff')}`, 5, REASON.malformedPacket, /UTF-8/);
  refusedPacket(0x30, `0001 61 ${properties('030001ff')}`, 5, REASON.malformedPacket, /UTF-8/);
});

test('[MQTT-1.5.5-1] a property length in more bytes than it needs is malformed', () => {
  refusedPacket(0x30, '0001 61 8000', 5, REASON.malformedPacket, /more bytes than it needs/);
  refusedPacket(0x30, '0001 61 ffffffff7f', 5, REASON.malformedPacket, /more than four/);
  refusedPacket(0x30, '0001 61 03 0b8000', 5, REASON.malformedPacket, /more bytes than it needs/);
});

test('a property length that is larger than the packet, or cuts a property, is malformed', () => {
  refusedPacket(0x30, '0001 61 05 0101', 5, REASON.malformedPacket, /no room/);
  refusedPacket(0x30, '0001 61 03 02000000 05', 5, REASON.malformedPacket, /beyond/);
  refusedPacket(0x30, '0001 61 01 02 00000005', 5, REASON.malformedPacket, /beyond/);
});

test('[MQTT-2.2.2-1] no properties are a property length of zero', () => {
  const packet: Packet = { kind: 'publish', topic: 'a', qos: 0, duplicate: false, retain: false, payload: bytes('62') };
  assert.equal(hex(encoded(packet, 5)), '3005 0001 61 00 62'.replaceAll(' ', ''));
  assert.equal(hex(encoded({ ...packet, properties: {} }, 5)), '3005 0001 61 00 62'.replaceAll(' ', ''));
  assert.deepEqual(packetOf(0x30, '0001 61 00 62', 5), packet);
});

test('[MQTT-3.1.3-10] [MQTT-3.3.2-18] user properties keep their order, and names may come more than once', () => {
  const userProperties: [string, string][] = [
    ['b', '1'],
    ['a', '2'],
    ['b', '3'],
    ['__proto__', '4'],
  ];
  const packet: Packet = { kind: 'puback', packetId: 1, reasonCode: 0, properties: { userProperties } };
  const stream = encoded(packet, 5);
  assert.deepEqual(packetOf(stream[0]!, hex(stream.subarray(2)), 5), packet);
});
