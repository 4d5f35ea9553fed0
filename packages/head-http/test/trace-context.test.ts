import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { AmqpClient } from './support/amqp-client.ts';
import { call } from './support/http-client.ts';

const traceparentOf = (digit: string): string => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`;
const [FIRST, SECOND] = [traceparentOf('1'), traceparentOf('2')];
const EVENT = { specversion: '1.0', id: 'e1', source: '/shop', type: 'order.made' };

describe('the trace that a message belongs to, over HTTP', () => {
  let server: TestServer;
  let client: AmqpClient;

  before(async () => {
    server = await startTestServer();
    client = await AmqpClient.connect(server);
  });
  after(async () => {
    await client[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  async function heardByAmqp(address: string, headers: Record<string, string>): Promise<Record<string, unknown> | undefined> {
    assert.equal((await call(server, 'POST', `/m/${address}`, { body: 'x', headers })).status, 202);
    return (await client.next(address)).application_properties as Record<string, unknown> | undefined;
  }

  test('a context that is none is passed over, and a tracestate without its traceparent too', async () => {
    assert.equal(await heardByAmqp('bad', { traceparent: '00-1-2-01', tracestate: 'a=1' }), undefined);
    assert.deepEqual(await heardByAmqp('bad', { tracestate: 'a=1', baggage: 'who=ada' }), { baggage: 'who=ada' });
  });

  test('what the message says itself counts, and not what the request belongs to', async () => {
    const headers = { traceparent: FIRST, tracestate: 'a=1', 'angarium-property-traceparent': SECOND };
    assert.deepEqual(await heardByAmqp('own', headers), { traceparent: SECOND });
  });

  test('[RFC 9110, 5.3] several fields of one name are one list', async () => {
    const body = 'x';
    const answer = await fetch(`${server.http}/m/several`, {
      method: 'POST',
      headers: [
        ['traceparent', FIRST],
        ['tracestate', 'a=1'],
        ['tracestate', 'b=2'],
      ],
      body,
    });
    assert.equal(answer.status, 202);
    const { traceparent, tracestate } = (await client.next('several')).application_properties as Record<string, string>;
    assert.deepEqual([traceparent, tracestate?.replace(', ', ',')], [FIRST, 'a=1,b=2']);
  });

  test('[W3C Trace Context: AMQP] what an intermediary has noted in an AMQP message is its context in all forms of an answer', async () => {
    const sender = await client.sender('noted');
    const send = () =>
      sender.send({ body: 'x', application_properties: { traceparent: FIRST }, message_annotations: { traceparent: SECOND } as never });
    for (const accept of ['*/*', 'application/json', 'application/cloudevents+json']) {
      send();
      const answer = await call(server, 'POST', '/m/noted:receive?wait=10s&settle=auto', { headers: { accept } });
      assert.equal(answer.status, 200, answer.text);
      const said =
        accept === '*/*'
          ? answer.headers
          : accept === 'application/json'
            ? (answer.json.messages as (typeof answer.json)[])[0]!
            : answer.json;
      assert.equal(said.traceparent, SECOND, accept);
    }
  });

  test('[CloudEvents, distributed tracing] an event has the trace of its message, unless it says one itself', async () => {
    const headers = Object.fromEntries(Object.entries(EVENT).map(([name, value]) => [`ce-${name}`, value]));
    const accept = { accept: 'application/cloudevents+json' };
    for (const [own, heard] of [
      [
        { traceparent: FIRST, tracestate: 'a=1' },
        { traceparent: FIRST, tracestate: 'a=1' },
      ],
      [{ traceparent: FIRST, 'ce-traceparent': SECOND }, { traceparent: SECOND }],
    ] as const) {
      assert.equal((await call(server, 'POST', '/m/events', { body: '', headers: { ...headers, ...own } })).status, 202);
      const answer = await call(server, 'POST', '/m/events:receive?wait=10s&settle=auto', { headers: accept });
      assert.deepEqual(answer.json, { ...EVENT, ...heard });
    }
  });
});
