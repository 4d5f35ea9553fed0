import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { ALL_RIGHTS, Broker, Principal, Refusal, type Rights } from '@angarium/core';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { fastify } from 'fastify';
import mqtt from 'mqtt';
import rhea, { type Connection, type Delivery, type EventContext, type Receiver, type Sender } from 'rhea';
import { linkSource } from '../../src/activity/link-source.ts';
import { type LinkStatus, LinkWatch } from '../../src/activity/link-watch.ts';
import { connectionSource } from '../../src/connection-source.ts';
import { EventLoopTurn } from '../../src/event-loop-turn.ts';
import type { HttpApp } from '../../src/http/http-app.ts';
import { linkRoutes } from '../../src/http/link-routes.ts';
import { PROBLEM } from '../../src/http/problem.ts';
import { compileLazily } from '../../src/http/schema-words.ts';

const PATH = '/apis/angarium.dev/v1/addressspaces/default';

describe('links, as they are looked at', () => {
  let server: TestServer;
  let client: Connection;
  /** How much later than now the watch thinks that it is, in milliseconds. */
  let laterMs = 0;
  let watch: LinkWatch;

  before(async () => {
    server = await startTestServer({
      addresses: [
        { name: 'orders', type: 'queue' },
        { name: 'full', type: 'queue', messagesMax: 1 },
        { name: 'calls', type: 'anycast' },
        { name: 'plant', type: 'topic' },
      ],
    });
    client = rhea.create_container({ id: 'shop' }).connect({ ...server.amqp, reconnect: false });
    await once(client, 'connection_open');
    const connections = connectionSource([server.head]);
    watch = new LinkWatch(
      linkSource({
        broker: server.broker,
        connections,
        requests: { requestLinks: () => [] },
        webhooks: { of: () => new Map(), all: () => [] },
        connectors: () => undefined,
      }),
      name => server.broker.spaces.get(name),
      () => Date.now() + laterMs,
    );
  });
  after(async () => {
    client.close();
    await server[Symbol.asyncDispose]();
  });

  const space = () => server.broker.spaces.get('default')!;

  function statusOf(name: string): LinkStatus {
    const found = [...watch.look(space())].find(link => link.name === name);
    assert.ok(found, `there is a link ${name}`);
    return found;
  }

  async function receiver(name: string, address: string, credit: number): Promise<Receiver> {
    const opened = client.open_receiver({ name, source: { address }, credit_window: 0, autoaccept: false });
    await once(opened, 'receiver_open');
    if (credit > 0) opened.add_credit(credit);
    return opened;
  }

  async function sender(name: string, address: string): Promise<Sender> {
    const opened = client.open_sender({ name, target: { address } });
    await once(opened, 'sender_open');
    return opened;
  }

  async function send(through: Sender, body: string): Promise<void> {
    if (!through.sendable()) await once(through, 'sendable');
    through.send({ body });
    await once(through, 'accepted');
  }

  async function delivery(of: Receiver): Promise<Delivery> {
    const [context] = (await once(of, 'message')) as [EventContext];
    return context.delivery!;
  }

  test('a consumer that does not settle is stuck after ten seconds, at once where it has given no more credit', async () => {
    const orders = await sender('to-orders', 'orders');
    const slow = await receiver('slow', 'orders', 1);
    const came = delivery(slow);
    statusOf('slow');
    await send(orders, 'one');
    await send(orders, 'two');
    const unsettled = await came;
    const { unsettled: has, credit, state: first } = statusOf('slow');
    assert.deepEqual([has, credit, first], [1, 0, 'flowing']);
    laterMs += 11_000;
    const { state, why, secondsWithoutCredit, oldestUnsettledSeconds } = statusOf('slow');
    assert.equal(state, 'stuck');
    assert.match(why, /^It has not settled 1 message, the oldest for 11 s or longer, and gives no credit for more\.$/);
    assert.deepEqual([secondsWithoutCredit, oldestUnsettledSeconds], [11, 11]);
    assert.equal(watch.heldUp(space()).stuck.get('orders'), 11_000);
    unsettled.accept();
    assert.equal(statusOf('to-orders').delivered, 2);
    slow.close();
    await once(slow, 'receiver_close');
    client.open_receiver({ name: 'drain', source: { address: 'orders' }, credit_window: 10 });
    await once(client, 'message');
  });

  test('consumers that all give no credit are held up for as long as none does; one that gives some is enough', async () => {
    const idle = await Promise.all(['idle-1', 'idle-2'].map(name => receiver(name, 'full', 0)));
    laterMs += 12_000;
    const { consumers, forMs } = watch.heldUp(space()).unwilling.get('full')!;
    assert.equal(consumers, 2);
    assert.ok(forMs >= 12_000, `${forMs} ms`);
    idle[0]!.add_credit(1);
    while (statusOf('idle-1').credit === 0) await new Promise(resolve => setImmediate(resolve));
    laterMs += 6_000;
    assert.equal(watch.heldUp(space()).unwilling.has('full'), false);
    for (const each of idle) {
      each.close();
      await once(each, 'receiver_close');
    }
  });

  test('a consumer with credit whose selector matches nothing that waits is delayed, and is told so', async () => {
    const full = await sender('to-full-first', 'full');
    await send(full, 'waits');
    const choosy = client.open_receiver({
      name: 'choosy',
      source: { address: 'full', filter: rhea.filter.selector("region = 'eu'") },
      credit_window: 5,
    });
    await once(choosy, 'receiver_open');
    while (statusOf('choosy').credit === 0) await new Promise(resolve => setImmediate(resolve));
    laterMs += 3_000;
    const { state, why, selector } = statusOf('choosy');
    assert.equal(selector, "region = 'eu'");
    assert.equal(state, 'delayed', why);
    assert.match(why, /has got nothing for 3 s, with 1 message waiting: none that waits is one that it selects/);
    choosy.close();
  });

  test('a producer of a full queue is blocked by it, and one of an anycast address by nobody who consumes', async () => {
    const blocked = await sender('to-full', 'full');
    const calling = await sender('to-calls', 'calls');
    assert.equal(blocked.sendable() || calling.sendable(), false);
    laterMs += 4_000;
    const full = statusOf('to-full');
    assert.deepEqual([full.state, full.credit], ['blocked', 0]);
    assert.match(full.why, /^It has had no credit for \d+ s, since full holds as much as it may, 1 message\.$/);
    laterMs += 6_000;
    assert.equal(watch.heldUp(space()).blocked.get('full'), 1000 * statusOf('to-full').secondsWithoutCredit);
    assert.match(statusOf('to-calls').why, /since nobody consumes from calls, and it stores nothing\.$/);
  });

  test('a sender to the anonymous terminus is one producer for each address that its messages name', async () => {
    const anonymous = client.open_sender({ name: 'anywhere', target: {} });
    await once(anonymous, 'sendable');
    anonymous.send({ to: 'orders', body: 'x' });
    await once(anonymous, 'accepted');
    assert.equal(statusOf('anywhere').address, 'orders');
  });
});

