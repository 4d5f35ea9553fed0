import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { startTestServer } from '@angarium/testkit';
import rhea, { type EventContext } from 'rhea';
import { WebSocket } from 'ws';
import { call } from './support/http-client.ts';

/** The status that a WebSocket is refused with. */
async function refusal(url: string, protocols: string[], headers: Record<string, string> = {}): Promise<number | undefined> {
  const socket = new WebSocket(url, protocols, { headers });
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}

test('AMQP goes over a WebSocket: rhea receives what was sent by HTTP, large messages too', async () => {
  await using server = await startTestServer();
  const body = Buffer.alloc(300_000, 'ab');
  assert.equal((await call(server, 'POST', '/m/q', { body })).status, 202);
  const connect = rhea.create_container().websocket_connect(WebSocket as never);
  const details = connect(`${server.http.replace('http', 'ws')}/amqp`, ['amqp'], {});
  const connection = rhea.create_container().connect({ connection_details: details, username: 'anonymous', reconnect: false } as never);
  const receiver = connection.open_receiver('q');
  const [context] = (await once(receiver, 'message')) as [EventContext];
  assert.ok(body.equals(context.message!.body.content));
  const [status] = [...server.head.connections].map(each => each.status());
  assert.match(JSON.stringify(status), /127\.0\.0\.1/, 'the peer is known by its address');
  connection.close();
  await once(connection, 'connection_close');
});

test('a WebSocket without the subprotocol, at another path, or from a foreign page is refused', async () => {
  await using server = await startTestServer();
  const url = server.http.replace('http', 'ws');
  assert.equal(await refusal(`${url}/amqp`, []), 400);
  assert.equal(await refusal(`${url}/elsewhere`, ['amqp']), 404);
  assert.equal(await refusal(`${url}/amqp`, ['amqp'], { origin: 'https://evil.example' }), 403);
});
