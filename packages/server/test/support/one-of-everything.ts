import assert from 'node:assert/strict';
import { type EventEmitter, once } from 'node:events';
import { emptyMessage, type Producer, Refusal } from '@angarium/core';
import type { TestServer } from '@angarium/testkit';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { ADDRESSES, type Answer, call, PLANS } from './call-api.ts';

const WEBHOOKS = '/apis/angarium.dev/v1/addressspaces/default/webhooks';
/** What ends then does not end while anybody reads these files. */
const CENTURY_MS = 3_155_760_000_000;
const FOREVER_SECONDS = 0xffff_ffff;
const LATER = '2126-01-02T03:04:05Z';

async function ok(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked;
  assert.ok(answer.status < 300, `${answer.status} ${answer.text}`);
  return answer;
}

async function declare(server: TestServer, name: string, spec: object): Promise<void> {
  await ok(call(server, 'PUT', `${ADDRESSES}/${name}`, { body: { spec } }));
}

async function send(server: TestServer, name: string, body: string, fields: object = {}): Promise<void> {
  await ok(call(server, 'POST', `${ADDRESSES}/${name}/messages?batch=json`, { body: [{ body, ...fields }] }));
}

/** Takes the next message, and says what became of it; answers its body. */
async function take(server: TestServer, name: string, outcome: string, query = ''): Promise<unknown> {
  const received = await ok(
    call(server, 'POST', `${ADDRESSES}/${name}/messages:receive?wait=10s${query}`, { headers: { accept: 'application/json' } }),
  );
  const [message] = received.body.messages as { body: unknown; lease: string }[];
  await ok(call(server, 'POST', `${ADDRESSES}/${name}/messages:settle`, { body: { lease: message!.lease, outcome } }));
  return message!.body;
}

async function connect(server: TestServer, options: IClientOptions): Promise<MqttClient> {
  return await mqtt.connectAsync({ ...server.mqtt, protocolVersion: 5, reconnectPeriod: 0, ...options });
}

/** The types of the client's events are not those of Node. */
async function heard(client: MqttClient, event: string): Promise<unknown[]> {
  return await once(client as unknown as EventEmitter, event);
}

/** Two messages that are stored as one unit of the log. */
async function commitTwo(server: TestServer, name: string): Promise<void> {
  const space = server.broker.space(undefined);
  const producer = space.attachProducer(name, 'queue', { grant: () => {}, settle: () => {}, end: () => {} }) as Producer;
  const transaction = space.transactions.begin();
  assert.ok(!(transaction instanceof Refusal));
  for (const text of ['together 1', 'together 2']) {
    // An AMQP value section with a string.
    const bytes = Buffer.concat([Buffer.of(0x00, 0x53, 0x77, 0xa1, text.length), Buffer.from(text)]);
    transaction.post(producer, { ...emptyMessage(), bytes, end: bytes.length, durable: true });
  }
  const committed = Promise.withResolvers<void>();
  assert.equal(transaction.commit({ confirmed: () => committed.resolve() }, 0), undefined);
  await committed.promise;
  producer.detach();
}

