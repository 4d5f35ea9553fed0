import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:http2';
import { after, before, describe, test } from 'node:test';
import { spawnServer, startTestServer, type TestServer } from '@angarium/testkit';
import { WebSocket } from 'ws';
import { assertProblem, call } from './support/http-client.ts';

type Frame = Record<string, unknown>;

/** A client of JSON over a WebSocket that has said something, and been answered. */
async function socketWith(server: { http: string }, path: string, ...frames: Frame[]): Promise<{ socket: WebSocket; answers: Frame[] }> {
  const socket = new WebSocket(`${server.http.replace('http', 'ws')}${path}`);
  await once(socket, 'open');
  const answers: Frame[] = [];
  for (const frame of frames) {
    socket.send(JSON.stringify(frame));
    const [data] = (await once(socket, 'message')) as [Buffer];
    answers.push(JSON.parse(String(data)));
  }
  return { socket, answers };
}

async function ended(socket: WebSocket, end: () => void): Promise<void> {
  const closed = once(socket, 'close');
  end();
  await closed;
}

/** A reader of events that has got the head of its answer. */
async function reader(server: { http: string }, path: string): Promise<{ sent: ClientRequest; response: IncomingMessage }> {
  const sent = request(new URL(path, server.http), { agent: false });
  sent.on('error', () => sent.destroy());
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.on('error', () => response.destroy());
  return { sent, response };
}

/** Receives from a queue as one who waits for it. */
async function next(server: { http: string }, queue: string): Promise<Frame> {
  const answer = await call(server, 'POST', `/m/${queue}:receive?wait=20s&settle=auto`, { headers: { accept: 'application/json' } });
  const [message] = answer.json.messages as Frame[];
  assert.ok(message, answer.text);
  return message;
}

/** Nothing came to the queue that was published before now. */
async function nothing(server: { http: string }, queue: string): Promise<void> {
  await call(server, 'POST', `/m/${queue}`, { body: 'fence', headers: { 'content-type': 'text/plain' } });
  assert.equal((await next(server, queue)).body, 'fence');
}

