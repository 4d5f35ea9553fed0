import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { findProgram, startTestServer } from '@angarium/testkit';
import { ADDRESSES, declare } from './support/http-client.ts';
import { RawClient } from './support/raw-client.ts';
import { ServerLog } from './support/server-log.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

class Http2Client implements Disposable {
  readonly session: ClientHttp2Session;

  private constructor(session: ClientHttp2Session) {
    this.session = session;
    // Being refused is what some tests want.
    session.on('error', () => {});
  }

  static async connect(server: { http: string }): Promise<Http2Client> {
    const session = connect(server.http);
    await once(session, 'connect');
    return new Http2Client(session);
  }

  get name(): string {
    return `${this.session.socket.localAddress}:${this.session.socket.localPort}`;
  }

  start(method: string, path: string, headers: Record<string, string> = {}): ClientHttp2Stream {
    return this.session.request({ ':method': method, ':path': path, ...headers }, { endStream: false });
  }

  async call(method: string, path: string, body = '', headers: Record<string, string> = {}): Promise<Answer> {
    const stream = this.start(method, path, headers);
    stream.end(body);
    const [answer] = (await once(stream, 'response')) as [Record<string, unknown>];
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return { status: Number(answer[':status']), headers: answer, text };
  }

  [Symbol.dispose](): void {
    this.session.destroy();
  }
}

/** A frame (RFC 9113, section 4.1) as latin1: length u24, type, flags, stream u32, payload. */
function frame(type: number, flags: number, stream: number, payload: string): string {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return head.toString('latin1') + payload;
}

describe('HTTP/2 on the port of HTTP/1.1', () => {
  test('sending, receiving, settling and the API are the same', async () => {
    await using server = await startTestServer();
    using client = await Http2Client.connect(server);
    const body = JSON.stringify({ metadata: { name: 'q' }, spec: { type: 'queue' } });
    assert.equal((await client.call('POST', ADDRESSES, body, { 'content-type': 'application/json' })).status, 201);
    const fields = { 'content-type': 'text/plain', 'angarium-subject': 'gr%C3%BC%C3%9Fe', 'angarium-property-n': '42;int' };
    const sent = await client.call('POST', '/m/q', 'hello', fields);
    assert.deepEqual([sent.status, sent.text], [202, '']);
    const received = await client.call('POST', '/m/q:receive');
    assert.deepEqual([received.status, received.text], [200, 'hello']);
    assert.deepEqual([received.headers['angarium-subject'], received.headers['angarium-property-n']], ['gr%C3%BC%C3%9Fe', '42;int']);
    const settled = await client.call('POST', '/m/q:settle', JSON.stringify({ lease: received.headers['angarium-lease'] }));
    assert.deepEqual([settled.status, settled.text], [200, '{"settled":1}']);
    assert.equal((await client.call('GET', '/healthz')).status, 200);
    assert.equal((await client.call('GET', '/m/q')).status, 405);
    assert.equal((await client.call('GET', '/nowhere')).status, 404);
  });

  test('requests of one connection are answered as they become known', async () => {
    await using server = await startTestServer();
    using client = await Http2Client.connect(server);
    const waiting = client.call('POST', '/m/q:receive?wait=10s&settle=auto');
    const sent = await Promise.all(Array.from({ length: 100 }, (_, i) => client.call('POST', '/m/other', `${i}`)));
    assert.ok(sent.every(({ status }) => status === 202));
    await client.call('POST', '/m/q', 'at last');
    assert.equal((await waiting).text, 'at last');
  });

  test('events come over a stream, and go on after its connection is full', async () => {
    await using server = await startTestServer();
    using client = await Http2Client.connect(server);
    const events = client.start('GET', '/m/news:events');
    events.end();
    await once(events, 'response');
    events.setEncoding('utf8');
    let text = '';
    const all = (async () => {
      for await (const chunk of events) {
        text += chunk;
        if (text.includes('"body":"199"')) return;
      }
    })();
    const padding = 'x'.repeat(10_000);
    for (let i = 0; i < 200; i++)
      await client.call('POST', '/m/news', `${i}`, { 'content-type': 'text/plain', 'angarium-subject': padding.slice(0, 9000) });
    await all;
    assert.equal(text.match(/^data: /gm)?.length, 200);
  });

  test('a request of a page of another origin is refused, and so is a name that is not ours', async () => {
    await using server = await startTestServer();
    using client = await Http2Client.connect(server);
    assert.equal((await client.call('POST', '/m/q', 'x', { origin: 'http://evil.example' })).status, 403);
    assert.equal((await client.call('POST', '/m/q', 'x', { ':authority': 'evil.example' })).status, 403);
  });

  test('curl by prior knowledge', { skip: findProgram('curl') === undefined && 'there is no curl' }, async () => {
    await using server = await startTestServer();
    await declare(server, 'q', { type: 'queue' });
    const args = ['-sS', '--http2-prior-knowledge', '-w', '%{http_version} %{http_code}', '-d', 'ring', `${server.http}/m/q`];
    const { stdout } = await promisify(execFile)('curl', args);
    assert.equal(stdout, '2 202');
  });

  test('the preface may come in pieces', async () => {
    await using server = await startTestServer();
    using client = await RawClient.connect(server);
    for (let at = 0; at < PREFACE.length; at += 5) {
      client.send(PREFACE.slice(at, at + 5));
      await new Promise(resolve => setImmediate(resolve));
    }
    client.send(frame(4, 0, 0, ''));
    await client.heard(9);
    assert.equal(client.text.charCodeAt(3), 4, 'its SETTINGS come first');
  });
});

