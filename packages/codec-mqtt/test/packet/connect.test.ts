import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Packet, REASON, readProtocolLevel } from '../../src/index.ts';
import { VERSIONS } from '../arbitraries.ts';
import { bytes, encoded, hex, packetOf, properties, refusedPacket, text } from '../expect.ts';

const NAME = '00044d515454';
const CONNECT = 0x10;

/** A CONNECT's body with these flags, in hexadecimal; `payload` follows the client identifier `c`. */
function connect(version: 4 | 5, flags: string, payload = '', ownProperties = ''): string {
  return `${NAME} 0${version} ${flags} 003c ${version === 5 ? properties(ownProperties) : ''} 0001 63 ${payload}`;
}

test('[3.1] a CONNECT of 3.1.1 has its fields in their order', () => {
  const packet: Packet = {
    kind: 'connect',
    version: 4,
    cleanStart: true,
    keepAliveSeconds: 60,
    clientId: 'c',
    will: { topic: 't', payload: bytes('6d'), qos: 2, retain: true },
    userName: 'u',
    password: bytes('70'),
  };
  const body = connect(4, 'f6', `${text('t')} 0001 6d ${text('u')} 0001 70`).replaceAll(' ', '');
  assert.equal(hex(encoded(packet, 4)), `1019${body}`);
  assert.deepEqual(packetOf(CONNECT, body, 4), packet);
});

test('[3.1] a CONNECT of 5.0 has properties of its own and of its will', () => {
  const packet: Packet = {
    kind: 'connect',
    version: 5,
    cleanStart: false,
    keepAliveSeconds: 60,
    clientId: 'c',
    will: { topic: 't', payload: bytes('6d'), qos: 0, retain: false, properties: { willDelayInterval: 5 } },
    properties: { receiveMaximum: 10 },
  };
  const body = connect(5, '04', `05 18 00000005 ${text('t')} 0001 6d`, '21000a').replaceAll(' ', '');
  assert.equal(hex(encoded(packet, 5)), `101d${body}`);
  assert.deepEqual(packetOf(CONNECT, body, 5), packet);
});

test('a CONNECT names its own version, whatever the connection is taken for', () => {
  for (const version of VERSIONS) {
    for (const taken of VERSIONS) {
      const packet = packetOf(CONNECT, connect(version, '02'), taken);
      assert.ok(packet.kind === 'connect' && packet.version === version);
      assert.deepEqual(encoded(packet, taken), encoded(packet, version));
    }
  }
});

test('[MQTT-3.1.2-1] a protocol name other than MQTT is not supported', () => {
  refusedPacket(CONNECT, '00064d5149736470 03 02 0000 0000', 4, REASON.unsupportedProtocolVersion, /MQIsdp/);
  refusedPacket(CONNECT, '00044d717474 04 02 0000 0000', 4, REASON.unsupportedProtocolVersion, /Mqtt/);
});

test('[MQTT-3.1.2-2] a protocol level other than 4 and 5 is not supported', () => {
  for (const level of ['00', '03', '06', '84', 'ff']) {
    refusedPacket(CONNECT, `${NAME} ${level} 02 0000 0000`, 4, REASON.unsupportedProtocolVersion, /protocol level/);
  }
});

test('the protocol level of a CONNECT can be had even when the rest of it is refused', () => {
  const level = (body: string) => readProtocolLevel(bytes(body), 0, bytes(body).length);
  assert.equal(level(`${NAME} 05 ff`), 5);
  assert.equal(level(`${NAME} 04`), 4);
  assert.equal(level(`${NAME} 09`), 9);
  for (const none of ['', NAME, '00044d515453 04', '00054d515454 04', '01044d515454 04']) assert.equal(level(none), -1);
});

test('[MQTT-3.1.2-3] the reserved connect flag is zero', () => {
  for (const version of VERSIONS) refusedPacket(CONNECT, connect(version, '03'), version, REASON.malformedPacket, /reserved connect flag/);
});

test('[MQTT-3.1.2-11] (3.1.1: [MQTT-3.1.2-13]) without a will its QoS is zero', () => {
  for (const version of VERSIONS) {
    for (const flags of ['08', '10', '18']) refusedPacket(CONNECT, connect(version, flags), version, REASON.malformedPacket, /will QoS/);
  }
});

