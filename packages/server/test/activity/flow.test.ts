import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { ALL_RIGHTS, Principal, Refusal } from '@angarium/core';
import { startTestServer, type TestServer } from '@angarium/testkit';
import rhea, { type Connection, type Sender } from 'rhea';
import { clientPattern, FLOW_NODES_MAX, type FlowGraph } from '../../src/activity/flow-graph.ts';
import { FlowSampler } from '../../src/activity/flow-sampler.ts';
import { linkSource } from '../../src/activity/link-source.ts';
import { LinkWatch } from '../../src/activity/link-watch.ts';
import { connectionSource } from '../../src/connection-source.ts';

const ADMINISTRATOR = new Principal({ user: 'ada', space: 'default', administersServer: true, rights: ALL_RIGHTS });

describe('names of clients that do the same', () => {
  for (const [client, pattern] of [
    ['billing-1', 'billing-*'],
    ['billing-12', 'billing-*'],
    ['meter/7/b', 'meter/*/b'],
    ['019abc12-0000-7000-8000-00000000abcd', '*'],
    ['ID:worker-deadbeef01', 'ID:worker-*'],
    ['cafe', 'cafe'],
  ] as const)
    test(`${client} is one of ${pattern}`, () => assert.equal(clientPattern(client), pattern));
});

describe('the picture of what flows', () => {
  let server: TestServer;
  const clients: Connection[] = [];
  const senders: Sender[] = [];

  before(async () => {
    server = await startTestServer({
      mqtt: 'off',
      addresses: [
        { name: 'orders', type: 'queue', deadLetter: 'failed', diverts: [{ to: 'audit' }] },
        { name: 'failed', type: 'queue' },
        { name: 'audit', type: 'queue', bindings: ['news/#'] },
        { name: 'news', type: 'topic' },
        { name: 'alone', type: 'queue' },
      ],
    });
    for (const id of ['shop-1', 'shop-2']) await attach(id, connection => senders.push(connection.open_sender('orders')), 'sender_open');
    await attach('billing', connection => connection.open_receiver('orders'), 'receiver_open');
  });
  after(async () => {
    for (const client of clients) client.close();
    await server[Symbol.asyncDispose]();
  });

  async function attach(id: string, open: (connection: Connection) => unknown, opened: string): Promise<void> {
    const client = rhea.create_container({ id }).connect({ ...server.amqp, reconnect: false });
    clients.push(client);
    await once(client, 'connection_open');
    open(client);
    await once(client, opened);
  }

  function drawn(principal: Principal): FlowGraph {
    const sampler = samplerAt(Date.now);
    sampler.look();
    return JSON.parse(sampler.document(principal)) as FlowGraph;
  }

  function samplerAt(nowMs: () => number): FlowSampler {
    const links = new LinkWatch(
      linkSource({
        broker: server.broker,
        connections: connectionSource([server.head]),
        requests: { requestLinks: () => [] },
        webhooks: { of: () => new Map(), all: () => [] },
        connectors: () => undefined,
      }),
      name => server.broker.spaces.get(name),
      nowMs,
    );
    return new FlowSampler(server.broker.spaces.get('default')!, links);
  }

  test('clients whose names are alike are one node; addresses nobody has to do with are none', () => {
    const { nodes, edges, leftOut } = drawn(ADMINISTRATOR);
    assert.deepEqual(nodes.map(({ name }) => name).sort(), ['audit', 'billing', 'failed', 'news', 'orders', 'shop-*']);
    assert.match(nodes.find(({ name }) => name === 'shop-*')!.detail, /^2 of them, AMQP 1\.0/);
    const nameOf = (id: string) => nodes.find(node => node.id === id)!.name;
    assert.deepEqual(edges.map(({ from, to, kind, count }) => `${nameOf(from)} ${kind} ${nameOf(to)} ${count}`).sort(), [
      'news binding audit 1',
      'orders dead-letter failed 0',
      'orders divert audit 1',
      'orders receives billing 1',
      'shop-* sends orders 2',
    ]);
    assert.deepEqual(leftOut, { nodes: 0, edges: 0 });
  });

  test('the rate of an edge is that of its own links together, and not that of its address', async () => {
    await attach('till', connection => senders.push(connection.open_sender('orders')), 'sender_open');
    let nowMs = Date.now();
    const sampler = samplerAt(() => nowMs);
    const rates = () => {
      sampler.look();
      const { nodes, edges } = JSON.parse(sampler.document(ADMINISTRATOR)) as FlowGraph;
      const nameOf = (id: string) => nodes.find(node => node.id === id)!.name;
      return new Map(
        edges.filter(({ kind }) => /sends|receives|divert/.test(kind)).map(({ from, to, rate }) => [`${nameOf(from)} ${nameOf(to)}`, rate]),
      );
    };
    assert.deepEqual([...rates().values()], [undefined, undefined, undefined, undefined], 'nobody has looked before');
    for (const [at, count] of [10, 20, 60].entries())
      for (let sent = 0; sent < count; sent++) {
        if (!senders[at]!.sendable()) await once(senders[at]!, 'sendable');
        senders[at]!.send({ body: 'x' });
        await once(senders[at]!, 'accepted');
      }
    nowMs += 3_000;
    assert.deepEqual(Object.fromEntries(rates()), {
      'shop-* orders': 10,
      'till orders': 20,
      'orders billing': 30,
      'orders audit': undefined,
    });
    nowMs += 3_000;
    assert.deepEqual(Object.fromEntries(rates()), { 'shop-* orders': 0, 'till orders': 0, 'orders billing': 0, 'orders audit': undefined });
    nowMs += 60_000;
    assert.equal(rates().get('till orders'), undefined, 'of a minute ago nothing is known of now');
    const till = clients.pop()!;
    till.close();
    await once(till, 'connection_close');
  });

  test('who may see one address sees what touches it, and not who the clients are', () => {
    const no = () => new Refusal('unauthorized', 'no');
    const rights = {
      ...ALL_RIGHTS,
      refuse: (_action: unknown, address: string) => (address === 'orders' ? undefined : no()),
      refusePattern: no,
      refuseKind: no,
    };
    const { nodes, edges } = drawn(new Principal({ user: 'clerk', space: 'default', rights }));
    assert.deepEqual(nodes.map(({ name }) => name).sort(), ['clients', 'orders']);
    assert.deepEqual(edges.map(({ kind, count }) => [kind, count]).sort(), [
      ['receives', 1],
      ['sends', 2],
    ]);
  });

  test('there are never more nodes than may be drawn, and it is said how many are left out', async () => {
    const space = server.broker.spaces.get('default')!;
    for (let i = 0; i < FLOW_NODES_MAX; i++)
      await new Promise(resolve => space.declare(`queue-${i}`, { type: 'queue', deadLetter: 'failed' }, resolve));
    const { nodes, leftOut } = drawn(ADMINISTRATOR);
    assert.equal(nodes.length, FLOW_NODES_MAX);
    assert.equal(leftOut.nodes, 6);
  });

  test('it is served over HTTP', async () => {
    const answer = await fetch(`${server.http}/apis/angarium.dev/v1/addressspaces/default/flow`);
    assert.ok(((await answer.json()) as FlowGraph).nodes.length > 0);
    assert.equal((await fetch(`${server.http}/apis/angarium.dev/v1/addressspaces/none/flow`)).status, 404);
  });
});
