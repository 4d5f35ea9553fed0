import assert from 'node:assert/strict';
import { type EventEmitter, once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import mqtt, { type IPublishPacket, type MqttClient } from 'mqtt';
import rhea, { type Connection, type EventContext, type Message, type Receiver, type Sender } from 'rhea';
import { cheapHash } from '../../packages/server/test/support/cheap-hash.ts';

const API = '/apis/angarium.dev/v1';
const SECRET = 'the plans of acme';
const PASSWORD = 'secret';

let server: TestServer;

async function http(user: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const credentials = { authorization: `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString('base64')}` };
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const text = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const answer = await fetch(new URL(path, server.http), { method, headers: { ...credentials, ...json, ...headers }, ...text });
  return { status: answer.status, text: await answer.text() };
}

/** As the administrator of the server. */
async function declare(path: string, spec: object): Promise<void> {
  const answer = await http('root', 'PUT', `${API}/${path}`, { spec });
  assert.ok(answer.status < 300, `${path}: ${answer.text}`);
}

async function user(space: string, name: string, authorization: readonly object[] = []): Promise<void> {
  await declare(`addressspaces/${space}/users/${name}`, { authentication: { type: 'password', password: PASSWORD }, authorization });
}

/** Other rights for a user who is there, and who has the password of before. */
async function change(space: string, name: string, authorization: readonly object[]): Promise<void> {
  await declare(`addressspaces/${space}/users/${name}`, { authentication: { type: 'password' }, authorization });
}

async function amqp(name: string, options: object = {}): Promise<Connection> {
  const connection = rhea.create_container().connect({ ...server.amqp, username: name, password: PASSWORD, reconnect: false, ...options });
  connection.on('error', () => {});
  for (const quiet of ['connection_error', 'session_error', 'sender_error', 'receiver_error', 'disconnected', 'rejected'])
    connection.on(quiet, () => {});
  await once(connection, 'connection_open');
  return connection;
}

function close(connection: Connection): Promise<unknown> {
  const closed = once(connection, 'connection_close');
  connection.close();
  return closed;
}

/** What becomes of a link: `open`, or the condition of its detach. */
async function linked(link: Receiver | Sender, kind: 'receiver' | 'sender'): Promise<string> {
  return new Promise(resolve => {
    link.on(`${kind}_error`, () => resolve((link.error as { condition: string }).condition));
    link.on(kind === 'sender' ? 'sendable' : 'receiver_open', () => setImmediate(() => setImmediate(() => resolve('open'))));
  });
}

/** What becomes of a message. */
async function outcome(connection: Connection, target: object | string, message: Message): Promise<string> {
  const sender = connection.open_sender(target as string);
  return new Promise(resolve => {
    sender.on('sender_error', () => resolve(String((sender.error as { condition?: string }).condition)));
    sender.on('rejected', (context: EventContext) => {
      const { error } = context.delivery!.remote_state as unknown as { error: { condition: string } };
      resolve(error.condition);
      sender.close();
    });
    for (const other of ['accepted', 'released', 'modified'])
      sender.on(other, () => {
        resolve(other);
        sender.close();
      });
    sender.once('sendable', () => sender.send(message));
  });
}

interface Mqtt extends MqttClient {
  readonly heard: string[];
}

async function connectMqtt(name: string, options: mqtt.IClientOptions = {}): Promise<Mqtt> {
  const client = mqtt.connect(`mqtt://${server.mqtt.host}:${server.mqtt.port}`, {
    username: name,
    password: PASSWORD,
    protocolVersion: 5,
    reconnectPeriod: 0,
    ...options,
  });
  const heard: string[] = [];
  client.on('message', (topic, payload) => heard.push(`${topic}: ${payload}`));
  const events = client as unknown as EventEmitter;
  const refused = once(events, 'error').then(([error]) => Promise.reject(error as Error));
  await Promise.race([once(events, 'connect'), refused]);
  refused.catch(() => {});
  return Object.assign(client, { heard });
}

/** The reason code of a SUBACK. */
async function subscribed(client: MqttClient, filter: string): Promise<number> {
  return new Promise(resolve =>
    client.subscribe(filter, { qos: 1 }, (error, granted, packet) =>
      resolve((packet?.granted[0] as number | undefined) ?? granted?.[0]?.qos ?? (error as { code?: number } | null)?.code ?? -1),
    ),
  );
}

/** The reason code of a PUBACK. */
async function published(client: MqttClient, topic: string, options: mqtt.IClientPublishOptions = {}): Promise<number> {
  return new Promise(resolve =>
    client.publish(topic, 'x', { qos: 1, ...options }, (error, packet) =>
      resolve(
        (error as { code?: number } | null)?.code ?? (packet as (IPublishPacket & { reasonCode?: number }) | undefined)?.reasonCode ?? 0,
      ),
    ),
  );
}

before(async () => {
  server = await startTestServer({ users: [{ name: 'root', passwordHash: await cheapHash(PASSWORD) }] });
  for (const space of ['acme', 'evil']) await declare(`addressspaces/${space}`, { autoCreate: true });
  await user('acme', 'ada');
  await declare('addressspaces/acme/rolebindings/admins', { role: 'admin', subjects: [{ user: 'ada' }] });
  await user('acme', 'bob', [
    { actions: ['send', 'receive', 'view'], addresses: ['in/#', 'plant/#'] },
    { actions: ['send', 'receive', 'view', 'manage'], addresses: ['mine/#'] },
    { effect: 'deny', actions: ['send', 'receive'], addresses: ['plant/secret/#'] },
  ]);
  await user('acme', 'eve');
  await user('evil', 'mallory');
  await declare('addressspaces/evil/rolebindings/admins', { role: 'admin', subjects: [{ user: 'mallory' }] });
  await declare('addressspaces/acme/addresses/secret%2Forders', { type: 'queue', aliases: ['in/alias'] });
  await declare('addressspaces/acme/addresses/plant', { type: 'topic' });
  await declare('addressspaces/acme/addresses/mine%2Fqueue', { type: 'queue' });
  await declare('addressspaces/acme/addresses/in', { type: 'topic' });
  const sent = await http('ada@acme', 'POST', `${API}/addressspaces/acme/addresses/secret%2Forders/messages`, SECRET);
  assert.equal(sent.status, 202, sent.text);
});
after(() => server[Symbol.asyncDispose]());

/** Every way of writing the name of another's address that somebody may think of. */
const NAMES = [
  'secret/orders',
  'acme/secret/orders',
  '/acme/secret/orders',
  '../acme/secret/orders',
  'acme.secret/orders',
  'acme:secret/orders',
  'secret/orders@acme',
  '//acme/secret/orders',
  'amqp://localhost/acme/secret/orders',
  'SECRET/ORDERS',
  'secret%2Forders',
  'secret%252Forders',
  'ｓｅｃｒｅｔ/orders',
  'secret\u2215orders',
  'se\u0441ret/orders',
  'secret/orders\u200b',
  'secret/orders\u0000',
  '$acme/secret/orders',
  '$dynamic/secret/orders',
  '$topics',
  'in/alias',
];
const PATTERNS = ['#', '+/+', 'secret/#', 'acme/#', '$share/g/#', '$share/g/secret/#', '$dynamic/#', '$angarium/#', '+/#'];

describe('a tenant that wants another’s messages', () => {
  test('has no name for them over AMQP, as source, target, or in a message', async () => {
    const connection = await amqp('mallory@evil');
    const heard: string[] = [];
    for (const name of [...NAMES, ...PATTERNS]) {
      const receiver = connection.open_receiver({ source: name, credit_window: 10 });
      receiver.on('message', ({ message }: EventContext) => heard.push(`${name}: ${String(message?.body)}`));
      await linked(receiver, 'receiver');
    }
    for (const name of NAMES) await outcome(connection, { target: {} }, { to: name, body: 'forged', reply_to: 'secret/orders' });
    await close(connection);
    assert.ok(!heard.some(line => line.includes(SECRET)), heard.join(', '));
    const seen = await http('ada@acme', 'GET', `${API}/addressspaces/acme/addresses/secret%2Forders/messages`);
    assert.match(seen.text, /"items":\[\{/);
    assert.doesNotMatch(seen.text, /forged/);
  });

  test('has no topic for them over MQTT, retained or not, and no will gets there', async () => {
    const ada = await connectMqtt('ada@acme');
    await published(ada, 'plant/7/temp', { retain: true });
    const mallory = await connectMqtt('mallory@evil', {
      will: { topic: 'plant/will', payload: Buffer.from('forged'), qos: 1, retain: true },
    });
    for (const filter of [...NAMES, ...PATTERNS]) if (!filter.includes('\u0000')) await subscribed(mallory, filter);
    await subscribed(ada, 'plant/#');
    await published(ada, 'plant/8/temp');
    mallory.stream.destroy();
    await once(mallory as unknown as EventEmitter, 'close');
    // What the server says of itself is of his own space.
    assert.deepEqual(
      mallory.heard.filter(line => !line.startsWith('$angarium/')),
      [],
    );
    assert.ok(!ada.heard.some(line => line.includes('forged')));
    await ada.endAsync();
  });

  test('finds no path to them over HTTP, and is not told what there is', async () => {
    const rest = [
      ['GET', '/addresses/secret%2Forders/messages'],
      ['POST', '/addresses/secret%2Forders/messages:receive'],
      ['DELETE', '/addresses/secret%2Forders?force=true'],
      ['GET', '/users/ada'],
    ] as const;
    const refused = async (method: string, path: string): Promise<string> => {
      const { status, text } = await http('mallory@evil', method, `${API}/addressspaces/${path}`, method === 'POST' ? {} : undefined);
      assert.ok(status >= 400 && status < 500, `${method} ${path}: ${status} ${text}`);
      assert.doesNotMatch(text, new RegExp(SECRET));
      return text;
    };
    for (const [method, path] of rest) {
      const words = await refused(method, `acme${path}`);
      // What is not there in acme is refused in the same words as what is.
      assert.equal(await refused(method, `acme${path.replace(/(secret%2Forders|ada)/, 'none')}`), words);
      await refused(method, `nowhere${path}`);
    }
    for (const space of ['%61cme', 'evil%2F..%2Facme', '%2561cme']) await refused('GET', space + rest[0][1]);
    for (const path of ['backup', 'connections/1', 'addressspaces/acme'])
      assert.ok((await http('mallory@evil', path === 'backup' ? 'POST' : 'DELETE', `${API}/${path}`)).status >= 400, path);
    assert.equal((await http('mallory@evil', 'GET', `${API}/connections`)).text.includes('"addressSpace":"acme"'), false);
    assert.match((await http('ada@acme', 'GET', `${API}/addressspaces/acme/addresses/secret%2Forders`)).text, /"stored":1/);
  });
});

describe('a user with few rights', () => {
  test('gets no more of AMQP: sources, targets, aliases, wildcards, and addresses in messages', async () => {
    const connection = await amqp('bob@acme');
    for (const name of [
      'secret/orders',
      'in/alias',
      'plant/secret',
      'plant/secret/x',
      '#',
      '+/orders',
      'plant/#',
      'plant/+/x',
      '$dynamic/+',
      '$topics',
    ])
      assert.notEqual(await linked(connection.open_receiver({ source: name, credit_window: 1 }), 'receiver'), 'open', name);
    for (const name of ['secret/orders', 'in/alias', 'plant/secret/x', 'new', 'in2'])
      assert.equal(await linked(connection.open_sender(name), 'sender'), 'amqp:unauthorized-access', name);
    assert.equal(await outcome(connection, { target: {} }, { to: 'secret/orders', body: 'x' }), 'amqp:unauthorized-access');
    assert.equal(await outcome(connection, { target: {} }, { to: 'in/alias', body: 'x' }), 'amqp:unauthorized-access');
    assert.equal(await outcome(connection, '$lwt', { to: 'secret/orders', body: 'x' }), 'amqp:unauthorized-access');
    assert.equal(await outcome(connection, 'in/1', { body: 'x' }), 'accepted');
    await close(connection);
  });

  test('says nobody else’s name in a message', async () => {
    const connection = await amqp('bob@acme');
    assert.equal(await outcome(connection, 'in/1', { user_id: Buffer.from('ada') as never, body: 'x' }), 'amqp:unauthorized-access');
    assert.equal(await outcome(connection, 'in/1', { user_id: Buffer.from('bob') as never, body: 'x' }), 'accepted');
    await close(connection);
    const forged = await http('bob@acme', 'POST', `${API}/addressspaces/acme/addresses/in%2F1/messages`, 'x', {
      'angarium-user-id': 'ada',
    });
    assert.equal(forged.status, 403);
  });

  test('gets no more of MQTT: filters, shared ones, topic aliases, wills', async () => {
    const bob = await connectMqtt('bob@acme');
    for (const filter of [
      '#',
      '+/+',
      'secret/#',
      'plant/#',
      'plant/+/x',
      '$share/g/#',
      '$share/g/secret/orders',
      'in/alias',
      '$angarium/#',
    ])
      assert.equal(await subscribed(bob, filter), 0x87, filter);
    assert.equal(await subscribed(bob, 'plant/7/+'), 1);
    assert.equal(await published(bob, 'secret/orders'), 0x87);
    assert.equal(await published(bob, 'plant/secret/x', { properties: { topicAlias: 1 } }), 0x87);
    assert.equal(await published(bob, 'in/1'), 0);
    assert.equal(await published(bob, 'in/1', { properties: { userProperties: { 'amqp-user-id': 'ada' } } }), 0x87);
    assert.equal(await published(bob, 'in/1', { properties: { userProperties: { 'amqp-user-id': 'bob' } } }), 0);
    await bob.endAsync();
    await assert.rejects(connectMqtt('bob@acme', { will: { topic: 'secret/orders', payload: Buffer.from('x'), qos: 1, retain: false } }));
  });

  test('gets no more of HTTP, and shares no door with those who may', async () => {
    const orders = `${API}/addressspaces/acme/addresses/secret%2Forders`;
    // The shared producer and receiver of those who may are there.
    assert.equal((await http('ada@acme', 'POST', `${orders}/messages`, 'one more')).status, 202);
    assert.equal((await http('ada@acme', 'POST', `${orders}/messages:receive?settle=auto`)).status, 200);
    for (const [method, path] of [
      ['POST', `${orders}/messages`],
      ['POST', `${orders}/messages:receive`],
      ['POST', `${API}/addressspaces/acme/addresses/in%2Falias/messages:receive`],
      ['GET', `${orders}/events`],
      ['GET', `${orders}/messages`],
      ['POST', `${orders}/messages:purge`],
      ['GET', `${API}/addressspaces/acme/users`],
    ] as const)
      assert.equal((await http('bob@acme', method, path, method === 'POST' ? {} : undefined)).status, 403, path);
    const mine = `${API}/addressspaces/acme/addresses/mine%2Fqueue`;
    assert.equal((await http('bob@acme', 'POST', `${mine}/messages:move`, { to: 'secret/orders' })).status, 403);
    assert.equal((await http('bob@acme', 'POST', `${mine}/messages:replay`, {})).status, 403);
    for (const spec of [
      { type: 'queue', deadLetter: 'secret/orders' },
      { type: 'queue', expiry: 'secret/orders' },
      { type: 'queue', diverts: [{ to: 'secret/orders' }] },
      { type: 'queue', bindings: ['plant/#'] },
      { type: 'queue', aliases: ['secret/other'] },
    ])
      assert.equal((await http('bob@acme', 'PUT', mine, { spec })).status, 403, JSON.stringify(spec));
    assert.equal((await http('bob@acme', 'PUT', mine, { spec: { type: 'queue', deadLetter: 'mine/dead' } })).status, 200);
    const hook = { spec: { address: 'secret/orders', url: 'https://example.org/' } };
    assert.equal((await http('bob@acme', 'PUT', `${API}/addressspaces/acme/webhooks/hook`, hook)).status, 403);
  });

  test('is not handed another user’s session, nor may end it', async () => {
    const options = { clientId: 'shared-name', clean: false, properties: { sessionExpiryInterval: 600 } };
    const ada = await connectMqtt('ada@acme', options);
    await subscribed(ada, 'plant/#');
    await assert.rejects(connectMqtt('bob@acme', options), /Client|identifier|0x85|133/i);
    await assert.rejects(connectMqtt('bob@acme', { ...options, clean: true }));
    assert.ok(ada.connected);
    await ada.endAsync();
    await assert.rejects(connectMqtt('bob@acme', options));
  });
});

describe('rights that change', () => {
  test('end the AMQP links that they allowed, and no others', async () => {
    await user('acme', 'carl', [{ actions: ['send', 'receive'], addresses: ['in/#', 'mine/#'] }]);
    const connection = await amqp('carl@acme');
    const kept = connection.open_sender('in/1');
    await linked(kept, 'sender');
    const receiver = connection.open_receiver({ source: 'mine/queue', credit_window: 1 });
    await linked(receiver, 'receiver');
    const ended = once(receiver, 'receiver_error');
    await change('acme', 'carl', [{ actions: ['send', 'receive'], addresses: ['in/#'] }]);
    await ended;
    assert.equal((receiver.error as { condition: string }).condition, 'amqp:unauthorized-access');
    const accepted = once(kept, 'accepted');
    kept.send({ body: 'still' });
    await accepted;
    const closed = once(connection, 'connection_error');
    assert.equal((await http('root', 'DELETE', `${API}/addressspaces/acme/users/carl`)).status, 204);
    await closed;
    assert.match(String((connection.error as { description?: string }).description), /carl was deleted/);
  });

  test('end MQTT subscriptions, with the connection or while the client is away', async () => {
    await user('acme', 'dora', [{ actions: ['send', 'receive'], addresses: ['plant/#', 'in/#'] }]);
    const options = { clientId: 'dora', clean: false, properties: { sessionExpiryInterval: 600 } };
    const dora = await connectMqtt('dora@acme', options);
    await subscribed(dora, 'plant/x/#');
    await subscribed(dora, 'in/x');
    const told = once(dora as unknown as EventEmitter, 'disconnect');
    await change('acme', 'dora', [{ actions: ['send', 'receive'], addresses: ['in/#'] }]);
    const [packet] = (await told) as [{ reasonCode: number }];
    assert.equal(packet.reasonCode, 0x87);
    const ada = await connectMqtt('ada@acme');
    await published(ada, 'plant/x/1');
    await published(ada, 'in/x');
    // Away now: what waits is hers no more.
    await change('acme', 'dora', [{ actions: ['receive'], addresses: ['other'] }]);
    await published(ada, 'in/x');
    const again = await connectMqtt('dora@acme', options);
    assert.equal(await subscribed(again, 'in/x'), 0x87);
    assert.deepEqual(again.heard, []);
    await again.endAsync();
    await ada.endAsync();
  });

  test('end streams of events and requests that wait', async () => {
    await user('acme', 'fred', [{ actions: ['receive'], addresses: ['mine/#'] }]);
    const waiting = http('fred@acme', 'POST', `${API}/addressspaces/acme/addresses/mine%2Fqueue/messages:receive?wait=20s`);
    const events = http('fred@acme', 'GET', `${API}/addressspaces/acme/addresses/mine%2Fqueue/events`);
    const consumers = async (): Promise<number> => {
      const { text } = await http('root', 'GET', `${API}/addressspaces/acme/addresses/mine%2Fqueue`);
      return (JSON.parse(text) as { status: { consumers: number } }).status.consumers;
    };
    while ((await consumers()) < 2);
    await change('acme', 'fred', []);
    assert.equal((await waiting).status, 403);
    assert.match((await events).text, /event: problem\ndata: .*unauthorized/);
  });
});

describe('who gives rights', () => {
  test('gives no more than he has, by no document', async () => {
    await user('acme', 'gina', [
      { actions: ['view', 'manage'], kinds: ['User', 'Role', 'RoleBinding'] },
      { actions: ['send'], addresses: ['in/#'] },
      { effect: 'deny', actions: ['send'], addresses: ['in/boss'] },
    ]);
    const put = async (path: string, spec: object): Promise<number> =>
      (await http('gina@acme', 'PUT', `${API}/addressspaces/acme/${path}`, { spec })).status;
    assert.equal(await put('roles/mine', { rules: [{ actions: ['send'], addresses: ['in/a/#'] }] }), 201);
    for (const rules of [
      [{ actions: ['send'], addresses: ['#'] }],
      [{ actions: ['send'], addresses: ['in/#'] }],
      [{ actions: ['receive'], addresses: ['in/a'] }],
      [{ actions: ['manage'], kinds: ['*'] }],
    ])
      assert.equal(await put('roles/more', { rules }), 403, JSON.stringify(rules));
    assert.equal(await put('rolebindings/me', { role: 'admin', subjects: [{ user: 'gina' }] }), 403);
    assert.equal(await put('users/ada', { authentication: { type: 'password', password: 'mine now' } }), 403);
    assert.equal(
      await put('users/puppet', {
        authentication: { type: 'password', password: 'x' },
        authorization: [{ actions: ['send'], addresses: ['*'] }],
      }),
      403,
    );
    const own = { authentication: { type: 'password', password: PASSWORD } };
    assert.equal(
      await put('users/gina', { ...own, authorization: [{ actions: ['send'], addresses: ['in/#'] }] }),
      403,
      'takes a denial away',
    );
    assert.equal((await http('gina@acme', 'DELETE', `${API}/addressspaces/acme/users/ada`)).status, 403);
    assert.equal((await http('gina@acme', 'DELETE', `${API}/addressspaces/acme/rolebindings/admins`)).status, 403);
    const server = await http('mallory@evil', 'PUT', `${API}/addressspaces/default/rolebindings/x`, {
      spec: { role: 'server-admin', subjects: [] },
    });
    assert.equal(server.status, 403);
    assert.equal(
      (await http('mallory@evil', 'PUT', `${API}/addressspaces/evil/rolebindings/x`, { spec: { role: 'server-admin', subjects: [] } }))
        .status,
      403,
    );
  });
});

test('what somebody may do is told with the rule that says so, to himself and to those who may view users', async () => {
  const check = async (who: string, query: Record<string, string>) => {
    const { status, text } = await http(who, 'GET', `${API}/addressspaces/acme/access?${new URLSearchParams(query)}`);
    return { status, body: JSON.parse(text) as { status: { allowed: boolean; from: string; rule?: { effect?: string } } } };
  };
  const denied = await check('ada@acme', { user: 'bob', action: 'send', address: 'plant/secret/x' });
  assert.deepEqual([denied.body.status.allowed, denied.body.status.from, denied.body.status.rule?.effect], [false, 'the User bob', 'deny']);
  const own = await check('bob@acme', { action: 'receive', address: 'plant/7/+' });
  assert.equal(own.body.status.allowed, true);
  // An alias is asked for by the name that it stands for.
  assert.equal((await check('bob@acme', { action: 'send', address: 'in/alias' })).body.status.allowed, false);
  assert.equal(
    (await check('ada@acme', { action: 'send', address: 'in/alias' })).body.status.from,
    'the role admin, by the RoleBinding admins',
  );
  assert.equal((await check('bob@acme', { user: 'ada', action: 'send', address: 'x' })).status, 403);
});