/** Puts something of every kind that is kept into a server. */
export async function fillServer(server: TestServer): Promise<void> {
  await ok(call(server, 'PUT', `${PLANS}/standard`, { body: { spec: { redelivery: { attemptsMax: 5 }, deadLetter: 'dead' } } }));
  await declare(server, 'dead', { type: 'queue' });
  await declare(server, 'copies', { type: 'queue' });
  await declare(server, 'orders', {
    type: 'queue',
    plan: 'standard',
    aliases: ['auftraege'],
    duplicates: { windowMs: CENTURY_MS },
    diverts: [{ to: 'copies', selector: "colour = 'red'" }],
  });
  await declare(server, 'prices', { type: 'queue', lastValueKey: 'symbol' });
  await declare(server, 'plant', { type: 'topic' });
  await declare(server, 'measured', { type: 'queue', bindings: ['plant/+/temp'] });
  await declare(server, 'news', { type: 'topic' });
  await declare(server, 'events', { type: 'stream', retention: { messagesMax: 3 } });

  await send(server, 'orders', 'poison');
  assert.equal(await take(server, 'orders', 'rejected'), 'poison');
  await send(server, 'orders', 'failed');
  assert.equal(await take(server, 'orders', 'modified'), 'failed');
  await send(server, 'orders', 'gone', { properties: { kind: 'gone' } });
  assert.equal(await take(server, 'orders', 'accepted', '&selector=kind%20IS%20NOT%20NULL'), 'gone');
  await send(server, 'orders', 'urgent', { priority: 9 });
  await send(server, 'orders', 'red', { properties: { colour: 'red' } });
  await send(server, 'orders', 'grouped', { groupId: 'table-7', absoluteExpiryTime: LATER });
  await send(server, 'orders', 'later', { deliveryTime: LATER });
  for (let time = 0; time < 2; time++) await send(server, 'orders', 'once', { messageId: 'once-1' });
  await commitTwo(server, 'orders');
  for (const price of [1, 2]) await send(server, 'prices', `${price}`, { properties: { symbol: 'ANG' } });
  await call(server, 'POST', `${ADDRESSES}/news/messages:receive?subscription=eu&durable=true&selector=region%3D%27eu%27`);
  for (const region of ['eu', 'us']) await send(server, 'news', region, { properties: { region } });
  await call(server, 'POST', `${ADDRESSES}/events/messages:receive?subscription=reader&durable=true&offset=first`);
  for (let at = 0; at < 3; at++) await send(server, 'events', `e${at}`);
  assert.equal(await take(server, 'events', 'accepted', '&subscription=reader&durable=true'), 'e0');
  for (let at = 3; at < 5; at++) await send(server, 'events', `e${at}`);

  const sensor = await connect(server, { clientId: 'sensor', clean: false, properties: { sessionExpiryInterval: FOREVER_SECONDS } });
  await sensor.subscribeAsync({ 'plant/#': { qos: 2 }, '$share/group/plant/shared': { qos: 1 } });
  await sensor.endAsync();
  const plant = await connect(server, { clientId: 'plant' });
  await plant.publishAsync('plant/1/temp', '21', { qos: 1, retain: true });
  await plant.publishAsync('plant/2/temp', '22', { qos: 2 });
  await plant.endAsync();
  const doomed = await connect(server, {
    clientId: 'doomed',
    clean: false,
    properties: { sessionExpiryInterval: FOREVER_SECONDS },
    will: { topic: 'plant/will', payload: Buffer.from('gone'), qos: 1, retain: false, properties: { willDelayInterval: FOREVER_SECONDS } },
  });
  doomed.stream.destroy();
  await heard(doomed, 'close');
  await ok(
    call(server, 'POST', WEBHOOKS, { body: { metadata: { name: 'hook' }, spec: { address: 'hooked', url: 'https://example.com/' } } }),
  );
}

interface Shown {
  readonly state: string;
  readonly attempts: number;
  readonly expiresAt?: string;
  readonly message: { readonly body: unknown; readonly properties?: object };
}

async function shown(server: TestServer, name: string, query = ''): Promise<readonly Shown[]> {
  return (await ok(call(server, 'GET', `${ADDRESSES}/${name}/messages${query}`))).body.items as Shown[];
}

async function bodies(server: TestServer, name: string, query = ''): Promise<readonly unknown[]> {
  return (await shown(server, name, query)).map(({ message }) => message.body);
}

/** Whether all of that is there, and works; once, for it takes some of it. */
export async function checkServer(server: TestServer): Promise<void> {
  const { items } = (await ok(call(server, 'GET', ADDRESSES))).body as { items: { metadata: { name: string }; spec: object }[] };
  assert.deepEqual(
    items.map(({ metadata }) => metadata.name),
    ['copies', 'dead', 'events', 'hooked', 'measured', 'news', 'orders', 'plant', 'prices'],
  );
  await checkQueues(server);
  await checkTopics(server);
  await checkHeads(server);
}

