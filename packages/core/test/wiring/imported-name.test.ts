import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AddressSpec, ConsumerOptions } from '../../src/address/address.ts';
import type { AddressSpace } from '../../src/address/address-space.ts';
import type { Transaction } from '../../src/brokered/transaction.ts';
import { Refusal, type RefusalCode } from '../../src/delivery/refusal.ts';
import { ImportedName } from '../../src/wiring/imported-name.ts';
import type { SharedAction } from '../../src/wiring/shared-address.ts';
import { RecordingConsumer } from '../support/recording-consumer.ts';
import { RecordingProducer } from '../support/recording-producer.ts';
import { RunningBroker } from '../support/running-broker.ts';
import { textMessage } from '../support/text-message.ts';

const BOTH: ReadonlySet<SharedAction> = new Set(['send', 'receive']);

/** The default space has an address `orders`, which `beta` knows as `theirs`. */
class Sharing {
  readonly running: RunningBroker;
  readonly beta: AddressSpace;
  readonly imported: ImportedName;

  constructor(spec: AddressSpec = { type: 'queue' }) {
    this.running = new RunningBroker();
    this.beta = this.running.broker.createSpace('beta', { autoCreate: true });
    this.running.declare('orders', spec);
    this.imported = new ImportedName('theirs', 'beta', { space: 'default', address: 'orders' });
    this.beta.names.imports.set('theirs', this.imported);
    this.share();
  }

  share(actions = BOTH): void {
    this.imported.follow(this.running.address('orders'), actions);
  }

  withdraw(): void {
    this.imported.follow(undefined, BOTH);
  }

  producer(): RecordingProducer {
    const producer = new RecordingProducer();
    producer.attached(this.beta.attachProducer('theirs', undefined, producer));
    this.running.run();
    return producer;
  }

  consumer(options: ConsumerOptions = {}): RecordingConsumer {
    const consumer = new RecordingConsumer();
    return consumer.attached(this.beta.attachConsumer('theirs', undefined, consumer, options));
  }
}

function refused(result: unknown, code: RefusalCode, words: RegExp): void {
  assert.ok(result instanceof Refusal, 'it is refused');
  assert.equal(result.code, code);
  assert.match(result.description, words);
}

describe('a name for an address of another space', () => {
  test('is the address itself: its messages, its credit, its links', () => {
    const share = new Sharing({ type: 'queue', messagesMax: 3 });
    const producer = share.producer();
    assert.equal(producer.credit, 3);
    producer.send('one');
    share.running.run();
    assert.equal(producer.kind(0), 'accepted');
    assert.equal(share.running.status('orders').stored, 1);
    assert.equal(share.running.status('orders').producers, 1);
    assert.equal(share.beta.addresses.size, 0);
    const consumer = share.consumer().grant(5);
    share.running.run();
    assert.deepEqual(consumer.texts, ['one']);
    consumer.settleAll();
    share.running.run();
    assert.equal(share.running.status('orders').stored, 0);
    consumer.link.detach(0);
    producer.link.detach();
    assert.equal(share.running.address('orders').links, 0);
  });

  test('ends for who came by it when it is withdrawn: what was under way goes back, and the owner keeps it', () => {
    const share = new Sharing();
    const producer = share.producer();
    producer.send('one');
    const consumer = share.consumer().grant(5);
    const ours = share.running.consumer('orders');
    share.running.run();
    assert.deepEqual(consumer.texts, ['one']);
    consumer.onEnd = () => consumer.leave();
    share.withdraw();
    refused(consumer.ended, 'address-deleted', /theirs is a name for the address orders .*does not share it with beta: ask/);
    refused(producer.ended, 'address-deleted', /does not share it/);
    ours.grant(5);
    share.running.run();
    assert.deepEqual(ours.texts, ['one']);
    assert.equal(share.running.address('orders').links, 1, 'the owner’s own');
    refused(share.beta.attachConsumer('theirs', undefined, consumer, {}), 'address-not-found', /does not share it/);
    assert.equal(share.beta.addresses.size, 0, 'and none is made of that name');
  });

  test('allows what it is shared for, and no more', () => {
    const share = new Sharing();
    const producer = share.producer();
    const consumer = share.consumer();
    share.share(new Set(['send']));
    assert.equal(producer.ended, undefined);
    refused(consumer.ended, 'unauthorized', /shares the address theirs to send alone, and not to receive/);
    refused(share.beta.attachConsumer('theirs', undefined, new RecordingConsumer(), {}), 'unauthorized', /to send alone/);
    share.share(new Set(['receive']));
    refused(producer.ended, 'unauthorized', /to receive alone/);
    share.consumer();
  });

  test('hears once that the address was deleted', () => {
    const share = new Sharing();
    const producer = share.producer();
    const consumer = share.consumer();
    share.running.space.remove('orders', { force: true }, () => {});
    share.withdraw();
    refused(producer.ended, 'address-deleted', /was deleted/);
    refused(consumer.ended, 'address-deleted', /was deleted/);
  });

  test('of a topic has subscriptions of its own, which outlive a withdrawal when they are durable', () => {
    const share = new Sharing({ type: 'topic' });
    const subscription = { name: 'ada', durable: true, shared: false };
    const theirs = share.consumer({ subscription }).grant(9);
    const ours = share.running.consumer('orders', { subscription }).grant(9);
    const producer = share.producer();
    producer.send('one', { topic: 'theirs' });
    share.running.run();
    for (const { deliveries } of [theirs, ours])
      assert.deepEqual(
        deliveries.map(({ text, message }) => [text, message.topic]),
        [['one', 'orders']],
      );
    theirs.settleAll();
    theirs.onEnd = () => theirs.link.detach(0);
    share.withdraw();
    share.running.producer('orders').send('two');
    share.share();
    const again = share.consumer({ subscription }).grant(9);
    share.running.run();
    assert.deepEqual(again.texts, ['two']);
  });

  test('takes part in transactions while it is shared', () => {
    const share = new Sharing();
    const { transactions } = share.beta;
    const filled = (): Transaction => {
      const transaction = transactions.begin();
      assert.ok(!(transaction instanceof Refusal));
      assert.equal(transaction.post(share.producer().link, textMessage('one', { durable: true })), undefined);
      return transaction;
    };
    const committed = filled();
    assert.equal(committed.refusal(), undefined);
    committed.commit({ confirmed: () => {} }, 0);
    assert.equal(share.running.status('orders').stored, 1);
    const late = filled();
    share.withdraw();
    refused(late.refusal(), 'address-deleted', /before the transaction was committed/);
  });

  test('is nobody else’s, whether it leads anywhere or not', () => {
    const share = new Sharing();
    for (const lead of [() => {}, () => share.withdraw()]) {
      lead();
      for (const [name, aliases] of [
        ['theirs', []],
        ['other', ['theirs']],
      ] as const)
        refused(share.beta.refuseDeclared(name, { type: 'queue', aliases }), 'address-exists', /theirs is the name of an import/);
    }
    refused(share.beta.addressOfTopic('theirs'), 'address-not-found', /does not share it/);
    // Names below it lead elsewhere, and not to an address that would have its name.
    const below = share.beta.addressOfTopic('theirs/below');
    assert.ok(!(below instanceof Refusal) && below.name !== 'theirs');
    share.running.declare('ours', { type: 'queue', aliases: ['unsere'] });
    for (const name of ['ours', 'unsere'])
      refused(share.running.space.names.refuseImport(name), 'address-exists', /taken by the address ours/);
    assert.equal(share.running.space.names.refuseImport('free'), undefined);
  });
});
