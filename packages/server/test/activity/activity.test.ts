import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { ALL_RIGHTS, Principal, Refusal, type Rights } from '@angarium/core';
import { startTestServer, type TestServer } from '@angarium/testkit';
import mqtt from 'mqtt';
import rhea from 'rhea';
import { COLUMNS } from '../../src/activity/address-row.ts';
import type { Attention } from '../../src/activity/attention.ts';
import { LookReader } from '../../src/activity/look-reader.ts';
import { Lookout } from '../../src/activity/lookout.ts';
import { SpaceSampler, type Surroundings } from '../../src/activity/space-sampler.ts';

interface ActivityDocument {
  readonly atMs: number;
  readonly whole: boolean;
  readonly totals: Readonly<Record<string, number>>;
  readonly columns?: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  readonly removed?: readonly string[];
  readonly attention: readonly Attention[];
}

const ADMINISTRATOR = new Principal({ user: 'ada', space: 'default', administersServer: true, rights: ALL_RIGHTS });
/** Sees one address, and knows of nobody who is connected. */
const ORDERS_ALONE: Rights = {
  ...ALL_RIGHTS,
  refuse: (_action, address) => (address === 'orders' ? undefined : new Refusal('unauthorized', 'no')),
  refusePattern: () => new Refusal('unauthorized', 'no'),
  refuseKind: () => new Refusal('unauthorized', 'no'),
};
const CLERK = new Principal({ user: 'clerk', space: 'default', rights: ORDERS_ALONE });