test('[MQTT-3.1.2-12] (3.1.1: [MQTT-3.1.2-14]) a will QoS is not 3', () => {
  for (const version of VERSIONS) {
    const will = `${version === 5 ? '00' : ''} ${text('t')} 0000`;
    packetOf(CONNECT, connect(version, '14', will), version);
    refusedPacket(CONNECT, connect(version, '1c', will), version, REASON.malformedPacket, /will QoS of 3/);
  }
});

test('[MQTT-3.1.2-13] (3.1.1: [MQTT-3.1.2-15]) without a will its retain flag is zero', () => {
  for (const version of VERSIONS) refusedPacket(CONNECT, connect(version, '20'), version, REASON.malformedPacket, /will retain/);
});

test('[MQTT-3.1.2-9] [MQTT-3.1.2-17] [MQTT-3.1.2-19] what the flags announce is there', () => {
  for (const version of VERSIONS) {
    for (const flags of ['04', '80', 'c0']) refusedPacket(CONNECT, connect(version, flags), version, REASON.malformedPacket, /ends within/);
  }
});

test('[MQTT-3.1.2-16] [MQTT-3.1.2-18] what the flags do not announce is not there', () => {
  for (const version of VERSIONS)
    refusedPacket(CONNECT, connect(version, '02', text('u')), version, REASON.malformedPacket, /after its last/);
});

test('[MQTT-3.1.2-22] of 3.1.1: there is no password without a user name; in 5.0 there may be', () => {
  refusedPacket(CONNECT, connect(4, '40', '0001 70'), 4, REASON.malformedPacket, /no user name/);
  const packet = packetOf(CONNECT, connect(5, '40', '0001 70'), 5);
  assert.ok(packet.kind === 'connect' && packet.userName === undefined);
  assert.deepEqual(packet.password, bytes('70'));
});

test('[MQTT-3.1.3-3] the client identifier is there, if only empty', () => {
  refusedPacket(CONNECT, `${NAME} 04 02 0000`, 4, REASON.malformedPacket, /client identifier/);
  const packet = packetOf(CONNECT, `${NAME} 04 02 0000 0000`, 4);
  assert.ok(packet.kind === 'connect' && packet.clientId === '');
});

test('[MQTT-3.1.3-4] [MQTT-3.1.3-11] [MQTT-3.1.3-12] client identifier, will topic and user name are UTF-8', () => {
  refusedPacket(CONNECT, `${NAME} 04 02 0000 0001 ff`, 4, REASON.malformedPacket, /UTF-8/);
  refusedPacket(CONNECT, connect(4, '04', '0001 ff 0000'), 4, REASON.malformedPacket, /UTF-8/);
  refusedPacket(CONNECT, connect(4, '80', '0001 ff'), 4, REASON.malformedPacket, /UTF-8/);
});

test('[MQTT-4.7.0-1] [MQTT-4.7.3-1] a will topic is a topic name', () => {
  for (const topic of ['', 'a/+', '#']) {
    refusedPacket(CONNECT, connect(4, '04', `${text(topic)} 0000`), 4, REASON.topicNameInvalid, /will topic/);
    refusedPacket(CONNECT, connect(5, '04', `00 ${text(topic)} 0000`), 5, REASON.topicNameInvalid, /will topic/);
  }
});

test('[3.1.2.11.10] authentication data needs an authentication method', () => {
  refusedPacket(CONNECT, connect(5, '02', '', '16000161'), 5, REASON.protocolError, /authentication/);
  packetOf(CONNECT, connect(5, '02', '', '15000161 16000161'.replace(' ', '')), 5);
});

test('[3.1.2.11.3] [3.1.2.11.4] a receive maximum and a maximum packet size are not zero', () => {
  refusedPacket(CONNECT, connect(5, '02', '', '210000'), 5, REASON.protocolError, /receiveMaximum is zero/);
  refusedPacket(CONNECT, connect(5, '02', '', '2700000000'), 5, REASON.protocolError, /maximumPacketSize is zero/);
});
