import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import type { EventContext } from 'rhea';
import { type MqttPeer, mqttPeer } from '../../../../test/support/mqtt-peer.ts';
import { AmqpClient } from '../../../head-http/test/support/amqp-client.ts';
import { call, declare } from '../../../head-http/test/support/http-client.ts';
import { SpanCollector } from '../support/span-collector.ts';

const TIMEOUT_MS = 20_000;

const TYPES = {
  queue: { type: 'queue' },
  browsed: { type: 'queue', nonDestructive: true },
  topic: { type: 'topic' },
  stream: { type: 'stream' },
  anycast: { type: 'anycast' },
  multicast: { type: 'multicast' },
} as const;
type Type = keyof typeof TYPES;

interface Clients {
  readonly server: TestServer;
  readonly amqp: AmqpClient;
  readonly publisher: MqttPeer;
  readonly subscriber: MqttPeer;
}

type Send = (clients: Clients, address: string, traceparent: string) => Promise<unknown>;
/** Is there when it answers; `heard` is settled when the message has come. */
type Receive = (clients: Clients, address: string) => Promise<{ readonly heard: Promise<unknown> }>;

const mqttSends =
  (qos: 0 | 1 | 2): Send =>
  ({ publisher }, address, traceparent) =>
    publisher.client.publishAsync(address, 'x', { qos, properties: { userProperties: { traceparent } } });

const amqpSends =
  (snd_settle_mode: 0 | 1): Send =>
  async ({ amqp }, address, traceparent) => {
    const sender = amqp.connection.open_sender({ target: address, snd_settle_mode });
    await once(sender, 'sendable');
    sender.send({ application_properties: { traceparent }, body: 'x' });
  };

const SENDERS: Readonly<Record<string, { readonly send: Send; readonly waits: boolean }>> = {
  'AMQP, unsettled': { send: amqpSends(0), waits: true },
  'AMQP, settled': { send: amqpSends(1), waits: false },
  'MQTT QoS 0': { send: mqttSends(0), waits: false },
  'MQTT QoS 1': { send: mqttSends(1), waits: true },
  'MQTT QoS 2': { send: mqttSends(2), waits: true },
  HTTP: {
    waits: true,
    send: ({ server }, address, traceparent) => call(server, 'POST', `/m/${address}?wait=10s`, { body: 'x', headers: { traceparent } }),
  },
};

const mqttReceives =
  (qos: 0 | 1): Receive =>
  async ({ subscriber: { client } }, address) => {
    const heard = new Promise<void>(resolve => {
      client.on('message', topic => {
        if (topic === address) resolve();
      });
    });
    await client.subscribeAsync(address, { qos });
    return { heard };
  };

/** `live`: of a topic, it takes at once what nobody waits for an outcome of, or anything. */
const RECEIVERS: Readonly<Record<string, { readonly receive: Receive; readonly live: 'never' | 'settled' | 'always' }>> = {
  AMQP: {
    live: 'never',
    async receive({ amqp }, address) {
      const { promise, resolve } = Promise.withResolvers<void>();
      await amqp.receiver(address, (_message, { delivery }: EventContext) => {
        delivery!.accept();
        resolve();
      });
      return { heard: promise };
    },
  },
  'MQTT QoS 0': { live: 'always', receive: mqttReceives(0) },
  'MQTT QoS 1': { live: 'settled', receive: mqttReceives(1) },
  'HTTP, server-sent events': {
    live: 'never',
    async receive({ server }, address) {
      const stop = new AbortController();
      const answer = await fetch(`${server.http}/m/${address}:events`, { signal: stop.signal });
      assert.equal(answer.status, 200, `stream of ${address}`);
      const hear = async (): Promise<void> => {
        let text = '';
        for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
          text += chunk;
          if (text.includes('data:')) break;
        }
        stop.abort();
      };
      return { heard: hear() };
    },
  },
};

function expected(type: Type, waits: boolean, live: 'never' | 'settled' | 'always'): string[] {
  const direct = type === 'anycast' || type === 'multicast';
  const atOnce = type === 'topic' && (live === 'always' || (live === 'settled' && !waits));
  return direct || atOnce ? ['deliver', 'route', 'send'] : ['deliver', 'route', 'send', 'store'];
}

/** What a message of every type of address has spans for, whoever sends it and whoever gets it. */
describe('the spans of a message', { timeout: TIMEOUT_MS }, () => {
  let collector: SpanCollector;
  let clients: Clients;

  before(async () => {
    collector = await SpanCollector.start();
    const server = await startTestServer({ tracingEndpoint: collector.endpoint });
    const [amqp, publisher, subscriber] = await Promise.all([AmqpClient.connect(server), mqttPeer(server, 5), mqttPeer(server, 5)]);
    subscriber.client.setMaxListeners(0);
    clients = { server, amqp, publisher, subscriber };
  });
  after(async () => {
    await Promise.all([clients.amqp, clients.publisher, clients.subscriber].map(client => client[Symbol.asyncDispose]()));
    await clients.server[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
  });

  describe('all of them', { concurrency: true }, () => {
    let traces = 0;
    for (const type of Object.keys(TYPES) as Type[])
      for (const [from, { send, waits }] of Object.entries(SENDERS))
        for (const [to, { receive, live }] of Object.entries(RECEIVERS)) {
          const names = expected(type, waits, live);
          test(`${type}, from ${from} to ${to}: ${names.join(', ')}`, async () => {
            const address = `a${++traces}`;
            const trace = traces.toString(16).padStart(32, 'b');
            await declare(clients.server, address, TYPES[type]);
            const { heard } = await receive(clients, address);
            await send(clients, address, `00-${trace}-b7ad6b7169203331-01`);
            await heard;
            const spans = (): string[] => collector.spans.filter(span => span.traceId === trace).map(({ name }) => name);
            await collector.until(() => spans().length >= names.length);
            assert.deepEqual(
              spans().sort(),
              names.map(name => `${name} ${address}`),
            );
          });
        }
  });
});
