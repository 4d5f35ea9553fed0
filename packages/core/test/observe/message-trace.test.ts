import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ALL_RIGHTS, Principal } from '../../src/access/principal.ts';
import { Visit } from '../../src/access/visit.ts';
import { IN_DOUBT, REJECTED, RELEASED, rejectedInWords } from '../../src/delivery/outcome.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import { TRACES_MAX } from '../../src/observe/message-traces.ts';
import { RecordedTrace } from '../support/recorded-trace.ts';
import { RecordingProducer } from '../support/recording-producer.ts';
import type { RunningBroker } from '../support/running-broker.ts';
import { textBroker } from '../support/text-broker.ts';
import { fieldIs } from '../support/text-encoding.ts';

function run(running: RunningBroker): void {
  running.run();
  running.log.makeDurable();
  running.run();
}

describe('a trace of a queue', () => {
  test('a message from its arrival to its end', () => {
    const running = textBroker();
    const consumer = running.consumer('q').grant(10);
    const traced = new RecordedTrace(running, 'q');
    running.producer('q').send('a');
    run(running);
    running.turn.advance(1500);
    consumer.settleAll();
    run(running);
    assert.deepEqual(traced.names, ['arrived', 'stored', 'delivered', 'settled']);
    assert.match(traced.words('stored'), /^stored as 0 in q$/);
    assert.match(traced.words('settled'), /^accepted by somebody, after 2 s$/);
    assert.equal(traced.ended, 'the message has come to its end');
  });

  test('what comes before it began and after its number is not followed', () => {
    const running = textBroker();
    const producer = running.producer('q');
    producer.send('before');
    run(running);
    const traced = new RecordedTrace(running, 'q', { count: 2 });
    producer.sendAll(['one', 'two', 'three']);
    run(running);
    assert.deepEqual(
      traced.steps.filter(({ step }) => step === 'stored').map(({ sequence }) => sequence),
      [1, 2],
    );
  });

  test('only messages for which the selector holds', () => {
    const running = textBroker();
    const traced = new RecordedTrace(running, 'q', { filter: fieldIs('colour', 'red') });
    running.producer('q').sendAll(['colour=blue', 'colour=red']);
    run(running);
    assert.equal(traced.steps.find(({ step }) => step === 'stored')?.sequence, 1);
  });

  test('nobody consumes, then a consumer without credit, then it goes', () => {
    const running = textBroker();
    const traced = new RecordedTrace(running, 'q');
    running.producer('q').send('a');
    run(running);
    assert.equal(traced.words('waiting'), 'waits: nobody consumes from q');
    const consumer = running.consumer('q');
    running.turn.advance(42_000);
    run(running);
    assert.match(traced.words('waiting'), /^waits: the one consumer of q has no credit \(somebody for 42 s\)$/);
    consumer.grant(1);
    run(running);
    assert.equal(traced.names.at(-1), 'delivered');
    running.turn.advance(15_000);
    run(running);
    assert.match(traced.words('waiting'), /^somebody has had it for 1\d s and has not settled it$/);
  });

  test('the selectors of all consumers leave it out', () => {
    const running = textBroker();
    running.consumer('q', { filter: fieldIs('region', 'eu') }).grant(10);
    const traced = new RecordedTrace(running, 'q');
    running.producer('q').send('region=us');
    run(running);
    assert.match(
      traced.words('waiting'),
      /the one consumer of q has a selector that leaves it out \(somebody: region = 'eu', and region is 'us'\)$/,
    );
    assert.equal(traced.steps.at(-1)?.reason, 'selectors');
  });

  test('it comes back, is tried again and is a dead letter in the end', () => {
    const running = textBroker({ redelivery: { attemptsMax: 2, delayMs: 5000 }, deadLetter: 'dead' });
    const consumer = running.consumer('q').grant(10);
    const traced = new RecordedTrace(running, 'q');
    running.producer('q').send('a');
    run(running);
    consumer.settleAll(IN_DOUBT);
    run(running);
    assert.match(traced.words('waiting'), /^waits for its next attempt: 5 s more, until .*; 1 attempt failed$/);
    running.turn.advance(5000);
    run(running);
    consumer.settleAll(IN_DOUBT);
    run(running);
    assert.deepEqual(traced.names, [
      'arrived',
      'stored',
      'delivered',
      'settled',
      'waiting',
      'delivered',
      'settled',
      'dead-lettered',
      'stored',
    ]);
    assert.equal(traced.words('dead-lettered'), 'message removed: each of its attempts failed; it goes to dead');
    assert.equal(traced.words('stored'), 'stored as 0 in dead');
    assert.equal(traced.ended, 'the message has come to its end');
  });

  test('why a dead letter is one, for who looks at its address: when it comes, and long afterwards', () => {
    const running = textBroker({ redelivery: { attemptsMax: 2, delayMs: 0 }, deadLetter: 'dead' });
    running.declare('dead', { type: 'queue' });
    const consumer = running.consumer('q').grant(10);
    const traced = new RecordedTrace(running, 'dead');
    running.producer('q').send('a');
    run(running);
    consumer.settleAll(IN_DOUBT);
    run(running);
    running.turn.advance(2000);
    run(running);
    consumer.settleAll(rejectedInWords('no such customer'));
    run(running);
    assert.equal(
      traced.words('arrived')?.replace(/, \d+ bytes$/, ''),
      'comes as a dead letter: left q 0 ms ago: rejected by its consumer: angarium:rejected: no such customer; 1 of 2 deliveries failed',
    );
    running.turn.advance(180_000);
    assert.equal(
      new RecordedTrace(running, 'dead', { sequence: 0, seconds: 0 }).words('dead-lettered'),
      'left q 3 min ago: rejected by its consumer: angarium:rejected: no such customer; 1 of 2 deliveries failed',
    );
  });

  test('the words with which a consumer rejected it', () => {
    const running = textBroker();
    const consumer = running.consumer('q').grant(1);
    const traced = new RecordedTrace(running, 'q');
    running.producer('q').send('a');
    run(running);
    consumer.settleAll(rejectedInWords('no such customer'));
    run(running);
    assert.deepEqual(traced.names.slice(-2), ['settled', 'dropped']);
    assert.match(traced.words('dropped'), /rejected by its consumer: .*no such customer$/);
    assert.notEqual(traced.ended, undefined);
  });

  test('it is refused, expires, is removed or pushed out', () => {
    const full = textBroker({ messagesMax: 1, overflow: 'reject' });
    full.producer('q').send('a');
    const refused = new RecordedTrace(full, 'q');
    full.producer('q').send('b');
    run(full);
    assert.match(refused.words('refused'), /^refused: The address q is full/);
    assert.equal(refused.steps.find(({ step }) => step === 'refused')?.refusal, 'queue-full');

    const running = textBroker({ messagesMax: 1, overflow: 'drop-oldest' });
    const traced = new RecordedTrace(running, 'q', { count: 2 });
    running.producer('q').send('a');
    running.producer('q').send('b', { ttlMs: 100 });
    run(running);
    assert.match(traced.words('dropped'), /^removed: it was the oldest/);
    running.turn.advance(2000);
    run(running);
    assert.equal(traced.words('expired'), 'message expired before anybody took it');
    assert.equal(traced.ended, 'all 2 messages have come to their end');
  });

  test('several consumers, each of which cannot have it for another reason', () => {
    const running = textBroker();
    running.consumer('q', { filter: fieldIs('region', 'eu') }).grant(10);
    running.consumer('q');
    const paused = running.consumer('q').grant(1);
    paused.link.pause();
    const traced = new RecordedTrace(running, 'q');
    running.producer('q').send('region=us');
    run(running);
    assert.match(
      traced.words('waiting'),
      /^waits: of the 3 consumers of q, 1 has a selector .*; 1 has no credit .*; 1 does not read what it was sent before/,
    );
    assert.equal(traced.steps.at(-1)?.reason, 'obstacles');
  });

  test('the breaker has paused deliveries, a group is another’s, and the single active consumer can take nothing', () => {
    const broken = textBroker({ breaker: { failures: 1, pauseMs: 60_000 }, deadLetter: 'dead' });
    broken.consumer('q').grant(10).onDeliver = delivery => delivery.source.settle(delivery.token, REJECTED);
    broken.producer('q').send('a');
    run(broken);
    const paused = new RecordedTrace(broken, 'q');
    broken.producer('q').send('b');
    run(broken);
    assert.match(paused.words('waiting'), /^waits: deliveries of q are paused for 60 s more/);

    const grouped = textBroker();
    grouped.consumer('q').grant(1);
    grouped.producer('q').send('JMSXGroupID=g', { grouped: true });
    run(grouped);
    grouped.consumer('q').grant(1);
    const behind = new RecordedTrace(grouped, 'q');
    grouped.producer('q').send('JMSXGroupID=g', { grouped: true });
    run(grouped);
    assert.match(behind.words('waiting'), /1 may not have it, as it belongs to a group \(somebody: group g is somebody’s\)/);

    const single = textBroker({ consumers: 'single-active' });
    single.consumer('q');
    single.consumer('q').grant(10);
    const idle = new RecordedTrace(single, 'q');
    single.producer('q').send('a');
    run(single);
    assert.match(idle.words('waiting'), /1 has no credit .*; 1 waits for the single active consumer to leave/);
  });

  test('who may not send, and is told so', () => {
    const running = textBroker();
    const traced = new RecordedTrace(running, 'q');
    const rights = { ...ALL_RIGHTS, refuse: () => new Refusal('unauthorized', 'No.') };
    const visit = new Visit(running.space, new Principal({ user: 'bob', space: 'default', rights }), {
      status: () => ({ protocol: 'AMQP 1.0', peer: '10.0.0.7:1' }),
    });
    assert.ok(visit.attachProducer('q', undefined, new RecordingProducer()) instanceof Refusal);
    assert.equal(
      traced.words('refused'),
      'bob (AMQP 1.0, 10.0.0.7:1) is refused: The user bob may not send q: ask an administrator of the address space.',
    );
    const limited = new RecordedTrace(running, 'q', { seesConnections: false });
    assert.ok(visit.refuseConsumer('q'));
    assert.deepEqual(limited.names, []);
  });

  test('what comes by a divert, and where diverts send it', () => {
    const running = textBroker({ diverts: [{ to: 'audit' }] });
    running.declare('audit', { type: 'queue' });
    const there = new RecordedTrace(running, 'audit');
    const here = new RecordedTrace(running, 'q');
    running.producer('q').send('a');
    run(running);
    assert.equal(here.words('routed'), 'diverted to audit, and it stays in q');
    assert.deepEqual(
      here.steps.filter(({ step }) => step === 'stored').map(({ words }) => words),
      ['stored as 0 in audit', 'stored as 0 in q'],
    );
    assert.match(there.words('arrived'), /^came by another address/);
    assert.equal(there.words('stored'), 'stored as 0 in audit');
  });

  test('who may not view an address is not told its name', () => {
    const running = textBroker({ diverts: [{ to: 'secret' }] });
    running.declare('secret', { type: 'queue' });
    const traced = new RecordedTrace(running, 'q', { mayView: name => name !== 'secret' });
    running.producer('q').send('a');
    run(running);
    assert.equal(JSON.stringify(traced.steps).includes('secret'), false);
  });

  test('nothing is observed when the trace is over', () => {
    const running = textBroker();
    const { shard } = running;
    const traced = new RecordedTrace(running, 'q', { seconds: 10 });
    assert.notEqual(shard.stores, undefined);
    running.turn.advance(10_000);
    run(running);
    assert.match(traced.ended ?? '', /^the 10 s are over, and no such message came\. q is of type queue: 0 producers, 0 consumers/);
    assert.equal(shard.stores, undefined);
    assert.equal(running.address('q').observers, undefined);
    running.producer('q').send('a');
    run(running);
    assert.deepEqual(traced.names, []);
  });

  test('there are not more at a time than there may be, nor of an address that is gone', () => {
    const running = textBroker();
    const traces = Array.from({ length: TRACES_MAX }, () => new RecordedTrace(running, 'q'));
    const wish = { space: running.space, address: running.address('q'), count: 1, mayView: () => true, seesConnections: true };
    const more = running.broker.traces.begin({ ...wish, tell() {}, end() {} }, 10);
    assert.ok(more instanceof Refusal);
    running.space.remove('q', {}, () => {});
    running.turn.advance(1000);
    run(running);
    assert.deepEqual(new Set(traces.map(({ ended }) => ended)), new Set(['the address q was deleted']));
  });
});

