import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import rhea, { type Connection, type EventContext } from 'rhea';
import { ADDRESSES, assertProblem, call, callRaw } from '../support/call-api.ts';

interface Shown {
  readonly sequence: number;
  readonly state: string;
  readonly attempts: number;
  readonly message: { readonly body: unknown; readonly properties?: object };
}

async function declare(server: TestServer, name: string, spec: object = { type: 'queue' }): Promise<void> {
  const { status } = await call(server, 'PUT', `${ADDRESSES}/${encodeURIComponent(name)}`, { body: { spec } });
  assert.ok(status === 200 || status === 201, String(status));
}

async function send(server: TestServer, name: string, messages: readonly object[]): Promise<void> {
  const answer = await call(server, 'POST', `${ADDRESSES}/${name}/messages?batch=json`, { body: messages });
  assert.equal(answer.status, 202, answer.text);
}

/** Messages with a body `m0`, `m1` and so on, whose property `colour` goes through these. */
function coloured(count: number, colours: readonly string[] = ['red', 'blue']): object[] {
  return Array.from({ length: count }, (_, at) => ({ body: `m${at}`, properties: { colour: colours[at % colours.length], n: at } }));
}

async function browse(server: TestServer, path: string): Promise<Shown[]> {
  const { body, text } = await call(server, 'GET', `${ADDRESSES}/${path}`);
  assert.ok(Array.isArray(body.items), text);
  return body.items as Shown[];
}

function bodies(items: readonly Shown[]): unknown[] {
  return items.map(({ message }) => message.body);
}

interface Line {
  readonly progress?: object;
  readonly result?: Readonly<Record<string, number>>;
  readonly problem?: { readonly code: string; readonly detail: string };
}

/** The lines of the answer. */
async function operate(server: TestServer, name: string, word: string, body: object = {}): Promise<Line> {
  const answer = await callRaw(server, 'POST', `${ADDRESSES}/${name}/messages:${word}`, { body });
  assert.deepEqual([answer.status, answer.type], [200, 'application/x-ndjson'], answer.text);
  const lines = answer.text.trimEnd().split('\n');
  for (const line of lines.slice(0, -1)) assert.ok((JSON.parse(line) as Line).progress, line);
  return JSON.parse(lines.at(-1)!) as Line;
}

async function connect(server: TestServer, id = 'reader'): Promise<Connection> {
  const connection = rhea.create_container({ id }).connect({ ...server.amqp, username: 'anonymous', reconnect: false });
  await once(connection, 'connection_open');
  return connection;
}

