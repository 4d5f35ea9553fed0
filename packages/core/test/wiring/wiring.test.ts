import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Address, AddressSpec, Divert } from '../../src/address/address.ts';
import type { BrokeredAddress } from '../../src/brokered/brokered-address.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import { ENCODING_AMQP } from '../../src/message/message.ts';
import { RECORD_STORE } from '../../src/store/records.ts';
import { DIVERT_DEPTH_MAX } from '../../src/wiring/diverts.ts';
import { RunningBroker, type RunningBrokerOptions } from '../support/running-broker.ts';
import { TEXT_ENCODING } from '../support/text-encoding.ts';
import { textMessage } from '../support/text-message.ts';

const RED = "colour = 'red'";

function running(specs: Readonly<Record<string, AddressSpec>>, options: RunningBrokerOptions = {}): RunningBroker {
  const broker = new RunningBroker(options);
  broker.broker.encodings.add(ENCODING_AMQP, TEXT_ENCODING);
  for (const [name, spec] of Object.entries(specs)) broker.declare(name, spec);
  return broker;
}

function queue(diverts: readonly Divert[] = [], rest: Partial<AddressSpec> = {}): AddressSpec {
  return { type: 'queue', ...(diverts.length > 0 && { diverts }), ...rest };
}

/** Sends to the address, and answers what the producer heard: in order, `accepted` or the code of a refusal. */
function send(broker: RunningBroker, name: string, texts: readonly string[], durable = true): string[] {
  const producer = broker.producer(name);
  producer.sendAll(texts, { durable });
  broker.run();
  broker.log.makeDurable();
  broker.run();
  const heard = [...producer.outcomes.values()].map(outcome =>
    outcome.kind === 'rejected' ? (outcome.refusal?.code ?? outcome.kind) : outcome.kind,
  );
  producer.link.detach();
  broker.run();
  return heard;
}

/** What waits at the address, which is taken away. */
function taken(broker: RunningBroker, name: string): string[] {
  const consumer = broker.consumer(name);
  consumer.grant(1000);
  broker.run();
  const { texts } = consumer;
  consumer.settleAll();
  consumer.link.detach(0);
  broker.run();
  return texts;
}

function update(broker: RunningBroker, name: string, spec: AddressSpec): Address | Refusal {
  const answers: (Address | Refusal)[] = [];
  broker.space.update(name, spec, answer => answers.push(answer));
  broker.run();
  broker.log.makeDurable();
  return answers[0]!;
}

function stores(broker: RunningBroker): number {
  return broker.log.list().filter(({ kind }) => (kind & 0x3f) === RECORD_STORE).length;
}

describe('bindings', () => {
  test('bring a queue what topics publish that the patterns match, once each, in the one record that there is', () => {
    const broker = running({
      news: { type: 'topic' },
      all: queue([], { bindings: ['#', 'news/sport/#', 'news'] }),
      sport: queue([], { bindings: ['news/sport/+'] }),
    });
    broker.consumer('news', { subscription: { name: 's', durable: true, shared: false } });
    const before = stores(broker);
    send(broker, 'news', ['a=1']);
    send(broker, 'news/sport/golf', ['b=1']);
    send(broker, 'news/weather', ['c=1']);
    assert.equal(stores(broker) - before, 3, 'one record a message');
    assert.deepEqual(taken(broker, 'all'), ['a=1', 'b=1', 'c=1']);
    assert.deepEqual(taken(broker, 'sport'), ['b=1']);
  });

  test('are in force after a restart, after an update, and no more when the queue is deleted', () => {
    const broker = running({ news: { type: 'topic' }, q: queue([], { bindings: ['news/a'] }) }).restart();
    send(broker, 'news/a', ['a=1']);
    update(broker, 'q', queue([], { bindings: ['news/b'] }));
    send(broker, 'news/a', ['a=2']);
    send(broker, 'news/b', ['b=1']);
    assert.deepEqual(taken(broker, 'q'), ['a=1', 'b=1']);
    broker.space.remove('q', { force: true }, () => {});
    assert.deepEqual(send(broker, 'news/b', ['b=2']), ['accepted']);
    assert.equal(broker.log.retainedBytes, broker.definitionBytes, 'nothing is kept for the queue that is gone');
  });

  test('fill a queue as far as it goes: what is beyond is counted and reported', () => {
    const broker = running({ news: { type: 'topic' }, q: queue([], { bindings: ['#'], messagesMax: 2 }) });
    assert.deepEqual(send(broker, 'news', ['a=1', 'a=2', 'a=3']), ['accepted', 'accepted', 'accepted']);
    assert.equal(broker.status('q').counters.dropped, 1);
    assert.ok(broker.events.some(({ what }) => what.includes('left out')));
    assert.deepEqual(taken(broker, 'q'), ['a=1', 'a=2']);
    update(broker, 'q', queue([], { bindings: ['#'], messagesMax: 2, overflow: 'drop-oldest' }));
    send(broker, 'news', ['b=1', 'b=2', 'b=3']);
    assert.deepEqual(taken(broker, 'q'), ['b=2', 'b=3']);
  });
});

