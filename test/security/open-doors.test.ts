import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { AmqpMap, PROTOCOL_HEADER_AMQP, PROTOCOL_HEADER_SASL, RECEIVER_SECOND, SASL_OK } from '@angarium/codec-amqp';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { WebSocket } from 'ws';
import { ACCEPTED, text, textOf } from '../../packages/head-amqp/test/support/messages.ts';
import { RawPeer } from '../../packages/head-amqp/test/support/raw-peer.ts';
import { type RawReceiver, RawSession } from '../../packages/head-amqp/test/support/raw-session.ts';
import { begin, conditionOf, coordinator, discharge, inTransaction } from '../../packages/head-amqp/test/support/transactions.ts';
import { cheapHash } from '../../packages/server/test/support/cheap-hash.ts';
import { declare } from '../../packages/server/test/support/declare.ts';

const PASSWORD = 'secret';
const SECRET = 'the plans of acme';
const API = '/apis/angarium.dev/v1/addressspaces';

let server: TestServer;

before(async () => {
  server = await startTestServer({ mqtt: 'off', users: [{ name: 'root', passwordHash: await cheapHash(PASSWORD) }] });
  const authentication = { type: 'password', passwordHash: await cheapHash(PASSWORD) };
  for (const [space, users] of [
    ['acme', ['ada', 'bob']],
    ['evil', ['mallory']],
  ] as const) {
    await declare(server.broker, 'AddressSpace', '', space, { autoCreate: true });
    for (const name of users) await declare(server.broker, 'User', space, name, { authentication });
    await declare(server.broker, 'RoleBinding', space, 'users', { role: 'developer', subjects: users.map(user => ({ user })) });
  }
  await declare(server.broker, 'User', 'acme', 'eve', {
    authentication,
    authorization: [{ actions: ['send', 'receive'], addresses: ['eves/#'] }],
  });
});
after(() => server[Symbol.asyncDispose]());

/** A session of somebody, on a connection whose container is called as another's may be. */
async function sessionOf(user: string, containerId = 'the same'): Promise<RawSession> {
  const peer = await RawPeer.connect(server.amqp);
  peer.send(PROTOCOL_HEADER_SASL);
  await peer.header();
  peer.sasl({ kind: 'sasl-init', mechanism: 'PLAIN', initialResponse: Buffer.from(`\0${user}\0${PASSWORD}`) });
  assert.equal((await peer.saslFrame('sasl-outcome')).code, SASL_OK);
  peer.send(PROTOCOL_HEADER_AMQP);
  peer.write({ kind: 'open', containerId });
  await peer.next('open');
  return await RawSession.begin(peer);
}

async function fill(session: RawSession, address: string, ...texts: string[]): Promise<void> {
  const sender = await session.sender(address, { name: `filler ${address}` });
  await sender.credit();
  for (const each of texts) assert.deepEqual(await sender.outcomeOf(text(each, { header: { durable: true } })), ACCEPTED);
}

function stored(space: string, address: string): number {
  return server.broker.spaces.get(space)!.addresses.get(address)?.stored ?? 0;
}