describe('a message that is there already', () => {
  test('why it is where it is, and what becomes of it', () => {
    const running = textBroker();
    running.producer('q').sendAll(['a', 'b']);
    run(running);
    running.turn.advance(90_000);
    const consumer = running.consumer('q');
    const traced = new RecordedTrace(running, 'q', { sequence: 1 });
    assert.equal(traced.words('stored'), 'stored as 1 in q for 90 s');
    assert.match(traced.words('waiting'), /the one consumer of q has no credit/);
    consumer.grant(1);
    running.turn.advance(1000);
    run(running);
    consumer.grant(1);
    run(running);
    consumer.settleText('b');
    run(running);
    assert.deepEqual(traced.names.slice(-2), ['delivered', 'settled']);
    assert.equal(traced.ended, 'the message has come to its end');
  });

  test('at once, for no time', () => {
    const running = textBroker();
    running.producer('q').send('a');
    run(running);
    assert.equal(new RecordedTrace(running, 'q', { sequence: 0, seconds: 0 }).ended, 'that is how it is now');
  });

  test('one that is gone, and one that has not come', () => {
    const running = textBroker();
    const consumer = running.consumer('q').grant(1);
    running.producer('q').send('a');
    run(running);
    consumer.settleAll();
    run(running);
    assert.match(new RecordedTrace(running, 'q', { sequence: 0 }).ended ?? '', /^the message 0 of q is not there any more/);
    assert.match(new RecordedTrace(running, 'q', { sequence: 7 }).ended ?? '', /next message of q gets the number 1$/);
  });
});

