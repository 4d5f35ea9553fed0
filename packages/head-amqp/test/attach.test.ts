import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AmqpMap, Described, decodeMessage, symbol, Typed } from '@angarium/codec-amqp';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { ACCEPTED, text, textOf } from './support/messages.ts';
import { RawPeer } from './support/raw-peer.ts';
import { RawSession, WIDE_WINDOW } from './support/raw-session.ts';

function lifetimePolicy(descriptor: number | string): AmqpMap {
  const type = typeof descriptor === 'number' ? new Typed('ulong', BigInt(descriptor)) : symbol(descriptor);
  return new AmqpMap([[symbol('lifetime-policy'), new Described(type, [])]]);
}

const LIFETIMES = [
  ['delete-on-close', 0x2b, 'amqp:delete-on-close:list'],
  ['delete-on-no-links', 0x2c, 'amqp:delete-on-no-links:list'],
  ['delete-on-no-messages', 0x2d, 'amqp:delete-on-no-messages:list'],
  ['delete-on-no-links-or-messages', 0x2e, 'amqp:delete-on-no-links-or-messages:list'],
] as const;

describe('attach and detach (part 2, section 2.6)', () => {
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ http: 'off', ...WIDE_WINDOW });
  });
  after(() => server[Symbol.asyncDispose]());

  function exists(address: string): boolean {
    return server.broker.space(undefined).addresses.has(address);
  }

  describe('what the answer says (part 2, section 2.6.3)', () => {
    test('[2.6.3] to a sender: the other role, its own source, and the target as it is', async () => {
      await using session = await RawSession.open(server.amqp);
      const { answer } = await session.sender({ address: 'answered', capabilities: ['queue'] }, { name: 'in', source: { address: 'me' } });
      assert.equal(answer.role, 'receiver');
      assert.equal(answer.name, 'in');
      assert.equal(answer.source?.address, 'me');
      assert.deepEqual(answer.target, { kind: 'target', address: 'answered', capabilities: ['queue'] });
      assert.equal(answer.sndSettleMode, 2);
      assert.equal(answer.rcvSettleMode, 0);
    });

    test('[2.6.3] to a receiver: the other role, its own target, and the source as it is', async () => {
      await using session = await RawSession.open(server.amqp);
      const { answer } = await session.receiver({ address: 'answered' }, { name: 'out', target: { kind: 'target', address: 'me' } });
      assert.equal(answer.role, 'sender');
      assert.equal(answer.name, 'out');
      assert.deepEqual(answer.target, { kind: 'target', address: 'me' });
      assert.equal(answer.source?.address, 'answered');
      assert.equal(answer.initialDeliveryCount, 0);
      assert.deepEqual(answer.source?.defaultOutcome, { kind: 'released' });
      assert.deepEqual(answer.source?.outcomes, ['amqp:accepted:list', 'amqp:rejected:list', 'amqp:released:list', 'amqp:modified:list']);
    });

    for (const type of ['queue', 'topic', 'anycast', 'multicast'] as const) {
      test(`[3.5] the capability ${type} creates an address of that type`, async () => {
        await using session = await RawSession.open(server.amqp);
        await session.receiver({ address: `made-${type}`, capabilities: [type] });
        assert.equal(server.broker.space(undefined).typeOf(`made-${type}`), type);
        assert.deepEqual((await session.sender(`made-${type}`)).answer.target, {
          kind: 'target',
          address: `made-${type}`,
          capabilities: [type],
        });
      });
    }
  });

  describe('refusals (part 2, section 2.6.3)', () => {
    test('[2.6.3] a refused sender gets an attach without target, and then a detach that says why', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('two//slashes');
      assert.equal(sender.answer.target, undefined);
      const detach = await sender.detached();
      assert.equal(detach.error?.condition, 'amqp:invalid-field');
      assert.equal(detach.closed, true);
      // The handle is free again once the peer has detached, too.
      session.peer.write({ kind: 'detach', handle: sender.handle, closed: true });
      await session.sender('one/slash', { handle: sender.handle });
    });

    test('[2.6.3] a refused receiver gets an attach without source, and then a detach that says why', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver('$nothing');
      assert.equal(receiver.answer.source, undefined);
      assert.equal(receiver.answer.initialDeliveryCount, 0);
      assert.equal((await receiver.detachError()).condition, 'amqp:not-found');
    });

    test('[2.6.3] an address of another type is refused with amqp:precondition-failed', async () => {
      await using session = await RawSession.open(server.amqp);
      await session.sender({ address: 'is-queue', capabilities: ['queue'] });
      const receiver = await session.receiver({ address: 'is-queue', capabilities: ['topic'] });
      assert.equal((await receiver.detachError()).condition, 'amqp:precondition-failed');
    });

    test('[2.7.3] a sender without initial-delivery-count is refused', async () => {
      await using session = await RawSession.open(server.amqp);
      session.attach({ name: 'x', handle: 0, role: 'sender', target: { kind: 'target', address: 'x' } });
      assert.equal((await session.attached('x')).target, undefined);
      assert.equal((await session.peer.next('detach')).error?.condition, 'amqp:invalid-field');
    });

    test('[2.6.3] a sender without a target is refused', async () => {
      await using session = await RawSession.open(server.amqp);
      session.attach({ name: 'x', handle: 0, role: 'sender', initialDeliveryCount: 0 });
      assert.equal((await session.peer.next('detach')).error?.condition, 'amqp:invalid-field');
    });

    test('[2.6.3] a receiver whose source names no address is refused', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver({});
      assert.equal((await receiver.detachError()).condition, 'amqp:invalid-field');
    });

    test('[2.6.3] a receiver without a source, where there is nothing to resume, is refused with amqp:not-found', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver(undefined);
      assert.equal((await receiver.detachError()).condition, 'amqp:not-found');
    });

    test('[2.6.3] links beyond the connection’s limit are refused with amqp:resource-limit-exceeded, until some are detached', async () => {
      await using strict = await startTestServer({ http: 'off', amqpLinksPerConnectionMax: 2 });
      await using session = await RawSession.open(strict.amqp);
      const first = await session.sender('one');
      await session.receiver('two');
      const third = await session.receiver('three');
      assert.equal((await third.detachError()).condition, 'amqp:resource-limit-exceeded');
      await first.detach();
      const fourth = await session.receiver('four');
      assert.equal(fourth.answer.source?.address, 'four');
    });

    test('[2.6.3] an address that is deleted detaches its links with amqp:resource-deleted', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender('deleted');
      const receiver = await session.receiver('deleted');
      await new Promise(resolve => server.broker.space(undefined).remove('deleted', { force: true }, resolve));
      assert.equal((await sender.detachError()).condition, 'amqp:resource-deleted');
      assert.equal((await receiver.detachError()).condition, 'amqp:resource-deleted');
    });
  });

  describe('detach (part 2, section 2.6.6)', () => {
    for (const closed of [true, false]) {
      test(`[2.6.6] detach with closed ${closed} is answered with the same, and the link may attach again`, async () => {
        await using session = await RawSession.open(server.amqp);
        const sender = await session.sender('detached', { name: 'link' });
        assert.equal((await sender.detach(closed)).closed ?? false, closed);
        const again = await session.sender('detached', { name: 'link', handle: sender.handle });
        await again.credit();
        assert.deepEqual(await again.outcomeOf(text('again')), ACCEPTED);
      });
    }

    test('[2.6.5] frames for a link that the server detached are passed over until the peer has detached, too', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender({ address: 'passed-over', capabilities: ['anycast'] });
      for (let i = 0; i < 3; i++) sender.send(text('without credit'));
      session.flow({ handle: sender.handle, deliveryCount: 0, echo: true });
      assert.equal((await sender.detachError()).condition, 'amqp:link:transfer-limit-exceeded');
      session.peer.write({ kind: 'detach', handle: sender.handle, closed: true });
      await session.caughtUp();
      assert.equal(session.peer.unread('detach').length, 0);
      assert.equal(session.peer.unread('end').length, 0);
    });

    test('[2.6.1] a link that attaches again under its name takes the place of the older one: amqp:link:stolen', async () => {
      await using session = await RawSession.open(server.amqp);
      const older = await session.receiver('stolen', { name: 'the-link' });
      const newer = await session.receiver('stolen', { name: 'the-link' });
      assert.equal((await older.detachError()).condition, 'amqp:link:stolen');
      const sender = await session.sender('stolen', { name: 'the-link' });
      await sender.credit();
      await sender.outcomeOf(text('for the newer'));
      newer.grant(1);
      assert.equal(textOf((await newer.receive()).payload), 'for the newer');
    });
  });

  describe('dynamic termini (part 3, section 3.5.9)', () => {
    test('[3.5.3] a dynamic source is answered with an address that others can send to', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver({ dynamic: true });
      const address = receiver.answer.source?.address;
      assert.equal(receiver.answer.source?.dynamic, true);
      assert.ok(address);
      receiver.grant(1);
      const sender = await session.sender(address);
      await sender.credit();
      sender.send(text('reply'));
      assert.equal(textOf((await receiver.receive()).payload), 'reply');
    });

    test('[3.5.4] a dynamic target is answered with an address that others can receive from', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender({ dynamic: true });
      const address = sender.answer.target?.kind === 'target' ? sender.answer.target.address : undefined;
      assert.ok(address);
      await sender.credit();
      await sender.outcomeOf(text('kept'));
      const receiver = await session.receiver(address);
      receiver.grant(1);
      assert.equal(textOf((await receiver.receive()).payload), 'kept');
    });

    test('[3.5.9] the answer says the lifetime policy; delete-on-close where none was asked for', async () => {
      await using session = await RawSession.open(server.amqp);
      const descriptorOf = (properties: AmqpMap | undefined): unknown => {
        const policy = properties?.get('lifetime-policy');
        return policy instanceof Described && policy.descriptor instanceof Typed ? Number(policy.descriptor.value) : policy;
      };
      const plain = await session.receiver({ dynamic: true });
      assert.equal(descriptorOf(plain.answer.source?.dynamicNodeProperties), 0x2b);
      for (const [, code, name] of LIFETIMES) {
        for (const descriptor of [code, name]) {
          const receiver = await session.receiver({ dynamic: true, dynamicNodeProperties: lifetimePolicy(descriptor) });
          assert.equal(descriptorOf(receiver.answer.source?.dynamicNodeProperties), code);
        }
      }
    });

    test('[3.5.10] delete-on-close: the address ends with the link that asked for it, and other links hear so', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver({ dynamic: true, dynamicNodeProperties: lifetimePolicy(0x2b) });
      const address = receiver.answer.source!.address!;
      const sender = await session.sender(address);
      await receiver.detach();
      assert.equal((await sender.detachError()).condition, 'amqp:resource-deleted');
      assert.equal(exists(address), false);
    });

    test('[3.5.10] delete-on-close: the address ends with the connection, too', async () => {
      const session = await RawSession.open(server.amqp, 'short-lived');
      const receiver = await session.receiver({ dynamic: true });
      const address = receiver.answer.source!.address!;
      assert.equal(exists(address), true);
      await session.peer.close();
      assert.equal(exists(address), false);
      await session[Symbol.asyncDispose]();
    });

    test('[3.5.11] delete-on-no-links: the address ends with the last link', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver({ dynamic: true, dynamicNodeProperties: lifetimePolicy(0x2c) });
      const address = receiver.answer.source!.address!;
      const sender = await session.sender(address);
      await sender.credit();
      await receiver.detach();
      await sender.outcomeOf(text('still there'));
      assert.equal(exists(address), true);
      await sender.detach();
      assert.equal(exists(address), false);
    });

    test('[3.5.12] delete-on-no-messages: the address ends with its last message, once the link that asked for it is gone', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender({ dynamic: true, dynamicNodeProperties: lifetimePolicy(0x2d) });
      const address = sender.answer.target?.kind === 'target' ? sender.answer.target.address! : '';
      await sender.credit();
      await sender.outcomeOf(text('one'));
      await sender.detach();
      assert.equal(exists(address), true);
      const receiver = await session.receiver(address);
      receiver.grant(1);
      receiver.settle(await receiver.receive(), ACCEPTED);
      await receiver.detachError();
      assert.equal(exists(address), false);
    });

    test('[3.5.13] delete-on-no-links-or-messages: the address ends when it has neither', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender({ dynamic: true, dynamicNodeProperties: lifetimePolicy(0x2e) });
      const address = sender.answer.target?.kind === 'target' ? sender.answer.target.address! : '';
      await sender.credit();
      await sender.outcomeOf(text('one'));
      await sender.detach();
      assert.equal(exists(address), true);
      const receiver = await session.receiver(address);
      receiver.grant(1);
      receiver.settle(await receiver.receive(), ACCEPTED);
      await session.caughtUp();
      assert.equal(exists(address), true);
      await receiver.detach();
      assert.equal(exists(address), false);
    });

    test('[3.5] a dynamic source with the capability temporary-topic is a topic', async () => {
      await using session = await RawSession.open(server.amqp);
      const first = await session.receiver({ dynamic: true, capabilities: ['temporary-topic'] });
      const address = first.answer.source!.address!;
      assert.equal(server.broker.space(undefined).typeOf(address), 'topic');
    });

    test('[3.5.3] a dynamic address cannot be guessed: no two are alike', async () => {
      await using session = await RawSession.open(server.amqp);
      const addresses = new Set<string>();
      for (let i = 0; i < 20; i++) addresses.add((await session.receiver({ dynamic: true })).answer.source!.address!);
      assert.equal(addresses.size, 20);
      for (const address of addresses) assert.match(address, /[0-9a-f-]{36}$/);
    });
  });

  describe('the anonymous terminus', () => {
    test('a message goes where its property to says', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender({});
      assert.deepEqual(sender.answer.target, { kind: 'target' });
      await sender.credit();
      for (const to of ['relayed/one', 'relayed/two']) assert.deepEqual(await sender.outcomeOf(text(to, { properties: { to } })), ACCEPTED);
      for (const to of ['relayed/one', 'relayed/two']) {
        const receiver = await session.receiver(to);
        receiver.grant(1);
        const message = decodeMessage((await receiver.receive()).payload);
        assert.equal(message.properties?.to, to);
      }
    });

    test('the first message to an address makes it of the type that JMS clients annotate', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender({});
      await sender.credit();
      for (const [kind, type] of ['queue', 'topic', 'queue', 'topic'].entries()) {
        const to = `said-${kind}`;
        const messageAnnotations = new AmqpMap([[symbol('x-opt-jms-dest'), new Typed('byte', kind)]]);
        assert.deepEqual(await sender.outcomeOf(text(to, { messageAnnotations, properties: { to } })), ACCEPTED);
        assert.equal(server.broker.space(undefined).typeOf(to), type);
        // Of another type than is said, it is taken as it is.
        const other = new AmqpMap([[symbol('x-opt-jms-dest'), new Typed('byte', 1)]]);
        assert.deepEqual(await sender.outcomeOf(text(to, { messageAnnotations: other, properties: { to } })), ACCEPTED);
      }
    });

    test('a message without to is rejected with amqp:precondition-failed', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender({});
      await sender.credit();
      const state = await sender.outcomeOf(text('nowhere'));
      assert.equal(state?.kind === 'rejected' && state.error?.condition, 'amqp:precondition-failed');
    });

    for (const [to, condition] of [
      ['$nothing', 'amqp:not-found'],
      ['not//valid', 'amqp:invalid-field'],
    ] as const) {
      test(`a message to ${to} is rejected with ${condition}, and the link goes on`, async () => {
        await using session = await RawSession.open(server.amqp);
        const sender = await session.sender({});
        await sender.credit();
        const state = await sender.outcomeOf(text('lost', { properties: { to } }));
        assert.equal(state?.kind === 'rejected' && state.error?.condition, condition);
        assert.deepEqual(await sender.outcomeOf(text('found', { properties: { to: 'relayed/on' } })), ACCEPTED);
      });
    }

    test('a message that cannot be decoded is rejected with amqp:decode-error', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender({});
      await sender.credit();
      const state = await sender.outcomeOf(Uint8Array.of(0x00, 0x53, 0x73, 0xc0, 0x7f));
      assert.equal(state?.kind === 'rejected' && state.error?.condition, 'amqp:decode-error');
    });

    for (const type of ['queue', 'anycast'] as const) {
      for (const bytesPerFrame of [3, 1000]) {
        test(`a message in frames of ${bytesPerFrame} bytes goes to an address of type ${type}`, async () => {
          await using session = await RawSession.open(server.amqp);
          const to = `relayed/${type}-${bytesPerFrame}`;
          const receiver = await session.receiver({ address: to, capabilities: [type] });
          receiver.grant(1);
          const sender = await session.sender({});
          await sender.credit();
          const body = 'x'.repeat(3000);
          const id = sender.sendInFrames(text(body, { properties: { to } }), bytesPerFrame);
          const delivery = await receiver.receive();
          assert.equal(textOf(delivery.payload), body);
          receiver.settle(delivery, ACCEPTED);
          assert.deepEqual(await sender.outcome(id), ACCEPTED);
        });
      }
    }

    test('the outcome of an anycast consumer comes back to the sender', async () => {
      await using session = await RawSession.open(server.amqp);
      const receiver = await session.receiver({ address: 'relayed/outcome', capabilities: ['anycast'] });
      receiver.grant(1);
      const sender = await session.sender({});
      await sender.credit();
      const id = sender.send(text('no', { properties: { to: 'relayed/outcome' } }));
      receiver.settle(await receiver.receive(), { kind: 'rejected', error: { condition: 'my:own' } });
      assert.deepEqual(await sender.outcome(id), { kind: 'rejected', error: { condition: 'my:own' } });
    });

    test('its credit is renewed, however many addresses it names', async () => {
      await using session = await RawSession.open(server.amqp);
      const sender = await session.sender({});
      await sender.credit();
      for (let i = 0; i < 2000; i++) {
        sender.send(text('x', { properties: { to: `relayed/many/${i % 100}` } }), { settled: i % 200 !== 199 });
        if (i % 200 === 199) await sender.outcome(i);
      }
    });
  });

  test('[2.4.1] one peer cannot take over the links of another that has its own name for itself', async () => {
    const one = await RawSession.begin(await RawPeer.open(server.amqp, { containerId: 'one' }));
    const other = await RawSession.begin(await RawPeer.open(server.amqp, { containerId: 'other' }));
    await using _ = one;
    await using __ = other;
    await one.receiver('same-name', { name: 'link' });
    await other.receiver('same-name', { name: 'link' });
    await one.caughtUp();
    assert.equal(one.peer.unread('detach').length, 0);
  });
});
