import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { ConnectorSpec, ForwarderSpec } from '@angarium/head-amqp';
import { startTestServer, type TestServer } from '@angarium/testkit';
import rhea, { type Connection, type EventContext } from 'rhea';
import { Forwarding } from '../support/forwarding.ts';
import { messages, RheaClient, said, send } from '../support/rhea-client.ts';

const isPaused = ({ msg }: { readonly msg: string }): boolean => msg.endsWith(' is paused');

/** A server made of the client library rhea, which settles when it is told to. */
class RheaRemote implements AsyncDisposable {
  readonly container = rhea.create_container({ id: 'rhea', receiver_options: { autoaccept: false } } as never);
  readonly #listener: Server;

  private constructor() {
    this.container.on('connection_error', () => {});
    this.container.on('receiver_open', ({ receiver }: EventContext) => receiver?.set_target(receiver.target));
    this.#listener = this.container.listen({ port: 0, host: '127.0.0.1' });
  }

  static async listen(): Promise<RheaRemote> {
    const remote = new RheaRemote();
    await once(remote.#listener, 'listening');
    return remote;
  }

  get address(): ConnectorSpec {
    return { host: '127.0.0.1', port: (this.#listener.address() as AddressInfo).port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await once(this.#listener, 'close');
  }
}

describe('a connector that is paused', () => {
  let ours: Forwarding;
  let remote: TestServer;
  let here: RheaClient;
  let there: RheaClient;
  before(async () => {
    [ours, remote] = await Promise.all([Forwarding.start(), startTestServer({ http: 'off', mqtt: 'off' })]);
    [here, there] = await Promise.all([RheaClient.connect(ours.server), RheaClient.connect(remote)]);
  });
  after(async () => {
    await here?.[Symbol.asyncDispose]();
    await there?.[Symbol.asyncDispose]();
    await ours?.[Symbol.asyncDispose]();
    await remote?.[Symbol.asyncDispose]();
  });

  /** The remote ends with the connector, which holds its connection. */
  async function withRhea(name: string, run: (peer: RheaRemote, spec: ConnectorSpec) => Promise<void>): Promise<void> {
    await using peer = await RheaRemote.listen();
    try {
      await run(peer, peer.address);
    } finally {
      await ours.server.connectors.connectors.remove(ours.space, name);
    }
  }

  test('dials nowhere from the beginning, says so, and its forwarders say whose pause it is', async () => {
    const spec = { ...remote.amqp, paused: true };
    await ours.connect('from-start', spec, isPaused);
    const status = ours.connector('from-start');
    assert.equal(status.phase, 'Paused');
    assert.equal(status.message, 'it is paused: angarium connector resume from-start');
    assert.equal(status.attempts, 0);
    const line = await ours.forward('waits', { connector: 'from-start', direction: 'out', address: 'w', remoteAddress: 'w' }, isPaused);
    assert.equal(line.why, 'its connector from-start is paused: angarium connector resume from-start');
    await ours.connect('from-start', { ...spec, paused: false });
    await ours.log.find(({ forwarder, msg }) => forwarder === 'waits' && msg === 'forwarder works');
    assert.equal(ours.connector('from-start').message, undefined);
  });

  test('lets what is under way be settled, says goodbye in order, and loses and doubles nothing', () =>
    withRhea('settles', async ({ container }, spec) => {
      const connecting = said(container as never, 'connection_open');
      await ours.connect('settles', spec);
      const connection = (await connecting).connection as Connection;
      const arrived = said(container as never, 'message');
      await ours.forward('drains', { connector: 'settles', direction: 'out', address: 'drains', remoteAddress: 'far' });
      const sender = await here.sender('drains');
      await send(sender, { body: 'first', durable: true });
      const { delivery } = await arrived;
      const paused = ours.forwarderSays('drains', isPaused);
      await ours.connect('settles', { ...spec, paused: true }, isPaused);
      await paused;
      await send(sender, { body: 'second', durable: true });
      assert.equal(ours.forwarder('drains').outcomes.accepted, 0, 'the first one is still under way');
      const closed = said(connection, 'connection_error');
      delivery!.accept();
      const { description } = (await closed).connection!.error as { description: string };
      assert.equal(description, 'the connector was paused');
      assert.equal(ours.forwarder('drains').outcomes.accepted, 1);
      assert.equal(ours.space.find('drains')?.stored, 1, 'the second one waits here');
      const bodies = said(container as never, 'message');
      await ours.connect('settles', spec);
      const { message, delivery: again } = await bodies;
      assert.equal(message?.body, 'second');
      assert.equal(again?.remote_settled ?? false, false);
      again!.accept();
    }));

  test('goes on while it waits for what is under way, over the connection that it has', () =>
    withRhea('changes-its-mind', async ({ container }, spec) => {
      await ours.connect('changes-its-mind', spec);
      const arrived = said(container as never, 'message');
      await ours.forward('mind', { connector: 'changes-its-mind', direction: 'out', address: 'mind', remoteAddress: 'far' });
      const sender = await here.sender('mind');
      await send(sender, { body: 'first' });
      const { delivery, connection } = await arrived;
      await ours.connect('changes-its-mind', { ...spec, paused: true }, isPaused);
      await send(sender, { body: 'second' });
      const next = said(container as never, 'message');
      await ours.connect('changes-its-mind', spec);
      const { message, connection: same } = await next;
      assert.equal(message?.body, 'second');
      assert.equal(same, connection);
      delivery!.accept();
    }));

  test('in: takes nothing more of the remote, which keeps what comes', async () => {
    await ours.connect('inward', { ...remote.amqp });
    const spec: ForwarderSpec = { connector: 'inward', direction: 'in', address: 'in-here', remoteAddress: 'in-there' };
    await ours.forward('inward', spec);
    const [sender, receiver] = await Promise.all([there.sender('in-there'), here.receiver('in-here')]);
    const first = messages(receiver);
    await send(sender, { body: 'before', durable: true });
    assert.deepEqual(await first, ['before']);
    const far = () => remote.broker.space(undefined).find('in-there')!;
    // The forwarder alone, and after it the connector.
    for (const pause of [
      (paused: boolean, holds?: typeof isPaused) => ours.forward('inward', { ...spec, paused }, holds),
      (paused: boolean, holds?: typeof isPaused) => ours.connect('inward', { ...remote.amqp, paused }, holds),
    ]) {
      await pause(true, isPaused);
      assert.equal(ours.forwarder('inward').phase, 'Paused');
      // What is under way is settled first, and what the remote sends until the link has gone is taken too.
      while (far().status().consumers > 0 || far().stored > 0) await setImmediate();
      await send(sender, { body: 'meanwhile', durable: true });
      assert.equal(far().stored, 1);
      const late = messages(receiver);
      await pause(false);
      assert.deepEqual(await late, ['meanwhile']);
    }
    assert.equal(ours.forwarder('inward').messages, 3, 'it has counted on');
  });

  test('a topic’s messages are kept for a forwarder that is paused from the beginning', async () => {
    await ours.declare('news', { type: 'topic' });
    await ours.connect('of-topic', { ...remote.amqp });
    const spec: ForwarderSpec = { connector: 'of-topic', direction: 'out', address: 'news', remoteAddress: 'far-news' };
    const line = await ours.forward('of-topic', { ...spec, paused: true }, isPaused);
    assert.equal(line.why, 'it is paused: angarium forwarder resume of-topic');
    await send(await here.sender('news'), { body: 'kept', durable: true });
    const arrived = messages(await there.receiver('far-news'));
    await ours.forward('of-topic', spec);
    assert.deepEqual(await arrived, ['kept']);
  });
});
