import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hashPassword } from '@angarium/server';
import { LogLines, startTestServer, type TestServer } from '@angarium/testkit';
import { connectAsync } from 'mqtt';

const API = '/apis/angarium.dev/v1';
const ROOT = { name: 'root', password: 'r' };
const DEADLINE_MS = 20_000;

type Headers = Readonly<Record<string, string>>;

function as({ name, password }: { name: string; password: string }): Headers {
  return { authorization: `Basic ${btoa(`${name}:${password}`)}` };
}

describe('monitoring', () => {
  let server: TestServer;
  const log = new LogLines();
  const ada = as({ name: 'ada@shop', password: 'a' });
  const eve = as({ name: 'eve@shop', password: 'e' });
  const root = as(ROOT);

  async function call(headers: Headers, path: string, options: RequestInit = {}): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${server.http}${path}`, { ...options, headers: { ...headers, ...options.headers } });
    return { status: answer.status, text: await answer.text() };
  }

  async function make(path: string, document: object): Promise<void> {
    const { status, text } = await call(root, `${API}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(document),
    });
    assert.equal(status, 201, text);
  }

  before(async () => {
    const users = [{ name: ROOT.name, passwordHash: await hashPassword(ROOT.password) }];
    server = await startTestServer({ users, logger: log.logger });
    await make('/addressspaces', { metadata: { name: 'shop' } });
    for (const [name, password, addresses] of [
      ['ada', 'a', ['*']],
      ['eve', 'e', ['public']],
    ] as const) {
      const authorization = [{ actions: ['view', 'send', 'receive', 'manage'], addresses, ...(name === 'ada' && { kinds: ['*'] }) }];
      const spec = { authentication: { type: 'password', password }, authorization };
      await make('/addressspaces/shop/users', { metadata: { name }, spec });
    }
    for (const name of ['public', 'secret']) await make('/addressspaces/shop/addresses', { metadata: { name }, spec: { type: 'queue' } });
  });
  after(async () => await server[Symbol.asyncDispose]());

  test('metrics of the server are for its administrators, those of a space for its users, as far as they may view its addresses', async () => {
    assert.match(
      (await call(root, '/metrics')).text,
      /^angarium_address_messages_stored\{address_space="shop",address="secret",type="queue"\} 0$/m,
    );
    assert.equal((await call(ada, '/metrics')).status, 403);
    assert.equal((await call({}, '/metrics')).status, 401);
    assert.equal((await call(ada, `${API}/addressspaces/default/metrics`)).status, 403);
    const all = await call(ada, `${API}/addressspaces/shop/metrics`);
    assert.match(all.text, /address="secret"/);
    assert.doesNotMatch(all.text, /address_space="default"|process_/);
    const few = await call(eve, `${API}/addressspaces/shop/metrics`);
    assert.match(few.text, /address="public"/);
    assert.doesNotMatch(few.text, /secret|\$others/);
  });

  test('sums of a space are for who may view all of its addresses; to others it is said that they are left out', async () => {
    const inSpace = `${API}/addressspaces/shop/metrics`;
    assert.equal((await call(ada, '/m/secret', { method: 'POST', body: 'x' })).status, 202);
    const whole = (await call(ada, inSpace)).text;
    assert.match(whole, /^angarium_messages_stored\{address_space="shop"\} 1$/m);
    assert.match(whole, /^angarium_address_space_connections\{address_space="shop"\} \d+$/m);
    assert.doesNotMatch(whole, /angarium_left_out/);
    const part = (await call(eve, inSpace)).text;
    assert.match(part, /^angarium_left_out\{address_space="shop",what="sums"\} 1$/m);
    assert.match(part, /^angarium_left_out\{address_space="shop",what="visitors"\} 1$/m);
    const told = new Set([...part.matchAll(/^(\w+)\{/gm)].map(([, name]) => name!));
    assert.deepEqual(
      [...told].filter(name => name !== 'angarium_left_out' && !name.startsWith('angarium_address_')),
      [],
    );
    assert.equal(told.has('angarium_address_space_connections') || told.has('angarium_address_space_limit'), false);
  });

  test('the status of a space has no counts of what a user may not view', async () => {
    const status = async (headers: Headers, path: string): Promise<Record<string, unknown>> => {
      const document = JSON.parse((await call(headers, `${API}${path}`)).text);
      return (document.items?.[0] ?? document).status;
    };
    const { addresses, stored, users } = await status(ada, '/addressspaces/shop');
    assert.deepEqual([addresses, stored, users], [2, 1, 2]);
    for (const path of ['/addressspaces/shop', '/addressspaces'])
      assert.deepEqual(Object.keys(await status(eve, path)), ['phase', 'endpoints', 'conditions'], path);
    assert.equal('connections' in (await status(root, '/addressspaces/shop')), true);
  });

  test('levels of the log are changed while the server runs, by its administrators', async () => {
    const change = (body: object): RequestInit => ({
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal((await call(ada, `${API}/loglevels`)).status, 403);
    assert.equal((await call(ada, `${API}/loglevels`, change({ mqtt: 'debug' }))).status, 403);
    const { status, text } = await call(root, `${API}/loglevels`, change({ mqtt: 'silent' }));
    assert.equal(status, 200);
    assert.equal(JSON.parse(text).mqtt, 'silent');
    const wrong = await call(root, `${API}/loglevels`, change({ mqtt: 'loud' }));
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /expected one of .*debug.*, found \\"loud\\"/);
    assert.equal((await call(root, `${API}/loglevels`, change({ mqtts: 'debug' }))).status, 400);
    await call(root, `${API}/loglevels`, change({ mqtt: 'debug' }));
  });

  test('events tell who comes and goes, each to whom it concerns, and go on after the last one that was seen', async () => {
    const stream = await follow(`${server.http}${API}/events?limit=0`, ada);
    const client = await connectAsync(`mqtt://${server.mqtt.host}:${server.mqtt.port}`, {
      username: 'ada@shop',
      password: 'a',
      clientId: 'till',
    });
    const opened = await stream.find(({ reason }) => reason === 'ConnectionOpened');
    assert.equal(opened.addressSpace, 'shop');
    await client.endAsync();
    const closed = await stream.find(({ reason }) => reason === 'ConnectionClosed');
    assert.match(closed.note, /^connection closed after \d+ s$/);
    const reader = new AbortController();
    const followed = await fetch(`${server.http}/m/public:events`, {
      headers: { ...ada, accept: 'text/event-stream' },
      signal: reader.signal,
    });
    assert.equal(followed.status, 200);
    const { regarding } = await stream.find(({ reason }) => reason === 'ConnectionOpened');
    reader.abort();
    const gone = await stream.find(({ reason }) => reason === 'ConnectionClosed');
    assert.deepEqual(gone.regarding, regarding);
    await stream.end();
    await make('/addressspaces/shop/addresses', { metadata: { name: 'later' }, spec: { type: 'queue' } });
    const resumed = await follow(`${server.http}${API}/events`, { ...ada, 'last-event-id': gone.id });
    assert.deepEqual((await resumed.find(() => true)).regarding, { kind: 'Address', name: 'later' });
    await resumed.end();
    const gap = await follow(`${server.http}${API}/events`, { ...ada, 'last-event-id': '1' });
    assert.equal((await gap.find(() => true)).reason, 'EventsLeftOut');
    await gap.end();
  });

  test('a user sees events of what he may view, and of his address space alone', async () => {
    await make('/addressspaces/shop/addresses', { metadata: { name: 'secret-too' }, spec: { type: 'queue' } });
    const items = async (headers: Headers): Promise<Event[]> => JSON.parse((await call(headers, `${API}/events?limit=1000`)).text).items;
    assert.ok((await items(ada)).some(({ regarding }) => regarding.name === 'secret-too'));
    assert.ok((await items(ada)).every(({ addressSpace }) => addressSpace === 'shop'));
    assert.deepEqual(
      (await items(eve)).filter(({ regarding }) => regarding.name !== 'public'),
      [],
    );
    assert.ok((await items(root)).some(({ regarding }) => regarding.kind === 'AddressSpace'));
  });

  test('who monitors the server reads its metrics and the events of all spaces, and does nothing else; it is given by who administers the server', async () => {
    const watch = as({ name: 'watch', password: 'w' });
    const spaces = `${API}/addressspaces`;
    const authentication = { type: 'password', password: 'w' };
    const authorization = [{ actions: ['view', 'manage'], addresses: ['*'], kinds: ['*'] }];
    for (const [name, rules] of [
      ['watch', []],
      ['boss', authorization],
    ] as const)
      await make('/addressspaces/default/users', { metadata: { name }, spec: { authentication, authorization: rules } });
    const binding = { metadata: { name: 'monitors' }, spec: { role: 'server-monitor', subjects: [{ user: 'watch' }] } };
    const bind = (headers: Headers, space: string): Promise<{ status: number; text: string }> =>
      call({ ...headers, 'content-type': 'application/json' }, `${spaces}/${space}/rolebindings`, {
        method: 'POST',
        body: JSON.stringify(binding),
      });
    assert.equal((await call(watch, '/metrics')).status, 403);
    assert.equal((await bind(as({ name: 'boss', password: 'w' }), 'default')).status, 403);
    assert.equal((await bind(root, 'shop')).status, 403);
    assert.equal((await bind(root, 'default')).status, 201);
    const { status, text } = await call(watch, '/metrics');
    assert.equal(status, 200);
    assert.match(text, /address="secret"/);
    assert.match((await call(watch, `${API}/events`)).text, /"addressSpace":"shop"/);
    for (const path of [
      `${spaces}/shop/metrics`,
      `${spaces}/shop/addresses/secret`,
      `${spaces}/default/users`,
      `${API}/audit`,
      `${API}/loglevels`,
    ])
      assert.equal((await call(watch, path)).status, 403, path);
    assert.equal((await call(watch, `${API}/backup`, { method: 'POST' })).status, 403);
    assert.equal((await call(watch, '/m/mine', { method: 'POST', body: 'x' })).status, 403);
    // Who may write him could be him.
    const other = { metadata: { name: 'watch' }, spec: { authentication: { type: 'password', password: 'mine' } } };
    const stolen = await call(
      { ...as({ name: 'boss', password: 'w' }), 'content-type': 'application/json' },
      `${spaces}/default/users/watch`,
      {
        method: 'PUT',
        body: JSON.stringify(other),
      },
    );
    assert.equal(stolen.status, 403, stolen.text);
    assert.equal((await call(root, `${spaces}/default/rolebindings/monitors`, { method: 'DELETE' })).status, 204);
    assert.equal((await call(watch, '/metrics')).status, 403);
  });

  test('who fails to authenticate is an event for administrators, and counted', async () => {
    assert.equal((await call(as({ name: 'ada@shop', password: 'wrong' }), `${API}/events`)).status, 401);
    const { items } = JSON.parse((await call(ada, `${API}/events`)).text) as { items: Event[] };
    const failed = items.find(({ reason }) => reason === 'AuthenticationFailed')!;
    assert.deepEqual(failed.regarding, { kind: 'User', name: 'ada' });
    assert.match((await call(root, '/metrics')).text, /^angarium_authentication_failures_total [1-9]/m);
  });
});