async function checkQueues(server: TestServer): Promise<void> {
  const { body: orders } = await ok(call(server, 'GET', `${ADDRESSES}/orders`));
  assert.deepEqual((orders.status as { inForce: { redelivery: object } }).inForce.redelivery, { attemptsMax: 5 }, 'what the plan says');
  const order = await shown(server, 'orders');
  assert.deepEqual(
    order.map(({ message }) => message.body),
    ['failed', 'urgent', 'red', 'grouped', 'later', 'once', 'together 1', 'together 2'],
  );
  assert.equal(order[0]!.attempts, 1);
  assert.match(order[3]!.expiresAt!, /^2126-01-02T03:04:0/);
  assert.equal(order[4]!.state, 'scheduled');
  // Its consumers see the priority, an alias leads to it, and an id is known from before.
  assert.equal(await take(server, 'auftraege', 'accepted'), 'urgent');
  await send(server, 'orders', 'once', { messageId: 'once-1' });
  assert.equal((await shown(server, 'orders')).length, order.length - 1);
  assert.deepEqual(await bodies(server, 'copies'), ['red']);
  assert.deepEqual(await bodies(server, 'dead'), ['poison']);
  await ok(call(server, 'POST', `${ADDRESSES}/dead/messages:replay`, { body: {} }));
  assert.equal((await bodies(server, 'orders')).at(-1), 'poison', 'a dead letter knows where it comes from');
  await send(server, 'prices', '3', { properties: { symbol: 'ANG' } });
  assert.deepEqual(await bodies(server, 'prices'), ['3'], 'the last value is known');
}

async function checkTopics(server: TestServer): Promise<void> {
  await send(server, 'news', 'eu again', { properties: { region: 'eu' } });
  await send(server, 'news', 'us again', { properties: { region: 'us' } });
  assert.deepEqual(await bodies(server, 'news', '?subscription=eu'), ['eu', 'eu again']);
  const { body: events } = await ok(call(server, 'GET', `${ADDRESSES}/events`));
  const { firstOffset, nextOffset, readers } = events.status as {
    firstOffset: number;
    nextOffset: number;
    readers: { name: string; offset: number }[];
  };
  assert.deepEqual([firstOffset, nextOffset, readers[0]!.name, readers[0]!.offset], [2, 5, 'reader', 1]);
  assert.equal(await take(server, 'events', 'accepted', '&subscription=reader&durable=true'), 'e2');
  assert.deepEqual(await bodies(server, 'measured'), ['21', '22']);
  await send(server, 'plant%2F3%2Ftemp', '23');
  assert.deepEqual(await bodies(server, 'measured'), ['21', '22', '23'], 'the binding holds');
}

async function checkHeads(server: TestServer): Promise<void> {
  const space = server.broker.space(undefined);
  assert.deepEqual([...space.notes.all.keys()].sort(), ['webhook hook', 'will:mqtt:doomed']);
  const { items } = (await ok(call(server, 'GET', WEBHOOKS))).body as { items: { spec: { url: string } }[] };
  assert.equal(items[0]!.spec.url, 'https://example.com/');
  const received: string[] = [];
  const sensor = mqtt.connect({
    ...server.mqtt,
    protocolVersion: 5,
    reconnectPeriod: 0,
    clientId: 'sensor',
    clean: false,
    properties: { sessionExpiryInterval: FOREVER_SECONDS },
  });
  sensor.on('message', (topic, payload) => received.push(`${topic} ${payload}`));
  const [{ sessionPresent }] = (await heard(sensor, 'connect')) as [{ sessionPresent: boolean }];
  assert.ok(sessionPresent, 'the session is there');
  while (received.length < 3) await heard(sensor, 'message');
  assert.deepEqual(received.sort(), ['plant/1/temp 21', 'plant/2/temp 22', 'plant/3/temp 23']);
  await sensor.endAsync();
  const late = await connect(server, { clientId: 'late' });
  late.subscribe('plant/1/temp');
  const [, payload, packet] = (await heard(late, 'message')) as [string, Buffer, { retain: boolean }];
  assert.deepEqual([String(payload), packet.retain], ['21', true]);
  await late.endAsync();
}
