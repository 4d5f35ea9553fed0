import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type DeliveryState, decodeMessage } from '@angarium/codec-amqp';
import { hashPassword } from '@angarium/server';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { ACCEPTED, RELEASED, text, textOf } from './support/messages.ts';
import { type RabbitMq, rabbitMqMissing, startRabbitMq } from './support/rabbitmq.ts';
import { RawPeer } from './support/raw-peer.ts';
import { RawSession } from './support/raw-session.ts';

interface Server {
  readonly host: string;
  readonly port: number;
}

/** What a server said, in words that should be the same for both. */
type Trace = readonly unknown[];

const missing = rabbitMqMissing();

describe('where the specification leaves room, the server does as RabbitMQ does', { skip: missing }, () => {
  let rabbit: RabbitMq;
  let ours: TestServer;

  before(async () => {
    if (missing) return;
    ours = await startTestServer({ http: 'off', users: [{ name: 'guest', passwordHash: await hashPassword('guest') }] });
    rabbit = await startRabbitMq();
  });
  after(async () => {
    await ours?.stop();
    await rabbit?.[Symbol.asyncDispose]();
  });

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