describe('wills of HTTP clients', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(() => server[Symbol.asyncDispose]());

  /** Whether the client has a will. */
  function kept(client: string): boolean {
    return server.broker.spaces.get('default')!.notes.all.has(`will:http:anonymous\n${client}`);
  }

  describe('over a WebSocket', () => {
    test('a socket that is lost has its will, with all that its message says', async () => {
      await nothing(server, 'ws-lost');
      const message = { body: { gone: true }, subject: 'farewell', properties: { device: 7 } };
      const { socket, answers } = await socketWith(server, '/ws', { type: 'will', id: 1, address: 'ws-lost', message });
      assert.deepEqual(answers, [{ type: 'accepted', id: 1 }]);
      await nothing(server, 'ws-lost');
      socket.terminate();
      const { body, subject, properties, durable } = await next(server, 'ws-lost');
      assert.deepEqual({ body, subject, properties, durable }, { ...message, durable: true });
    });

    for (const [what, close, published] of [
      ['a close without a code', (socket: WebSocket) => socket.close(), false],
      ['a normal close', (socket: WebSocket) => socket.close(1000), false],
      ['a page that is left', (socket: WebSocket) => socket.close(1001), true],
      ['a close with an error', (socket: WebSocket) => socket.close(1011), true],
      ['a cut', (socket: WebSocket) => socket.terminate(), true],
    ] as const) {
      test(`[RFC 6455, 7.4.1] ${what} ${published ? 'publishes' : 'removes'} the will`, async () => {
        const queue = what.replaceAll(' ', '-');
        await nothing(server, queue);
        const { socket } = await socketWith(server, '/ws', { type: 'will', address: queue, message: { body: 'gone' } });
        await ended(socket, () => close(socket));
        if (published) assert.equal((await next(server, queue)).body, 'gone');
        await nothing(server, queue);
      });
    }

    test('a further will takes the place of the one before, and one without a message takes it back', async () => {
      await nothing(server, 'ws-again');
      const will = (body: string) => ({ type: 'will', address: 'ws-again', message: { body } });
      const one = await socketWith(server, '/ws', will('first'), will('second'));
      one.socket.terminate();
      assert.equal((await next(server, 'ws-again')).body, 'second');
      const other = await socketWith(server, '/ws', will('never'), { type: 'will', id: 'none' });
      assert.deepEqual(other.answers[1], { type: 'accepted', id: 'none' });
      await ended(other.socket, () => other.socket.terminate());
      await nothing(server, 'ws-again');
    });

    test('a client that gives its name and is back before the delay is over has not died', async () => {
      await nothing(server, 'ws-delayed');
      for (const [client, delay] of [
        ['back', '1h'],
        ['away', 800],
      ]) {
        const { socket } = await socketWith(server, '/ws', {
          type: 'will',
          client,
          delay,
          address: 'ws-delayed',
          message: { body: client },
        });
        await ended(socket, () => socket.terminate());
      }
      assert.equal(kept('back'), true);
      const { socket } = await socketWith(server, '/ws', { type: 'will', client: 'back' });
      assert.equal(kept('back'), false);
      assert.equal((await next(server, 'ws-delayed')).body, 'away');
      await ended(socket, () => socket.close());
      await nothing(server, 'ws-delayed');
    });

    test('a client that comes anew while its older socket is there has one will, the newer one', async () => {
      await nothing(server, 'ws-twice');
      const will = (body: string) => ({ type: 'will', client: 'twice', address: 'ws-twice', message: { body } });
      const older = await socketWith(server, '/ws', will('older'));
      const newer = await socketWith(server, '/ws', will('newer'));
      await ended(older.socket, () => older.socket.terminate());
      await nothing(server, 'ws-twice');
      await ended(newer.socket, () => newer.socket.terminate());
      assert.equal((await next(server, 'ws-twice')).body, 'newer');
      await nothing(server, 'ws-twice');
    });

    for (const [what, frame] of [
      ['without an address', { message: { body: 'x' } }],
      ['whose address is no text', { address: 7, message: { body: 'x' } }],
      ['whose message is none', { address: 'a', message: 'x' }],
      ['whose retain is no flag', { address: 'a', message: { body: 'x' }, retain: 'yes' }],
      ['whose delay is no time', { address: 'a', message: { body: 'x' }, delay: 'soon' }],
      ['whose delay is too long', { address: 'a', message: { body: 'x' }, delay: '25h' }],
      ['whose client is no name', { address: 'a', message: { body: 'x' }, client: '' }],
      ['whose client is no text', { address: 'a', message: { body: 'x' }, client: 1 }],
    ] as const) {
      test(`a will ${what} is refused, and the socket stays`, async () => {
        const { socket, answers } = await socketWith(server, '/ws', { type: 'will', id: 1, ...frame }, { type: 'will', id: 2 });
        assert.equal(answers[0]!.type, 'problem');
        assert.equal((answers[0]!.problem as Frame).code, 'request-invalid');
        assert.deepEqual(answers[1], { type: 'accepted', id: 2 });
        await ended(socket, () => socket.close());
      });
    }

    test('a will that is too large is refused', async () => {
      const will = { type: 'will', id: 1, address: 'a', message: { body: 'x'.repeat(140_000) } };
      const { socket, answers } = await socketWith(server, '/ws', will);
      assert.equal((answers[0]!.problem as Frame).code, 'message-too-large');
      await ended(socket, () => socket.close());
    });

    test('the path’s address is the will’s, where the frame names none; a retained will is its topic’s last message', async () => {
      const { socket } = await socketWith(server, '/ws', { type: 'will', address: 'ws/retained', retain: true, message: { body: 'gone' } });
      await ended(socket, () => socket.terminate());
      const path = '/apis/angarium.dev/v1/addressspaces/default/addresses/ws-path/ws';
      await nothing(server, 'ws-path');
      const own = await socketWith(server, path, { type: 'will', message: { body: 'gone' } });
      own.socket.terminate();
      assert.equal((await next(server, 'ws-path')).body, 'gone');
      assert.equal(server.broker.spaces.get('default')!.retained.size, 1);
    });
  });

  describe('over an event stream', () => {
    function events(queue: string, client: string, rest = ''): string {
      return `/m/news:events?client=${client}&will=${queue}&will-body=gone%20away${rest}`;
    }

    test('a stream that is lost has its will after the delay', async () => {
      await nothing(server, 'sse-lost');
      const { sent } = await reader(server, events('sse-lost', 'lost', '&will-delay=100ms&will-type=text/x-farewell'));
      await nothing(server, 'sse-lost');
      sent.destroy();
      const { body, contentType } = await next(server, 'sse-lost');
      assert.deepEqual({ body, contentType }, { body: 'gone away', contentType: 'text/x-farewell' });
    });

    test('a reader that is back under its name before the delay is over has not died', async () => {
      await nothing(server, 'sse-back');
      const away = await reader(server, events('sse-back', 'reader-away', '&will-delay=800ms'));
      const first = await reader(server, events('sse-back', 'reader-back', '&will-delay=1h'));
      first.sent.destroy();
      away.sent.destroy();
      const second = await reader(server, events('sse-back', 'reader-back', '&will-delay=1h'));
      await next(server, 'sse-back');
      await nothing(server, 'sse-back');
      assert.equal(kept('reader-back'), true);
      const third = await reader(server, '/m/news:events?client=reader-back');
      assert.equal(kept('reader-back'), false);
      second.sent.destroy();
      third.sent.destroy();
      await nothing(server, 'sse-back');
    });

    test('a stream of HTTP/2 that is lost has its will too, and one that says goodbye has none', async context => {
      await nothing(server, 'sse-h2');
      const session = connect(server.http);
      context.after(() => session.destroy());
      const stream = session.request({ ':path': events('sse-h2', 'h2-lost', '&will-delay=0') });
      const [headers] = await once(stream, 'response');
      assert.equal(headers[':status'], 200);
      const polite = session.request({ ':path': events('sse-h2', 'h2-polite', '&will-delay=0') });
      await once(polite, 'response');
      const goodbye = session.request({ ':method': 'DELETE', ':path': '/m/news:events?client=h2-polite' });
      const [left] = await once(goodbye, 'response');
      assert.equal(left[':status'], 204);
      await nothing(server, 'sse-h2');
      session.destroy();
      assert.equal((await next(server, 'sse-h2')).body, 'gone away');
      await nothing(server, 'sse-h2');
    });

    test('a reader that says goodbye has none, before it leaves or after', async () => {
      await nothing(server, 'sse-goodbye');
      const polite = await reader(server, events('sse-goodbye', 'polite', '&will-delay=0'));
      assert.equal((await call(server, 'DELETE', '/m/news:events?client=polite')).status, 204);
      polite.sent.destroy();
      const late = await reader(server, events('sse-goodbye', 'late', '&will-delay=1h'));
      late.sent.destroy();
      assert.equal((await call(server, 'DELETE', '/m/news:events?client=late')).status, 204);
      await nothing(server, 'sse-goodbye');
      assert.deepEqual([kept('polite'), kept('late')], [false, false]);
    });

    for (const [what, query] of [
      ['without a name', 'will=a'],
      ['with an empty name', 'will=a&client='],
      ['for nobody', 'will=&client=c'],
      ['with a delay that is none', 'will=a&client=c&will-delay=soon'],
      ['with a delay that is too long', 'will=a&client=c&will-delay=25h'],
      ['with a flag that is none', 'will=a&client=c&will-retain=maybe'],
    ] as const) {
      test(`a will ${what} is refused`, async () => {
        assertProblem(await call(server, 'GET', `/m/news:events?${query}`), 400, 'request-invalid');
      });
    }

    test('goodbye needs a name, and a stream that is refused leaves no will', async () => {
      assertProblem(await call(server, 'DELETE', '/m/news:events'), 400, 'request-invalid');
      assertProblem(await call(server, 'GET', '/m/$none:events?client=refused&will=a'), 404, 'address-not-found');
      assertProblem(await call(server, 'GET', '/m/news:events?client=refused&will=a&durable=true'), 400, 'request-invalid');
      assert.equal(kept('refused'), false);
    });
  });

  test('a server that is killed publishes the wills of its clients when it is back', async () => {
    await using first = await spawnServer({ args: ['--amqp', 'off', '--mqtt', 'off'] });
    await nothing(first, 'wills');
    const { socket } = await socketWith(first, '/ws', { type: 'will', address: 'wills', message: { body: 'socket' } });
    socket.on('error', () => {});
    const stream = await reader(first, '/m/news:events?client=reader&will=wills&will-body=stream&will-delay=0');
    stream.response.resume();
    await using second = await first.restart();
    assert.deepEqual([(await next(second, 'wills')).body, (await next(second, 'wills')).body].sort(), ['socket', 'stream']);
  });
});