describe('a trace of a topic', () => {
  test('nobody’s pattern matches', () => {
    const running = textBroker();
    running.declare('plant', { type: 'topic' });
    running.consumer('plant/+');
    running.consumer('plant/8/temp');
    const traced = new RecordedTrace(running, 'plant');
    running.producer('plant/7/temp').send('a');
    run(running);
    assert.match(traced.words('arrived'), /to the topic plant\/7\/temp$/);
    assert.equal(
      traced.words('unrouted'),
      'nobody gets it: 2 subscriptions looked at, 0 match; a topic stores nothing for those who come later',
    );
    const skipped = traced.steps.filter(({ step }) => step === 'skipped').map(({ words }) => words.replace(/^.* not match: /, ''));
    assert.deepEqual(skipped.sort(), ['it has 1 level less than the topic', 'it has 8 where the topic has 7']);
    assert.equal(traced.ended, 'the message has come to its end');
  });

  test('a subscription gets it, another has a selector, and the message is followed in the queue of the one', () => {
    const running = textBroker();
    running.declare('plant', { type: 'topic' });
    const subscription = { name: 'billing', durable: true, shared: false };
    const consumer = running.consumer('plant', { subscription }).grant(1);
    running.consumer('plant', { filter: fieldIs('region', 'eu'), subscription: { ...subscription, name: 'eu' } });
    const traced = new RecordedTrace(running, 'plant');
    running.producer('plant').send('region=us');
    run(running);
    assert.equal(traced.words('matched'), 'the subscription billing gets it: it wants all topics of the address');
    assert.equal(
      traced.words('skipped'),
      "the subscription eu does not get it: its selector leaves it out: region = 'eu', and region is 'us'",
    );
    assert.equal(traced.words('stored'), 'stored as 0 in the subscription billing of plant');
    consumer.settleAll();
    run(running);
    assert.equal(traced.ended, 'the message has come to its end');
  });

  test('what waits in a subscription whose consumer is away', () => {
    const running = textBroker();
    running.declare('plant', { type: 'topic' });
    running.consumer('plant', { subscription: { name: 'away', durable: true, shared: false } }).link.detach(Number.POSITIVE_INFINITY);
    const traced = new RecordedTrace(running, 'plant');
    running.producer('plant').send('a');
    run(running);
    assert.equal(traced.words('waiting'), 'waits: nobody consumes from the subscription away of plant');
  });

  test('only messages of one topic below it', () => {
    const running = textBroker();
    running.declare('plant', { type: 'topic' });
    const traced = new RecordedTrace(running, 'plant', { topic: 'plant/7' });
    running.producer('plant/8').send('a');
    running.producer('plant/7').send('b');
    run(running);
    assert.match(traced.words('arrived'), /to the topic plant\/7$/);
  });
});