describe('looking at messages', () => {
  test('a page shows messages in order, whichever protocol they came by, and the next one follows', async () => {
    await using server = await startTestServer();
    await declare(server, 'q');
    await send(server, 'q', coloured(3));
    const connection = await connect(server);
    const sender = connection.open_sender('q');
    await once(sender, 'sendable');
    sender.send({ body: { deep: [1] }, durable: true, ttl: 60_000, message_annotations: { 'x-opt-a': 'b' }, subject: 's' });
    await once(sender, 'accepted');
    connection.close();
    await once(connection, 'connection_close');
    const first = await call(server, 'GET', `${ADDRESSES}/q/messages?max=2`);
    assert.deepEqual(first.body.metadata, { continue: '2' });
    const [shown] = first.body.items as (Shown & { storedAt: string; sizeBytes: number })[];
    const { storedAt, sizeBytes, message, ...rest } = shown!;
    assert.deepEqual(rest, { sequence: 0, state: 'ready', attempts: 0, redelivered: false });
    assert.ok(Math.abs(Date.parse(storedAt) - Date.now()) < 60_000, storedAt);
    assert.ok(sizeBytes > 0);
    assert.deepEqual([message.body, message.properties], ['m0', { colour: 'red', n: 0 }]);
    const second = await call(server, 'GET', `${ADDRESSES}/q/messages?max=9&from=2`);
    assert.deepEqual(second.body.metadata, {});
    const [, last] = second.body.items as (Shown & { expiresAt: string; message: Record<string, unknown> })[];
    assert.deepEqual([last?.message.body, last?.message.subject, last?.message.annotations], [{ deep: [1] }, 's', { 'x-opt-a': 'b' }]);
    assert.ok(Date.parse(last!.expiresAt) > Date.now());
  });

  test('by selector and state, while a consumer has some', async () => {
    await using server = await startTestServer();
    await declare(server, 'q');
    await send(server, 'q', coloured(5));
    const connection = await connect(server);
    const receiver = connection.open_receiver({ source: 'q', credit_window: 0, autoaccept: false });
    receiver.add_credit(1);
    await once(receiver, 'message');
    const selector = encodeURIComponent("colour = 'red' AND n > 0");
    assert.deepEqual(bodies(await browse(server, `q/messages?selector=${selector}`)), ['m2', 'm4']);
    assert.deepEqual(bodies(await browse(server, 'q/messages?state=unsettled')), ['m0']);
    assert.deepEqual(bodies(await browse(server, 'q/messages?state=ready&max=2')), ['m1', 'm2']);
    connection.close();
    await once(connection, 'connection_close');
  });

  test('a body that is too large to show is left out', async () => {
    await using server = await startTestServer();
    await declare(server, 'q');
    await send(server, 'q', [{ body: 'x'.repeat(300_000) }, { body: 'y' }]);
    const [large, small] = (await browse(server, 'q/messages')) as (Shown & { bodyOmitted?: boolean; sizeBytes: number })[];
    assert.deepEqual([large?.bodyOmitted, large?.message.body], [true, undefined]);
    assert.ok(large!.sizeBytes >= 300_000);
    assert.deepEqual([small?.bodyOmitted, small?.message.body], [undefined, 'y']);
  });

  test('what cannot be is refused with what to do', async () => {
    await using server = await startTestServer();
    await declare(server, 'q');
    await declare(server, 't', { type: 'topic' });
    await declare(server, 'd', { type: 'anycast' });
    const wrong = await call(server, 'GET', `${ADDRESSES}/q/messages?selector=${encodeURIComponent('colour =')}`);
    assertProblem(wrong, 400, 'request-invalid');
    assert.match(String(wrong.body.detail), /selector: .*\(at character 9\)/);
    assertProblem(await call(server, 'GET', `${ADDRESSES}/q/messages?state=odd`), 400, 'request-invalid');
    assertProblem(await call(server, 'GET', `${ADDRESSES}/q/messages?from=-1`), 400, 'request-invalid');
    assertProblem(await call(server, 'GET', `${ADDRESSES}/t/messages`), 422, 'capability-unsupported');
    assertProblem(await call(server, 'GET', `${ADDRESSES}/t/messages?subscription=s`), 404, 'subscription-not-found');
    assertProblem(await call(server, 'GET', `${ADDRESSES}/d/messages`), 422, 'capability-unsupported');
    assertProblem(await call(server, 'GET', `${ADDRESSES}/none/messages`), 404, 'address-not-found');
    assertProblem(await call(server, 'POST', `${ADDRESSES}/q/messages:purge`, { body: { selector: 'a b' } }), 400, 'request-invalid');
    assertProblem(await call(server, 'POST', `${ADDRESSES}/q/messages:move`, { body: {} }), 400, 'request-invalid');
    assertProblem(await call(server, 'POST', `${ADDRESSES}/q/messages:move`, { body: { to: 'none' } }), 404, 'address-not-found');
    assertProblem(await call(server, 'POST', `${ADDRESSES}/q/messages:copy`, { body: { to: 'q' } }), 422, 'capability-unsupported');
  });
});

