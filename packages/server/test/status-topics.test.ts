import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import rhea, { type EventContext } from 'rhea';
import { STATUS_ADDRESSES_MAX } from '../src/status-topics.ts';
import { VERSION } from '../src/version.ts';

/** A client of MQTT that has every message of these topics written down. */
class Reader implements AsyncDisposable {
  readonly client: MqttClient;
  readonly messages: { readonly topic: string; readonly text: string; readonly retain: boolean }[] = [];
  #wake = Promise.withResolvers<void>();

  private constructor(client: MqttClient) {
    this.client = client;
    client.on('error', () => {});
    client.on('message', (topic, payload, { retain }) => {
      this.messages.push({ topic, text: payload.toString(), retain });
      this.#wake.resolve();
    });
  }

  static async connect(server: TestServer, options: IClientOptions = {}): Promise<Reader> {
    return new Reader(await mqtt.connectAsync({ ...server.mqtt, reconnectPeriod: 0, protocolVersion: 5, ...options }));
  }

  /** The first message for which this holds, of those that came or will. */
  async first(matches: (message: (typeof this.messages)[0]) => boolean): Promise<(typeof this.messages)[0]> {
    for (;;) {
      const found = this.messages.find(matches);
      if (found) return found;
      this.#wake = Promise.withResolvers<void>();
      await this.#wake.promise;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.endAsync(true);
  }
}

function declare(server: TestServer, name: string): Promise<unknown> {
  const space = server.broker.spaces.get('default')!;
  return new Promise(resolve => space.declare(name, { type: 'queue' }, resolve));
}

describe('the topics $angarium/…', { concurrency: true }, () => {
  test('a subscriber gets the present values with the retain flag, and then those that change', async () => {
    await using server = await startTestServer({ http: 'off', statusInterval: '100ms' });
    await declare(server, 'orders/eu');
    await using reader = await Reader.connect(server);
    await reader.client.subscribeAsync(['$angarium/+', '$angarium/addresses/orders/eu/+', '$angarium/connections/count'], { qos: 1 });
    const version = await reader.first(({ topic }) => topic === '$angarium/version');
    assert.deepEqual(version, { topic: '$angarium/version', text: VERSION, retain: true });
    assert.equal((await reader.first(({ topic }) => topic === '$angarium/connections/count')).text, '1');
    const { text, retain } = await reader.first(({ topic }) => topic === '$angarium/addresses/orders/eu/ready');
    assert.deepEqual([text, retain], ['0', true]);
    await reader.client.publishAsync('orders/eu', 'one', { qos: 1 });
    const changed = await reader.first(({ topic, text: value }) => topic === '$angarium/addresses/orders/eu/ready' && value === '1');
    assert.equal(changed.retain, false);
    await reader.client.subscribeAsync('$angarium/messages/+');
    for (const [topic, value] of [
      ['in', '1'],
      ['out', '0'],
      ['stored', '1'],
      ['dropped', '0'],
    ])
      assert.equal((await reader.first(message => message.topic === `$angarium/messages/${topic}`)).text, value);
    await using other = await Reader.connect(server);
    await reader.first(({ topic, text: value }) => topic === '$angarium/connections/count' && value === '2');
    await other.client.endAsync();
    await reader.first(({ topic, text: value }) => topic === '$angarium/uptime' && Number(value) >= 1);
    assert.equal(reader.messages.filter(({ topic }) => topic === '$angarium/version').length, 1);
  });

  test('[MQTT-4.7.2-1] # does not get them; [MQTT-3.3.1-10] nor does a subscription that wants no retained messages get the present ones', async () => {
    await using server = await startTestServer({ http: 'off', statusInterval: '100ms' });
    await using reader = await Reader.connect(server);
    await reader.client.subscribeAsync({ '#': { qos: 0 }, '+/version': { qos: 0 }, '$angarium/version': { qos: 0, rh: 2 } });
    await using witness = await Reader.connect(server);
    await witness.client.subscribeAsync('$angarium/uptime');
    await witness.first(({ text }) => Number(text) >= 1);
    await reader.client.publishAsync('fence', '', { qos: 1 });
    await reader.first(({ topic }) => topic === 'fence');
    assert.deepEqual(
      reader.messages.map(({ topic, retain }) => [topic, retain]),
      // The interval that began before it subscribed told it what the others knew.
      reader.messages.length === 1
        ? [['fence', false]]
        : [
            ['$angarium/version', false],
            ['fence', false],
          ],
    );
  });

  test('publishing there is refused: 0x87 over MQTT 5, unauthorized-access over AMQP, 403 over HTTP', async () => {
    await using server = await startTestServer();
    await using reader = await Reader.connect(server);
    await assert.rejects(reader.client.publishAsync('$angarium/version', '9', { qos: 1 }), { code: 0x87 });
    const connection = rhea.create_container().connect({ ...server.amqp, reconnect: false });
    connection.open_sender('$angarium/version');
    const [{ sender }] = (await once(connection, 'sender_error')) as [EventContext];
    assert.equal((sender!.error as { condition: string }).condition, 'amqp:unauthorized-access');
    connection.close();
    await once(connection, 'connection_close');
    const answer = await fetch(`${server.http}/m/$angarium/version`, { method: 'POST', body: '9' });
    assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [403, 'unauthorized']);
  });

  test('AMQP receives them as texts, and HTTP as events', async () => {
    await using server = await startTestServer({ statusInterval: '100ms' });
    const connection = rhea.create_container().connect({ ...server.amqp, reconnect: false });
    connection.open_receiver('$angarium/version');
    const [{ message }] = (await once(connection, 'message')) as [EventContext];
    assert.deepEqual([message!.body, message!.to], [VERSION, '$angarium/version']);
    connection.close();
    await once(connection, 'connection_close');
    const response = await fetch(`${server.http}/m/$angarium/version:events`);
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes('data:')) break;
    }
    assert.match(text, new RegExp(`"body":"${VERSION}"`));
  });

  test('off, there are none', async () => {
    await using server = await startTestServer({ http: 'off', statusInterval: 'off' });
    const connection = rhea.create_container().connect({ ...server.amqp, reconnect: false });
    connection.open_receiver('$angarium/version');
    const [{ receiver }] = (await once(connection, 'receiver_error')) as [EventContext];
    assert.equal((receiver!.error as { condition: string }).condition, 'amqp:not-found');
    connection.close();
    await once(connection, 'connection_close');
  });

  test('addresses beyond the first ones have no topics of their own', async () => {
    await using server = await startTestServer({ http: 'off', amqp: 'off' });
    for (let number = 0; number <= STATUS_ADDRESSES_MAX; number++) await declare(server, `q${number}`);
    await using reader = await Reader.connect(server);
    await reader.client.subscribeAsync('$angarium/#');
    const count = await reader.first(({ topic }) => topic === '$angarium/addresses/count');
    assert.equal(count.text, String(STATUS_ADDRESSES_MAX + 1));
    await reader.first(({ topic }) => topic === `$angarium/addresses/q${STATUS_ADDRESSES_MAX - 1}/consumers`);
    assert.equal(
      reader.messages.some(({ topic }) => topic.startsWith(`$angarium/addresses/q${STATUS_ADDRESSES_MAX}/`)),
      false,
    );
  });
});
