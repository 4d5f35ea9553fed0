import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AddressSpec } from '../../src/address/address.ts';
import { ACCEPTED, RELEASED } from '../../src/delivery/outcome.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import type { MessageFilter } from '../../src/message/message-filter.ts';
import { StreamAddress } from '../../src/stream/stream-address.ts';
import { READER_SPAN_MAX } from '../../src/stream/stream-reader.ts';
import { numbered } from '../support/filled-queue.ts';
import { RecordingConsumer } from '../support/recording-consumer.ts';
import { RunningBroker, type RunningBrokerOptions } from '../support/running-broker.ts';

const DURABLE = { durable: true };
const named = (name: string, shared = false) => ({ subscription: { name, durable: true, shared } });

function filledStream(texts: readonly string[], spec: Omit<AddressSpec, 'type'> = {}, options: RunningBrokerOptions = {}): RunningBroker {
  const running = new RunningBroker(options);
  running.declare('s', { type: 'stream', ...spec });
  if (texts.length > 0) running.producer('s').sendAll(texts, DURABLE);
  running.run();
  return running;
}

function streamOf(running: RunningBroker) {
  const address = running.address('s');
  assert.ok(address instanceof StreamAddress);
  return address.stream;
}

/** Reads all that there is, and accepts it. */
function readAll(running: RunningBroker, reader: RecordingConsumer): string[] {
  reader.grant(100_000, true);
  running.run();
  reader.settleAll(ACCEPTED);
  running.run();
  return reader.texts;
}

