import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { mqttPeer } from '../../../../test/support/mqtt-peer.ts';
import { AmqpClient } from '../../../head-http/test/support/amqp-client.ts';
import { call, declare } from '../../../head-http/test/support/http-client.ts';
import { type CollectedSpan, SpanCollector } from '../support/span-collector.ts';

const TIMEOUT_MS = 60_000;
const PARENT = 'b7ad6b7169203331';
let traces = 0;

/** A trace that nobody else has. */
function newTrace(flags = '01'): { readonly id: string; readonly traceparent: string } {
  const id = (++traces).toString(16).padStart(32, 'a');
  return { id, traceparent: `00-${id}-${PARENT}-${flags}` };
}

describe('spans of messages', { timeout: TIMEOUT_MS }, () => {
  let collector: SpanCollector;
  let server: TestServer;
  let client: AmqpClient;

  before(async () => {
    collector = await SpanCollector.start();
    server = await startTestServer({
      tracingEndpoint: collector.endpoint,
      tracingHeaders: [{ name: 'authorization', value: 'Bearer secret' }],
      tracingOneIn: 3,
    });
    client = await AmqpClient.connect(server);
  });
  after(async () => {
    await client[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
  });

  async function send(address: string, headers: Record<string, string>): Promise<void> {
    assert.equal((await call(server, 'POST', `/m/${address}?wait=10s`, { body: 'x', headers })).status, 202);
  }

  /** The spans of a trace, as soon as those of all these names are there. */
  async function spansOf(traceId: string, ...names: string[]): Promise<CollectedSpan[]> {
    const spans = (): CollectedSpan[] => collector.spans.filter(span => span.traceId === traceId);
    await collector.until(() => names.every(name => spans().some(span => span.name === name)));
    return spans().sort((one, other) => Number(BigInt(one.startTimeUnixNano) - BigInt(other.startTimeUnixNano)));
  }

  describe('while the collector takes them', { concurrency: true }, () => {
    test('a stored message has spans for sending, route, store and delivery, which are part of its sender’s', async () => {
      const { id, traceparent } = newTrace();
      await send('orders', { traceparent, tracestate: 'a=1' });
      const heard = await client.next('orders');
      // Its consumer links to the context of its creation.
      assert.equal((heard.application_properties as Record<string, string>).traceparent, traceparent);
      const spans = await spansOf(id, 'send orders', 'route orders', 'store orders', 'deliver orders');
      const [sending, route, store, delivery] = spans as [CollectedSpan, CollectedSpan, CollectedSpan, CollectedSpan];
      assert.deepEqual(
        spans.map(({ name, kind, parentSpanId }) => [name, kind, parentSpanId]),
        [
          ['send orders', 5, PARENT],
          ['route orders', 1, sending.spanId],
          ['store orders', 1, sending.spanId],
          ['deliver orders', 4, sending.spanId],
        ],
      );
      assert.ok(
        BigInt(store.endTimeUnixNano) <= BigInt(sending.endTimeUnixNano) &&
          BigInt(route.startTimeUnixNano) <= BigInt(store.startTimeUnixNano),
      );
      assert.deepEqual(
        spans.map(({ traceState }) => traceState),
        ['a=1', 'a=1', 'a=1', 'a=1'],
      );
      const { attributes, events } = delivery;
      assert.deepEqual(
        [attributes['messaging.system'], attributes['messaging.destination.name'], attributes['messaging.operation.name']],
        ['angarium', 'orders', 'deliver'],
      );
      assert.deepEqual([attributes['angarium.outcome'], events.map(({ name }) => name)], ['accepted', ['settle']]);
      const { headers, resource } = collector.requests[0]!;
      assert.deepEqual([headers.authorization, resource['service.name']], ['Bearer secret', 'angarium']);
    });

    test('a rejected delivery says why, and its message’s way to the dead letter address is part of the same trace', async () => {
      await declare(server, 'dead', { type: 'queue' });
      await declare(server, 'fragile', { type: 'queue', deadLetter: 'dead' });
      const { id, traceparent } = newTrace();
      await send('fragile', { traceparent });
      const answer = await call(server, 'POST', '/m/fragile:receive?wait=10s', { headers: { accept: 'application/json' } });
      const [{ lease }] = answer.json.messages as [{ lease: string }];
      const settled = await call(server, 'POST', '/m/fragile:settle', {
        body: JSON.stringify({ lease, outcome: 'rejected', description: 'no total' }),
      });
      assert.equal(settled.status, 200, settled.text);
      const spans = await spansOf(id, 'deliver fragile', 'store dead');
      const delivery = spans.find(({ name }) => name === 'deliver fragile')!;
      assert.equal(delivery.status?.code, 2);
      assert.equal(delivery.attributes['angarium.outcome'], 'rejected');
    });

    test('sending to a direct address ends with its consumer’s outcome', async () => {
      await declare(server, 'direct', { type: 'anycast' });
      const { id, traceparent } = newTrace();
      const heard = client.next('direct');
      await send('direct', { traceparent });
      await heard;
      const spans = await spansOf(id, 'send direct', 'deliver direct');
      assert.deepEqual(
        spans.map(({ name }) => name),
        ['send direct', 'route direct', 'deliver direct'],
      );
      const [sending, , delivery] = spans as [CollectedSpan, CollectedSpan, CollectedSpan];
      assert.ok(BigInt(sending.endTimeUnixNano) >= BigInt(delivery.endTimeUnixNano));
    });

    test('a message whose sender does not sample its trace has none; of those without a trace every third begins one', async () => {
      const { id, traceparent } = newTrace('00');
      await send('many', { traceparent });
      for (let sent = 0; sent < 6; sent++) await send('many', {});
      const { id: last, traceparent: sampled } = newTrace();
      await send('many', { traceparent: sampled });
      await spansOf(last, 'send many');
      const begun = collector.spans.filter(({ name, parentSpanId }) => name === 'send many' && parentSpanId === undefined);
      assert.equal(begun.length, 2);
      assert.equal(new Set(begun.map(({ traceId }) => traceId)).size, 2);
      assert.equal(
        collector.spans.some(({ traceId }) => traceId === id),
        false,
      );
    });

    test('a message of a topic is stored for each subscription and stream, over MQTT as well', async () => {
      await declare(server, 'news', { type: 'topic' });
      await declare(server, 'kept', { type: 'stream', bindings: ['news/+'] });
      await using subscriber = await mqttPeer(server, 5);
      const heard = new Promise(resolve => void subscriber.client.once('message', resolve));
      await subscriber.subscribe('news/#');
      const { id, traceparent } = newTrace();
      await subscriber.client.publishAsync('news/eu', 'x', { qos: 1, properties: { userProperties: { traceparent } } });
      await heard;
      const spans = await spansOf(id, 'send news', 'store kept', 'store news', 'deliver news');
      const [sending] = spans as [CollectedSpan];
      assert.deepEqual([sending.parentSpanId, sending.attributes['angarium.topic']], [PARENT, 'news/eu']);
      assert.ok(spans.slice(1).every(({ parentSpanId }) => parentSpanId === sending.spanId));
      const bySession = spans.filter(({ attributes }) => attributes['messaging.destination.subscription.name'] !== undefined);
      assert.deepEqual(
        bySession.map(({ name }) => name),
        ['store news', 'deliver news'],
      );
    });
  });

  test('spans that a collector does not take are dropped, counted, and keep nobody waiting', async () => {
    collector.status = 400;
    const before = collector.requests.length;
    await send('lost', { traceparent: newTrace().traceparent });
    await collector.until(({ requests }) => requests.length > before);
    collector.status = 200;
    const { id, traceparent } = newTrace();
    await send('lost', { traceparent });
    await spansOf(id, 'send lost');
    const { text } = await call(server, 'GET', '/metrics');
    const counted = (result: string): number =>
      Number(new RegExp(`angarium_trace_spans_total\\{result="${result}"\\} (\\d+)`).exec(text)?.[1]);
    assert.ok(counted('dropped') >= 3, text);
    assert.ok(counted('exported') >= 10, text);
  });
});
