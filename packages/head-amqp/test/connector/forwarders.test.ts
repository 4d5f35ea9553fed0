import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import type { Delivery, EventContext, Message, Receiver, Sender } from 'rhea';
import rhea from 'rhea';
import { Forwarding, fails } from '../support/forwarding.ts';
import { text } from '../support/messages.ts';
import { RawSession } from '../support/raw-session.ts';
import { RheaClient, said, send } from '../support/rhea-client.ts';

/** Messages that it may send now. */
function creditOf(sender: Sender): number {
  return (sender as Sender & { readonly credit: number }).credit;
}

/** More than a window of frames, and than what a connection may have unsent. */
const LARGE_BYTES = 10_000_000;

describe('forwarders between two servers', () => {
  let ours: Forwarding;
  let remote: TestServer;
  /** Clients of both. */
  let here: RheaClient;
  let there: RheaClient;

  before(async () => {
    [ours, remote] = await Promise.all([Forwarding.start(), startTestServer()]);
    [here, there] = await Promise.all([RheaClient.connect(ours.server), RheaClient.connect(remote)]);
    await ours.connect('there', { ...remote.amqp });
  });
  after(async () => {
    await here?.[Symbol.asyncDispose]();
    await there?.[Symbol.asyncDispose]();
    await ours?.[Symbol.asyncDispose]();
    await remote?.[Symbol.asyncDispose]();
  });

  async function next(receiver: Receiver): Promise<{ message: Message; delivery: Delivery }> {
    const { message, delivery } = await said(receiver, 'message');
    return { message: message!, delivery: delivery! };
  }

  test('the connector says who the remote is', () => {
    const { phase, remote: status, host, attempts } = ours.connector('there');
    assert.equal(phase, 'Active');
    assert.equal(attempts, 0);
    assert.deepEqual(status, { container: remote.containerId, product: 'angarium', version: '0.1.0', host });
  });

  test('out: what is sent to our queue arrives at the remote one, with its id, its properties and its annotations', async () => {
    const receiver = await there.receiver('far-out');
    const sender = await here.sender('out');
    const sent: Message = {
      message_id: 'id-1',
      correlation_id: 'c',
      to: 'somewhere',
      durable: true,
      priority: 7,
      ttl: 600_000,
      message_annotations: { 'x-opt-a': 'one' },
      application_properties: { colour: 'blue', size: 7 },
      body: 'hello',
    };
    assert.equal((await send(sender, sent)).outcome, 'accepted', 'our queue has it');
    const arrived = next(receiver);
    await ours.forward('out', { connector: 'there', direction: 'out', address: 'out', remoteAddress: 'far-out' });
    const { message } = await arrived;
    for (const field of ['message_id', 'correlation_id', 'to', 'durable', 'priority', 'body'] as const)
      assert.equal(message[field], sent[field], field);
    assert.deepEqual(message.application_properties, sent.application_properties);
    assert.equal(message.message_annotations?.['x-opt-a'], 'one');
    assert.ok(message.ttl! > 0 && message.ttl! <= 600_000, 'what is left of its time');
  });

  test('in: what is sent to the remote queue arrives at ours', async () => {
    await ours.forward('in', { connector: 'there', direction: 'in', address: 'in', remoteAddress: 'far-in' });
    const receiver = await here.receiver('in');
    const arrived = next(receiver);
    const sender = await there.sender('far-in');
    assert.equal((await send(sender, { body: 'hello', durable: true, message_id: 'id-2' })).outcome, 'accepted');
    const { message } = await arrived;
    assert.equal(message.message_id, 'id-2');
    assert.equal(message.body, 'hello');
    assert.equal(ours.forwarder('in').messages, 1);
  });

  test('an anycast address has credit only while the remote gives it, and the outcome is the remote consumer’s', async () => {
    await ours.declare('any', { type: 'anycast' });
    await new Promise(resolve => remote.broker.space(undefined).declare('far-any', { type: 'anycast' }, resolve));
    await ours.forward('any', { connector: 'there', direction: 'out', address: 'any', remoteAddress: 'far-any' });
    const sender = await here.sender('any');
    assert.equal(creditOf(sender), 0, 'nobody consumes there');
    const receiver = await there.receiver('far-any', { credit_window: 0, autoaccept: false });
    receiver.add_credit(3);
    await said(sender, 'sendable');
    assert.equal(creditOf(sender), 3, 'as much as the remote consumer gives');
    for (const [settle, outcome] of [
      [(delivery: Delivery) => delivery.accept(), 'accepted'],
      [(delivery: Delivery) => delivery.reject({ condition: 'app:no', description: 'not this one' }), 'rejected'],
      [(delivery: Delivery) => delivery.release({ delivery_failed: true }), 'released'],
    ] as const) {
      const arrived = next(receiver);
      const result = send(sender, { body: outcome });
      settle((await arrived).delivery);
      const { outcome: heard, context } = await result;
      assert.equal(heard, outcome);
      const state = context.delivery!.remote_state as { error?: { description?: string }; delivery_failed?: boolean };
      // The client says of modified that it was released.
      if (outcome === 'released') assert.equal(state.delivery_failed, true);
      if (outcome === 'rejected') assert.equal(state.error?.description, 'not this one');
    }
    assert.equal(creditOf(sender), 0);
    assert.equal(ours.forwarder('any').lastRejection, 'not this one');
    receiver.close();
  });

  test('in to an anycast address: the remote has the credit of our consumer', async () => {
    await ours.declare('any-in', { type: 'anycast' });
    await new Promise(resolve => remote.broker.space(undefined).declare('far-any-in', { type: 'anycast' }, resolve));
    await ours.forward('any-in', { connector: 'there', direction: 'in', address: 'any-in', remoteAddress: 'far-any-in', creditWindow: 2 });
    const sender = await there.sender('far-any-in');
    assert.equal(creditOf(sender), 0);
    const receiver = await here.receiver('any-in', { credit_window: 0 });
    receiver.add_credit(5);
    await said(sender, 'sendable');
    assert.equal(creditOf(sender), 2, 'the window is smaller than what the consumer gives');
    const all = new Promise<void>(resolve => {
      let count = 0;
      receiver.on('message', () => {
        if (++count === 5) resolve();
      });
    });
    for (let i = 0; i < 5; i++) assert.equal((await send(sender, { body: i })).outcome, 'accepted');
    await all;
    assert.deepEqual(ours.forwarder('any-in').outcomes, { accepted: 5, rejected: 0, released: 0, modified: 0 });
    receiver.close();
  });

  test('a message that the remote consumer rejects is a dead letter of ours, as one that ours rejects', async () => {
    await ours.declare('refused', { type: 'queue', deadLetter: 'refused-dead' });
    await new Promise(resolve => remote.broker.space(undefined).declare('far-refused', { type: 'anycast' }, resolve));
    await ours.forward('refused', { connector: 'there', direction: 'out', address: 'refused', remoteAddress: 'far-refused' });
    const receiver = await there.receiver('far-refused', { autoaccept: false });
    const dead = await here.receiver('refused-dead');
    const [arrived, lost] = [next(receiver), next(dead)];
    await send(await here.sender('refused'), { body: 'bad', durable: true });
    (await arrived).delivery.reject({ condition: 'app:no', description: 'it is bad' });
    const { message } = await lost;
    assert.equal(message.body, 'bad');
    assert.match(JSON.stringify(message.message_annotations), /it is bad/);
    receiver.close();
  });

  test('what failed there is tried again, counted here, and comes there as never delivered before', async () => {
    await ours.declare('failing', { type: 'queue', redelivery: { attemptsMax: 3 }, deadLetter: 'failed' });
    await new Promise(resolve => remote.broker.space(undefined).declare('far-failing', { type: 'anycast' }, resolve));
    await ours.forward('failing', { connector: 'there', direction: 'out', address: 'failing', remoteAddress: 'far-failing' });
    const dead = await here.receiver('failed');
    const lost = next(dead);
    const receiver = await there.receiver('far-failing', { autoaccept: false });
    const counts: number[] = [];
    receiver.on('message', ({ message, delivery }: EventContext) => {
      counts.push(message!.delivery_count ?? 0);
      delivery!.release({ delivery_failed: true });
    });
    await send(await here.sender('failing'), { body: 'fails', durable: true });
    assert.equal((await lost).message.body, 'fails');
    assert.deepEqual(counts, [0, 0, 0]);
    receiver.close();
  });

  test('in: what another server counted of attempts does not count here', async () => {
    await ours.declare('counted', { type: 'queue', redelivery: { attemptsMax: 3 } });
    await using session = await RawSession.open(remote.amqp);
    const sender = await session.sender('far-counted');
    await sender.credit();
    await sender.outcomeOf(text('tried', { header: { durable: true, deliveryCount: 9 } }));
    await ours.forward('counted', { connector: 'there', direction: 'in', address: 'counted', remoteAddress: 'far-counted' });
    const { message } = await next(await here.receiver('counted'));
    assert.equal(message.body, 'tried');
    assert.equal(message.delivery_count ?? 0, 0);
  });

  test('a topic: what is published from the making of the forwarder on arrives, whether the remote is there or not', async () => {
    await ours.declare('news', { type: 'topic' });
    await ours.forward('news', { connector: 'not-yet', direction: 'out', address: 'news', remoteAddress: 'far-news' }, fails);
    assert.match(ours.forwarder('news').lastError!, /there is no connector not-yet/);
    await send(await here.sender('news'), { body: 'early', durable: true });
    const works = ours.forwarderSays('news', line => line.msg === 'forwarder works');
    const receiver = await there.receiver('far-news');
    const arrived = next(receiver);
    await ours.connect('not-yet', { ...remote.amqp });
    await works;
    assert.equal((await arrived).message.body, 'early');
    assert.equal(await ours.server.connectors.forwarders.remove(ours.space, 'news'), true);
    assert.equal(await ours.server.connectors.connectors.remove(ours.space, 'not-yet'), true);
    assert.equal(ours.space.subscriptionNamed('forwarder:news')?.topic, undefined, 'its subscription has gone with it');
  });

  test('in from a durable subscription: what is published while the connector is away arrives, and removal ends it', async () => {
    const space = remote.broker.space(undefined);
    await new Promise(resolve => space.declare('far-topic', { type: 'topic' }, resolve));
    await ours.connect('sometimes', { ...remote.amqp });
    const spec = {
      connector: 'sometimes',
      direction: 'in',
      address: 'from-topic',
      remoteAddress: 'far-topic',
      subscription: 'sub',
    } as const;
    await ours.forward('from-topic', spec);
    const subscription = `${ours.server.containerId}.sub`;
    assert.equal(space.subscriptionNamed(subscription)?.topic, 'far-topic');
    await ours.server.connectors.connectors.remove(ours.space, 'sometimes');
    assert.equal(space.subscriptionNamed(subscription)?.topic, 'far-topic', 'it is kept');
    await send(await there.sender('far-topic'), { body: 'meanwhile', durable: true });
    const arrived = next(await here.receiver('from-topic'));
    await ours.connect('sometimes', { ...remote.amqp });
    assert.equal((await arrived).message.body, 'meanwhile');
    const works = ours.forwarder('from-topic');
    assert.equal(works.phase, 'Active');
    await ours.server.connectors.forwarders.remove(ours.space, 'from-topic');
    // Ours is gone at once, and the remote hears of it: what it says next is behind that.
    await ours.forward('after', { connector: 'sometimes', direction: 'in', address: 'after', remoteAddress: 'after' });
    assert.equal(space.subscriptionNamed(subscription)?.topic, undefined);
    await ours.server.connectors.connectors.remove(ours.space, 'sometimes');
  });

  test('selectors choose at the end that has the messages', async () => {
    for (const direction of ['out', 'in'] as const) {
      const [from, to] = direction === 'out' ? [here, there] : [there, here];
      const names =
        direction === 'out'
          ? { address: 'chosen-out', remoteAddress: 'far-chosen-out' }
          : { address: 'chosen-in', remoteAddress: 'far-chosen-in' };
      await ours.forward(names.address, { connector: 'there', direction, ...names, selector: "colour = 'red'" });
      const sender = await from.sender(direction === 'out' ? names.address : names.remoteAddress);
      for (const colour of ['blue', 'red']) await send(sender, { body: colour, application_properties: { colour } });
      const { message } = await next(await to.receiver(direction === 'out' ? names.remoteAddress : names.address));
      assert.equal(message.body, 'red');
    }
  });

  for (const [type, direction] of [
    ['anycast', 'out'],
    ['queue', 'out'],
    ['anycast', 'in'],
    ['queue', 'in'],
  ] as const) {
    test(`a message of ${LARGE_BYTES} bytes goes ${direction} through an ${type} in parts, and whole`, async () => {
      const [near, far] = [`large-${type}-${direction}`, `far-large-${type}-${direction}`];
      await ours.declare(near, { type });
      await new Promise(resolve => remote.broker.space(undefined).declare(far, { type }, resolve));
      await ours.forward(near, { connector: 'there', direction, address: near, remoteAddress: far });
      const [from, to] = direction === 'out' ? [here, there] : [there, here];
      const receiver = await to.receiver(direction === 'out' ? far : near);
      const arrived = next(receiver);
      const body = rhea.message.data_section(Buffer.alloc(LARGE_BYTES, 'large '));
      assert.equal((await send(await from.sender(direction === 'out' ? near : far), { body, durable: true })).outcome, 'accepted');
      const { message } = await arrived;
      assert.ok((message.body.content as Buffer).equals(body.content));
    });
  }

  test('messages of other protocols go out as AMQP', async () => {
    const receiver = await there.receiver('far-http');
    const arrived = next(receiver);
    await ours.forward('http', { connector: 'there', direction: 'out', address: 'http', remoteAddress: 'far-http' });
    const answer = await fetch(`${ours.server.http}/m/http`, {
      method: 'POST',
      body: 'by HTTP',
      headers: { 'content-type': 'text/plain' },
    });
    assert.ok(answer.ok);
    assert.equal(String((await arrived).message.body.content), 'by HTTP');
  });

  test('an address that the remote refuses is said so, tried again, and disturbs no other', async () => {
    const line = await ours.forward(
      'missing',
      { connector: 'there', direction: 'in', address: 'missing', remoteAddress: '$nothing' },
      fails,
    );
    assert.match(line.why as string, /the remote refuses the link: amqp:not-found: There is no address \$nothing/);
    assert.equal(ours.connector('there').phase, 'Active');
    assert.equal(ours.forwarder('missing').phase, 'Failed');
    assert.equal(ours.forwarder('in').phase, 'Active');
    await ours.server.connectors.forwarders.remove(ours.space, 'missing');
  });

  test('an address of ours that ends is said so, and the forwarder goes on when it is there again', async () => {
    await ours.declare('fleeting', { type: 'queue' });
    await ours.forward('fleeting', { connector: 'there', direction: 'out', address: 'fleeting', remoteAddress: 'far-fleeting' });
    const [failed, again] = [ours.forwarderSays('fleeting', fails), ours.forwarderSays('fleeting', line => line.msg === 'forwarder works')];
    await new Promise<void>(resolve => ours.space.remove('fleeting', { force: true }, () => resolve()));
    assert.match((await failed).why as string, /The address fleeting was deleted/);
    await again;
    const arrived = next(await there.receiver('far-fleeting'));
    await send(await here.sender('fleeting'), { body: 'back' });
    assert.equal((await arrived).message.body, 'back');
  });

  test('a message that is too large for the remote is a dead letter, and what waits behind it goes on', async () => {
    await ours.declare('sized', { type: 'queue', deadLetter: 'oversized' });
    await new Promise(resolve =>
      remote.broker.space(undefined).declare('far-sized', { type: 'queue', messageSizeBytesMax: 1000 }, resolve),
    );
    await ours.forward('sized', { connector: 'there', direction: 'out', address: 'sized', remoteAddress: 'far-sized' });
    const [arrived, lost] = [next(await there.receiver('far-sized')), next(await here.receiver('oversized'))];
    const sender = await here.sender('sized');
    await send(sender, { body: 'x'.repeat(5000) });
    await send(sender, { body: 'small' });
    assert.equal((await arrived).message.body, 'small');
    assert.equal((await lost).message.body.length, 5000);
  });

  test('the same specification again changes nothing; another one takes its place', async () => {
    const spec = { connector: 'there', direction: 'out', address: 'again', remoteAddress: 'far-again' } as const;
    await ours.forward('again', spec);
    const { since } = ours.forwarder('again');
    assert.equal(ours.server.connectors.forwarders.put(ours.space, 'again', { ...spec }), undefined);
    assert.deepEqual([ours.forwarder('again').phase, ours.forwarder('again').since], ['Active', since]);
    await ours.forward('again', { ...spec, remoteAddress: 'far-other' });
    const arrived = next(await there.receiver('far-other'));
    await send(await here.sender('again'), { body: 'new way' });
    assert.equal((await arrived).message.body, 'new way');
  });

  test('what cannot be is refused in words', () => {
    const { connectors, forwarders } = ours.server.connectors;
    const out = { connector: 'there', direction: 'out', address: 'a', remoteAddress: 'b' } as const;
    assert.match(forwarders.put(ours.space, 'bad', { ...out, selector: 'a =' })!, /selector is not valid/);
    assert.match(forwarders.put(ours.space, 'bad', { ...out, creditWindow: 1 })!, /creditWindow/);
    assert.match(connectors.put(ours.space, 'bad', { host: 'h', mechanism: 'PLAIN' })!, /PLAIN needs credentials/);
    assert.match(connectors.put(ours.space, 'bad', { host: 'h', mechanism: 'EXTERNAL' })!, /EXTERNAL needs tls.clientCertificate/);
    assert.match(connectors.put(ours.space, 'bad', { host: 'h', port: 70_000 })!, /port 70000/);
    assert.match(connectors.put(ours.space, 'bad', { host: 'h', tls: { ca: 'none' } })!, /cannot be read as PEM/);
    assert.equal(forwarders.status(ours.space, 'bad'), undefined);
  });
});
