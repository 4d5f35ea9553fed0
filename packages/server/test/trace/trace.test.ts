import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { connectAsync, type MqttClient } from 'mqtt';
import rhea, { type Connection } from 'rhea';
import { ADDRESSES, assertProblem, call, callRaw } from '../support/call-api.ts';
import { cheapHash } from '../support/cheap-hash.ts';
import { declare } from '../support/declare.ts';

interface Line {
  readonly step: string;
  readonly address: string;
  readonly message: number;
  readonly sequence?: number;
  readonly peer?: { readonly protocol: string; readonly name: string; readonly user?: string; readonly from?: string };
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly reason?: string;
  readonly refusal?: string;
  readonly words: string;
}

/** A trace over HTTP, whose lines are read one after the other. */
class Trace implements AsyncDisposable {
  readonly lines: Line[] = [];
  readonly #leaving = new AbortController();
  #next!: AsyncIterator<string>;

  static async begin(server: TestServer, address: string, wish: object = {}): Promise<Trace> {
    const trace = new Trace();
    const answer = await fetch(`${server.http}${ADDRESSES}/${encodeURIComponent(address)}/trace`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(wish),
      signal: trace.#leaving.signal,
    });
    assert.deepEqual([answer.status, answer.headers.get('content-type')], [200, 'application/x-ndjson']);
    trace.#next = createInterface({ input: Readable.fromWeb(answer.body as never) })[Symbol.asyncIterator]();
    await trace.until('watching');
    return trace;
  }

  /** Reads on to the first line of this step. */
  async until(step: string): Promise<Line> {
    for (;;) {
      const { value, done } = await this.#next.next();
      assert.ok(!done, `there is a step ${step} after ${this.steps.join(', ')}`);
      const line = JSON.parse(value) as Line;
      this.lines.push(line);
      if (line.step === step) return line;
    }
  }

  get steps(): string[] {
    return this.lines.map(({ step }) => step);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort();
  }
}