describe('a trace of a stream', () => {
  test('which readers have come to a message', () => {
    const running = textBroker();
    running.declare('log', { type: 'stream' });
    const subscription = { name: 'slow', durable: true, shared: false };
    running.consumer('log', { subscription });
    const quick = running.consumer('log').grant(10);
    const traced = new RecordedTrace(running, 'log');
    running.producer('log').send('a');
    run(running);
    quick.settleAll();
    run(running);
    assert.deepEqual(traced.names.slice(0, 2), ['arrived', 'stored']);
    assert.match(traced.words('settled'), /^accepted/);
    assert.match(traced.words('waiting'), /slow is at 0, without credit/);
  });
});

describe('a trace of a queue that is full', () => {
  test('a message waits for room, and is stored when there is some, or not when its sender goes', () => {
    const running = textBroker({ messagesMax: 1 });
    const producer = running.producer('q');
    producer.send('first');
    const traced = new RecordedTrace(running, 'q', { count: 2 });
    producer.send('second');
    const other = running.producer('q');
    other.send('third');
    run(running);
    assert.deepEqual(traced.names, ['arrived', 'waiting', 'arrived', 'waiting']);
    assert.equal(traced.words('waiting'), 'waits for room: q holds as much as it may, 1 message');
    other.link.detach();
    assert.match(traced.words('refused'), /^refused: The address q is full/);
    const consumer = running.consumer('q').grant(2);
    for (let taken = 0; taken < 2; taken++) {
      run(running);
      consumer.settleAll();
    }
    run(running);
    assert.deepEqual(traced.names.slice(4), ['refused', 'stored', 'delivered', 'settled']);
    assert.equal(traced.ended, 'all 2 messages have come to their end');
  });
});

