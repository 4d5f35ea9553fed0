import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { after, before, describe, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import {
  type CertificateAuthority,
  certificateAuthority,
  hostAndPort,
  skipWithout,
  startTestServer,
  type TestServer,
} from '@angarium/testkit';
import { RawClient } from './support/raw-client.ts';

const FIELDS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
const STRICT = /^strict-transport-security: max-age=31536000\r$/m;

/** The security fields of an answer as it came. */
function fieldsOf(text: string): Record<string, string> {
  const fields = [...text.matchAll(/^([\w-]+): (.*)\r$/gm)].map(match => [match[1]!, match[2]!] as const);
  return Object.fromEntries(fields.filter(([name]) => name in FIELDS || name === 'strict-transport-security'));
}

describe('fields for browsers', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server[Symbol.asyncDispose]());

  for (const [what, request, status] of [
    ['a message that is sent plainly', 'POST /m/q HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\n\r\na', 202],
    ['a refusal of one', 'POST /m/\u0001 HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\n\r\na', 400],
    ['a message that is received', 'POST /m/q:receive?settle=auto HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n', 200],
    ['a document of the API', 'GET /apis/angarium.dev/v1/endpoints HTTP/1.1\r\nhost: localhost\r\n\r\n', 200],
    ['a path that is not there', 'GET /nowhere HTTP/1.1\r\nhost: localhost\r\n\r\n', 404],
    ['an event stream', 'GET /m/q:events HTTP/1.1\r\nhost: localhost\r\n\r\n', 200],
    ['a WebSocket that is refused', 'GET /nowhere HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n', 404],
    ['what is not HTTP', 'no HTTP at all\r\n\r\n', 400],
  ] as const)
    test(`are in the answer to ${what}, without those that are for TLS`, async () => {
      using client = await RawClient.connect(server);
      client.send(request);
      assert.deepEqual(await client.answered(1), [status]);
      assert.deepEqual(fieldsOf(client.text), FIELDS);
    });
});

describe('fields for browsers over TLS', () => {
  let authority: CertificateAuthority | undefined;

  after(() => authority?.[Symbol.asyncDispose]());

  test('[RFC 6797, 7.1] TLS is asked for by a name that was asked for, but never by localhost', async t => {
    if (skipWithout(t, 'openssl')) return;
    authority = await certificateAuthority();
    const { certificate: tlsCertificate, key: tlsKey } = await authority.issue('server', {
      names: ['DNS:broker.example', 'DNS:localhost'],
    });
    await using server = await startTestServer({ https: '127.0.0.1:0', tlsCertificate, tlsKey });
    const { port } = hostAndPort(server.endpoints.https);
    const ca = authority.pem;
    for (const [servername, isStrict] of [
      ['broker.example', true],
      ['localhost', false],
    ] as const)
      for (const request of [
        'POST /m/q HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1\r\n\r\na',
        'GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n',
      ]) {
        const socket = connectTls({ port, host: '127.0.0.1', servername, ca });
        socket.write(request);
        const [answer] = (await once(socket, 'data')) as [Buffer];
        assert.equal(STRICT.test(answer.toString()), isStrict, `${servername} ${answer}`);
        socket.destroy();
      }
    const session = connectHttp2(`https://broker.example:${port}`, {
      createConnection: () => connectTls({ port, host: '127.0.0.1', servername: 'broker.example', ca, ALPNProtocols: ['h2'] }),
    });
    const [headers] = await once(session.request({ ':path': '/readyz' }), 'response');
    assert.equal(headers['strict-transport-security'], 'max-age=31536000');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    session.destroy();
  });
});
