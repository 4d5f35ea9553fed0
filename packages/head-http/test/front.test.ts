import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hashPassword } from '@angarium/server/password-hash';
import { startTestServer } from '@angarium/testkit';
import fc from 'fast-check';
import { call, declare } from './support/http-client.ts';
import { RawClient } from './support/raw-client.ts';
import { ServerLog } from './support/server-log.ts';

const HOST = 'host: localhost\r\n';
const post = (body: string, fields = '', path = '/m/q'): string =>
  `POST ${path} HTTP/1.1\r\n${HOST}${fields}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

async function bodiesOf(server: { http: string }, name: string): Promise<string[]> {
  const answer = await call(server, 'POST', `/m/${name}:receive?count=1000&settle=auto`, { headers: { accept: 'application/json' } });
  return (answer.json.messages as { body: string }[]).map(({ body }) => body);
}

describe('requests over one connection', () => {
  test('[RFC 9112, 9.3.2] pipelined requests are answered in their order, whoever reads them', async () => {
    await using server = await startTestServer();
    await declare(server, 'q', { type: 'queue' });
    using client = await RawClient.connect(server);
    const refused = post('x', 'angarium-priority: many\r\n');
    client.send(post('a', 'content-type: text/plain\r\n') + refused + post('b', 'angarium-durable: false\r\ncontent-type: text/plain\r\n'));
    client.send(`GET /healthz HTTP/1.1\r\n${HOST}\r\n${post('c', 'content-type: text/plain\r\n')}`);
    assert.deepEqual(await client.answered(5), [202, 400, 202, 200, 202]);
    assert.deepEqual(await bodiesOf(server, 'q'), ['a', 'b', 'c']);
  });

  test('a request may be cut anywhere, and means the same', async () => {
    await using server = await startTestServer();
    await declare(server, 'q', { type: 'queue' });
    using client = await RawClient.connect(server);
    const text = post('first', 'content-type: text/plain\r\n') + post('second', 'content-type: text/plain\r\n');
    let sent = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 }), async sizes => {
        for (let at = 0, i = 0; at < text.length; i++) {
          const size = sizes[i % sizes.length]!;
          client.send(text.slice(at, at + size));
          at += size;
          await new Promise(resolve => setImmediate(resolve));
        }
        sent += 2;
        assert.equal((await client.answered(sent)).length, sent);
      }),
      { numRuns: 20 },
    );
    assert.deepEqual(
      await bodiesOf(server, 'q'),
      Array.from({ length: sent }, (_, i) => (i % 2 === 0 ? 'first' : 'second')),
    );
  });

  test('nothing overtakes a request whose password is being checked', async () => {
    const users = [{ name: 'ann', passwordHash: await hashPassword('secret') }];
    await using server = await startTestServer({ users });
    using client = await RawClient.connect(server);
    const right = `authorization: Basic ${Buffer.from('ann:secret').toString('base64')}\r\ncontent-type: text/plain\r\n`;
    const wrong = `authorization: Basic ${Buffer.from('ann:guess').toString('base64')}\r\n`;
    client.send(post('a', right) + post('b', wrong) + post('c', right) + post('d'));
    assert.deepEqual(await client.answered(4), [202, 401, 202, 401]);
  });

  test('who sends a request is judged alike, whoever reads it: pages of other origins and what a proxy forwards are refused', async () => {
    await using server = await startTestServer();
    const strangers = [
      'origin: http://evil.example\r\n',
      'sec-fetch-site: cross-site\r\n',
      'x-forwarded-for: 192.0.2.1\r\n',
      'forwarded: for=192.0.2.1\r\n',
    ];
    for (const fields of strangers) {
      using client = await RawClient.connect(server);
      client.send(post('x', fields) + post('x', fields, '/m/q?wait=0s'));
      const [plain, other] = await client.answered(2);
      assert.ok(plain === 401 || plain === 403, `${plain} for ${fields}`);
      assert.equal(other, plain);
    }
  });

  test('answers are bounded: a peer that reads none of them is not read either, and cut off', async () => {
    const log = new ServerLog();
    await using server = await startTestServer({ httpRequestTimeoutMs: 1500, logger: log.logger });
    await declare(server, 'q', { type: 'queue', messagesMax: 1 });
    using client = await RawClient.connect(server);
    client.socket.pause();
    const requests = post('x').repeat(1000);
    while (!client.socket.destroyed && client.socket.writableLength < 8 * 1024 * 1024) {
      client.send(requests);
      await new Promise(resolve => setImmediate(resolve));
    }
    await log.seen(client.name, 'request-timeout');
  });
});

describe('[RFC 9112] requests that cannot be told apart are refused, and their connection ends', () => {
  const refused: Readonly<Record<string, string>> = {
    '[6.3] content-length beside transfer-encoding': `POST /m/q HTTP/1.1\r\n${HOST}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    '[6.3] two different content-lengths': `POST /m/q HTTP/1.1\r\n${HOST}content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef`,
    '[6.3] the same content-length twice': `POST /m/q HTTP/1.1\r\n${HOST}content-length: 5\r\ncontent-length: 5\r\n\r\nabcde`,
    '[6.3] a content-length that is a list': `POST /m/q HTTP/1.1\r\n${HOST}content-length: 5, 5\r\n\r\nabcde`,
    '[6.3] a content-length with a sign': `POST /m/q HTTP/1.1\r\n${HOST}content-length: +5\r\n\r\nabcde`,
    '[6.1] a transfer-encoding that ends in something else than chunked': `POST /m/q HTTP/1.1\r\n${HOST}transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n`,
    '[6.1] an unknown transfer-encoding': `POST /m/q HTTP/1.1\r\n${HOST}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`,
    '[7.1] a chunk size that is none': `POST /m/q HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n`,
    '[7.1] a chunk that is longer than its size': `POST /m/q HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n3\r\nabcde\r\n0\r\n\r\n`,
    '[5.2] a folded line': `POST /m/q HTTP/1.1\r\n${HOST}angarium-subject: a\r\n b\r\ncontent-length: 0\r\n\r\n`,
    '[5.1] a space before the colon': `POST /m/q HTTP/1.1\r\n${HOST}content-length : 5\r\n\r\nabcde`,
    '[2.2] lines that end with LF alone': 'POST /m/q HTTP/1.1\nhost: localhost\ncontent-length: 0\n\n',
    '[2.2] a CR alone in a field': `POST /m/q HTTP/1.1\r\n${HOST}angarium-subject: a\rb\r\ncontent-length: 0\r\n\r\n`,
    '[5.5] a NUL in a field': `POST /m/q HTTP/1.1\r\n${HOST}angarium-subject: a\0b\r\ncontent-length: 0\r\n\r\n`,
    '[3.2] no Host': 'POST /m/q HTTP/1.1\r\ncontent-length: 0\r\n\r\n',
    '[3.2] two Hosts': `POST /m/q HTTP/1.1\r\n${HOST}${HOST}content-length: 0\r\n\r\n`,
    '[3.2] a Host that is none': 'POST /m/q HTTP/1.1\r\nhost: a b/c\r\ncontent-length: 0\r\n\r\n',
    '[3] a space in the target': `POST /m/q x HTTP/1.1\r\n${HOST}content-length: 0\r\n\r\n`,
    '[3] another protocol': 'HELO example.org\r\n\r\n',
  };

  for (const [what, request] of Object.entries(refused)) {
    test(what, async () => {
      await using server = await startTestServer();
      await declare(server, 'q', { type: 'queue' });
      using client = await RawClient.connect(server);
      // What a proxy would take for the next client's request must not be taken as one.
      client.send(`${request}${post('smuggled')}`);
      const statuses = await client.gone();
      assert.equal(statuses.length, 1, client.text);
      assert.ok([400, 501].includes(statuses[0]!), client.text);
      assert.deepEqual(await bodiesOf(server, 'q'), []);
    });
  }

  test('[2.2] a line that ends with LF alone is refused at once, wherever it is and in whatever pieces it comes, and named in the log', async () => {
    const log = new ServerLog();
    await using server = await startTestServer({ logger: log.logger });
    const requests = [
      ['POST /m/q HTTP/1.1\n'],
      ['GET /healthz HTTP/1.1\n'],
      ['POST /m/q HTTP/1.1\r', '\n', 'host: localhost\n'],
      [`POST /m/q HTTP/1.1\r\n${HOST}content-length: 0\n`, '\n'],
      [`POST /m/q HTTP/1.1\r\n${HOST}content-length: 0\r\n`, '\n'],
      [`GET /healthz HTTP/1.1\r\n${HOST}accept: */*\n`, '\n'],
    ];
    for (const pieces of requests) {
      using client = await RawClient.connect(server);
      for (const piece of pieces) {
        client.send(piece);
        await new Promise(resolve => setImmediate(resolve));
      }
      // Nothing else comes: an answer for being late would be 408.
      assert.deepEqual(await client.gone(), [400], JSON.stringify(pieces));
      assert.match(client.text, /connection: close/i);
      assert.ok(log.has(client.name, 'request-invalid'));
    }
  });

  test('they are named in the log', async () => {
    const log = new ServerLog();
    await using server = await startTestServer({ logger: log.logger });
    using client = await RawClient.connect(server);
    client.send('HELO example.org\r\n\r\n');
    await client.gone();
    assert.ok(log.has(client.name, 'request-invalid'));
  });
});