describe('HTTP/2 connections that take too much are closed, and named in the log', () => {
  test('[RFC 9113, 5.1.2] no more than http2StreamsMax requests at a time', async () => {
    await using server = await startTestServer({ httpHttp2StreamsMax: 3 });
    using client = await Http2Client.connect(server);
    if (client.session.remoteSettings.maxConcurrentStreams !== 3) await once(client.session, 'remoteSettings');
    assert.equal(client.session.remoteSettings.maxConcurrentStreams, 3);
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.call('POST', '/m/q:receive?wait=100ms')));
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([204]));
  });

  test('[RFC 9113, 10.5.1] a header list beyond headerBytesMax is refused', async () => {
    const log = new ServerLog();
    await using server = await startTestServer({ logger: log.logger });
    using client = await Http2Client.connect(server);
    const answer = await client.call('POST', '/m/q', 'x', { 'x-long': 'x'.repeat(17_000) });
    assert.equal(answer.status, 431);
    assert.ok(log.has(client.name, 'header-too-large'));
    assert.equal((await client.call('POST', '/m/q', 'x')).status, 202);
  });

  test('[CVE-2023-44487] requests that are taken back as soon as they are made', async () => {
    const log = new ServerLog();
    await using server = await startTestServer({ httpHttp2ResetsMax: 50, logger: log.logger });
    using client = await Http2Client.connect(server);
    const { name } = client;
    const closed = new Promise<void>(resolve => client.session.once('close', resolve));
    const code = new Promise<number>(resolve => client.session.once('goaway', resolve));
    for (let i = 0; i < 500 && !client.session.destroyed; i++) {
      const stream = client.start('POST', '/m/q');
      stream.on('error', () => {});
      stream.close(constants.NGHTTP2_CANCEL);
      if (i % 20 === 0) await new Promise(resolve => setImmediate(resolve));
    }
    assert.equal(await code, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    await closed;
    await log.seen(name, 'http2ResetsMax');
  });

  const floods: Readonly<Record<string, string>> = {
    '[CVE-2019-9515] SETTINGS': frame(4, 0, 0, '\0\x03\0\0\0\x64').repeat(5000),
    '[CVE-2019-9512] PING': frame(6, 0, 0, '12345678').repeat(20_000),
    '[CVE-2024-27983] CONTINUATION': frame(1, 0, 1, '\x82') + frame(9, 0, 1, '').repeat(20_000),
    '[RFC 9113, 4.2] a frame larger than was agreed': frame(0, 0, 1, 'x'.repeat(20_000)),
    '[RFC 9113, 5.1] DATA for a stream that was never opened': frame(0, 0, 1, 'x').repeat(10),
    '[RFC 9113, 3.4] something else after the preface': 'GET / HTTP/1.1\r\n\r\n',
  };
  for (const [what, bytes] of Object.entries(floods)) {
    test(what, async () => {
      const log = new ServerLog();
      await using server = await startTestServer({ logger: log.logger });
      using client = await RawClient.connect(server);
      client.socket.on('data', () => client.socket.pause());
      client.send(PREFACE + frame(4, 0, 0, '') + bytes);
      await log.seen(client.name, 'HTTP/2 connection closed');
      client.socket.removeAllListeners('data').resume();
      await client.gone();
    });
  }

  test('a request whose body does not come in time', async () => {
    const log = new ServerLog();
    await using server = await startTestServer({ httpRequestTimeoutMs: 1200, logger: log.logger });
    using client = await Http2Client.connect(server);
    const stream = client.start('POST', '/m/q');
    stream.on('error', () => {});
    stream.write('some of it');
    await once(stream, 'close');
    assert.equal(stream.rstCode, constants.NGHTTP2_CANCEL);
    assert.ok(log.has(client.name, 'requestTimeoutMs'));
  });

  test('a connection without requests ends after keepAliveMs', async () => {
    await using server = await startTestServer({ httpKeepAliveMs: 500 });
    using client = await Http2Client.connect(server);
    await once(client.session, 'close');
  });
});
