import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, mock, test } from 'node:test';
import { runCommand, startTestServer, type TestServer } from '@angarium/testkit';
import mqtt from 'mqtt';
import rhea, { type Connection, type Receiver, type Sender } from 'rhea';
import type { LinkStatus } from '../../src/activity/link-watch.ts';

const SPACE = '/apis/angarium.dev/v1/addressspaces/default';

/** Each of the ways in which a link can be held up, brought about by real clients and seen wherever links are shown. Only the clock is moved. */
describe('links that are held up', () => {
  let server: TestServer;
  let client: Connection;

  before(async () => {
    mock.timers.enable({ apis: ['Date'], now: Date.now() });
    server = await startTestServer({
      addresses: [
        { name: 'orders', type: 'queue' },
        { name: 'full', type: 'queue', messagesMax: 1 },
        { name: 'choice', type: 'queue' },
        { name: 'plant', type: 'topic' },
      ],
    });
    client = rhea.create_container({ id: 'shop' }).connect({ ...server.amqp, reconnect: false });
    await once(client, 'connection_open');
    const settled = client.open_sender('orders');
    await send(settled, 'one');
    await send(client.open_sender('choice'), 'is not selected');
    await receiver('does-not-settle', 'orders', 1);
    await receiver('gives-no-credit', 'choice', 0);
    await receiver('chooses', 'choice', 5, "region = 'eu'");
    await send(await sender('waits', 'full'), 'fills it');
    const slow = await mqtt.connectAsync({
      ...server.mqtt,
      clientId: 'one-at-a-time',
      protocolVersion: 5,
      properties: { receiveMaximum: 1 },
      reconnectPeriod: 0,
      // It never acknowledges.
      customHandleAcks: () => {},
    });
    await slow.subscribeAsync('plant/#', { qos: 1 });
    const came = new Promise(resolve => slow.once('packetreceive', resolve));
    for (const body of ['first', 'second']) await fetch(`${server.http}/m/plant%2F7`, { method: 'POST', body });
    await came;
    closeSlow = () => slow.end(true);
    while ((await metric('angarium_links_held_up'))['consumer,blocked'] !== 1) await new Promise(resolve => setImmediate(resolve));
    // Somebody has looked: what lasts from now on is seen at the next look.
    await activity();
  });
  let closeSlow = (): unknown => undefined;
  after(async () => {
    mock.timers.reset();
    closeSlow();
    client.close();
    await server[Symbol.asyncDispose]();
  });

  async function receiver(name: string, address: string, credit: number, selector?: string): Promise<Receiver> {
    const source = { address, ...(selector !== undefined && { filter: rhea.filter.selector(selector) }) };
    const opened = client.open_receiver({ name, source, credit_window: 0, autoaccept: false });
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

  async function links(): Promise<LinkStatus[]> {
    return ((await (await fetch(`${server.http}${SPACE}/links`)).json()) as { items: LinkStatus[] }).items;
  }

  async function states(): Promise<Record<string, string>> {
    return Object.fromEntries((await links()).map(({ name, state }) => [name, state]));
  }

  async function activity(): Promise<{ rows: (string | null)[][]; attention: { address: string; what: string }[] }> {
    return (await (await fetch(`${server.http}${SPACE}/activity`)).json()) as never;
  }

  /** Values of a metric by the labels besides the space. */
  async function metric(name: string): Promise<Record<string, number>> {
    const text = await (await fetch(`${server.http}/metrics`)).text();
    const lines = text.matchAll(new RegExp(`^${name}\\{address_space="default",(.*)\\} (.*)$`, 'gm'));
    return Object.fromEntries([...lines].map(([, labels, value]) => [labels!.replaceAll(/\w+="(\w+)"/g, '$1'), Number(value)]));
  }

  test('at first a client that takes one at a time, and a producer of what is full, are blocked', async () => {
    assert.deepEqual(await metric('angarium_links_held_up'), {
      'producer,blocked': 1,
      'consumer,blocked': 1,
      'consumer,stuck': 0,
      'consumer,delayed': 0,
    });
  });

  test('ten seconds later each is told apart, in the list of links and in metrics', async () => {
    mock.timers.tick(11_000);
    const { waits, chooses, ...shown } = await states();
    assert.deepEqual(
      [waits, chooses, shown['does-not-settle'], shown['gives-no-credit'], shown['plant/#']],
      ['blocked', 'delayed', 'stuck', 'idle', 'stuck'],
    );
    assert.deepEqual(await metric('angarium_links_held_up'), {
      'producer,blocked': 1,
      'consumer,blocked': 0,
      'consumer,stuck': 2,
      'consumer,delayed': 1,
    });
    const { producer, consumer } = await metric('angarium_links_without_credit_seconds');
    assert.ok(producer! >= 11 && consumer! >= 11, `${producer} s, ${consumer} s`);
    const idle = (await links()).find(({ name }) => name === 'gives-no-credit');
    assert.ok(idle!.secondsWithoutCredit >= 11);
    assert.match(idle!.why, /^It has given no credit for \d+ s, with 1 message waiting\.$/);
  });

  test('the console hears which addresses need attention', async () => {
    mock.timers.tick(6_000);
    const { rows, attention } = await activity();
    const codes = Object.fromEntries(rows.map(row => [row[0], row.at(-1)]));
    assert.deepEqual([codes.full, codes.orders, codes.plant], ['blocked', 'stuck', 'stuck']);
    assert.match(
      attention.find(({ address }) => address === 'orders')!.what,
      /^A consumer of orders has not settled what it has for 1\d s\.$/,
    );
  });

  test('the command line lists them with the reason, and top shows the addresses', async () => {
    const env = { ANGARIUM_URL: server.http };
    const [list, top] = await Promise.all([
      runCommand(['link', 'list'], { env }),
      runCommand(['top', '--json', '--once', '--interval', '1s'], { env }),
    ]);
    assert.match(
      list.stdout,
      /^choice +consumer .* delayed +It has credit and has got nothing for \d+ s, with 1 message waiting: none that waits is one/m,
    );
    assert.match(list.stdout, /^orders +consumer .* stuck +It has not settled 1 message/m);
    assert.match(list.stdout, /^full +producer .* blocked +It has had no credit for \d+ s/m);
    assert.match(top.stdout, /"attention":"stuck"/, top.stderr);
  });

  test('what is settled is stuck no longer', async () => {
    closeSlow();
    client.close();
    await once(client, 'connection_close');
    const gone = async (): Promise<boolean> => Object.values(await metric('angarium_links_held_up')).every(count => count === 0);
    while (!(await gone())) await new Promise(resolve => setImmediate(resolve));
  });
});