describe('a trace of a direct address', () => {
  test('nobody consumes', () => {
    const running = textBroker();
    running.declare('d', { type: 'anycast' });
    const traced = new RecordedTrace(running, 'd');
    running.producer('d').send('a');
    run(running);
    assert.equal(traced.words('unrouted'), 'nobody gets it: nobody consumes from the address; its sender hears that it was released');
    assert.equal(traced.ended, 'the message has come to its end');
  });

  test('a message waits for credit, is handed over and settled', () => {
    const running = textBroker();
    running.declare('d', { type: 'anycast' });
    const consumer = running.consumer('d');
    const traced = new RecordedTrace(running, 'd');
    running.producer('d').send('a');
    run(running);
    assert.equal(traced.words('waiting'), 'waits for credit: the one consumer of d gives no credit');
    consumer.grant(1);
    consumer.settleAll(REJECTED);
    run(running);
    assert.deepEqual(traced.names, ['arrived', 'waiting', 'delivered', 'settled']);
    assert.equal(traced.words('settled'), 'rejected (no reason given) by somebody');
    assert.equal(traced.ended, 'the message has come to its end');
  });

  test('of several consumers, each says what became of it', () => {
    const running = textBroker();
    running.declare('d', { type: 'multicast' });
    const one = running.consumer('d').grant(1);
    const other = running.consumer('d').grant(1);
    const traced = new RecordedTrace(running, 'd');
    const producer = running.producer('d');
    const token = producer.send('a');
    one.settleAll();
    other.settleAll(RELEASED);
    run(running);
    assert.deepEqual(traced.names, ['arrived', 'delivered', 'delivered', 'settled', 'settled']);
    assert.equal(producer.kind(token), 'accepted');
    assert.equal(traced.ended, 'the message has come to its end');
  });
});
