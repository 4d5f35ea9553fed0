import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type DeliveryState, decodeMessage } from '@angarium/codec-amqp';
import { hashPassword } from '@angarium/server';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { Forwarding, fails } from './support/forwarding.ts';
import { ACCEPTED, RELEASED, text, textOf } from './support/messages.ts';
import { type RabbitMq, rabbitMqMissing, startRabbitMq } from './support/rabbitmq.ts';
import { RawPeer } from './support/raw-peer.ts';
import { RawSession } from './support/raw-session.ts';
import { RheaClient, sendable } from './support/rhea-client.ts';

interface Server {
  readonly host: string;
  readonly port: number;
}

/** What a server said, in words that should be the same for both. */
type Trace = readonly unknown[];

const missing = rabbitMqMissing();
/** Messages that go each way over a connector. */
const FORWARDED = 1000;

let rabbit: RabbitMq;
before(async () => {
  if (!missing) rabbit = await startRabbitMq();
});
after(() => rabbit?.[Symbol.asyncDispose]());

describe('where the specification leaves room, the server does as RabbitMQ does', { skip: missing }, () => {
  let ours: TestServer;

  before(async () => {
    ours = await startTestServer({ http: 'off', users: [{ name: 'guest', passwordHash: await hashPassword('guest') }] });
  });
  after(() => ours?.[Symbol.asyncDispose]());

  async function login(server: Server): Promise<RawSession> {
    const peer = await RawPeer.connect(server);
    peer.sendHeader(true);
    await peer.saslFrame('sasl-mechanisms');
    peer.sasl({ kind: 'sasl-init', mechanism: 'PLAIN', initialResponse: Buffer.from('\0guest\0guest') });
    await peer.saslFrame('sasl-outcome');
    peer.sendHeader();
    peer.write({ kind: 'open', containerId: 'oracle' });
    await peer.next('open');
    return await RawSession.begin(peer);
  }

  /** Runs one scenario against both, and compares what they said. */
  function same(name: string, scenario: (session: RawSession) => Promise<Trace>): void {
    test(name, async () => {
      const traces: Trace[] = [];
      for (const server of [rabbit, ours.amqp]) {
        await using session = await login(server);
        traces.push(await scenario(session));
      }
      assert.deepEqual(traces[1], traces[0]);
    });
  }

  async function fill(session: RawSession, address: string, ...words: string[]): Promise<(DeliveryState | undefined)[]> {
    const sender = await session.sender(address);
    await sender.credit();
    const states: (DeliveryState | undefined)[] = [];
    for (const word of words) states.push(await sender.outcomeOf(text(word, { header: { durable: true } })));
    await sender.detach();
    return states;
  }

  same('the answer to a sender’s attach', async session => {
    const { answer } = await session.sender('oracle-attached', { name: 'in' });
    return [answer.name, answer.role, answer.target?.kind === 'target' && answer.target.address, answer.source?.address];
  });

  same('the answer to a receiver’s attach', async session => {
    await fill(session, 'oracle-attached');
    const { answer } = await session.receiver('oracle-attached', { name: 'out' });
    return [answer.name, answer.role, answer.source?.address, answer.initialDeliveryCount];
  });

  same('the disposition of an unsettled message', async session => {
    const sender = await session.sender('oracle-disposed');
    await sender.credit();
    const { role, first, settled, state } = await sender.disposition(sender.send(text('x', { header: { durable: true } })));
    return [role, first, settled, state];
  });

  same('a released message comes again, not for the first time', async session => {
    await fill(session, 'oracle-released', 'task');
    const receiver = await session.receiver('oracle-released');
    receiver.grant(10);
    const first = await receiver.receive();
    receiver.settle(first, RELEASED);
    const second = await receiver.receive();
    receiver.settle(second, ACCEPTED);
    const seen = [first, second].map(({ payload }) => decodeMessage(payload));
    return seen.map(message => [message.body.kind === 'value' && message.body.value, message.header?.firstAcquirer === true]);
  });

  same('what a receiver has not settled when its session ends, another gets', async session => {
    await fill(session, 'oracle-handed-back', 'task');
    const first = await session.receiver('oracle-handed-back');
    first.grant(1);
    await first.receive();
    await session.end();
    const again = await RawSession.begin(session.peer);
    const second = await again.receiver('oracle-handed-back');
    second.grant(1);
    const delivery = await second.receive();
    second.settle(delivery, ACCEPTED);
    return [textOf(delivery.payload)];
  });

  same('a rejected message does not come again', async session => {
    await fill(session, 'oracle-rejected', 'bad', 'good');
    const receiver = await session.receiver('oracle-rejected');
    receiver.grant(1);
    const bad = await receiver.receive();
    receiver.settle(bad, { kind: 'rejected' });
    receiver.grant(1);
    const good = await receiver.receive();
    receiver.settle(good, ACCEPTED);
    return [textOf(bad.payload), textOf(good.payload)];
  });

  same('a receiver’s detach is answered without an error', async session => {
    await fill(session, 'oracle-detached');
    const receiver = await session.receiver('oracle-detached');
    const { handle, error } = await receiver.detach();
    return [handle, error];
  });

  same('settled deliveries for a receiver that wants them so', async session => {
    await fill(session, 'oracle-settled', 'gone');
    const receiver = await session.receiver('oracle-settled', { sndSettleMode: 1 });
    receiver.grant(1);
    const { settled, payload } = await receiver.receive();
    return [settled, textOf(payload), receiver.answer.sndSettleMode];
  });

  same('end is answered with end, and close with close', async session => {
    await session.end();
    session.peer.write({ kind: 'close' });
    const { error } = await session.peer.next('close');
    return [error];
  });
});