describe('links over HTTP', () => {
  test('those of all protocols are listed with whose they are, and those of one address alone', async () => {
    await using server = await startTestServer({ addresses: [{ name: 'plant', type: 'topic' }] });
    const reader = await mqtt.connectAsync({ ...server.mqtt, clientId: 'meter', reconnectPeriod: 0, protocolVersion: 5 });
    await reader.subscribeAsync('plant/+/temperature', { qos: 1 });
    await reader.subscribeAsync('other', { qos: 1 });
    const came = new Promise(resolve => reader.once('message', resolve));
    await reader.publishAsync('plant/7/temperature', '21', { qos: 1 });
    await came;
    const links = async (query = ''): Promise<{ items: LinkStatus[] }> =>
      (await fetch(`${server.http}${PATH}/links${query}`)).json() as never;
    const { items } = await links('?address=plant');
    assert.deepEqual(
      items.map(({ role, address, client, protocol }) => [role, address, client, protocol]),
      [
        ['producer', 'plant', 'meter', 'MQTT 5.0'],
        ['consumer', 'plant/+/temperature', 'meter', 'MQTT 5.0'],
      ],
    );
    assert.equal((await links(`?connection=${items[0]!.connection}`)).items.length, 3);
    assert.deepEqual((await links('?connection=none')).items, []);
    const posted = await fetch(`${server.http}/m/plant%2F7%2Fspeed`, { method: 'POST', body: '3' });
    assert.ok(posted.ok, await posted.text());
    const shared = (await links('?address=plant')).items.find(({ protocol }) => protocol === 'HTTP');
    assert.deepEqual([shared?.client, shared?.connection], ['requests', undefined]);
    await reader.endAsync(true);
  });
});

