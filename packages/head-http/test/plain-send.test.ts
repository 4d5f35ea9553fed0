import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MessagePaths } from '../src/message-path.ts';
import { readPlainSend } from '../src/plain-send.ts';

const paths = new MessagePaths('default');
const find = (target: string) => paths.find(target);
const SOCKET = { remoteAddress: '127.0.0.1' };
const read = (head: string) => readPlainSend(head, SOCKET, find);

const LINES = [
  'content-length: 5',
  'Content-Length:5',
  'content-length: 5, 5',
  'content-length: +5',
  'content-length : 5',
  'transfer-encoding: chunked',
  'Transfer-Encoding:chunked',
  'transfer-encoding : chunked',
  'host: localhost',
  'Host: other',
  'host: a b',
  'connection: keep-alive',
  'connection: close',
  'expect: 100-continue',
  'content-type: text/plain',
  'content-type: multipart/mixed; boundary=x',
  ' folded',
  'x: y',
  'x: \x80\xff',
  'x: a\rb',
  'x: a\0',
  ': nameless',
  'nothing',
  '',
];
const head = fc
  .tuple(
    fc.constantFrom('POST /m/q HTTP/1.1', 'POST /m/q?wait=1s HTTP/1.1', 'POST /m/q HTTP/1.0', 'GET /m/q HTTP/1.1', 'POST  /m/q HTTP/1.1'),
    fc.array(
      fc.oneof(
        { weight: 2, arbitrary: fc.constantFrom('content-length: 5', 'host: localhost') },
        fc.constantFrom(...LINES),
        fc.string({ unit: 'binary-ascii', maxLength: 20 }),
      ),
      { maxLength: 8 },
    ),
    fc.constantFrom('\r\n', '\r\n', '\r\n', '\n'),
  )
  .map(([request, lines, end]) => `${[request, ...lines].join(end)}${end}${end}`);

test('a head is read, with its fields in their order and the bytes of its body', () => {
  const text = 'POST /m/a%2Fb HTTP/1.1\r\nHost: localhost:8080\r\nAngarium-TTL:  10s \r\nContent-Length: 12\r\n\r\n';
  const request = read(text)!;
  assert.equal(request.path.name, 'a/b');
  assert.equal(request.bodyBytes, 12);
  assert.deepEqual(request.rawHeaders, ['Host', 'localhost:8080', 'Angarium-TTL', '10s', 'Content-Length', '12']);
  assert.equal(request.headers.host, 'localhost:8080');
});

test('[RFC 9112, 6.3] whatever is read here says once and only once where it ends, and nothing that could be read in another way', () => {
  let taken = 0;
  fc.assert(
    fc.property(head, text => {
      const request = read(text);
      if (request === undefined) return;
      taken++;
      assert.doesNotMatch(text, /[^\r]\n|\r[^\n]|\0|\r\n[ \t:]|^[^:\r\n]*[ \t]:/m);
      assert.doesNotMatch(text, /^(transfer-encoding|expect|upgrade|te|trailer)\s*:/im);
      assert.equal(text.match(/^content-length:/gim)?.length, 1);
      assert.match(text, /^content-length:\s*5\s*$/im);
      assert.equal(text.match(/^host:/gim)?.length, 1);
      assert.equal(request.bodyBytes, 5);
      assert.match(text, /^POST \/m\/q HTTP\/1\.1\r\n/);
    }),
    { numRuns: 20_000 },
  );
  assert.ok(taken > 0, 'some of the heads are plain');
});

test('the plain form is common enough to be worth it: curl, fetch and python send it', () => {
  const fields = 'Host: localhost\r\nUser-Agent: any/1.0\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n';
  for (const more of ['', 'Connection: keep-alive\r\n', 'sec-fetch-mode: cors\r\naccept-language: *\r\n', 'X-Forwarded-For: 10.0.0.1\r\n'])
    assert.ok(read(`POST /m/q HTTP/1.1\r\n${fields}${more}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n`), more);
});
