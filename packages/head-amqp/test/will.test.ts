import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AmqpMap, type AmqpMessage, type AmqpValue, decodeMessage, fromPlain, symbol, ulong } from '@angarium/codec-amqp';
import { WILL_BYTES_MAX } from '@angarium/core';
import { spawnServer, startTestServer, type TestServer } from '@angarium/testkit';
import mqtt from 'mqtt';
import { ACCEPTED, text, textOf } from './support/messages.ts';
import { RawPeer } from './support/raw-peer.ts';
import { type RawReceiver, type RawSender, RawSession } from './support/raw-session.ts';

/** Properties of an open that has a will. */
function leaving(will: unknown): { properties: AmqpMap } {
  return { properties: new AmqpMap([[symbol('angarium:will'), fromPlain(will)]]) };
}

/** A message to `$lwt`. */
function willMessage(to: string, body: string, annotations: Record<string, AmqpValue> = {}, rest: Partial<AmqpMessage> = {}): Uint8Array {
  const entries = Object.entries(annotations).map(([name, value]): [AmqpValue, AmqpValue] => [symbol(name), value]);
  return text(body, {
    properties: { to, subject: 'will' },
    ...(entries.length > 0 && { messageAnnotations: new AmqpMap(entries) }),
    ...rest,
  });
}

/** Who sees what comes to a queue. */
class Watcher implements AsyncDisposable {
  readonly #receiver: RawReceiver;
  readonly #fence: RawSender;

  private constructor(receiver: RawReceiver, fence: RawSender) {
    this.#receiver = receiver;
    this.#fence = fence;
  }

  static async of(server: TestServer, queue: string): Promise<Watcher> {
    const session = await RawSession.open(server.amqp, 'watcher');
    const fence = await session.sender({ address: queue, capabilities: ['queue'] });
    const receiver = await session.receiver(queue);
    receiver.grant(1000);
    return new Watcher(receiver, fence);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#fence.session[Symbol.asyncDispose]();
  }

  async next(): Promise<AmqpMessage> {
    const delivery = await this.#receiver.receive();
    this.#receiver.settle(delivery, ACCEPTED);
    return decodeMessage(delivery.payload);
  }

  async body(): Promise<unknown> {
    const { body } = await this.next();
    return body.kind === 'value' ? body.value : body;
  }

  /** Nothing came that was sent before now. */
  async nothing(): Promise<void> {
    await this.#fence.outcomeOf(text('fence'));
    assert.equal(await this.body(), 'fence');
  }
}