describe('a stream', () => {
  test('gives each reader all messages, and keeps them', () => {
    const running = filledStream(numbered(1000));
    for (let i = 0; i < 3; i++) assert.deepEqual(readAll(running, running.consumer('s', { from: 'first' })), numbered(1000));
    assert.equal(running.status('s').stored, 1000);
  });

  test('keeps messages that are not durable as well, over a restart', () => {
    const running = filledStream([]);
    running.producer('s').sendAll(['one', 'two'], { durable: false });
    const again = running.restart();
    assert.deepEqual(readAll(again, again.consumer('s', { from: 'first' })), ['one', 'two']);
  });

  test('shows readers what is on disk, and nothing else', () => {
    const running = filledStream([], {}, { durability: 'by-hand' });
    const producer = running.producer('s');
    const reader = running.consumer('s').grant(10);
    producer.sendAll(['one', 'two']);
    running.run();
    assert.deepEqual(reader.texts, []);
    running.log.makeDurable();
    running.run();
    assert.deepEqual(reader.texts, ['one', 'two']);
  });

  test('shows readers what a unit wrote when all of it is on disk', () => {
    const running = filledStream([], {}, { durability: 'by-hand' });
    const reader = running.consumer('s').grant(10);
    const producer = running.producer('s');
    running.shard.beginUnit();
    producer.send('one', DURABLE);
    const within = running.log.end;
    running.shard.endUnit();
    running.run();
    running.log.makeDurable(within);
    running.run();
    assert.deepEqual(reader.texts, []);
    running.log.makeDurable();
    running.run();
    assert.deepEqual(reader.texts, ['one']);
  });

  test('may be what a queue diverts to, and have messages once and for a time', () => {
    const running = filledStream([], { ttlMaxMs: 5000, duplicates: { windowMs: 1000 } });
    running.declare('q', { type: 'queue', diverts: [{ to: 's' }] });
    running.producer('q').sendAll(['one', 'two'], DURABLE);
    running.run();
    assert.deepEqual(readAll(running, running.consumer('s', { from: 'first' })), ['one', 'two']);
    running.turn.advance(6000);
    assert.deepEqual(readAll(running, running.consumer('s', { from: 'first' })), []);
  });

  test('gets what topics publish that it is bound to, over a restart', () => {
    const running = filledStream([], { bindings: ['news/#'] });
    running.declare('news', { type: 'topic' });
    running.producer('news/eu').send('one', DURABLE);
    running.producer('news').send('two', { durable: false });
    const again = running.restart();
    again.producer('news/us').send('three', DURABLE);
    again.run();
    const reader = again.consumer('s', { from: 'first' });
    assert.deepEqual(readAll(again, reader), ['one', 'two', 'three']);
    assert.deepEqual(
      reader.deliveries.map(({ message }) => message.topic),
      ['news/eu', 'news', 'news/us'],
    );
  });

  test('leaves nothing behind when it is deleted while somebody reads', () => {
    const running = filledStream(numbered(10), { retention: { messagesMax: 8 } });
    const reader = running.consumer('s', { from: 'first', ...named('r') }).grant(5);
    const other = running.consumer('s', { from: 'first' }).grant(5);
    running.run();
    reader.settleText('m2');
    running.space.remove('s', { force: true }, () => {});
    assert.equal(reader.ended?.code, 'address-deleted');
    reader.settleAll(ACCEPTED);
    other.settleAll(RELEASED);
    running.run();
    running.turn.advance(5000);
    assert.deepEqual([running.log.retainedRecords, running.shard.queues.size, running.shard.marks.size], [0, 0, 0]);
    assert.equal(running.restart().space.addresses.size, 0);
  });

  test('tells a reader that drains when it has had what is stored', () => {
    const running = filledStream([], {}, { durability: 'by-hand' });
    const reader = running.consumer('s', { from: 'first' });
    running.producer('s').send('one');
    reader.grant(10, true);
    running.run();
    assert.equal(reader.drains, 0, 'what is not on disk yet is waited for');
    running.log.makeDurable();
    running.run();
    assert.deepEqual([reader.texts, reader.drains], [['one'], 1]);
  });

  test('comes again to a reader that gives it back, and not to one that only looks', () => {
    const running = filledStream(numbered(3));
    const [reader, browser] = [running.consumer('s', { from: 'first' }), running.consumer('s', { browse: true })];
    for (const consumer of [reader, browser]) {
      consumer.grant(3);
      running.run();
      consumer.settleText('m1', RELEASED);
      consumer.settleText('m0', { kind: 'modified', deliveryFailed: true, undeliverableHere: false });
      consumer.grant(10);
      running.run();
    }
    assert.deepEqual(browser.texts, numbered(3));
    assert.deepEqual(reader.texts, ['m0', 'm1', 'm2', 'm0', 'm1']);
    assert.deepEqual(
      reader.deliveries.map(({ message }) => message.deliveryCount),
      [0, 0, 0, 1, 0],
    );
  });

  test('passes over what a reader’s filter leaves out, and what has expired', () => {
    const running = filledStream([]);
    const producer = running.producer('s');
    for (let i = 0; i < 10; i++) producer.send(`m${i}`, { ...DURABLE, priority: i, ttlMs: i === 4 ? 1000 : 0 });
    running.turn.advance(2000);
    running.broker.encodings.add(0, {
      read: () => assert.fail(),
      write: () => assert.fail(),
      annotate: () => assert.fail(),
      find: () => assert.fail(),
      fields: ({ priority }) => ({ get: () => priority }),
    });
    const even: MessageFilter = { text: 'even', matches: fields => Number(fields.get('JMSPriority')) % 2 === 0 };
    const reader = running.consumer('s', { from: 'first', filter: even, ...named('even') });
    assert.deepEqual(readAll(running, reader), ['m0', 'm2', 'm6', 'm8']);
    assert.deepEqual(running.status('s').readers, [{ name: 'even', offset: 10, lag: 0, consumers: 1 }]);
  });

  test('loses a message that the log cannot read, says so, and goes on', () => {
    const running = filledStream(numbered(3), {}, { inMemory: () => false });
    running.log.loadError = Object.assign(new Error('damaged'), {});
    const reader = running.consumer('s', { from: 'first' }).grant(10);
    running.turn.runOne();
    running.turn.runOne();
    running.log.loadError = undefined;
    running.turn.advance(1000);
    assert.deepEqual(reader.texts, numbered(3), 'a read that may succeed yet is tried again');
  });

  test('waits with a reader that leaves one message unsettled for long', () => {
    const running = filledStream([]);
    const producer = running.producer('s');
    const reader = running.consumer('s', named('slow')).grant(1e9);
    running.run();
    for (let sent = 0; sent <= READER_SPAN_MAX; sent += 10_000) {
      producer.sendAll(numbered(10_000));
      running.run();
      for (const delivery of reader.deliveries.splice(1)) reader.settle(delivery, ACCEPTED);
    }
    const before = reader.deliveries.length;
    producer.send('beyond');
    running.run();
    assert.equal(reader.deliveries.length, before, 'it gets no more');
    assert.equal(running.status('s').readers?.[0]?.offset, 0);
    reader.settle(reader.deliveries[0]!, ACCEPTED);
    running.run();
    assert.equal(reader.texts.at(-1), 'beyond');
  });
});

