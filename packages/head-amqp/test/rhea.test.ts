import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hashPassword } from '@angarium/server';
import { startTestServer, type TestServer } from '@angarium/testkit';
import rhea, { type ConnectionOptions, type Message } from 'rhea';
import { messages, RheaClient, said, send, sendable } from './support/rhea-client.ts';

const MEBIBYTE = 1024 * 1024;

describe('the client rhea', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off' });
  });
  after(() => server[Symbol.asyncDispose]());

  test('asks and answers over a dynamic address', async () => {
    await using service = await RheaClient.connect(server);
    const requests = await service.receiver({ address: 'rhea/service', capabilities: ['anycast'] });
    const replies = service.connection.open_sender({ target: {} });
    requests.on('message', ({ message }) => {
      replies.send({ to: message!.reply_to!, correlation_id: message!.message_id!, body: String(message!.body).toUpperCase() } as Message);
    });
    await using client = await RheaClient.connect(server);
    const answers = await client.receiver({ dynamic: true });
    const asking = await client.sender('rhea/service');
    for (let i = 0; i < 20; i++) {
      const answered = said(answers, 'message');
      await sendable(asking);
      asking.send({ message_id: `m${i}`, reply_to: answers.source.address, body: `question ${i}` } as Message);
      const { message } = await answered;
      assert.equal(message!.body, `QUESTION ${i}`);
      assert.equal(message!.correlation_id, `m${i}`);
    }
  });

  test('resumes a durable subscription with what was published meanwhile', async () => {
    const source = { address: 'rhea/topic', capabilities: ['topic'], durable: 2, expiry_policy: 'never' };
    const options = { container_id: 'rhea-subscriber' } as ConnectionOptions;
    const first = await RheaClient.connect(server, options);
    const receiver = await first.receiver(source, { name: 'sub' });
    receiver.detach();
    await said(receiver, 'receiver_close');
    await first[Symbol.asyncDispose]();
    await using publisher = await RheaClient.connect(server);
    const sender = await publisher.sender('rhea/topic');
    for (const body of ['one', 'two']) assert.equal((await send(sender, { body, durable: true })).outcome, 'accepted');
    await using second = await RheaClient.connect(server, options);
    const again = second.connection.open_receiver({ source, name: 'sub' } as never);
    const bodies: unknown[] = [];
    while (bodies.length < 2) bodies.push(...(await messages(again)));
    assert.deepEqual(bodies, ['one', 'two']);
    again.close();
    await said(again, 'receiver_close');
  });

  test('every subscriber of a topic gets each message', async () => {
    await using client = await RheaClient.connect(server);
    const source = { address: 'rhea/fan-out', capabilities: ['topic'] };
    const receivers = [await client.receiver(source), await client.receiver(source)];
    const heard = receivers.map(receiver => said(receiver, 'message'));
    await send(await client.sender('rhea/fan-out'), { body: 'all' });
    for (const { message } of await Promise.all(heard)) assert.equal(message!.body, 'all');
  });

  for (const outcome of ['accepted', 'rejected', 'released', 'modified'] as const) {
    test(`hears ${outcome} from the consumer of an anycast address`, async () => {
      await using client = await RheaClient.connect(server);
      const receiver = await client.receiver({ address: `rhea/${outcome}`, capabilities: ['anycast'] }, { autoaccept: false });
      receiver.on('message', ({ delivery }) => {
        if (outcome === 'accepted') delivery!.accept();
        else if (outcome === 'rejected') delivery!.reject({ condition: 'my:own', description: 'not today' });
        else if (outcome === 'released') delivery!.release();
        else delivery!.modified({ delivery_failed: true, undeliverable_here: true });
      });
      const sender = await client.sender(`rhea/${outcome}`, { treat_modified_as_released: false });
      const answer = await send(sender, { body: 'x' });
      assert.equal(answer.outcome, outcome);
      const state = answer.context.delivery!.remote_state as unknown as Record<string, unknown> | undefined;
      if (outcome === 'rejected') assert.equal((state!.error as { condition: string }).condition, 'my:own');
    });
  }

  test('drains a receiver', async () => {
    await using client = await RheaClient.connect(server);
    const sender = await client.sender('rhea/drained');
    for (let i = 0; i < 3; i++) await send(sender, { body: i });
    const receiver = await client.receiver('rhea/drained', { credit_window: 0 });
    let received = 0;
    receiver.on('message', () => received++);
    const drained = said(receiver, 'receiver_drained');
    receiver.drain_credit();
    receiver.add_credit(10);
    await drained;
    assert.equal(received, 3);
  });

  for (const [what, options, settled] of [
    ['settled', { snd_settle_mode: 1 }, true],
    ['unsettled', { snd_settle_mode: 0 }, false],
  ] as const) {
    test(`sends and receives ${what}`, async () => {
      await using client = await RheaClient.connect(server);
      const receiver = await client.receiver(`rhea/${what}`, options);
      const sender = await client.sender(`rhea/${what}`, options);
      await sendable(sender);
      const received = said(receiver, 'message');
      sender.send({ body: 'x' });
      assert.equal((await received).delivery!.remote_settled, settled);
    });
  }

  for (const type of ['queue', 'topic', 'anycast', 'multicast']) {
    test(`sends 10 MiB through an address of type ${type} and gets them unchanged`, async () => {
      await using consumer = await RheaClient.connect(server);
      await using producer = await RheaClient.connect(server);
      const body = Buffer.alloc(10 * MEBIBYTE);
      for (let i = 0; i < body.length; i += 4) body.writeUInt32BE(i, i);
      const receiver = await consumer.receiver({ address: `rhea/large-${type}`, capabilities: [type] });
      const received = said(receiver, 'message');
      const sender = await producer.sender(`rhea/large-${type}`);
      const sent = send(sender, { body });
      assert.equal(Buffer.compare((await received).message!.body as Buffer, body), 0);
      assert.equal((await sent).outcome, 'accepted');
    });
  }

  test('gets a refusal of a link as an error of that link, and goes on', async () => {
    await using client = await RheaClient.connect(server);
    const refused = client.connection.open_sender('not//valid');
    const { sender } = await said(refused, 'sender_error');
    assert.equal((sender!.error as { condition: string }).condition, 'amqp:invalid-field');
    assert.equal((await send(await client.sender('rhea/valid'), { body: 'x' })).outcome, 'accepted');
  });

  test('logs in with PLAIN, and not with a wrong password', async () => {
    await using guarded = await startTestServer({ http: 'off', users: [{ name: 'anna', passwordHash: await hashPassword('secret') }] });
    await using client = await RheaClient.connect(guarded, { username: 'anna', password: 'secret' } as ConnectionOptions);
    assert.equal((await send(await client.sender('rhea/guarded'), { body: 'x' })).outcome, 'accepted');
    const wrong = rhea
      .create_container()
      .connect({ ...guarded.amqp, reconnect: false, username: 'anna', password: 'guess' } as ConnectionOptions);
    wrong.on('disconnected', () => {});
    const { error } = await said(wrong, 'connection_error');
    assert.match(String(error), /Failed to authenticate: 1/);
  });
});