test('a consumer that is delayed is told to be so at the first look, which takes as long as it takes to know', async t => {
  await using server = await startTestServer({ addresses: [{ name: 'orders', type: 'queue' }] });
  await fetch(`${server.http}/m/orders`, { method: 'POST', body: 'x' });
  const client = rhea.create_container({ id: 'shop' }).connect({ ...server.amqp, reconnect: false });
  t.after(() => client.close());
  client.open_receiver({ source: { address: 'orders', filter: rhea.filter.selector('x = 1') }, credit_window: 5 });
  await once(client, 'receiver_open');
  while (!server.broker.space('default').find('orders')!.status().consumers) await new Promise(resolve => setImmediate(resolve));
  const { items } = (await (await fetch(`${server.http}${PATH}/links?address=orders`)).json()) as { items: LinkStatus[] };
  assert.equal(items.find(({ role }) => role === 'consumer')?.state, 'delayed');
});

describe('links, for who may not see everything', () => {
  const no = () => new Refusal('unauthorized', 'no');
  let principal: Principal;
  let app: HttpApp;

  before(async () => {
    const broker = new Broker({ turn: new EventLoopTurn(), report: () => {}, autoCreate: true, addressesMax: 9, randomName: () => '' });
    const owner = { connection: '7', protocol: 'AMQP 1.0', client: 'shop', user: 'sam', peer: 'there:1' };
    const linkTo = (address: string) =>
      ({ identity: {}, name: `to ${address}`, role: 'producer', address, sinceMs: 0, standing: undefined }) as const;
    const links = ['orders', 'secret', 'plant/#'].map(linkTo);
    const holder = { addressSpace: 'default', owner: () => owner, links: () => links };
    app = fastify();
    compileLazily(app);
    app.addSchema(PROBLEM);
    app.addHook('onRequest', async request => {
      request.principal = principal;
    });
    linkRoutes(
      app,
      broker,
      new LinkWatch(
        () => [holder],
        name => broker.spaces.get(name),
        Date.now,
      ),
    );
    await app.ready();
  });
  after(() => app.close());

  async function listed(): Promise<readonly Partial<LinkStatus>[]> {
    const { body } = await app.inject({ url: `${PATH}/links` });
    return (JSON.parse(body) as { items: LinkStatus[] }).items;
  }

  test('those of addresses that he may not view are not there, nor who the others are of', async () => {
    const rights: Rights = {
      ...ALL_RIGHTS,
      refuse: (_action, address) => (address === 'orders' ? undefined : no()),
      refusePattern: no,
      refuseKind: no,
    };
    principal = new Principal({ user: 'clerk', space: 'default', rights });
    const items = await listed();
    assert.deepEqual(
      items.map(({ address, client, user, peer, connection }) => [address, client, user, peer, connection]),
      [['orders', undefined, undefined, undefined, undefined]],
    );
  });

  test('who may view connections is told who they are', async () => {
    principal = new Principal({ user: 'ada', space: 'default', rights: ALL_RIGHTS });
    const items = await listed();
    assert.deepEqual(
      items.map(({ address }) => address),
      ['orders', 'secret', 'plant/#'],
    );
    assert.deepEqual([items[0]?.client, items[0]?.user, items[0]?.peer, items[0]?.connection], ['shop', 'sam', 'there:1', '7']);
  });

  test('a user of another address space is not told whether there is any', async () => {
    principal = new Principal({ user: 'eve', space: 'other', rights: ALL_RIGHTS });
    for (const space of ['default', 'none'])
      assert.equal((await app.inject({ url: `/apis/angarium.dev/v1/addressspaces/${space}/links` })).statusCode, 403);
  });
});