describe('a stream: retention', () => {
  const firstOffset = (running: RunningBroker) => running.status('s').firstOffset;

  test('by messages, by bytes, and by age', () => {
    const few = filledStream(numbered(100), { retention: { messagesMax: 10 } });
    assert.deepEqual([firstOffset(few), few.status('s').stored], [90, 10]);
    const small = filledStream(numbered(100), { retention: { bytesMax: 1000 } });
    assert.ok(small.status('s').storedBytes <= 1000 && small.status('s').storedBytes > 900);
    const young = filledStream(numbered(100), { retention: { ageMs: 60_000 } });
    young.turn.advance(30_000);
    young.producer('s').send('newer', DURABLE);
    young.turn.advance(40_000);
    assert.equal(firstOffset(young), 100);
    young.turn.advance(40_000);
    assert.deepEqual([young.status('s').stored, young.status('s').nextOffset], [0, 101]);
  });

  test('gives its room in the log back, and offsets go on after a restart', () => {
    const running = filledStream(numbered(1000), { retention: { messagesMax: 5 } });
    running.producer('s').send('after', DURABLE);
    running.run();
    running.log.makeDurable();
    // The definitions lie in the first segment.
    while (running.log.compact() && running.log.segments > 2) running.log.makeDurable();
    assert.ok(running.log.segments < 5, `${running.log.segments} segments`);
    streamOf(running).purge();
    let again = running.restart();
    assert.deepEqual([again.status('s').stored, again.status('s').firstOffset, again.status('s').nextOffset], [0, 1001, 1001]);
    again.producer('s').send('next', DURABLE);
    again = again.restart();
    const reader = again.consumer('s', { from: 'first' });
    readAll(again, reader);
    assert.equal(reader.deliveries[0]!.message.offset, 1001);
  });

  test('takes effect when it is changed', () => {
    const running = filledStream(numbered(100));
    running.space.update('s', { type: 'stream', retention: { messagesMax: 7 } }, () => {});
    running.run();
    assert.equal(running.status('s').stored, 7);
  });

  test('holds producers back by nothing, and keeps the newest message however large', () => {
    const running = filledStream([], { retention: { bytesMax: 100 } });
    const producer = running.producer('s');
    producer.sendAll(['x'.repeat(500), 'y'.repeat(500)], DURABLE);
    running.run();
    assert.equal(running.status('s').stored, 1);
    assert.ok(producer.credit > 100);
  });

  test('a reader that is behind goes on at the first message, and that is said', () => {
    const running = filledStream(numbered(10));
    const reader = running.consumer('s', { from: 'first', ...named('behind') }).grant(2);
    running.run();
    streamOf(running).trimTo(8);
    reader.settleAll(ACCEPTED);
    reader.grant(10);
    running.run();
    assert.deepEqual(reader.texts, ['m0', 'm1', 'm8', 'm9']);
    const event = running.events.find(({ what }) => what.includes('behind'));
    assert.deepEqual([event?.level, event?.reader, event?.messages, event?.offset], ['warn', 'behind', 6, 8]);
  });
});

