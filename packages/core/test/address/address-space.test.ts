import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Address, AddressSpec } from '../../src/address/address.ts';
import { DYNAMIC_PREFIX } from '../../src/address/address-name.ts';
import type { AddressSpace, Lifetime } from '../../src/address/address-space.ts';
import { ACCEPTED, RELEASED } from '../../src/delivery/outcome.ts';
import { Refusal, type RefusalCode } from '../../src/delivery/refusal.ts';
import { RecordingConsumer } from '../support/recording-consumer.ts';
import { RecordingProducer } from '../support/recording-producer.ts';
import { RunningBroker, type RunningBrokerOptions } from '../support/running-broker.ts';

function declared(space: AddressSpace, name: string, spec: AddressSpec): (Address | Refusal)[] {
  const results: (Address | Refusal)[] = [];
  space.declare(name, spec, result => results.push(result));
  return results;
}

function refused(result: unknown, code: RefusalCode): void {
  assert.ok(result instanceof Refusal, 'it is refused');
  assert.equal(result.code, code);
  assert.ok(result.description.length > 20, result.description);
}

function dynamic(running: RunningBroker, type: 'queue' | 'topic' | 'anycast' | 'multicast', lifetime: Lifetime): Address {
  const address = running.space.createDynamic(type, lifetime);
  assert.ok(!(address instanceof Refusal));
  return address;
}

describe('declared addresses', () => {
  for (const type of ['queue', 'topic', 'anycast', 'multicast'] as const)
    test(`a declared ${type} is there after a restart, as it was declared`, () => {
      const running = new RunningBroker({ autoCreate: false });
      const stored = type === 'queue' || type === 'topic' ? { messagesMax: 10, bytesMax: 20_000 } : {};
      const spec = { type, ...stored, messageSizeBytesMax: 300 };
      running.declare('here/and/there', spec);
      const again = running.restart();
      assert.deepEqual(again.address('here/and/there').spec, spec);
      assert.deepEqual([...again.restart().space.addresses.keys()], ['here/and/there']);
    });

  test('it is told when the definition is on disk, the second time too', () => {
    const running = new RunningBroker({ durability: 'by-hand' });
    const first = declared(running.space, 'q', { type: 'queue' });
    const second = declared(running.space, 'q', { type: 'queue' });
    running.run();
    assert.deepEqual([first.length, second.length], [0, 0]);
    running.log.makeDurable();
    const third = declared(running.space, 'q', { type: 'queue' });
    assert.deepEqual([first.length, second.length, third.length], [1, 1, 1]);
    assert.ok(first[0] === second[0] && first[0] === third[0]);
  });

  test('the same name with another type or limit is refused', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue', messagesMax: 10 });
    refused(declared(running.space, 'q', { type: 'topic', messagesMax: 10 })[0], 'address-exists');
    refused(declared(running.space, 'q', { type: 'queue' })[0], 'address-exists');
    refused(declared(running.space, 'q', { type: 'queue', messagesMax: 11 })[0], 'address-exists');
    assert.equal(running.restart().address('q').spec.messagesMax, 10);
  });

  test('a name that is none is refused, and so is one of the server’s own', () => {
    const running = new RunningBroker();
    refused(declared(running.space, 'a/*', { type: 'queue' })[0], 'address-name-invalid');
    refused(declared(running.space, '$mine', { type: 'queue' })[0], 'address-name-invalid');
    const { name } = dynamic(running, 'queue', 'no-links');
    refused(declared(running.space, name, { type: 'queue' })[0], 'address-exists');
  });

  test('there are no more addresses than the limit, however they come', () => {
    const running = new RunningBroker({ addressesMax: 2 });
    running.declare('a', { type: 'queue' });
    running.declare('b', { type: 'anycast' });
    refused(declared(running.space, 'c', { type: 'queue' })[0], 'addresses-exhausted');
    refused(running.space.attachProducer('c', undefined, new RecordingProducer()), 'addresses-exhausted');
    refused(running.space.createDynamic('queue', 'no-links'), 'addresses-exhausted');
    running.producer('a');
    running.space.remove('b', {}, () => {});
    running.declare('c', { type: 'queue' });
  });

  test('one that came by attaching, and is declared afterwards, stays', () => {
    const running = new RunningBroker();
    const consumer = running.consumer('m', {}, 'multicast');
    running.declare('m', { type: 'multicast' });
    consumer.leave();
    assert.ok(running.space.addresses.has('m'));
    assert.ok(running.restart().space.addresses.has('m'));
  });
});

