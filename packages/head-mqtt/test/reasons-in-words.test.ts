import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Properties, REASON, type Subscription } from '@angarium/codec-mqtt';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { RawClient } from './support/raw-client.ts';

/** CONNACK is not larger, and every answer with its words is. */
const PACKET_BYTES_MAX = 20;
const WITHOUT_WORDS = [{ requestProblemInformation: false }, { maximumPacketSize: PACKET_BYTES_MAX }] as const satisfies Properties[];

const toSubscribe = (filter: string): Subscription => ({ filter, qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 });

/** What a client does for an answer with a reason, the answer, and what its words tell. */
const REASONS = [
  {
    answer: 'puback',
    number: '[MQTT-3.4.2-2]',
    code: REASON.noMatchingSubscribers,
    says: /nobody was there/,
    ask: (client: RawClient) => client.put('nobody-here', 'x', { qos: 1 }),
  },
  {
    answer: 'puback',
    number: '[MQTT-3.4.2-2]',
    code: REASON.payloadFormatInvalid,
    says: /not UTF-8/,
    ask: (client: RawClient) => client.put('a', Buffer.of(0xff), { qos: 1, properties: { payloadFormatIndicator: 1 } }),
  },
  {
    answer: 'pubrec',
    number: '[MQTT-3.5.2-2]',
    code: REASON.quotaExceeded,
    says: /to small has \d+ bytes, and may have 1024/,
    ask: (client: RawClient) => client.put('small', Buffer.alloc(2000), { qos: 2 }),
  },
  {
    answer: 'pubrel',
    number: '[MQTT-3.6.2-2]',
    code: REASON.packetIdentifierNotFound,
    says: /no publish with this packet identifier/,
    ask: (client: RawClient) => client.ack('pubrec', 77),
  },
  {
    answer: 'pubcomp',
    number: '[MQTT-3.7.2-2]',
    code: REASON.packetIdentifierNotFound,
    says: /no publish with this packet identifier/,
    ask: (client: RawClient) => client.ack('pubrel', 77),
  },
  {
    answer: 'suback',
    number: '[MQTT-3.9.2-1]',
    code: REASON.quotaExceeded,
    says: /There are 1 subscriptions already/,
    ask: (client: RawClient) => client.write({ kind: 'subscribe', packetId: 5, subscriptions: ['a', 'b'].map(toSubscribe) }),
  },
  {
    answer: 'unsuback',
    number: '[MQTT-3.11.2-1]',
    code: REASON.noSubscriptionExisted,
    says: /no subscription to x/,
    ask: (client: RawClient) => client.write({ kind: 'unsubscribe', packetId: 5, filters: ['x'] }),
  },
] as const;

describe('reasons in words', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({
      http: 'off',
      amqp: 'off',
      mqttSubscriptionsMax: 1,
      addresses: [
        { name: 'nobody-here', type: 'anycast' },
        { name: 'small', type: 'queue', messageSizeBytesMax: 1024 },
      ],
    });
  });
  after(() => server[Symbol.asyncDispose]());

  for (const { answer, number, code, says, ask } of REASONS) {
    const name = `${answer.toUpperCase()} with 0x${code.toString(16)}`;

    test(`${name} says why`, async () => {
      await using client = await RawClient.open(server.mqtt);
      ask(client);
      const packet = await client.next(answer);
      assert.equal('reasonCodes' in packet ? packet.reasonCodes.at(-1) : packet.reasonCode, code);
      assert.match(packet.properties?.reasonString ?? '', says);
    });

    test(`${number} ${name} comes without words to clients that want none, or take no packet that large`, async () => {
      for (const properties of WITHOUT_WORDS) {
        await using client = await RawClient.open(server.mqtt, { clientId: `${answer}-${code}`, properties });
        ask(client);
        assert.equal((await client.next(answer)).properties, undefined);
        assert.ok(client.sizes.at(-1)! <= PACKET_BYTES_MAX);
      }
    });
  }

  test('a reason has a limit, whatever name is in it', async () => {
    await using client = await RawClient.open(server.mqtt);
    client.write({ kind: 'unsubscribe', packetId: 5, filters: ['😀'.repeat(5000)] });
    const { properties } = await client.next('unsuback');
    assert.ok(properties!.reasonString!.length <= 500);
    await client.fence();
  });
});
