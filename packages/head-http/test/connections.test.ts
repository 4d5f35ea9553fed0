import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { startTestServer } from '@angarium/testkit';
import { WebSocket } from 'ws';
import { call } from './support/http-client.ts';

const CONNECTIONS = '/apis/angarium.dev/v1/connections';

interface Listed {
  readonly metadata: { readonly name: string };
  readonly status: Readonly<Record<string, unknown>>;
}

test('event streams and WebSockets are listed, and closed with the reason', async () => {
  await using server = await startTestServer();
  const events = get(new URL('/m/q:events', server.http), { agent: false });
  const [answer] = (await once(events, 'response')) as [IncomingMessage];
  answer.setEncoding('utf8');
  let text = '';
  answer.on('data', chunk => {
    text += chunk;
  });
  const socket = new WebSocket(new URL('/ws', server.http));
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'subscribe', id: 's', address: 'r' }));
  await once(socket, 'message');

  const { items } = (await call(server, 'GET', CONNECTIONS)).json as { items: Listed[] };
  assert.deepEqual(
    items.map(({ status: { protocol, user, peer, addressSpace, subscriptions, unsettled } }) => ({
      protocol,
      user,
      peer,
      addressSpace,
      subscriptions,
      unsettled,
    })),
    [
      {
        protocol: 'HTTP events',
        user: 'anonymous',
        peer: `127.0.0.1:${events.socket!.localPort}`,
        addressSpace: 'default',
        subscriptions: 1,
        unsettled: 0,
      },
      {
        protocol: 'WebSocket JSON',
        user: 'anonymous',
        peer: items[1]!.status.peer,
        addressSpace: 'default',
        subscriptions: 1,
        unsettled: 0,
      },
    ],
  );
  const closed = once(socket, 'close');
  const ended = once(answer, 'end');
  for (const { metadata } of items) assert.equal((await call(server, 'DELETE', `${CONNECTIONS}/${metadata.name}`)).status, 204);
  const [code, reason] = (await closed) as [number, Buffer];
  assert.equal(code, 1008);
  assert.match(String(reason), /closed by anonymous/);
  await ended;
  assert.match(text, /event: problem\ndata: .*connection-closed.*closed by anonymous/);
  assert.deepEqual((await call(server, 'GET', CONNECTIONS)).json.items, []);
});