describe('what happens in an address space', () => {
  let server: TestServer;
  let laterMs = 0;
  const surroundings: Surroundings = {
    nowMs: () => Date.now() + laterMs,
    pressed: () => false,
    heldUp: () => ({ stuck: new Map(), blocked: new Map(), unwilling: new Map() }),
    attention: () => [],
  };
  const space = () => server.broker.spaces.get('default')!;

  before(async () => {
    server = await startTestServer({
      addresses: [
        { name: 'news', type: 'topic' },
        { name: 'orders', type: 'queue', deadLetter: 'failed' },
        { name: 'failed', type: 'queue' },
        { name: 'calls', type: 'anycast' },
      ],
    });
  });
  after(() => server[Symbol.asyncDispose]());

  async function post(address: string): Promise<void> {
    const { status } = await fetch(`${server.http}/m/${address}`, { method: 'POST', body: 'x' });
    assert.ok(status < 300, `${status}`);
  }

  function eventOf(text: string): { kind: string; document: ActivityDocument } {
    const [, kind = '', data = ''] = /^event: (\w+)\nid: \d+\ndata: (.*)\n\n$/.exec(text) ?? [];
    return { kind, document: JSON.parse(data) as ActivityDocument };
  }

  test('a look writes the rows that are other ones than before, and nothing of those that are not', async () => {
    const sampler = new SpaceSampler(space(), surroundings);
    sampler.look();
    const first = eventOf(sampler.event('snapshot', ADMINISTRATOR)).document;
    assert.deepEqual(first.columns, [...COLUMNS]);
    assert.deepEqual(first.rows.map(([name]) => name).sort(), ['calls', 'failed', 'news', 'orders']);
    await post('orders');
    sampler.look();
    const { document } = eventOf(sampler.event('change', ADMINISTRATOR));
    assert.equal(document.rows.length, 1);
    const row = Object.fromEntries(COLUMNS.map((column, i) => [column, document.rows[0]![i]]));
    assert.deepEqual([row.name, row.in, row.stored, row.producers], ['orders', 1, 1, 1]);
    assert.equal(document.totals.stored, 1);
    sampler.look();
    assert.deepEqual(eventOf(sampler.event('change', ADMINISTRATOR)).document.rows, []);
  });

  test('an address that comes is a row, and one that goes is said to be removed', async () => {
    const sampler = new SpaceSampler(space(), surroundings);
    sampler.look();
    await new Promise(resolve => space().declare('short', { type: 'queue' }, resolve));
    sampler.look();
    assert.deepEqual(
      eventOf(sampler.event('change', ADMINISTRATOR)).document.rows.map(([name]) => name),
      ['short'],
    );
    const inAll = eventOf(sampler.event('snapshot', ADMINISTRATOR)).document.totals.in;
    await new Promise<void>(resolve => space().remove('short', {}, () => resolve()));
    sampler.look();
    const { removed, totals } = eventOf(sampler.event('change', ADMINISTRATOR)).document;
    assert.deepEqual(removed, ['short']);
    assert.equal(totals.in, inAll);
  });

  test('an address that was made for one client counts, and its name is told to nobody', () => {
    const made = space().createDynamic('queue', 'no-links');
    assert.ok(!(made instanceof Refusal));
    const sampler = new SpaceSampler(space(), surroundings);
    sampler.look();
    const text = sampler.document(ADMINISTRATOR);
    assert.equal(text.includes(made.name), false);
    assert.equal((JSON.parse(text) as ActivityDocument).totals.addresses, space().addresses.size);
    space().closeDynamic(made);
  });

  test('who may see one address is told of that alone, in rows, sums and what needs attention', () => {
    const sampler = new SpaceSampler(space(), {
      ...surroundings,
      attention: () => [
        { audience: { of: 'server' }, attention: { severity: 'danger', what: 'of the server', do: '' } },
        { audience: { of: 'space' }, attention: { severity: 'danger', what: 'of the space', do: '' } },
      ],
    });
    sampler.look();
    const { rows, whole, totals, attention } = JSON.parse(sampler.document(CLERK)) as ActivityDocument;
    assert.deepEqual(
      rows.map(([name]) => name),
      ['orders'],
    );
    assert.deepEqual([whole, totals.addresses, totals.connections], [false, 1, undefined]);
    assert.deepEqual(attention, []);
    const all = JSON.parse(sampler.document(new Principal({ user: 'sam', space: 'default', rights: ALL_RIGHTS }))) as ActivityDocument;
    assert.deepEqual(
      all.attention.map(({ what }) => what),
      ['of the space'],
    );
  });

  test('who sees all addresses and no connections is told the sums of the space without those', async () => {
    const rights: Rights = {
      ...ALL_RIGHTS,
      refuseKind: (_action, kind) => (kind === 'Address' ? undefined : new Refusal('unauthorized', 'no')),
    };
    const sampler = new SpaceSampler(space(), surroundings);
    sampler.look();
    const told = (principal: Principal): ActivityDocument => JSON.parse(sampler.document(principal)) as ActivityDocument;
    const { connections, ...sums } = told(ADMINISTRATOR).totals;
    assert.equal(connections, space().limits.allowance.count('connections'));
    const { whole, totals } = told(new Principal({ user: 'clerk', space: 'default', rights }));
    assert.deepEqual([whole, totals], [true, sums]);
  });

  test('messages that nobody takes for a minute need attention, but not those that are kept to be looked at', async () => {
    await post('orders');
    await post('failed');
    const sampler = new SpaceSampler(space(), surroundings);
    sampler.look();
    assert.deepEqual((JSON.parse(sampler.document(ADMINISTRATOR)) as ActivityDocument).attention, []);
    laterMs += 61_000;
    sampler.look();
    const { attention, rows } = eventOf(sampler.event('change', ADMINISTRATOR)).document;
    assert.deepEqual(
      attention.map(({ address, severity }) => [address, severity]),
      [['orders', 'warning']],
    );
    assert.match(attention[0]!.what, /^Nobody consumes from orders, which holds \d messages, the oldest for 6[12] s or longer\.$/);
    assert.deepEqual(
      rows.map(row => [row[0], row.at(-1)]),
      [['orders', 'no-consumer']],
    );
  });

  test('messages that have waited for a minute are told of at the first look, whoever has looked before', () => {
    const sampler = new SpaceSampler(space(), surroundings);
    sampler.look();
    const { attention } = JSON.parse(sampler.document(ADMINISTRATOR)) as ActivityDocument;
    assert.deepEqual(
      attention.map(({ address, what }) => [address, what.includes('Nobody consumes')]),
      [['orders', true]],
    );
  });

  test('a consumer that was seen a moment ago may come back: nothing is told until a minute after it', async () => {
    const sampler = new SpaceSampler(space(), surroundings);
    const client = rhea.create_container().connect({ ...server.amqp, reconnect: false });
    client.open_receiver({ source: { address: 'orders' }, credit_window: 0 });
    await once(client, 'receiver_open');
    const told = (): number => {
      sampler.look();
      return (JSON.parse(sampler.document(ADMINISTRATOR)) as ActivityDocument).attention.length;
    };
    assert.equal(told(), 0);
    client.close();
    await once(client, 'connection_close');
    while (space().find('orders')!.status().consumers > 0) await new Promise(resolve => setImmediate(resolve));
    assert.equal(told(), 0);
    laterMs += 61_000;
    assert.equal(told(), 1);
  });

  test('consumers none of whom gives credit while messages wait need attention after ten seconds', async () => {
    const client = rhea.create_container().connect({ ...server.amqp, reconnect: false });
    client.open_receiver({ source: { address: 'orders' }, credit_window: 0 });
    await once(client, 'receiver_open');
    let forMs = 9_000;
    const unwilling = () => new Map([['orders', { consumers: 2, forMs }]]);
    const sampler = new SpaceSampler(space(), {
      ...surroundings,
      heldUp: () => ({ stuck: new Map(), blocked: new Map(), unwilling: unwilling() }),
    });
    sampler.look();
    assert.deepEqual((JSON.parse(sampler.document(ADMINISTRATOR)) as ActivityDocument).attention, []);
    forMs = 12_000;
    sampler.look();
    const { attention, rows } = JSON.parse(sampler.document(ADMINISTRATOR)) as ActivityDocument;
    assert.equal(rows.find(([name]) => name === 'orders')?.at(-1), 'no-credit');
    assert.match(attention[0]!.what, /^orders holds \d messages, and its 2 consumers give no credit, for 12 s by now\.$/);
    assert.match(attention[0]!.do, /have them give credit/);
    client.close();
    await once(client, 'connection_close');
  });

  test('a producer of an address that nobody consumes from is blocked after five seconds, and it is said what to do', async () => {
    const client = rhea.create_container().connect({ ...server.amqp, reconnect: false });
    client.open_sender('calls');
    await once(client, 'sender_open');
    const sampler = new SpaceSampler(space(), surroundings);
    sampler.look();
    laterMs += 6_000;
    sampler.look();
    const calls = (JSON.parse(sampler.document(ADMINISTRATOR)) as ActivityDocument).attention.find(({ address }) => address === 'calls');
    assert.equal(calls?.severity, 'danger');
    assert.match(calls!.what, /nobody consumes from calls/);
    assert.match(calls!.do, /Start a consumer/);
    client.close();
    await once(client, 'connection_close');
  });

  test('dead letters are said for a minute, with where they lie', async () => {
    const sampler = new SpaceSampler(space(), surroundings);
    sampler.look();
    const client = rhea.create_container().connect({ ...server.amqp, reconnect: false });
    const receiver = client.open_receiver({ source: { address: 'orders' }, autoaccept: false, credit_window: 1 });
    const [{ delivery }] = (await once(receiver, 'message')) as [{ delivery: { reject(): void } }];
    delivery.reject();
    const arrived = () => space().find('failed')!.status().deadLettersReceived;
    while (arrived() === undefined) await new Promise(resolve => setImmediate(resolve));
    assert.deepEqual(arrived(), { rejected: 1, attempts: 0, expired: 0 });
    assert.deepEqual(space().find('orders')!.status().deadLettersSent, { rejected: 1, attempts: 0, expired: 0 });
    sampler.look();
    const { attention } = JSON.parse(sampler.document(ADMINISTRATOR)) as ActivityDocument;
    const [about] = attention.filter(({ address }) => address === 'orders');
    assert.match(about!.what, /1 message of orders became dead letters/);
    assert.match(about!.do, /Look at failed for why/);
    client.close();
    await once(client, 'connection_close');
  });

  test('subscribers over MQTT are consumers of the topic that their filters lead to, and what they get is counted there', async () => {
    const sampler = new SpaceSampler(space(), surroundings);
    const news = (): Record<string, unknown> => {
      sampler.look();
      const { rows } = JSON.parse(sampler.document(ADMINISTRATOR)) as ActivityDocument;
      return Object.fromEntries(COLUMNS.map((column, i) => [column, rows.find(([name]) => name === 'news')![i]]));
    };
    assert.deepEqual([news().consumers, news().out], [0, 0]);
    const client = await mqtt.connectAsync({ ...server.mqtt, reconnectPeriod: 0 });
    await client.subscribeAsync('news/+', { qos: 1 });
    assert.equal(news().consumers, 1);
    const came = new Promise(resolve => client.once('message', resolve));
    await client.publishAsync('news/today', 'x', { qos: 1 });
    await came;
    assert.deepEqual([news().in, news().out], [1, 1]);
    await client.endAsync();
    const inboxes = () => space().inboxes.all.size;
    while (inboxes() > 0) await new Promise(resolve => setImmediate(resolve));
    assert.deepEqual([news().consumers, news().out], [0, 1], 'what was counted stays');
  });

  test('readers at one interval are told the same, and nobody looks when they have gone', async () => {
    const lookout = new Lookout(of => new SpaceSampler(of, surroundings));
    const [one, other] = [lookout.open(space(), 60_000, ADMINISTRATOR)!, lookout.open(space(), 60_000, ADMINISTRATOR)!];
    const [[first], [second]] = (await Promise.all([once(one, 'data'), once(other, 'data')])) as [[Buffer], [Buffer]];
    assert.equal(eventOf(first.toString()).kind, 'snapshot');
    assert.equal(first.toString(), second.toString());
    await Promise.all([one, other].map(reader => once(reader.destroy(), 'close')));
    assert.equal(lookout.readers, 0);
  });

  test('one event waits for a reader that does not read; when it reads again it is told everything anew', async () => {
    const sampler = new SpaceSampler(space(), surroundings);
    sampler.look();
    const reader = new LookReader(sampler, ADMINISTRATOR);
    reader.tell();
    const waiting = reader.readableLength;
    for (let i = 0; i < 3; i++) {
      await post('orders');
      sampler.look();
      reader.tell();
    }
    assert.equal(reader.readableLength, waiting);
    assert.equal(eventOf(String(reader.read())).kind, 'snapshot');
    const kind = () => eventOf(String(reader.read())).kind;
    const next = () => new Promise(resolve => setImmediate(resolve));
    await next();
    reader.tell();
    assert.equal(kind(), 'snapshot');
    await next();
    sampler.look();
    reader.tell();
    assert.equal(kind(), 'change');
    reader.destroy();
  });

  test('an event stream of HTTP begins with all, and goes on with what changes; the interval has bounds', async () => {
    const answer = await fetch(`${server.http}/apis/angarium.dev/v1/addressspaces/default/activity?interval=1s`, {
      headers: { accept: 'text/event-stream' },
    });
    assert.equal(answer.headers.get('content-type'), 'text/event-stream');
    const kinds: string[] = [];
    let text = '';
    for await (const chunk of answer.body!) {
      text += Buffer.from(chunk).toString();
      kinds.push(...[...text.matchAll(/event: (\w+)\n/g)].map(match => match[1]!).slice(kinds.length));
      if (kinds.length >= 2) break;
    }
    assert.deepEqual(kinds.slice(0, 2), ['snapshot', 'change']);
    const refused = await fetch(`${server.http}/apis/angarium.dev/v1/addressspaces/default/activity?interval=61s`);
    assert.equal(refused.status, 400);
  });
});