describe('a stream: named readers', () => {
  test('one goes on where it was after it left, after a restart, and until it is ended', () => {
    const running = filledStream(numbered(6));
    const first = running.consumer('s', { from: 'first', ...named('r') }).grant(3);
    running.run();
    first.settleText('m0');
    first.leave(RELEASED, Number.POSITIVE_INFINITY);
    const again = running.restart();
    assert.deepEqual(again.status('s').readers, [{ name: 'r', offset: 1, lag: 5, consumers: 0 }]);
    assert.deepEqual(readAll(again, again.consumer('s', { from: 'first', ...named('r') })), numbered(6).slice(1));
    const address = again.address('s') as StreamAddress;
    assert.equal(address.unsubscribe('r'), false, 'somebody reads there');
    assert.equal(address.unsubscribe('r', true), true);
    assert.deepEqual(again.restart().status('s').readers, []);
  });

  test('one that is not kept ends a while after it left', () => {
    const running = filledStream(numbered(2));
    const volatile = { subscription: { name: 'v', durable: false, shared: false } };
    running.consumer('s', volatile).leave(RELEASED, 5000);
    running.turn.advance(4000);
    running.consumer('s', volatile).leave(RELEASED, 5000);
    running.turn.advance(4000);
    assert.equal(running.status('s').readers?.length, 1);
    running.turn.advance(2000);
    assert.deepEqual(running.status('s').readers, []);
  });

  test('several consumers share one place, and what one gives back the other gets', () => {
    const running = filledStream(numbered(10));
    const options = { from: 'first', ...named('shared', true) } as const;
    const [one, other] = [running.consumer('s', options).grant(4), running.consumer('s', options).grant(4)];
    running.run();
    assert.deepEqual([...one.texts, ...other.texts].sort(), numbered(8));
    one.leave(RELEASED, Number.POSITIVE_INFINITY);
    other.grant(100);
    running.run();
    assert.deepEqual([...other.texts].sort(), numbered(10));
  });

  test('a newer consumer takes over one that is not shared; one asked for otherwise is refused', () => {
    const running = filledStream(numbered(1));
    const older = running.consumer('s', named('r'));
    running.consumer('s', named('r'));
    assert.equal(older.ended?.code, 'subscription-taken-over');
    const refusal = running.space.attachConsumer('s', undefined, new RecordingConsumer(), named('r', true));
    assert.ok(refusal instanceof Refusal);
    assert.equal(refusal.code, 'subscription-mismatch');
  });

  test('an outcome is confirmed when the place is on disk', () => {
    const running = filledStream(numbered(1), {}, { durability: 'by-hand' });
    running.log.makeDurable();
    const reader = running.consumer('s', { from: 'first', ...named('r') }).grant(1);
    running.run();
    let confirmed = false;
    reader.settleConfirmed(reader.deliveries[0]!, ACCEPTED, () => {
      confirmed = true;
    });
    running.run();
    assert.equal(confirmed, false);
    running.log.makeDurable();
    assert.equal(confirmed, true);
  });

  test('places are written once a turn, however many messages are settled', () => {
    const running = filledStream(numbered(500));
    const reader = running.consumer('s', { from: 'first', ...named('r') }).grant(500);
    running.run();
    const before = running.log.records;
    reader.settleAll(ACCEPTED);
    running.run();
    assert.equal(running.log.records, before + 1);
  });
});

describe('a stream: reading for others', () => {
  test('shows some messages from an offset on, in memory or not, and says where to go on', () => {
    const running = filledStream(numbered(20), {}, { inMemory: position => position % 3 === 0 });
    const seen: [string, number][] = [];
    let next = -1;
    streamOf(running).read(
      5,
      10,
      (message, offset) => seen.push([new TextDecoder().decode(message.bytes.subarray(message.start, message.end)), offset]),
      offset => {
        next = offset;
      },
    );
    running.run();
    assert.deepEqual(
      seen,
      numbered(15)
        .slice(5)
        .map((text, i) => [text, 5 + i]),
    );
    assert.equal(next, 15);
  });
});