describe('wills', { concurrency: true }, () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  /** Wills of this container that are kept. */
  function waiting(containerId: string): number {
    const notes = [...server.broker.spaces.get('default')!.notes.all.values()];
    return notes.filter(({ details }) => String(details.client).endsWith(`\n${containerId}`)).length;
  }

  describe('in the property angarium:will of open', () => {
    test('a connection that is lost has its will, with all that it said of it', async () => {
      await using watcher = await Watcher.of(server, 'will-whole');
      const will = {
        to: 'will-whole',
        body: 'gone',
        'content-type': symbol('text/plain'),
        subject: 'farewell',
        durable: true,
        'ttl-ms': 60_000,
        properties: { device: 7 },
      };
      const peer = await RawPeer.open(server.amqp, { containerId: 'whole', ...leaving(will) });
      await watcher.nothing();
      await peer[Symbol.asyncDispose]();
      const { header, properties, applicationProperties, body } = await watcher.next();
      assert.equal(header?.durable, true);
      assert.ok(header.ttlMs! > 0 && header.ttlMs! <= 60_000);
      assert.deepEqual(properties, { to: 'will-whole', subject: 'farewell', contentType: 'text/plain' });
      assert.equal(applicationProperties?.get('device') !== undefined, true);
      assert.deepEqual(body, { kind: 'value', value: 'gone' });
    });

    for (const [what, body, expected] of [
      ['bytes are a data section', Uint8Array.of(1, 2, 255), [[1, 2, 255]]],
      ['a list is a value', [1, 'a'], 'value'],
      ['nothing is an empty data section', undefined, [[]]],
    ] as const) {
      test(`what is its body: ${what}`, async () => {
        const queue = what.replaceAll(/[^a-z]+/g, '-');
        await using watcher = await Watcher.of(server, queue);
        const peer = await RawPeer.open(server.amqp, leaving({ to: queue, ...(body !== undefined && { body }) }));
        await peer[Symbol.asyncDispose]();
        const got = (await watcher.next()).body;
        assert.deepEqual(got.kind === 'data' ? got.sections.map(section => [...section]) : got.kind, expected);
      });
    }

    test('a connection that closes has none, unless it closes with an error', async () => {
      await using watcher = await Watcher.of(server, 'will-closed');
      const polite = await RawPeer.open(server.amqp, leaving({ to: 'will-closed', body: 'never' }));
      await polite.close();
      await watcher.nothing();
      await using failing = await RawPeer.open(server.amqp, leaving({ to: 'will-closed', body: 'failed' }));
      failing.write({ kind: 'close', error: { condition: 'amqp:internal-error' } });
      assert.equal(await watcher.body(), 'failed');
      await failing.ended();
      await watcher.nothing();
    });

    test('a connection that breaks a rule, or that an administrator closes, has its will', async () => {
      await using watcher = await Watcher.of(server, 'will-thrown-out');
      await using wrong = await RawPeer.open(server.amqp, leaving({ to: 'will-thrown-out', body: 'wrong' }));
      wrong.write({ kind: 'end' }, 5);
      assert.equal(await watcher.body(), 'wrong');
      await using closed = await RawPeer.open(server.amqp, {
        containerId: 'closed',
        ...leaving({ to: 'will-thrown-out', body: 'closed' }),
      });
      const connection = [...server.head.connections].find(({ containerId }) => containerId === 'closed');
      connection!.close('amqp:connection:forced', 'by the administrator');
      assert.equal(await watcher.body(), 'closed');
      await closed.next('close');
    });

    test('[2.4.5] a connection from which nothing comes has its will when its idle time is over', async () => {
      await using impatient = await startTestServer({ http: 'off', mqtt: 'off', amqpIdleTimeoutMs: 1000 });
      await (await Watcher.of(impatient, 'will-idle'))[Symbol.asyncDispose]();
      await using silent = await RawPeer.open(impatient.amqp, leaving({ to: 'will-idle', body: 'silent' }));
      assert.match((await silent.next('close')).error!.description!, /Nothing came/);
      await using watcher = await Watcher.of(impatient, 'will-idle');
      assert.equal(await watcher.body(), 'silent');
    });

    test('a will with a delay is void when a connection of the same container comes in time, and only then', async () => {
      await using watcher = await Watcher.of(server, 'will-delayed');
      const delayed = (containerId: string, delayMs: number) => ({
        containerId,
        ...leaving({ to: 'will-delayed', body: containerId, 'delay-ms': delayMs }),
      });
      for (const containerId of ['back', 'away']) {
        const peer = await RawPeer.open(server.amqp, delayed(containerId, containerId === 'back' ? 3_600_000 : 800));
        await peer[Symbol.asyncDispose]();
      }
      assert.equal(waiting('back'), 1);
      await using back = await RawPeer.open(server.amqp, { containerId: 'back' });
      assert.equal(waiting('back'), 0);
      assert.equal(await watcher.body(), 'away');
      await back.close();
      await watcher.nothing();
    });

    test('two connections of one container have a will each', async () => {
      await using watcher = await Watcher.of(server, 'will-twins');
      const open = (body: string) => ({ containerId: 'twins', ...leaving({ to: 'will-twins', body }) });
      const one = await RawPeer.open(server.amqp, open('one'));
      const other = await RawPeer.open(server.amqp, open('other'));
      await one[Symbol.asyncDispose]();
      assert.equal(await watcher.body(), 'one');
      await other[Symbol.asyncDispose]();
      assert.equal(await watcher.body(), 'other');
    });

    test('what follows open in the same chunk is taken when the will is on disk', async () => {
      await using peer = await RawPeer.open(server.amqp);
      await peer.close();
      await using hasty = await RawPeer.connect(server.amqp);
      hasty.sendHeader();
      hasty.write({ kind: 'open', containerId: 'hasty', ...leaving({ to: 'will-hasty' }) });
      hasty.write({ kind: 'begin', nextOutgoingId: 0, incomingWindow: 1, outgoingWindow: 1 });
      hasty.write({ kind: 'close' });
      await hasty.next('open');
      await hasty.next('begin');
      await hasty.next('close');
    });

    for (const [what, will, condition] of [
      ['that is no map', 'gone', 'amqp:decode-error'],
      ['without to', { body: 'gone' }, 'amqp:precondition-failed'],
      ['with an empty to', { to: '' }, 'amqp:precondition-failed'],
      ['with a part that there is not', { to: 'a', delay: 1 }, 'amqp:decode-error'],
      ['with a part of another type', { to: 'a', retain: 'yes' }, 'amqp:decode-error'],
      ['with a negative delay', { to: 'a', 'delay-ms': -1 }, 'amqp:decode-error'],
    ] as const) {
      test(`a will ${what} is refused by closing the connection`, async () => {
        await using peer = await RawPeer.connect(server.amqp);
        peer.sendHeader();
        peer.write({ kind: 'open', containerId: 'refused', ...leaving(will) });
        await peer.next('open');
        assert.equal((await peer.next('close')).error?.condition, condition);
      });
    }

    test('a will that is too large is refused', async () => {
      await using roomy = await startTestServer({ http: 'off', mqtt: 'off', amqpFrameSizeBytesMax: 1 << 20 });
      await using peer = await RawPeer.connect(roomy.amqp);
      peer.sendHeader();
      peer.write({ kind: 'open', containerId: 'large', ...leaving({ to: 'a', body: 'x'.repeat(WILL_BYTES_MAX) }) });
      assert.equal((await peer.next('close')).error?.condition, 'amqp:link:message-size-exceeded');
    });
  });

  describe('sent to $lwt', () => {
    async function willLink(containerId = 'lwt'): Promise<RawSender> {
      const sender = await (await RawSession.open(server.amqp, containerId)).sender('$lwt');
      await sender.credit();
      return sender;
    }

    test('a will is accepted, published as it was sent when the connection is lost, and not before', async () => {
      await using watcher = await Watcher.of(server, 'lwt-lost');
      const sender = await willLink();
      assert.equal(sender.answer.maxMessageSize, BigInt(WILL_BYTES_MAX));
      const annotations = { 'x-opt-mqtt-qos': fromPlain(1), 'x-opt-retain-message': false };
      assert.deepEqual(await sender.outcomeOf(willMessage('lwt-lost', 'gone', annotations)), ACCEPTED);
      await watcher.nothing();
      await sender.session[Symbol.asyncDispose]();
      const { header, properties, body, messageAnnotations } = await watcher.next();
      assert.equal(header?.durable, true);
      assert.deepEqual(properties, { to: 'lwt-lost', subject: 'will' });
      assert.deepEqual(body, { kind: 'value', value: 'gone' });
      assert.equal(messageAnnotations?.get('x-opt-retain-message'), false);
    });

    for (const [what, end, published] of [
      ['a detach', async (sender: RawSender) => void (await sender.detach()), false],
      ['a detach that leaves the link', async (sender: RawSender) => void (await sender.detach(false)), false],
      [
        'a detach with an error',
        async ({ session, handle }: RawSender) =>
          session.peer.write({ kind: 'detach', handle, closed: true, error: { condition: 'amqp:internal-error' } }),
        true,
      ],
      ['the end of its session', async ({ session }: RawSender) => await session.end(), false],
      [
        'the end of its session with an error',
        async ({ session }: RawSender) => session.peer.write({ kind: 'end', error: { condition: 'amqp:internal-error' } }),
        true,
      ],
      ['the close of its connection', async ({ session }: RawSender) => await session.peer.close(), false],
      [
        'the close of its connection with an error',
        async ({ session }: RawSender) => session.peer.write({ kind: 'close', error: { condition: 'amqp:internal-error' } }),
        true,
      ],
      ['the same link attached again', async ({ session }: RawSender) => void (await session.sender('$lwt', { name: 'sender-0' })), false],
    ] as const) {
      test(`${what} ${published ? 'publishes' : 'removes'} the will`, async () => {
        const queue = what.replaceAll(/[^a-z]+/g, '-');
        await using watcher = await Watcher.of(server, queue);
        const sender = await willLink();
        await using _connection = sender.session;
        await sender.outcomeOf(willMessage(queue, 'gone'));
        await end(sender);
        if (published) assert.equal(await watcher.body(), 'gone');
        await sender.session.peer[Symbol.asyncDispose]();
        await watcher.nothing();
      });
    }

    test('a further message takes the place of the one before, and each link has a will of its own', async () => {
      await using watcher = await Watcher.of(server, 'lwt-many');
      const sender = await willLink();
      for (const body of ['first', 'second']) await sender.outcomeOf(willMessage('lwt-many', body));
      const other = await sender.session.sender('$lwt');
      await other.credit();
      await other.outcomeOf(willMessage('lwt-many', 'other'));
      await sender.session[Symbol.asyncDispose]();
      assert.deepEqual([await watcher.body(), await watcher.body()].sort(), ['other', 'second']);
      await watcher.nothing();
    });

    test('a settled will is taken without a word', async () => {
      await using watcher = await Watcher.of(server, 'lwt-settled');
      const sender = await willLink();
      sender.send(willMessage('lwt-settled', 'gone'), { settled: true });
      await sender.session.caughtUp();
      await sender.session[Symbol.asyncDispose]();
      assert.equal(await watcher.body(), 'gone');
    });

    test('a will with a delay is void when a connection of the same container comes in time', async () => {
      await using watcher = await Watcher.of(server, 'lwt-delayed');
      for (const containerId of ['lwt-back', 'lwt-away']) {
        const sender = await willLink(containerId);
        const delayMs = containerId === 'lwt-back' ? 3_600_000n : 800n;
        await sender.outcomeOf(willMessage('lwt-delayed', containerId, { 'x-opt-will-delay-ms': ulong(delayMs) }));
        await sender.session[Symbol.asyncDispose]();
      }
      assert.equal(waiting('lwt-back'), 1);
      await using _back = await RawPeer.open(server.amqp, { containerId: 'lwt-back' });
      assert.equal(waiting('lwt-back'), 0);
      assert.equal(await watcher.body(), 'lwt-away');
      await watcher.nothing();
    });

    for (const [what, message, condition] of [
      ['without to', text('gone'), 'amqp:precondition-failed'],
      ['with a QoS that there is not', willMessage('a', 'x', { 'x-opt-mqtt-qos': fromPlain(3) }), 'amqp:decode-error'],
      ['with a retain that is no boolean', willMessage('a', 'x', { 'x-opt-retain-message': 'yes' }), 'amqp:decode-error'],
      ['with a delay that is no time', willMessage('a', 'x', { 'x-opt-will-delay-ms': 'soon' }), 'amqp:decode-error'],
      ['whose sections are none', Uint8Array.of(0, 0x53, 0x77), 'amqp:decode-error'],
    ] as const) {
      test(`a will ${what} is rejected, and the one of before is void`, async () => {
        const sender = await willLink();
        await using _connection = sender.session;
        const outcome = await sender.outcomeOf(message);
        assert.equal(outcome?.kind === 'rejected' && outcome.error?.condition, condition);
      });
    }

    test('a will that is too large ends the link', async () => {
      const sender = await willLink();
      await using _connection = sender.session;
      sender.sendInFrames(willMessage('a', 'x'.repeat(WILL_BYTES_MAX)), 30_000);
      assert.equal((await sender.detachError()).condition, 'amqp:link:message-size-exceeded');
    });

    test('nobody receives from $lwt', async () => {
      await using session = await RawSession.open(server.amqp);
      assert.equal((await (await session.receiver('$lwt')).detachError()).condition, 'amqp:not-found');
    });
  });

  test('MQTT gets the wills of AMQP, and retained ones later as well', async () => {
    const subscriber = await mqtt.connectAsync({ ...server.mqtt, reconnectPeriod: 0, protocolVersion: 5 });
    const bodies: string[] = [];
    const three = new Promise<void>(resolve => {
      subscriber.on('message', (topic, payload, packet) => {
        bodies.push(`${topic} ${payload} ${packet.retain}`);
        if (bodies.length === 3) resolve();
      });
    });
    await subscriber.subscribeAsync('lwt/+', { qos: 1 });
    const lost = await RawPeer.open(server.amqp, leaving({ to: 'lwt/property', body: 'gone', durable: true }));
    await lost[Symbol.asyncDispose]();
    const session = await RawSession.open(server.amqp);
    const sender = await session.sender('$lwt');
    await sender.credit();
    await sender.outcomeOf(willMessage('lwt/link', 'gone too', { 'x-opt-mqtt-qos': fromPlain(1), 'x-opt-retain-message': true }));
    await session[Symbol.asyncDispose]();
    const emptied = await RawPeer.open(server.amqp, leaving({ to: 'lwt/empty', retain: true }));
    await emptied[Symbol.asyncDispose]();
    await three;
    assert.deepEqual(bodies.sort(), ['lwt/empty  false', 'lwt/link gone too false', 'lwt/property gone false']);
    const late = await mqtt.connectAsync({ ...server.mqtt, reconnectPeriod: 0, protocolVersion: 5 });
    const retained = new Promise<string>(resolve =>
      late.on('message', (topic, payload, packet) => resolve(`${topic} ${payload} ${packet.retain}`)),
    );
    await late.subscribeAsync('lwt/#', { qos: 1 });
    assert.equal(await retained, 'lwt/link gone too true');
    await Promise.all([subscriber.endAsync(), late.endAsync()]);
  });

  test('a server that is killed publishes the wills of its clients when it is back', async () => {
    await using first = await spawnServer({ args: ['--http', 'off', '--mqtt', 'off'] });
    const session = await RawSession.open(first.amqp);
    await session.sender({ address: 'wills', capabilities: ['queue'] });
    await RawPeer.open(first.amqp, leaving({ to: 'wills', body: 'property', durable: true }));
    const sender = await session.sender('$lwt');
    await sender.credit();
    assert.deepEqual(await sender.outcomeOf(willMessage('wills', 'link', {}, { header: { durable: true } })), ACCEPTED);
    await using second = await first.restart();
    await using again = await RawSession.open(second.amqp);
    const receiver = await again.receiver('wills');
    receiver.grant(10);
    const bodies = [await receiver.receive(), await receiver.receive()].map(({ payload }) => textOf(payload));
    assert.deepEqual(bodies.sort(), ['link', 'property']);
  });
});