describe('operations on messages', () => {
  test('count, purge, copy and move by selector, and stay done over a restart', async () => {
    await using folder = await temporaryFolder();
    {
      await using server = await startTestServer({ dataDir: folder.path });
      await declare(server, 'q');
      await declare(server, 'other');
      await send(server, 'q', coloured(6, ['red', 'blue', 'green']));
      const red = { selector: "colour = 'red'" };
      assert.deepEqual((await operate(server, 'q', 'count', red)).result, {
        total: 6,
        examined: 6,
        matched: 2,
        done: 0,
        skipped: 0,
        next: 6,
      });
      assert.equal((await operate(server, 'q', 'copy', { ...red, to: 'other', max: 1 })).result?.done, 1);
      assert.equal((await operate(server, 'q', 'purge', red)).result?.done, 2);
      assert.equal((await operate(server, 'q', 'move', { selector: "colour = 'blue'", to: 'other' })).result?.done, 2);
    }
    await using server = await startTestServer({ dataDir: folder.path });
    assert.deepEqual(bodies(await browse(server, 'q/messages')), ['m2', 'm5']);
    assert.deepEqual(bodies(await browse(server, 'other/messages')), ['m0', 'm1', 'm4']);
  });

  test('one message is removed by its number, but not one that a consumer has', async () => {
    await using server = await startTestServer();
    await declare(server, 'q');
    await send(server, 'q', coloured(3));
    const connection = await connect(server);
    const receiver = connection.open_receiver({ source: 'q', credit_window: 0, autoaccept: false });
    receiver.add_credit(1);
    await once(receiver, 'message');
    assertProblem(await call(server, 'DELETE', `${ADDRESSES}/q/messages/0`), 409, 'message-in-use');
    assert.equal((await call(server, 'DELETE', `${ADDRESSES}/q/messages/1`)).status, 204);
    assertProblem(await call(server, 'DELETE', `${ADDRESSES}/q/messages/1`), 404, 'message-not-found');
    assertProblem(await call(server, 'DELETE', `${ADDRESSES}/q/messages/one`), 400, 'request-invalid');
    assert.deepEqual(bodies(await browse(server, 'q/messages')), ['m0', 'm2']);
    connection.close();
    await once(connection, 'connection_close');
  });

  test('messages are named by their numbers: those are taken and no others, and what is gone or with a consumer is told', async () => {
    await using server = await startTestServer();
    await declare(server, 'q');
    await declare(server, 'other');
    await send(server, 'q', coloured(6));
    const connection = await connect(server);
    const receiver = connection.open_receiver({ source: 'q', credit_window: 0, autoaccept: false });
    receiver.add_credit(1);
    await once(receiver, 'message');
    assert.equal((await operate(server, 'q', 'move', { to: 'other', sequences: [4, 2] })).result?.done, 2);
    const late = await operate(server, 'q', 'move', { to: 'other', sequences: [2, 3] });
    assert.deepEqual([late.result?.done, late.result?.gone], [1, [2]]);
    assert.deepEqual([late.problem?.code, late.problem?.detail], ['message-not-found', 'Not in q any more: message 2.']);
    const busy = await operate(server, 'q', 'purge', { sequences: [0] });
    assert.deepEqual([busy.result?.done, busy.result?.skipped, busy.problem?.code], [0, 1, 'message-in-use']);
    const counted = await operate(server, 'q', 'count', { sequences: [2, 5] });
    assert.deepEqual([counted.result?.matched, counted.result?.gone, counted.problem], [1, [2], undefined]);
    assert.deepEqual(bodies(await browse(server, 'q/messages')), ['m0', 'm1', 'm5']);
    assert.deepEqual(bodies(await browse(server, 'other/messages')), ['m2', 'm4', 'm3']);
    const many = Array.from({ length: 1001 }, (_, at) => at);
    for (const sequences of [[], many, [-1], ['1']])
      assertProblem(await call(server, 'POST', `${ADDRESSES}/q/messages:purge`, { body: { sequences } }), 400, 'request-invalid');
    connection.close();
    await once(connection, 'connection_close');
  });

  test('dead letters are sent back to where they come from, with the reason still on them, or to another address', async () => {
    await using server = await startTestServer();
    await declare(server, 'dead');
    await declare(server, 'other');
    await declare(server, 'q', { type: 'queue', deadLetter: 'dead', redelivery: { attemptsMax: 2 } });
    await send(server, 'q', coloured(2));
    const connection = await connect(server);
    const receiver = connection.open_receiver({ source: 'q', credit_window: 0, autoaccept: false });
    // One at a time: rhea says different outcomes of one batch as if they were one.
    await new Promise<void>(resolve => {
      let settled = 0;
      receiver.on('message', ({ delivery, message }: EventContext) => {
        if (message?.application_properties?.n === 0) delivery?.reject({ condition: 'app:bad', description: 'no such order' });
        else delivery?.modified({ delivery_failed: true });
        if (++settled === 3) resolve();
        else setImmediate(() => receiver.add_credit(1));
      });
      receiver.add_credit(1);
    });
    connection.close();
    await once(connection, 'connection_close');
    const letters = (await browse(server, 'dead/messages')) as (Shown & { message: { annotations: Record<string, unknown> } })[];
    assert.equal(letters.length, 2);
    const rejected = letters.find(({ message }) => message.body === 'm0')?.message.annotations;
    assert.equal(rejected?.['x-opt-dead-letter-origin'], 'q');
    assert.equal(rejected?.['x-opt-dead-letter-description'], 'no such order');
    const attempts = encodeURIComponent(`"annotations.x-opt-dead-letter-reason" = 'attempts'`);
    assert.deepEqual(bodies(await browse(server, `dead/messages?selector=${attempts}`)), ['m1']);
    assert.deepEqual((await operate(server, 'dead', 'replay', { max: 1 })).result?.done, 1);
    assert.deepEqual((await operate(server, 'dead', 'replay', { to: 'other' })).result?.done, 1);
    assert.equal((await browse(server, 'q/messages')).length, 1);
    assert.equal((await browse(server, 'other/messages')).length, 1);
    await send(server, 'dead', [{ body: 'stray' }]);
    const stray = await operate(server, 'dead', 'replay');
    assert.deepEqual([stray.result?.done, stray.result?.skipped, stray.problem?.code], [0, 1, 'message-target-missing']);
  });

  test('many messages are counted by selector', async () => {
    await using server = await startTestServer();
    await declare(server, 'q');
    for (let sent = 0; sent < 10; sent++) await send(server, 'q', coloured(1000));
    const { result } = await operate(server, 'q', 'count', { selector: "colour LIKE '%lu%'" });
    assert.deepEqual([result?.total, result?.examined, result?.matched], [10_000, 10_000, 5000]);
  });
});