describe('a message is followed over HTTP', () => {
  let server: TestServer;
  let connection: Connection;

  before(async () => {
    server = await startTestServer({
      addresses: [
        { name: 'orders', type: 'queue', deadLetter: 'dead' },
        { name: 'plant', type: 'topic' },
        { name: 'calls', type: 'anycast' },
        { name: 'late', type: 'queue' },
        { name: 'small', type: 'queue', messageSizeBytesMax: 1024 },
      ],
    });
    connection = rhea.create_container({ id: 'billing-1' }).connect({ ...server.amqp, username: 'anonymous', reconnect: false });
    await once(connection, 'connection_open');
  });
  after(async () => {
    connection.close();
    await server[Symbol.asyncDispose]();
  });

  async function mqttClient(clientId: string): Promise<MqttClient & AsyncDisposable> {
    const client = await connectAsync({ ...server.mqtt, clientId, protocolVersion: 5 });
    return Object.assign(client, { [Symbol.asyncDispose]: () => client.endAsync(true) });
  }

  test('that is too large never arrives, and its link is refused in words', async () => {
    await using trace = await Trace.begin(server, 'small', { seconds: 30 });
    const sender = connection.open_sender({ target: 'small', name: 'tanker' });
    sender.on('sender_error', () => sender.close());
    await once(sender, 'sendable');
    sender.send({ body: 'x'.repeat(4096) });
    const refused = await trace.until('refused');
    assert.equal(refused.refusal, 'message-too-large');
    assert.match(refused.words, / is refused: A message on link tanker is larger than 1024 bytes/);
  });

  test('sent over AMQP to a queue, from its arrival to the dead letters', async () => {
    await using trace = await Trace.begin(server, 'orders', { seconds: 30 });
    const sender = connection.open_sender({ target: 'orders', name: 'till' });
    await once(sender, 'sendable');
    sender.send({ subject: 'order', message_id: 'o-1', application_properties: { region: 'us' }, body: 'secret words' });
    const waiting = await trace.until('waiting');
    assert.equal(waiting.words, 'waits: nobody consumes from orders');
    const [, arrived] = trace.lines;
    assert.deepEqual([arrived?.peer?.protocol, arrived?.peer?.name], ['AMQP 1.0', 'billing-1/till']);
    assert.deepEqual([arrived?.facts?.subject, arrived?.facts?.messageId, arrived?.facts?.properties], ['order', 'o-1', { region: 'us' }]);
    assert.equal(JSON.stringify(trace.lines).includes('secret words'), false);

    const filter = rhea.filter.selector("region = 'eu'");
    const european = connection.open_receiver({ source: { address: 'orders', filter }, name: 'eu', credit_window: 5 });
    assert.match(
      (await trace.until('waiting')).words,
      /has a selector that leaves it out \(billing-1\/eu: region = 'eu', and region is 'us'\)$/,
    );
    european.close();
    const receiver = connection.open_receiver({ source: 'orders', name: 'all', autoaccept: false, credit_window: 5 });
    const [{ delivery }] = await once(receiver, 'message');
    assert.equal((await trace.until('delivered')).peer?.name, 'billing-1/all');
    delivery.reject({ condition: 'app:unknown-customer', description: 'who is that' });
    assert.match((await trace.until('dead-lettered')).words, /app:unknown-customer: who is that; it goes to dead$/);
    assert.equal((await trace.until('stored')).address, 'dead');
    assert.equal((await trace.until('end')).words, 'the message has come to its end');
    receiver.close();
  });

  test('published over MQTT to a topic that nobody subscribes to as it is', async () => {
    await using sensor = await mqttClient('sensor-7');
    await using reader = await mqttClient('reader-1');
    await reader.subscribeAsync('plant/+', { qos: 1 });
    await using missed = await Trace.begin(server, 'plant/7/temp', { seconds: 30 });
    await sensor.publishAsync('plant/7/temp', '21', { qos: 1 });
    const nobody = await missed.until('unrouted');
    assert.match(nobody.words, /1 subscription looked at, 0 match/);
    assert.deepEqual([missed.lines[1]?.peer?.protocol, missed.lines[1]?.peer?.name], ['MQTT 5.0', 'sensor-7']);
    assert.match(
      missed.lines.find(({ step }) => step === 'skipped')!.words,
      /plant\/\+ does not match: it has 1 level less than the topic$/,
    );
    await missed.until('end');

    await using reached = await Trace.begin(server, 'plant', { seconds: 30, count: 2 });
    await sensor.publishAsync('plant/7', '21', { qos: 0 });
    assert.match((await reached.until('matched')).words, /^the session of reader-1 \(MQTT 5\.0, .*\) gets it at once: by plant\/\+/);
    await sensor.publishAsync('plant/8', '22', { qos: 1 });
    assert.equal((await reached.until('delivered')).peer?.name, 'reader-1');
    await reached.until('end');
  });

  test('sent over HTTP to an address that stores nothing', async () => {
    await using trace = await Trace.begin(server, 'calls', { seconds: 30 });
    const receiver = connection.open_receiver({ source: 'calls', name: 'clerk' });
    await once(receiver, 'receiver_open');
    assert.equal((await call(server, 'POST', `${ADDRESSES}/calls/messages?wait=10s`, { body: 'ring' })).status, 202);
    const end = await trace.until('end');
    assert.deepEqual(trace.steps, ['watching', 'arrived', 'delivered', 'settled', 'end']);
    assert.deepEqual([trace.lines[1]?.peer?.protocol, end.words], ['HTTP', 'the message has come to its end']);
    receiver.close();
  });

  test('one that is stored: why it is where it is', async () => {
    await call(server, 'POST', `${ADDRESSES}/late/messages?batch=json`, { body: [{ body: 'a', subject: 'x' }] });
    await using trace = await Trace.begin(server, 'late', { sequence: 0 });
    const end = await trace.until('end');
    assert.deepEqual(trace.steps, ['watching', 'stored', 'waiting', 'end']);
    assert.deepEqual([trace.lines[1]?.facts?.subject, trace.lines[2]?.reason, end.words], ['x', 'no-consumer', 'that is how it is now']);
    await using none = await Trace.begin(server, 'late', { sequence: 5 });
    assert.match((await none.until('end')).words, /^the message 5 of late is not there: the next message of late gets the number 1$/);
  });

  test('who may view an address may trace it, and nobody is told what else there is', async () => {
    const { broker } = server;
    await declare(broker, 'AddressSpace', '', 'shop', {});
    const authentication = { type: 'password', passwordHash: await cheapHash('secret') };
    const authorization = [{ actions: ['view', 'send'], addresses: ['orders'] }];
    await declare(broker, 'User', 'shop', 'ada', { authentication, authorization });
    const { promise, resolve } = Promise.withResolvers<unknown>();
    broker.spaces.get('shop')!.declare('orders', { type: 'queue' }, resolve);
    await promise;
    const headers = { authorization: `Basic ${Buffer.from('ada@shop:secret').toString('base64')}` };
    const ask = (space: string, address: string) =>
      callRaw(server, 'POST', `/apis/angarium.dev/v1/addressspaces/${space}/addresses/${address}/trace`, {
        headers,
        body: { sequence: 0 },
      });
    const own = await ask('shop', 'orders');
    assert.deepEqual([own.status, /the message 0 of orders is not there/.test(own.text)], [200, true]);
    assert.equal((await ask('shop', 'secret')).status, 403);
    assert.notEqual((await ask('default', 'orders')).status, 200);
    const more = await callRaw(server, 'POST', '/apis/angarium.dev/v1/addressspaces/shop/addresses/orders/messages', {
      headers,
      text: 'a',
    });
    assert.equal(more.status, 202);
    const seen = (await ask('shop', 'orders')).text;
    assert.match(seen, /"step":"waiting".*nobody consumes from orders/);
  });

  test('what cannot be traced is refused, and a client that goes ends its trace', async () => {
    assertProblem(await call(server, 'POST', `${ADDRESSES}/none/trace`, { body: {} }), 404, 'address-not-found');
    assertProblem(await call(server, 'POST', `${ADDRESSES}/orders/trace`, { body: { selector: 'region =' } }), 400, 'request-invalid');
    const traces = await Promise.all(Array.from({ length: 8 }, () => Trace.begin(server, 'orders')));
    assertProblem(await call(server, 'POST', `${ADDRESSES}/orders/trace`, { body: {} }), 403, 'links-exhausted');
    for (const trace of traces) await trace[Symbol.asyncDispose]();
    const { traces: underWay } = server.broker;
    while (underWay.count('default') > 0) await new Promise(setImmediate);
    assert.equal(server.broker.spaces.get('default')!.find('orders')!.observers, undefined);
  });
});