describe('what takes too much', () => {
  test('[RFC 6585, 5] 431 for header fields beyond headerBytesMax', async () => {
    await using server = await startTestServer();
    for (const fields of [`x-long: ${'x'.repeat(20_000)}\r\n`, 'x: y\r\n'.repeat(5000)]) {
      using client = await RawClient.connect(server);
      client.send(`POST /m/q HTTP/1.1\r\n${HOST}${fields}content-length: 0\r\n\r\n`);
      assert.deepEqual(await client.gone(), [431]);
      assert.match(client.text, /"code":"header-too-large"/);
    }
  });

  test('a target beyond headerBytesMax is refused', async () => {
    await using server = await startTestServer();
    using client = await RawClient.connect(server);
    client.send(`POST /m/${'q'.repeat(20_000)} HTTP/1.1\r\n${HOST}content-length: 0\r\n\r\n`);
    assert.deepEqual(await client.gone(), [431]);
  });

  test('[RFC 9110, 15.5.9] 408 for a head, a body, or nothing at all that does not come in time', async () => {
    const log = new ServerLog();
    await using server = await startTestServer({ httpRequestTimeoutMs: 1200, logger: log.logger });
    const slow = [
      '',
      'POST /m/q HTTP/1.1\r\nhost: local',
      `POST /m/q HTTP/1.1\r\n${HOST}content-length: 5\r\n\r\nabc`,
      `POST /m/q HTTP/1.1\r\n${HOST}content-length: 200000\r\n\r\nabc`,
      `POST /m/q?wait=1s HTTP/1.1\r\n${HOST}content-length: 5\r\n\r\nabc`,
    ];
    await Promise.all(
      slow.map(async text => {
        using client = await RawClient.connect(server);
        client.send(text);
        assert.deepEqual(await client.gone(), [408], text);
        assert.ok(log.has(client.name, 'request-timeout'), text);
      }),
    );
  });

  test('an idle connection ends after keepAliveMs, and says so before', async () => {
    await using server = await startTestServer({ httpKeepAliveMs: 1000 });
    using client = await RawClient.connect(server);
    client.send(post('a'));
    assert.deepEqual(await client.gone(), [202]);
    assert.match(client.text, /\r\nkeep-alive: timeout=1\r\n/);
    assert.match(client.text, /\r\ndate: [A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\r\n/);
  });

  test('connections beyond connectionsMax are closed, and named in the log', async () => {
    const log = new ServerLog();
    await using server = await startTestServer({ httpConnectionsMax: 1, logger: log.logger });
    using first = await RawClient.connect(server);
    using second = await RawClient.connect(server);
    assert.deepEqual(await second.gone(), []);
    first.send(post('a'));
    assert.deepEqual(await first.answered(1), [202]);
    assert.ok(log.has('httpConnectionsMax'));
  });
});

test('[RFC 9112, 3.2.2] a target in absolute form is taken, and names the server instead of Host', async () => {
  await using server = await startTestServer();
  using client = await RawClient.connect(server);
  client.send('POST http://localhost/m/q HTTP/1.1\r\nhost: elsewhere.example\r\ncontent-length: 1\r\n\r\na');
  assert.deepEqual(await client.answered(1), [202]);
  client.send('POST http://elsewhere.example/m/q HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\n\r\na');
  assert.deepEqual(await client.answered(2), [202, 403]);
});

test('a client that ends its side after a request is answered', async () => {
  await using server = await startTestServer();
  using client = await RawClient.connect(server);
  client.socket.end(post('a'));
  assert.deepEqual(await client.gone(), [202]);
});