describe('diverts', () => {
  test('send a copy elsewhere, or move what matches, and the rest stays', () => {
    const broker = running({
      q: queue([{ to: 'audit' }, { to: 'red', selector: RED, move: true }]),
      audit: queue(),
      red: queue(),
    });
    assert.deepEqual(send(broker, 'q', ['colour=red', 'colour=blue']), ['accepted', 'accepted']);
    assert.deepEqual(taken(broker, 'audit'), ['colour=red', 'colour=blue']);
    assert.deepEqual(taken(broker, 'red'), ['colour=red']);
    assert.deepEqual(taken(broker, 'q'), ['colour=blue']);
    assert.deepEqual([broker.status('q').counters.in, broker.status('audit').counters.in], [2, 2]);
  });

  test('store a message once for all queues that get it, and are in force after a restart', () => {
    const broker = running({ q: queue([{ to: 'a' }, { to: 'b' }]), a: queue(), b: queue() }).restart();
    broker.broker.encodings.add(ENCODING_AMQP, TEXT_ENCODING);
    const before = stores(broker);
    send(broker, 'q', ['n=1', 'n=2']);
    assert.equal(stores(broker) - before, 2);
    const again = broker.restart();
    for (const name of ['q', 'a', 'b']) assert.deepEqual(taken(again, name), ['n=1', 'n=2'], name);
  });

  test('store it apart where it lives longer or shorter', () => {
    const broker = running({ q: queue([{ to: 'short' }]), short: queue([], { ttlDefaultMs: 100 }) });
    send(broker, 'q', ['n=1']);
    broker.turn.advance(200);
    assert.deepEqual(taken(broker, 'short'), []);
    assert.deepEqual(taken(broker, 'q'), ['n=1']);
  });

  test('are whole or not at all, wherever the log is torn', () => {
    const broker = running({ q: queue([{ to: 'short' }]), short: queue([], { ttlDefaultMs: 100_000 }) }, { durability: 'by-hand' });
    broker.log.makeDurable();
    broker.producer('q').send('n=1', { durable: true });
    broker.run();
    for (let end = broker.log.durableEnd; end <= broker.log.end; end++) {
      const after = broker.crash(end);
      assert.equal(after.status('q').stored, after.status('short').stored, `torn at ${end}`);
    }
  });

  test('lead on: a forward is a divert of everything, and each address gets a message once', () => {
    const broker = running({
      front: queue([{ to: 'middle', move: true }]),
      middle: queue([{ to: 'end' }, { to: 'other' }]),
      other: queue([{ to: 'end' }]),
      end: queue(),
    });
    send(broker, 'front', ['n=1']);
    assert.deepEqual(
      ['front', 'middle', 'other', 'end'].map(name => taken(broker, name).length),
      [0, 1, 1, 1],
    );
  });

  test('go from a topic and to a topic, under its own name', () => {
    const broker = running({ news: { type: 'topic', diverts: [{ to: 'echo' }, { to: 'q' }] }, echo: { type: 'topic' }, q: queue() });
    const reader = broker.consumer('echo');
    reader.grant(5);
    send(broker, 'news/sport', ['n=1']);
    assert.deepEqual(
      reader.deliveries.map(({ text, message }) => [text, message.topic]),
      [['n=1', '']],
    );
    assert.deepEqual(taken(broker, 'q'), ['n=1']);
  });

  test('make the address that they name, as a queue, when it is not there', () => {
    const broker = running({ q: queue([{ to: 'new', move: true }]) }, { autoCreate: false });
    assert.deepEqual(send(broker, 'q', ['n=1']), ['accepted']);
    assert.deepEqual(taken(broker, 'new'), ['n=1']);
  });

  test('refuse the message when one of the addresses cannot have it, and none gets it', () => {
    const broker = running({
      q: queue([{ to: 'small' }]),
      small: queue([], { messagesMax: 1, messageSizeBytesMax: 20 }),
      direct: { type: 'anycast' },
    });
    assert.deepEqual(send(broker, 'q', ['n=1']), ['accepted']);
    assert.deepEqual(send(broker, 'q', ['n=2']), ['queue-full']);
    taken(broker, 'small');
    assert.deepEqual(send(broker, 'q', ['n=a very long text indeed']), ['message-too-large']);
    update(broker, 'q', queue([{ to: 'direct' }]));
    assert.deepEqual(send(broker, 'q', ['n=3']), ['address-not-found']);
    assert.deepEqual(taken(broker, 'q'), ['n=1']);
    assert.equal(broker.status('q').counters.dropped, 3);
  });

  test('leave less room in a record, which is said to the one whose message has none', () => {
    const broker = running({ plain: queue(), q: queue([{ to: 'a' }, { to: 'b' }]), a: queue(), b: queue() }, { recordSizeBytesMax: 1000 });
    const largest = 'x'.repeat((broker.address('plain') as BrokeredAddress).messageSizeBytesMax);
    assert.deepEqual(send(broker, 'plain', [largest]), ['accepted']);
    assert.deepEqual(send(broker, 'q', [largest]), ['message-too-large']);
    assert.deepEqual(send(broker, 'q', [largest.slice(2 * 16)]), ['accepted']);
  });

  test('count in transactions, which they can keep from committing', () => {
    const broker = running({ q: queue([{ to: 'direct', selector: RED }, { to: 'copy' }]), copy: queue(), direct: { type: 'multicast' } });
    const commit = (text: string): Refusal | undefined => {
      const producer = broker.producer('q');
      const transaction = broker.space.transactions.begin();
      assert.ok(!(transaction instanceof Refusal));
      assert.equal(transaction.post(producer.link, textMessage(text, { durable: true })), undefined);
      const refusal = transaction.refusal();
      if (refusal) transaction.rollback();
      else transaction.commit({ confirmed() {} }, 0);
      broker.run();
      return refusal;
    };
    assert.equal(commit('colour=red')?.code, 'address-not-found');
    assert.equal(commit('colour=blue'), undefined);
    assert.deepEqual(taken(broker, 'copy'), ['colour=blue']);
    assert.deepEqual(taken(broker, 'q'), ['colour=blue']);
  });

  test('say where the messages of a transaction need room, all together', () => {
    const limited = { messagesMax: 2, overflow: 'reject' as const };
    const broker = running({
      q: queue([{ to: 'red', selector: RED, move: true }, { to: 'copy' }], limited),
      red: queue(),
      copy: queue([], { messagesMax: 4, overflow: 'reject' }),
    });
    const refusal = (texts: readonly string[]): string | undefined => {
      const producer = broker.producer('q');
      const transaction = broker.space.transactions.begin();
      assert.ok(!(transaction instanceof Refusal));
      for (const text of texts) assert.equal(transaction.post(producer.link, textMessage(text)), undefined);
      const refused = transaction.refusal();
      transaction.rollback();
      return refused?.description;
    };
    assert.equal(refusal(['colour=red', 'colour=red', 'colour=red']), undefined, 'the queue itself gets none of them');
    assert.match(refusal(['colour=blue', 'colour=blue', 'colour=blue'])!, /address q is full/);
    assert.match(refusal(Array.from({ length: 5 }, () => 'colour=red'))!, /address copy is full/);
  });

  test('that would bring messages back are refused with the way they would go', () => {
    const broker = running({ a: queue([{ to: 'b' }]), b: queue([{ to: 'c' }], { aliases: ['bee'] }), c: queue() });
    const refused = (name: string, spec: AddressSpec, words: RegExp): void => {
      const answer = update(broker, name, spec);
      assert.ok(answer instanceof Refusal);
      assert.equal(answer.code, 'address-spec-invalid');
      assert.match(answer.description, words);
    };
    refused('c', queue([{ to: 'a' }]), /c → a → b → c/);
    refused('c', queue([{ to: 'bee' }]), /c → b → c/);
    refused('c', queue([{ to: 'c' }]), /c → c/);
    refused('c', queue([{ to: 'me' }], { aliases: ['me'] }), /c → c/);
    refused('c', queue([{ to: 'd', selector: 'colour =' }]), /the selector for d is none: .*at character/);
  });

  test('through too many addresses are refused when a message comes', () => {
    const chain = Array.from({ length: DIVERT_DEPTH_MAX + 1 }, (_, at): [string, AddressSpec] => [`q${at}`, queue([{ to: `q${at + 1}` }])]);
    const broker = running(Object.fromEntries(chain));
    assert.deepEqual(send(broker, 'q0', ['n=1']), ['capability-unsupported']);
    assert.deepEqual(send(broker, 'q1', ['n=1']), ['accepted']);
    assert.equal(broker.status(`q${DIVERT_DEPTH_MAX + 1}`).stored, 1);
  });

  test('of a plan that make a loop end where they began', () => {
    const broker = running({});
    broker.space.plans.put('p', {}, () => {});
    broker.declare('a', { type: 'queue', plan: 'p' });
    broker.declare('b', queue([{ to: 'a' }]));
    broker.space.plans.put('p', { diverts: [{ to: 'b' }] }, () => {});
    assert.deepEqual(send(broker, 'a', ['n=1']), ['accepted']);
    assert.deepEqual(
      ['a', 'b'].map(name => taken(broker, name)),
      [['n=1'], ['n=1']],
    );
  });
});