describe('deleted addresses', () => {
  test('one in use is deleted with force only: links or messages are use', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue' });
    const refusals: (Refusal | undefined)[] = [];
    const remove = (force: boolean) => {
      running.space.remove('q', { force }, refusal => refusals.push(refusal));
      running.run();
      return refusals.at(-1);
    };
    const producer = running.producer('q');
    refused(remove(false), 'address-in-use');
    producer.send('x', { durable: true });
    producer.link.detach();
    refused(remove(false), 'address-in-use');
    const consumer = running.consumer('q').grant(1);
    running.run();
    assert.equal(remove(true), undefined);
    assert.equal(consumer.ended?.code, 'address-deleted');
    refused(remove(true), 'address-not-found');
  });

  test('a deleted address and its messages are gone after a restart too, and a new one of its name is empty', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue' });
    const producer = running.producer('q');
    producer.sendAll(['a', 'b'], { durable: true });
    running.run();
    running.space.remove('q', { force: true }, () => {});
    assert.equal(producer.ended?.code, 'address-deleted');
    assert.equal(running.log.retainedRecords, 0);
    running.declare('q', { type: 'queue' });
    running.producer('q').send('new', { durable: true });
    const again = running.restart();
    assert.equal(again.status('q').stored, 1);
  });

  test('deletion is told when it is on disk', () => {
    const running = new RunningBroker({ durability: 'by-hand' });
    running.declare('q', { type: 'queue' });
    let removed = 0;
    running.space.remove('q', {}, () => removed++);
    running.run();
    assert.equal(removed, 0);
    running.log.makeDurable();
    assert.equal(removed, 1);
    assert.equal(running.crash().space.addresses.size, 0);
  });

  test('deletion is told too when nothing has to be written for it', () => {
    const running = new RunningBroker();
    running.consumer('a', {}, 'anycast');
    let removed = 0;
    running.space.remove('a', { force: true }, () => removed++);
    running.run();
    assert.equal(removed, 1);
  });

  test('what settles after the deletion settles into nothing', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue' });
    const producer = running.producer('q');
    producer.sendAll(['a', 'b'], { durable: true });
    const consumer = running.consumer('q').grant(2);
    running.run();
    consumer.onEnd = () => consumer.leave(RELEASED);
    running.space.remove('q', { force: true }, () => {});
    running.run();
    assert.equal(running.log.retainedRecords, 0);
    assert.equal(consumer.deliveries.length, 2);
  });
});

describe('attaching', () => {
  test('an address that is not there is made: a queue, or what was asked for', () => {
    const running = new RunningBroker();
    running.producer('plain');
    running.consumer('t', {}, 'topic');
    assert.deepEqual(
      [running.space.typeOf('plain'), running.space.typeOf('t'), running.space.typeOf('none')],
      ['queue', 'topic', undefined],
    );
  });

  test('queues and topics that came so stay, direct ones go with their last link', () => {
    const running = new RunningBroker();
    for (const type of ['queue', 'topic', 'anycast', 'multicast'] as const) {
      const producer = running.producer(type, type);
      const consumer = running.consumer(type, {}, type);
      producer.link.detach();
      assert.ok(running.space.addresses.has(type));
      consumer.leave();
    }
    assert.deepEqual([...running.space.addresses.keys()], ['queue', 'topic']);
    assert.deepEqual([...running.restart().space.addresses.keys()].sort(), ['queue', 'topic']);
  });

  test('a link of an address that ended does not end the next one of its name', () => {
    const running = new RunningBroker();
    const old = running.producer('a', 'anycast');
    running.space.remove('a', { force: true }, () => {});
    running.producer('a', 'anycast');
    old.link.detach();
    assert.equal(running.status('a').producers, 1);
  });

  test('where it is not asked for, nothing is made', () => {
    const running = new RunningBroker({ autoCreate: false });
    refused(running.space.attachProducer('q', undefined, new RecordingProducer()), 'address-not-found');
    refused(running.space.attachConsumer('q', 'topic', new RecordingConsumer(), {}), 'address-not-found');
    assert.equal(running.space.addresses.size, 0);
  });

  test('a name that is none is refused, and one of the server’s own is not found', () => {
    const running = new RunningBroker();
    refused(running.space.attachProducer('a//b', undefined, new RecordingProducer()), 'address-name-invalid');
    refused(running.space.attachProducer('$none', undefined, new RecordingProducer()), 'address-not-found');
    refused(running.space.attachProducer(`${DYNAMIC_PREFIX}x`, undefined, new RecordingProducer()), 'address-not-found');
  });

  test('an address of another type than was asked for is refused', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue' });
    refused(running.space.attachProducer('q', 'anycast', new RecordingProducer()), 'address-type-mismatch');
    refused(running.space.attachConsumer('q', 'topic', new RecordingConsumer(), {}), 'address-type-mismatch');
    running.producer('q', 'queue');
  });

  test('a producer knows how large a message may be', () => {
    const running = new RunningBroker({ recordSizeBytesMax: 100_000 });
    running.declare('q', { type: 'queue', messageSizeBytesMax: 500 });
    running.declare('large', { type: 'queue', messageSizeBytesMax: 500_000 });
    running.declare('a', { type: 'anycast', messageSizeBytesMax: 600 });
    running.declare('free', { type: 'multicast' });
    assert.deepEqual(
      ['q', 'large', 'a', 'free'].map(name => running.producer(name).link.messageSizeBytesMax),
      [500, 100_000 - 52, 600, 0],
    );
    assert.deepEqual([running.producer('q').link.brokered, running.producer('a').link.brokered], [true, false]);
  });

  test('a space that does not exist is the default one', () => {
    const { broker, space } = new RunningBroker();
    assert.ok(broker.space('elsewhere') === space && broker.space(undefined) === space);
  });
});