describe('forwarders to and from RabbitMQ', { skip: missing }, () => {
  let ours: Forwarding;
  let here: RheaClient;
  let there: RheaClient;

  before(async () => {
    ours = await Forwarding.start();
    here = await RheaClient.connect(ours.server);
    there = await RheaClient.connect({ amqp: rabbit }, { username: 'guest', password: 'guest' });
    await ours.connect('rabbit', { host: rabbit.host, port: rabbit.port, credentials: { user: 'guest', password: 'guest' } });
  });
  after(async () => {
    await here?.[Symbol.asyncDispose]();
    await there?.[Symbol.asyncDispose]();
    await ours?.[Symbol.asyncDispose]();
  });

  test('the connector says who it is', () => {
    assert.equal(ours.connector('rabbit').remote?.product, 'RabbitMQ');
  });

  for (const direction of ['out', 'in'] as const) {
    test(`${FORWARDED} messages go ${direction}, in order and as they are`, async () => {
      const [address, remoteAddress] = [`near-${direction}`, `far-${direction}`];
      const [from, to] = direction === 'out' ? [here, there] : [there, here];
      const sender = await from.sender(direction === 'out' ? address : remoteAddress);
      const receiver = await to.receiver(direction === 'out' ? remoteAddress : address);
      const arrived: unknown[] = [];
      const all = new Promise<void>(resolve => {
        receiver.on('message', ({ message }) => {
          const { message_id, body, application_properties, durable } = message!;
          arrived.push([message_id, body, application_properties?.number, durable]);
          if (arrived.length === FORWARDED) resolve();
        });
      });
      await ours.forward(direction, { connector: 'rabbit', direction, address, remoteAddress });
      for (let i = 0; i < FORWARDED; i++) {
        await sendable(sender);
        sender.send({ message_id: `id-${i}`, durable: true, application_properties: { number: i }, body: `message ${i}` });
      }
      await all;
      assert.deepEqual(
        arrived,
        Array.from({ length: FORWARDED }, (_, i) => [`id-${i}`, `message ${i}`, i, true]),
      );
    });
  }

  test('an exchange that there is not is said to be none, and disturbs no other', async () => {
    const spec = { connector: 'rabbit', direction: 'out', address: 'q', remoteAddress: '/exchange/missing' } as const;
    const line = await ours.forward('missing', spec, fails);
    assert.match(line.why as string, /no exchange 'missing'/);
    assert.equal(ours.connector('rabbit').phase, 'Active');
    assert.equal(ours.forwarder('out').phase, 'Active');
  });

  test('a password that it does not know is said to be wrong', async () => {
    const credentials = { user: 'guest', password: 'wrong' };
    const line = await ours.connect('stranger', { host: rabbit.host, port: rabbit.port, credentials }, fails);
    assert.match(line.why as string, /refuses the user guest/);
    await ours.server.connectors.connectors.remove(ours.space, 'stranger');
  });
});
