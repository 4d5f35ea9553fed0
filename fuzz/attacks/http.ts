import type { RawClient } from '../../packages/head-http/test/support/raw-client.ts';
import { type Attack, HOSTILE_QUEUE, whileItGoesOn } from '../attack.ts';

/** The slack that a timeout gets: the server looks at its connections about once a second, on a busy machine. */
const TIMEOUT_SLACK_MS = 10_000;
const HOST = 'host: localhost\r\n';
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

function post(body: string, fields = '', path = `/m/${HOSTILE_QUEUE}`): string {
  return `POST ${path} HTTP/1.1\r\n${HOST}${fields}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** What two parsers might read differently. */
const TRICKS: readonly string[] = [
  'content-length: 5\r\n',
  'content-length: 0\r\n',
  'content-length: -1\r\n',
  'content-length: 1e3\r\n',
  'content-length : 5\r\n',
  'content-length:\t5\r\n',
  'Content-Length: 5, 6\r\n',
  'transfer-encoding: chunked\r\n',
  'transfer-encoding: identity\r\n',
  'transfer-encoding: chunked, chunked\r\n',
  'transfer-encoding:\x0bchunked\r\n',
  'transfer-encoding : chunked\r\n',
  ' folded: line\r\n',
  'x: y\r\n z\r\n',
  'x: a\rb\r\n',
  'x: a\0b\r\n',
  'x\n',
  ': nameless\r\n',
  'host: elsewhere\r\n',
  'connection: close, keep-alive\r\n',
  'upgrade: h2c\r\n',
  'expect: 100-continue\r\n',
  '\r\n',
  '\n',
];

const httpTricks: Attack = {
  name: 'http-tricks',
  does: 'HTTP requests whose fields contradict each other, in every mixture, with another request behind them',
  async run(field) {
    let refused = 0;
    const times = await whileItGoesOn(field, async () => {
      const peer = await field.connectHttp();
      const count = field.random.between(1, 4);
      let fields = '';
      for (let i = 0; i < count; i++) fields += TRICKS[field.random.below(TRICKS.length)];
      peer.send(`POST /m/${HOSTILE_QUEUE} HTTP/1.1\r\n${HOST}${fields}\r\n12345${post('behind')}`);
      peer.socket.end();
      const statuses = await peer.gone();
      const last = statuses.at(-1) ?? 400;
      if (last >= 400) refused++;
      if (last >= 500 && last !== 501 && last !== 503) throw new Error(`${last} for ${JSON.stringify(fields)}`);
    });
    field.note(`${times} requests, ${refused} refused`);
  },
};

const httpMutations: Attack = {
  name: 'http-mutations',
  does: 'HTTP requests with bytes changed, taken out and doubled, over both versions',
  async run(field) {
    const requests = [
      post('hello', 'content-type: text/plain\r\n'),
      post('{"body":1}\n{"body":2}', 'content-type: application/x-ndjson\r\n'),
      `POST /m/${HOSTILE_QUEUE}:receive?count=3 HTTP/1.1\r\n${HOST}content-length: 0\r\n\r\n`,
      `POST /m/${HOSTILE_QUEUE} HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
      `GET /m/${HOSTILE_QUEUE}/ws HTTP/1.1\r\n${HOST}upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
      `${PREFACE}${frame(4, 0, 0, '')}${frame(1, 5, 1, '\x83\x86\x84\x41\x09localhost')}${frame(0, 1, 1, 'x')}`,
    ];
    const times = await whileItGoesOn(field, async () => {
      const peer = await field.connectHttp();
      let text = requests[field.random.below(requests.length)]!;
      for (let i = field.random.between(1, 5); i > 0; i--) {
        const at = field.random.below(text.length);
        const kind = field.random.below(3);
        const byte = String.fromCharCode(field.random.below(256));
        text =
          kind === 0
            ? text.slice(0, at) + byte + text.slice(at + 1)
            : kind === 1
              ? text.slice(0, at) + text.slice(at + 1)
              : text + text.slice(at);
      }
      peer.send(text);
      peer.socket.end();
      await peer.gone();
    });
    field.note(`${times} connections`);
  },
};

/** A frame of HTTP/2 (RFC 9113, section 4.1) as latin1. */
function frame(type: number, flags: number, stream: number, payload: string): string {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return head.toString('latin1') + payload;
}

const http2Frames: Attack = {
  name: 'http2-frames',
  does: 'frames of HTTP/2 of every type with any flags, streams and payloads, by the thousand',
  async run(field) {
    const times = await whileItGoesOn(field, async () => {
      const peer = await field.connectHttp();
      let text = PREFACE + frame(4, 0, 0, '');
      const same = field.random.below(2) === 0 ? field.random.below(11) : -1;
      for (let i = 0; i < 2000; i++) {
        const type = same < 0 ? field.random.below(11) : same;
        const payload = Buffer.from(field.random.bytes(field.random.below(24))).toString('latin1');
        text += frame(type, field.random.below(256), field.random.below(2) === 0 ? 0 : 2 * i + 1, payload);
      }
      peer.send(text);
      peer.socket.end();
      await peer.gone();
    });
    field.note(`${times} connections`);
  },
};

const httpSlow: Attack = {
  name: 'http-slow',
  does: 'peers that say nothing, and others that fall silent amid a request line, a head, or a body, until they are cut',
  async run(field) {
    const beginnings = [
      '',
      'POST',
      `POST /m/${HOSTILE_QUEUE} HTTP/1.1\r\nhos`,
      post('x'.repeat(100)).slice(0, -10),
      'GET /healthz HTTP/1.1\r\n',
    ];
    const peers: RawClient[] = [];
    // Ten thousand in the long form: more than the files that this process may have open would take need several processes.
    for (let i = 0; i < (field.long ? 10_000 : 1000); i++) {
      const peer = await field.connectHttp();
      peer.send(beginnings[i % beginnings.length]!);
      peers.push(peer);
    }
    await Promise.all(peers.map(peer => peer.gone(field.httpLimits.requestTimeoutMs + TIMEOUT_SLACK_MS)));
    for (const peer of peers.slice(-beginnings.length)) field.mustBeNamed(peer);
    field.note(`${peers.length} connections`);
  },
};

const httpPipelines: Attack = {
  name: 'http-pipelines',
  does: 'peers that send thousands of requests and read no answer, until they are cut',
  async run(field) {
    // The answer repeats what was wrong, so that few requests make many bytes.
    const burst = post('x', `angarium-durable: ${'x'.repeat(10_000)}\r\n`).repeat(20);
    const peers = await Promise.all(Array.from({ length: field.long ? 50 : 5 }, () => field.connectHttp()));
    await Promise.all(
      peers.map(async peer => {
        peer.socket.pause();
        for (let i = 0; i < 100 && !peer.socket.destroyed; i++) {
          peer.send(burst);
          await new Promise(resolve => setImmediate(resolve));
        }
      }),
    );
    // They read nothing, so that they would not see the end: the log says it.
    for (const peer of peers) field.mustBeNamed(peer);
  },
};

const httpGiants: Attack = {
  name: 'http-giants',
  does: 'bodies of a hundred thousand messages, deep JSON, endless fields and targets',
  async run(field) {
    const deep = 100_000;
    const ndjson = 'content-type: application/x-ndjson\r\n';
    const array = 'content-type: application/json\r\n';
    const parts = `--x\r\n\r\na\r\n`.repeat(100_000);
    const path = `/m/${HOSTILE_QUEUE}`;
    const giants: readonly (readonly [request: string, statuses: readonly number[]])[] = [
      [post('{}\n'.repeat(100_000), ndjson), [413]],
      [post(`[${'{},'.repeat(100_000)}{}]`, array, `${path}?batch=json`), [413]],
      [post(`${parts}--x--`, 'content-type: multipart/mixed; boundary=x\r\n'), [413]],
      [post(`{"body":${'['.repeat(deep)}${']'.repeat(deep)}}`, ndjson), [400, 202]],
      [post('['.repeat(1_000_000), array, `${path}?batch=json`), [400]],
      [post('{"a":'.repeat(deep), 'content-type: application/cloudevents+json\r\n'), [400]],
      [post('', `x: ${'y'.repeat(100_000)}\r\n`), [431]],
      [post('', '', `/m/${'q'.repeat(100_000)}`), [431]],
      [post('', 'x: y\r\n'.repeat(20_000)), [431]],
      [`POST ${path} HTTP/1.1\r\n${HOST}content-length: 99999999999\r\n\r\n`, [413]],
    ];
    for (const [request, wanted] of giants) {
      const peer = await field.connectHttp();
      peer.send(request);
      const [status] = await peer.answered(1);
      if (status === undefined || !wanted.includes(status)) throw new Error(`${status} for ${request.slice(0, 200)}`);
    }
  },
};

export const HTTP_ATTACKS: readonly Attack[] = [httpTricks, httpMutations, http2Frames, httpGiants, httpPipelines, httpSlow];