test('metricsOpen lets anybody read the metrics, and nothing else', async () => {
  const users = [{ name: ROOT.name, passwordHash: await hashPassword(ROOT.password) }];
  await using server = await startTestServer({ users, metricsOpen: true });
  const answer = await fetch(`${server.http}/metrics`);
  assert.equal(answer.status, 200);
  assert.match(await answer.text(), /^angarium_ready 1$/m);
  assert.equal((await fetch(`${server.http}${API}/events`)).status, 401);
});

interface Event {
  readonly id: string;
  readonly reason: string;
  readonly addressSpace?: string;
  readonly regarding: { readonly kind: string; readonly name: string };
  readonly note: string;
}

interface Followed {
  find(holds: (event: Event) => boolean): Promise<Event>;
  end(): Promise<void>;
}

async function follow(url: string, headers: Headers): Promise<Followed> {
  const answer = await fetch(url, { headers: { ...headers, accept: 'text/event-stream' }, signal: AbortSignal.timeout(DEADLINE_MS) });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/event-stream');
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  return {
    async find(holds) {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end < 0) {
          const { value, done } = await reader.read();
          assert.ok(!done, 'the stream goes on');
          text += value;
          continue;
        }
        const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
        text = text.slice(end + 2);
        if (data === undefined) continue;
        const event = JSON.parse(data) as Event;
        if (holds(event)) return event;
      }
    },
    end: () => reader.cancel(),
  };
}
