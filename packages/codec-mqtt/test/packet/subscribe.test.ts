import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Packet, REASON } from '../../src/index.ts';
import { VERSIONS } from '../arbitraries.ts';
import { encoded, hex, packetOf, refusedPacket, text } from '../expect.ts';

const SUBSCRIBE = 0x82;
const UNSUBSCRIBE = 0xa2;

test('[3.8.3.1] subscription options stand in their bits', () => {
  const packet: Packet = {
    kind: 'subscribe',
    packetId: 10,
    subscriptions: [
      { filter: 'a', qos: 1, noLocal: true, retainAsPublished: false, retainHandling: 2 },
      { filter: '#', qos: 2, noLocal: false, retainAsPublished: true, retainHandling: 1 },
    ],
  };
  assert.equal(hex(encoded(packet, 5)), '820b000a00 000161 25 000123 1a'.replaceAll(' ', ''));
  assert.deepEqual(packetOf(SUBSCRIBE, '000a 00 0001 61 25 0001 23 1a', 5), packet);
});

test('[MQTT-3.8.3-2] (3.1.1: [MQTT-3.8.3-3]) a SUBSCRIBE has at least one filter', () => {
  refusedPacket(SUBSCRIBE, '0001', 4, REASON.protocolError, /no topic filter/);
  refusedPacket(SUBSCRIBE, '0001 00', 5, REASON.protocolError, /no topic filter/);
});

test('a filter has its options', () => {
  refusedPacket(SUBSCRIBE, '0001 0001 61', 4, REASON.malformedPacket, /subscription options/);
  refusedPacket(SUBSCRIBE, '0001 00 0001 61', 5, REASON.malformedPacket, /subscription options/);
});

test('[MQTT-3.8.3-4] of 3.1.1: reserved bits are zero, and the QoS is not 3', () => {
  for (const options of ['03', '04', '08', '10', '20', '40', '80']) {
    refusedPacket(SUBSCRIBE, `0001 0001 61 ${options}`, 4, REASON.malformedPacket);
  }
});

test('[MQTT-3.8.3-5] reserved bits of the subscription options are zero', () => {
  for (const options of ['40', '80', 'c0']) refusedPacket(SUBSCRIBE, `0001 00 0001 61 ${options}`, 5, REASON.malformedPacket, /reserved/);
});

test('[3.8.3.1] a QoS of 3 and a retain handling of 3 are protocol errors', () => {
  refusedPacket(SUBSCRIBE, '0001 00 0001 61 03', 5, REASON.protocolError, /QoS is 3/);
  refusedPacket(SUBSCRIBE, '0001 00 0001 61 30', 5, REASON.protocolError, /retain handling is 3/);
});

test('[MQTT-3.8.3-4] no local is not set for a shared subscription', () => {
  refusedPacket(SUBSCRIBE, `0001 00 ${text('$share/a/b')} 04`, 5, REASON.protocolError, /shared/);
  packetOf(SUBSCRIBE, `0001 00 ${text('share/a/b')} 04`, 5);
});

test('[MQTT-3.8.3-1] [MQTT-3.10.3-1] filters are UTF-8', () => {
  for (const version of VERSIONS) {
    const none = version === 5 ? '00' : '';
    refusedPacket(SUBSCRIBE, `0001 ${none} 0001 ff 00`, version, REASON.malformedPacket, /UTF-8/);
    refusedPacket(UNSUBSCRIBE, `0001 ${none} 0001 ff`, version, REASON.malformedPacket, /UTF-8/);
  }
});

test('[MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1] filters are well formed', () => {
  for (const filter of ['', 'a#', '#/a', 'a+/b', '+a']) {
    for (const version of VERSIONS) {
      const none = version === 5 ? '00' : '';
      refusedPacket(SUBSCRIBE, `0001 ${none} ${text(filter)} 00`, version, REASON.topicFilterInvalid, /topic filter/);
      refusedPacket(UNSUBSCRIBE, `0001 ${none} ${text(filter)}`, version, REASON.topicFilterInvalid, /topic filter/);
    }
  }
});

test('[MQTT-4.8.2-1] [MQTT-4.8.2-2] shared filters are well formed in 5.0; in 3.1.1 they are filters as any other', () => {
  for (const filter of ['$share/a', '$share//b', '$share/a/', '$share/+/b', '$share']) {
    refusedPacket(SUBSCRIBE, `0001 00 ${text(filter)} 00`, 5, REASON.topicFilterInvalid);
    packetOf(SUBSCRIBE, `0001 ${text(filter)} 00`, 4);
  }
});

test('[3.8.2.1.2] a SUBSCRIBE has one subscription identifier at most, which is not zero', () => {
  refusedPacket(SUBSCRIBE, '0001 04 0b01 0b02 0001 61 00', 5, REASON.protocolError, /twice/);
  refusedPacket(SUBSCRIBE, '0001 02 0b00 0001 61 00', 5, REASON.protocolError, /zero/);
});

test('[MQTT-3.10.3-2] an UNSUBSCRIBE has at least one filter', () => {
  refusedPacket(UNSUBSCRIBE, '0001', 4, REASON.protocolError, /no topic filter/);
  refusedPacket(UNSUBSCRIBE, '0001 00', 5, REASON.protocolError, /no topic filter/);
});