describe('a WebSocket with JSON', () => {
  type Frame = Readonly<Record<string, unknown>> & { readonly problem?: { readonly code: string } };
  const open = async (user: string, path = '/ws') => {
    const authorization = `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString('base64')}`;
    const socket = new WebSocket(`${server.http.replace('http', 'ws')}${path}`, { headers: { authorization } });
    const answered = await Promise.race([
      once(socket, 'open').then(() => 101),
      once(socket, 'unexpected-response').then(([, response]) => (response as { statusCode: number }).statusCode),
    ]);
    return { socket, answered };
  };
  /** What the server says to each of these frames, asked one after the other. */
  const ask = async (user: string, frames: readonly object[], path?: string): Promise<string[]> => {
    const { socket } = await open(user, path);
    const answers: string[] = [];
    for (const frame of frames) {
      const answer = once(socket, 'message');
      socket.send(JSON.stringify(frame));
      const { type, problem } = JSON.parse(String((await answer)[0])) as Frame;
      answers.push(problem?.code ?? String(type));
    }
    const closed = once(socket, 'close');
    socket.close();
    await closed;
    return answers;
  };
  const NAMES = ['secret', '/acme/secret', '../acme/secret', 'acme/secret', 'secret@acme', 'amqp://localhost/acme/secret'];

  before(async () => {
    await using session = await sessionOf('ada@acme', 'filling');
    await fill(session, 'secret', SECRET);
  });

  test('leads to no address of another address space, by path or by name', async () => {
    for (const path of [`${API}/acme/addresses/secret/ws`, `${API}/nowhere/addresses/secret/ws`]) {
      const { answered } = await open('mallory@evil', path);
      assert.ok(answered === 401 || answered === 403, `${path}: ${answered}`);
    }
    // His own address space makes addresses of such names: what counts is that they are his own.
    const frames = NAMES.flatMap((address, id) => [
      { type: 'subscribe', id: `s${id}`, address, settle: 'manual', credit: 0 },
      { type: 'will', id, address, message: { body: 'forged' } },
    ]);
    await ask('mallory@evil', frames);
    await ask(
      'mallory@evil',
      NAMES.map((address, id) => ({ type: 'send', id, address, message: { body: 'forged' } })),
    );
    assert.equal(stored('acme', 'secret'), 1);
    for (const name of server.broker.spaces.get('acme')!.addresses.keys()) assert.ok(!/acme|localhost|\.\./.test(name), name);
  });

  test('gives a user with few rights no more than they are, and says nobody else’s name', async () => {
    const denied = (await ask('eve@acme', [
      { type: 'subscribe', id: 'a', address: 'secret' },
      { type: 'subscribe', id: 'b', address: 'not there' },
      { type: 'send', id: 1, address: 'secret', message: { body: 'x' } },
      { type: 'will', id: 2, address: 'secret', message: { body: 'x' } },
    ])) as string[];
    assert.deepEqual(new Set(denied), new Set(['unauthorized']));
    const [forged] = await ask('eve@acme', [{ type: 'send', id: 1, address: 'eves/own', message: { userId: 'ada', body: 'x' } }]);
    assert.notEqual(forged, 'accepted');
    assert.deepEqual(await ask('eve@acme', [{ type: 'subscribe', id: 'a' }], `${API}/acme/addresses/secret/ws`), ['unauthorized']);
  });

  test('settles nobody else’s deliveries', async () => {
    const { socket } = await open('ada@acme');
    const delivered = new Promise<Frame>(resolve =>
      socket.on('message', data => {
        const frame = JSON.parse(String(data)) as Frame;
        if (frame.type === 'message') resolve(frame);
      }),
    );
    socket.send(JSON.stringify({ type: 'subscribe', id: 's', address: 'secret', settle: 'manual' }));
    socket.send(JSON.stringify({ type: 'credit', id: 's', credit: 1 }));
    const { delivery } = await delivered;
    const others = await open('mallory@evil');
    const settled = once(others.socket, 'message');
    others.socket.send(JSON.stringify({ type: 'settle', id: 1, delivery, outcome: 'accepted' }));
    assert.deepEqual(JSON.parse(String((await settled)[0])), { type: 'settled', id: 1, settled: 0, gone: 1 });
    assert.equal(stored('acme', 'secret'), 1);
    for (const each of [socket, others.socket]) {
      const closed = once(each, 'close');
      each.close();
      await closed;
    }
  });
});

describe('an AMQP link that was suspended', () => {
  const KEPT = { expiryPolicy: 'never', timeout: 60 } as const;
  /** `tag`: a delivery that the peer says it has not settled. */
  const attach = (session: RawSession, address: string, tag?: Uint8Array): Promise<RawReceiver> =>
    session.receiver(
      { address, ...KEPT },
      { name: 'the link', rcvSettleMode: RECEIVER_SECOND, ...(tag && { unsettled: new AmqpMap([[tag, null]]) }) },
    );

  test('is nobody else’s: neither of another tenant, nor of another user of the same one, whatever both are called', async () => {
    let tag: Uint8Array;
    {
      await using session = await sessionOf('ada@acme');
      await fill(session, 'suspended', SECRET);
      const link = await attach(session, 'suspended');
      link.grant(1);
      const delivery = await link.receive();
      assert.equal(textOf(delivery.payload), SECRET);
      ({ tag } = delivery);
    }
    for (const thief of ['mallory@evil', 'bob@acme']) {
      await using session = await sessionOf(thief);
      const link = await attach(session, 'suspended', tag);
      assert.equal(link.answer.unsettled?.entries.length ?? 0, 0, thief);
      link.grant(1);
      const flow = await session.echo();
      assert.ok(flow);
      assert.deepEqual(
        session.peer.received.filter(one => one.type === 'amqp' && one.performative.kind === 'transfer'),
        [],
        thief,
      );
    }
    await using session = await sessionOf('ada@acme');
    const link = await attach(session, 'suspended', tag);
    assert.deepEqual(
      link.answer.unsettled?.entries.map(([each]) => each),
      [tag],
    );
  });
});

describe('a transaction', () => {
  test('is its connection’s: no other tenant, and no other user, posts in it or ends it', async () => {
    await using session = await sessionOf('ada@acme', 'working');
    const control = await coordinator(session);
    const id = await begin(control);
    const sender = await session.sender('work');
    await sender.credit();
    await sender.outcomeOf(text(SECRET), { state: inTransaction(id) });
    for (const thief of ['mallory@evil', 'bob@acme']) {
      await using other = await sessionOf(thief, `of ${thief}`);
      const own = await coordinator(other);
      await begin(own);
      // Ids are short, and may be alike on two connections: what one says of its own is not said of another's.
      for (const fail of [false, true]) await conditionOf(own.outcomeOf(discharge(Buffer.concat([id, Uint8Array.of(0)]), fail)));
      await own.outcomeOf(discharge(id, thief === 'bob@acme'));
      const posting = await other.sender('work');
      await posting.credit();
      posting.send(text('forged'), { state: inTransaction(id) });
      await other.caughtUp();
      assert.equal(stored('acme', 'work'), 0, thief);
    }
    assert.deepEqual(await control.outcomeOf(discharge(id)), ACCEPTED);
    assert.deepEqual([stored('acme', 'work'), stored('evil', 'work')], [1, 0]);
  });
});
