import assert from 'node:assert/strict';
import { type EventEmitter, once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import mqtt, { type MqttClient } from 'mqtt';
import rhea, { type Connection, type EventContext } from 'rhea';
import { type Answer, assertProblem, call } from './support/call-api.ts';
import { cheapHash } from './support/cheap-hash.ts';
import { declare } from './support/declare.ts';

const WAIT_S = 10;
const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(`${user}:secret`).toString('base64')}` });

interface Shown {
  readonly phase: string;
  readonly message?: string;
}

describe('an address that two spaces share', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestServer;
  let passwordHash: string;
  const connections: Connection[] = [];

  const start = () => startTestServer({ dataDir: folder.path, users: [{ name: 'root', passwordHash }] });

  before(async () => {
    folder = await temporaryFolder();
    passwordHash = await cheapHash('secret');
    server = await start();
    const authentication = { type: 'password', passwordHash };
    for (const space of ['alpha', 'beta', 'gamma']) {
      await declare(server.broker, 'AddressSpace', '', space, {});
      const authorization = [{ actions: ['send', 'receive', 'view', 'manage'], addresses: ['#'] }];
      await declare(server.broker, 'User', space, 'ada', { authentication, authorization });
    }
    const authorization = [
      { actions: ['send', 'receive', 'manage'], addresses: ['mine/#'] },
      { actions: ['send'], addresses: ['orders', 'theirs'] },
      { actions: ['view', 'manage'], kinds: ['*'] },
    ];
    for (const space of ['alpha', 'beta']) await declare(server.broker, 'User', space, 'bob', { authentication, authorization });
    await put('alpha', 'addresses/orders', { type: 'queue' });
    await put('alpha', 'addresses/news', { type: 'topic' });
    await put('beta', 'addressimports/theirs', { from: { space: 'alpha', address: 'orders' } });
    await put('beta', 'addressimports/heard', { from: { space: 'alpha', address: 'news' } });
    await put('alpha', 'addressexports/news', { address: 'news', to: ['beta'] });
  });
  after(async () => {
    for (const connection of connections) connection.close();
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const path = (space: string, document: string): string => `/apis/angarium.dev/v1/addressspaces/${space}/${document}`;

  const write = (space: string, document: string, spec: object, user = 'root'): Promise<Answer> =>
    call(server, 'PUT', path(space, document), { body: { spec }, headers: basic(user) });

  async function put(space: string, document: string, spec: object): Promise<void> {
    const answer = await write(space, document, spec);
    assert.ok(answer.status < 300, answer.text);
  }

  const exported = (actions?: string[]) =>
    put('alpha', 'addressexports/orders', { address: 'orders', to: ['beta'], ...(actions && { actions }) });

  async function withdraw(document = 'addressexports/orders', space = 'alpha'): Promise<void> {
    const { status, text } = await call(server, 'DELETE', path(space, document), { headers: basic('root') });
    assert.ok(status < 300, text);
  }

  async function status(space: string, document: string): Promise<Shown> {
    return (await call(server, 'GET', path(space, document), { headers: basic('root') })).body.status as Shown;
  }

  const sent = (user: string, address: string, text = 'over'): Promise<Answer> =>
    call(server, 'POST', `/m/${address}`, { text, headers: { ...basic(user), 'content-type': 'text/plain' } });

  async function received(user: string, address: string): Promise<string> {
    const options = { method: 'POST', headers: basic(user), signal: AbortSignal.timeout(2 * WAIT_S * 1000) };
    return await (await fetch(`${server.http}/m/${address}:receive?settle=auto&wait=${WAIT_S}s`, options)).text();
  }

  async function amqp(username: string): Promise<Connection> {
    const connection = rhea.create_container().connect({ ...server.amqp, username, password: 'secret', reconnect: false });
    connections.push(connection);
    await once(connection, 'connection_open');
    return connection;
  }

  const heard = async (client: EventEmitter, event: string): Promise<EventContext> => (await once(client, event))[0] as EventContext;

  async function subscriber(username: string, topic: string, clientId: string): Promise<MqttClient> {
    const client = await mqtt.connectAsync({
      ...server.mqtt,
      username,
      password: 'secret',
      clientId,
      clean: false,
      protocolVersion: 5,
      reconnectPeriod: 0,
      properties: { sessionExpiryInterval: 600 },
    });
    client.on('error', () => {});
    if (!client.connected) assert.fail('it is connected');
    const [granted] = await client.subscribeAsync(topic, { qos: 1 });
    assert.equal(granted!.qos, 1);
    return client;
  }

  async function nextText(client: MqttClient): Promise<[string, string]> {
    const [topic, payload] = (await once(client as unknown as EventEmitter, 'message')) as [string, Buffer];
    return [topic, payload.toString()];
  }

  test('needs a word of both, which say what is missing, and not what the other has', async () => {
    const missing = { phase: 'Pending', message: 'the space alpha exports no address orders to beta: ask its administrator' };
    const { phase, message } = await status('beta', 'addressimports/theirs');
    assert.deepEqual({ phase, message }, missing);
    await put('alpha', 'addressexports/nothing', { address: 'nothing', to: ['beta'] });
    assert.match((await status('alpha', 'addressexports/nothing')).message!, /no address nothing .*declare it/);
    assert.equal((await sent('ada@beta', 'theirs')).status, 404);
    await exported();
    assert.equal((await status('beta', 'addressimports/theirs')).phase, 'Ready');
    assert.equal((await status('alpha', 'addressexports/orders')).phase, 'Ready');
    // A third space has not been meant, and learns nothing of what is there.
    for (const address of ['orders', 'no-such']) await put('gamma', `addressimports/${address}`, { from: { space: 'alpha', address } });
    const words = ['orders', 'no-such'].map(async name => {
      const { message } = await status('gamma', `addressimports/${name}`);
      const answer = await sent('ada@gamma', name);
      assert.equal(answer.status, 404);
      return `${message} ${String(answer.body.detail)}`.replaceAll(name, 'X');
    });
    const [there, notThere] = await Promise.all(words);
    assert.equal(there, notThere);
  });

  test('is one address, over AMQP, MQTT and HTTP', async () => {
    await exported();
    assert.equal((await sent('ada@beta', 'theirs', 'by HTTP')).status, 202);
    assert.equal(await received('ada@alpha', 'orders'), 'by HTTP');
    const ours = await amqp('ada@alpha');
    ours.open_receiver('orders');
    const theirs = await amqp('ada@beta');
    const sender = theirs.open_sender('theirs');
    await heard(sender, 'sendable');
    const taken = heard(ours, 'message');
    sender.send({ body: 'by AMQP' });
    assert.equal((await taken).message!.body, 'by AMQP');
    const client = await subscriber('ada@beta', 'heard', 'listener');
    const first = nextText(client);
    await sent('ada@alpha', 'news', 'told');
    assert.deepEqual(await first, ['heard', 'told']);
    ours.open_receiver('news');
    await heard(ours, 'receiver_open');
    const [{ message }] = await Promise.all([heard(ours, 'message'), client.publishAsync('heard', 'by MQTT', { qos: 1 })]);
    assert.deepEqual(String(message!.body.content ?? message!.body), 'by MQTT');
    await Promise.all([heard(ours, 'message'), client.publishAsync('theirs', 'to a queue', { qos: 1 })]);
    await client.endAsync();
    ours.close();
    theirs.close();
  });

  test('is there after a restart, with the subscriptions to it', async () => {
    await exported();
    const before = await subscriber('ada@beta', 'heard', 'sleeper');
    await before.endAsync();
    await server[Symbol.asyncDispose]();
    server = await start();
    assert.equal((await sent('ada@alpha', 'news', 'while away')).status, 202);
    const client = mqtt.connect({
      ...server.mqtt,
      username: 'ada@beta',
      password: 'secret',
      clientId: 'sleeper',
      clean: false,
      protocolVersion: 5,
      reconnectPeriod: 0,
      properties: { sessionExpiryInterval: 600 },
    });
    assert.deepEqual(await nextText(client), ['heard', 'while away']);
    await client.endAsync();
    assert.equal((await sent('ada@beta', 'theirs', 'again')).status, 202);
    assert.equal(await received('ada@alpha', 'orders'), 'again');
  });

  test('is left at once by those of the other space when either document goes, or the address', async () => {
    const ends = [
      () => withdraw(),
      () => withdraw('addressimports/theirs', 'beta'),
      () => withdraw('addresses/orders?force=true'),
      () => exported(['receive']),
    ];
    for (const end of ends) {
      await put('alpha', 'addresses/orders', { type: 'queue' });
      await exported();
      await put('beta', 'addressimports/theirs', { from: { space: 'alpha', address: 'orders' } });
      const connection = await amqp('ada@beta');
      const sender = connection.open_sender('theirs');
      await heard(sender, 'sendable');
      const [ended] = await Promise.all([heard(sender, 'sender_error'), end()]);
      assert.match(String((ended.sender!.error as { description?: string }).description), /share|was deleted/);
      connection.close();
    }
    await exported(['send']);
    const connection = await amqp('ada@beta');
    connection.open_receiver('theirs');
    const { receiver } = await heard(connection, 'receiver_error');
    assert.match(String((receiver!.error as { description?: string }).description), /to send alone/);
    connection.close();
  });

  test('is asked for by the name that it has where one is', async () => {
    await exported();
    assert.equal((await sent('bob@beta', 'theirs')).status, 202);
    assert.equal((await call(server, 'POST', '/m/theirs:receive', { headers: basic('bob@beta') })).status, 403);
    assertProblem(await sent('bob@beta', 'heard'), 403, 'unauthorized');
    assert.equal(await received('ada@alpha', 'orders'), 'over');
  });

  test('has a name that is nobody else’s', async () => {
    assertProblem(await write('beta', 'addresses/theirs', { type: 'queue' }), 409, 'address-exists');
    await put('beta', 'addresses/here', { type: 'queue', aliases: ['hier'] });
    for (const name of ['here', 'hier']) {
      const answer = await write('beta', `addressimports/${name}`, { from: { space: 'alpha', address: 'orders' } });
      assertProblem(answer, 409, 'address-exists');
      assert.match(String(answer.body.detail), /taken by the address here/);
    }
    assertProblem(await write('beta', 'addressimports/x', { from: { space: 'beta', address: 'here' } }), 422, 'resource-invalid');
    // What was imported is not the importer's to pass on.
    await put('beta', 'addressexports/theirs', { address: 'theirs', to: ['gamma'] });
    await put('gamma', 'addressimports/passed-on', { from: { space: 'beta', address: 'theirs' } });
    assert.equal((await status('gamma', 'addressimports/passed-on')).phase, 'Pending');
  });

  test('is shared by those who may do themselves what they let others do', async () => {
    const exporting = { address: 'orders', to: ['gamma'], actions: ['send'] };
    assertProblem(await write('alpha', 'addressexports/more', exporting, 'bob@alpha'), 403, 'unauthorized');
    const mine = await write('alpha', 'addressexports/mine', { address: 'mine/own', to: ['gamma'] }, 'bob@alpha');
    assert.equal(mine.status, 201, mine.text);
    const importing = { from: { space: 'alpha', address: 'orders' } };
    assertProblem(await write('beta', 'addressimports/other', importing, 'bob@beta'), 403, 'unauthorized');
    assert.equal((await write('beta', 'addressimports/mine%2Fother', importing, 'bob@beta')).status, 201);
  });
});