describe('dynamic addresses', () => {
  test('they have names of the server’s own, are temporary, and gone after a restart', () => {
    const running = new RunningBroker();
    const [one, other] = [dynamic(running, 'queue', 'link-closed'), dynamic(running, 'topic', 'no-links')];
    assert.ok(one.name.startsWith(DYNAMIC_PREFIX) && other.name !== one.name);
    assert.deepEqual([one.status().temporary, one.brokered], [true, true]);
    running.producer(one.name).send('x', { durable: true });
    const again = running.restart();
    assert.equal(again.space.addresses.size, 0);
    assert.equal(again.log.retainedRecords, 0);
  });

  test('delete-on-close: it ends with the link that asked for it, whoever else is there', () => {
    const running = new RunningBroker();
    const address = dynamic(running, 'queue', 'link-closed');
    const producer = running.producer(address.name);
    running.consumer(address.name).leave();
    assert.ok(running.space.addresses.has(address.name));
    running.space.closeDynamic(address);
    assert.equal(producer.ended?.code, 'address-deleted');
    running.space.closeDynamic(address);
    assert.equal(running.space.addresses.size, 0);
  });

  test('delete-on-no-links: it ends with its last link', () => {
    const running = new RunningBroker();
    const address = dynamic(running, 'queue', 'no-links');
    const { name } = address;
    const producer = running.producer(name);
    const consumer = running.consumer(name);
    running.space.closeDynamic(address);
    producer.link.detach();
    assert.ok(running.space.addresses.has(name));
    consumer.leave();
    assert.ok(!running.space.addresses.has(name));
  });

  test('delete-on-no-messages: it ends with its last message, once the link that asked for it is gone', () => {
    const running = new RunningBroker();
    const address = dynamic(running, 'queue', 'no-messages');
    const { name } = address;
    const producer = running.producer(name);
    producer.sendAll(['once', 'a', 'b']);
    producer.link.detach();
    const early = running.consumer(name).grant(1);
    running.run();
    early.settleText('once');
    early.leave();
    running.space.closeDynamic(address);
    const consumer = running.consumer(name).grant(2);
    running.run();
    consumer.settleText('a');
    assert.ok(running.space.addresses.has(name));
    consumer.settleText('b');
    assert.ok(!running.space.addresses.has(name));
    assert.equal(consumer.ended?.code, 'address-deleted');
  });

  test('its consumer hears that its last outcome is safe, though the address ended with it', () => {
    const running = new RunningBroker();
    const address = dynamic(running, 'queue', 'no-messages');
    const { name } = address;
    running.producer(name).send('a', { durable: true });
    running.space.closeDynamic(address);
    const consumer = running.consumer(name).grant(2);
    running.run();
    let confirmed = 0;
    consumer.settleConfirmed(consumer.deliveries[0]!, ACCEPTED, () => confirmed++);
    running.run();
    assert.equal(confirmed, 1);
  });

  test('delete-on-no-links-or-messages: it ends when there is neither, the one after the other', () => {
    const running = new RunningBroker();
    const address = dynamic(running, 'queue', 'no-links-or-messages');
    const { name } = address;
    const producer = running.producer(name);
    producer.send('a', { ttlMs: 100 });
    running.space.closeDynamic(address);
    producer.link.detach();
    assert.ok(running.space.addresses.has(name));
    running.turn.advance(1000);
    assert.ok(!running.space.addresses.has(name));
  });

  test('an address that ends by expiry while it is delivering ends whole', () => {
    const running = new RunningBroker();
    const address = dynamic(running, 'queue', 'no-messages');
    const { name } = address;
    running.producer(name).send('a', { ttlMs: 100 });
    running.space.closeDynamic(address);
    running.turn.nowMs += 200;
    running.consumer(name).grant(5, true);
    running.run();
    assert.ok(!running.space.addresses.has(name));
    assert.equal(running.log.retainedRecords, 0);
  });

  const limits: RunningBrokerOptions = { addressesMax: 50 };
  test('thousands that come and go leave nothing behind', () => {
    const running = new RunningBroker(limits);
    for (let i = 0; i < 5000; i++) {
      const address = dynamic(running, i % 2 === 0 ? 'queue' : 'topic', 'no-links');
      const { name } = address;
      const consumer = running.consumer(name).grant(1);
      running.space.closeDynamic(address);
      const producer = running.producer(name);
      producer.send('x', { durable: true });
      producer.link.detach();
      running.run();
      consumer.settleAll();
      consumer.link.detach(0);
      running.run();
    }
    assert.deepEqual([running.space.addresses.size, running.shard.queues.size, running.shard.definitions.size], [0, 0, 0]);
    assert.deepEqual([running.log.retainedRecords, running.turn.timers], [0, 1]);
  });
});