describe('subscriptions of a topic', () => {
  test('are listed, looked into, purged, and deleted', async () => {
    await using server = await startTestServer();
    await declare(server, 't', { type: 'topic' });
    const connection = await connect(server, 'client');
    const receiver = connection.open_receiver({
      name: 'sub',
      source: { address: 't', durable: 2, expiry_policy: 'never' },
      credit_window: 0,
    });
    await once(receiver, 'receiver_open');
    await send(server, 't', coloured(2));
    const list = async (): Promise<Record<string, unknown>[]> =>
      (await call(server, 'GET', `${ADDRESSES}/t/subscriptions`)).body.items as Record<string, unknown>[];
    const [subscription] = await list();
    const name = String(subscription?.name);
    assert.deepEqual([subscription?.durable, subscription?.consumers, subscription?.stored], [true, 1, 2]);
    const query = `subscription=${encodeURIComponent(name)}`;
    assert.deepEqual(bodies(await browse(server, `t/messages?${query}`)), ['m0', 'm1']);
    assert.equal((await call(server, 'DELETE', `${ADDRESSES}/t/messages/0?${query}`)).status, 204);
    assert.equal((await operate(server, 't', 'purge', { subscription: name })).result?.done, 1);
    const path = `${ADDRESSES}/t/subscriptions/${encodeURIComponent(name)}`;
    assertProblem(await call(server, 'DELETE', path), 409, 'address-in-use');
    const closed = once(receiver, 'receiver_error');
    assert.equal((await call(server, 'DELETE', `${path}?force=true`)).status, 204);
    await closed;
    assertProblem(await call(server, 'DELETE', path), 404, 'subscription-not-found');
    assert.deepEqual(await list(), []);
    connection.close();
    await once(connection, 'connection_close');
  });
});
