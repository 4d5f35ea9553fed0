import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { assertProblem, call, declare } from './support/http-client.ts';
import { RawClient } from './support/raw-client.ts';

/** A request with a parameter that there is not, and what its answer says. */
const MISSPELLED = [
  ['POST', '/m/q?wiat=10s', /"wiat"; is "wait" meant/],
  ['POST', '/m/q?reply=10s&Wait=1s', /"Wait"; is "wait" meant/],
  ['POST', '/m/q?settle=auto', /"settle"; there are wait, reply, batch/],
  ['POST', '/m/q:receive?setle=auto', /"setle"; is "settle" meant/],
  ['POST', '/m/q:receive?wait=1s&maximum=3', /"maximum"; there are count, wait, lease, settle, subscription, durable, selector, offset/],
  ['POST', '/m/q:settle?outcome=released', /"outcome"; there are none here/],
  ['GET', '/m/q:events?client=a&wil=b', /"wil"; is "will" meant/],
  ['GET', '/m/q:events?client=a&will=b&will_delay=1s', /"will_delay"; is "will-delay" meant/],
  ['DELETE', '/m/q:events?clinet=a', /"clinet"; is "client" meant/],
  ['POST', '/apis/angarium.dev/v1/addressspaces/default/addresses/q/messages:receive?leese=1s', /"leese"; is "lease" meant/],
  ['POST', `/m/q?${'x'.repeat(5000)}=1`, /"x{60}…"; there are/],
] as const;

describe('query parameters', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
    await declare(server, 'q', { type: 'queue' });
  });
  after(() => server[Symbol.asyncDispose]());

  for (const [method, path, says] of MISSPELLED)
    test(`${method} ${path.slice(0, 90)} is refused, with the parameter's name`, async () => {
      const answer = await call(server, method, path);
      assertProblem(answer, 400, 'request-invalid');
      assert.match(String(answer.json.detail), says);
    });

  for (const [path, protocol] of [
    ['/ws?adress=q', undefined],
    ['/apis/angarium.dev/v1/addressspaces/default/addresses/q/ws?subscription=s', undefined],
    ['/amqp?space=a', 'amqp'],
    ['/mqtt?client=a', 'mqtt'],
  ] as const)
    test(`a WebSocket at ${path} is refused, with the parameter's name`, async () => {
      using client = await RawClient.connect(server);
      const subprotocol = protocol ? `sec-websocket-protocol: ${protocol}\r\n` : '';
      client.send(
        `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n${subprotocol}sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      );
      assert.deepEqual(await client.gone(), [400]);
      assert.match(client.text, /There is no query parameter \\"\w+\\"; there are none here/);
    });

  test('a request that is refused for its query has done nothing', async () => {
    await call(server, 'POST', '/m/q?durabel=false', { body: 'x' });
    assert.equal((await call(server, 'POST', '/m/q:receive')).status, 204);
  });

  test('a query without parameters is none', async () => {
    using client = await RawClient.connect(server);
    client.send('POST /m/other? HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\n\r\nx');
    assert.deepEqual(await client.answered(1), [202]);
  });
});
