import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { test } from 'node:test';
import { startTestServer } from '@angarium/testkit';
import { RawClient } from './support/raw-client.ts';

const HOUR_MS = 3_600_000;
const REQUEST = 'POST /m/q HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\n\r\nx';
/** What connections say on which there never is a whole request: for each who reads them, and nothing at all. */
const SILENT = ['', REQUEST.slice(0, 30), 'GET /healthz HTTP/1.1\r\nhost: loc', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'];

test('strangers do not take the place of clients: beyond strangersMax the oldest are cut, long before requestTimeoutMs', async context => {
  await using server = await startTestServer({
    httpStrangersMax: 2,
    httpRequestTimeoutMs: HOUR_MS,
    httpKeepAliveMs: HOUR_MS,
    connectionsMax: 10,
  });
  using plain = await RawClient.connect(server);
  plain.send(REQUEST);
  assert.deepEqual(await plain.answered(1), [202]);
  using other = await RawClient.connect(server);
  other.send('GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n');
  assert.deepEqual(await other.answered(1), [200]);
  const http2 = connect(server.http);
  context.after(() => http2.destroy());
  const answer = http2.request({ ':path': '/healthz' });
  await once(answer, 'response');

  using open = new DisposableStack();
  const strangers: RawClient[] = [];
  for (const text of [...SILENT, '', '']) {
    const stranger = open.use(await RawClient.connect(server));
    stranger.send(text);
    strangers.push(stranger);
  }
  for (const oldest of strangers.slice(0, SILENT.length)) await oldest.gone();
  for (const client of [plain, other, ...strangers.slice(SILENT.length)]) {
    client.send(REQUEST);
    assert.equal((await client.answered(client.statuses.length + 1)).at(-1), 202);
  }
  assert.equal(http2.closed, false);
});
