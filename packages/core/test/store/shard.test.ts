import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCEPTED, IN_DOUBT, RELEASED } from '../../src/delivery/outcome.ts';
import { PRESSURE_OVERRUN_BYTES_MAX } from '../../src/store/shard.ts';
import { RunningBroker, type RunningBrokerOptions } from '../support/running-broker.ts';

const EVER = Number.POSITIVE_INFINITY;
const SUBSCRIPTION = { name: 's', durable: true, shared: false };

function numbered(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, at) => `m${from + at}`);
}

describe('pressure of the log', () => {
  test('producers of queues and topics have no credit while it lasts, and have it again afterwards', () => {
    const running = new RunningBroker();
    for (const type of ['queue', 'topic', 'anycast'] as const) running.declare(type, { type });
    const producers = (['queue', 'topic', 'anycast'] as const).map(name => running.producer(name));
    running.consumer('anycast').grant(10);
    running.run();
    running.log.press('disk-full');
    running.run();
    assert.deepEqual(
      producers.map(({ credit }) => credit),
      [0, 0, 10],
    );
    const late = running.producer('queue');
    assert.equal(late.credit, 0);
    running.log.press('none');
    running.run();
    assert.deepEqual(
      [...producers, late].map(({ credit }) => credit > 0),
      [true, true, true, true],
    );
  });

  test('it is reported, with its end', () => {
    const running = new RunningBroker();
    running.log.press('write-failed');
    running.log.press('none');
    assert.deepEqual(
      running.events.map(({ level, pressure }) => [level, pressure]),
      [
        ['error', 'write-failed'],
        ['info', 'none'],
      ],
    );
  });

  test('settlements are taken all the same, and deliveries go on', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue' });
    running.producer('q').sendAll(['a', 'b'], { durable: true });
    running.run();
    running.log.press('disk-full');
    const consumer = running.consumer('q').grant(2);
    running.run();
    consumer.settleAll();
    running.run();
    assert.equal(running.restart().status('q').stored, 0);
  });

  test('what was sent on credit given before is taken, up to a limit; beyond, the refusal names the address and the reason', () => {
    const running = new RunningBroker();
    running.declare('q', { type: 'queue' });
    const producer = running.producer('q');
    running.log.press('disk-full');
    const eightMebibytes = 'x'.repeat(8 * 1024 * 1024);
    for (let i = 0; i < 8; i++) producer.send(eightMebibytes, { durable: true });
    running.run();
    const taken = producer.kinds.filter(kind => kind === 'accepted').length;
    const overrunBytes = running.status('q').storedBytes;
    assert.ok(taken >= 4 && overrunBytes <= PRESSURE_OVERRUN_BYTES_MAX + eightMebibytes.length + 1000, `${overrunBytes} bytes taken`);
    const outcome = producer.outcomes.get(7);
    assert.ok(outcome?.kind === 'rejected' && outcome.refusal);
    assert.equal(outcome.refusal.code, 'log-unavailable');
    assert.match(outcome.refusal.description, /\bq\b.*disk-full/);
    producer.send('settled', { durable: true, settled: true });
    assert.ok(running.events.some(({ what, address }) => what.includes('settled message dropped') && address === 'q'));
    assert.equal(running.status('q').counters.dropped, 8 - taken + 1);
    running.log.press('none');
    const last = producer.send('again', { durable: true });
    running.run();
    assert.equal(producer.kind(last), 'accepted');
  });
});

describe('a segment that is begun', () => {
  /** A queue, a durable subscription and a mark in the first segment, and more messages than that has room for. */
  function begun(bytesMax: number): RunningBroker {
    const running = new RunningBroker({ segmentRecordsMax: 16 });
    running.declare('q', { type: 'queue' });
    running.declare('t', { type: 'topic' });
    running.consumer('t', { subscription: SUBSCRIPTION }).leave(undefined, EVER);
    const inbox = running.space.inboxes.create('i', { kept: true, prefersLive: false, details: {} });
    inbox.mark(7, 1);
    running.producer('q').sendAll(numbered(0, 20), { durable: true });
    running.run();
    running.shard.gather(running.log.end, bytesMax);
    const consumer = running.consumer('q').grant(100);
    running.run();
    consumer.settleAll();
    running.run();
    running.log.makeDurable();
    return running;
  }

  test('has all definitions and marks where they fit, so that consuming is all that older ones wait for', () => {
    const running = begun(10_000);
    assert.ok(running.log.segmentsRemoved > 0);
    const again = running.restart();
    assert.deepEqual([...again.space.addresses.keys()], ['q', 't']);
    assert.deepEqual([again.status('t').subscriptions, again.status('q').stored], [1, 0]);
    assert.equal(again.space.inboxes.all.get('i')?.marks.get(7)?.value, 1);
  });

  test('has none of them where they do not', () => {
    const running = begun(100);
    assert.equal(running.log.segmentsRemoved, 0);
  });
});

describe('compaction', () => {
  function compacted(options: RunningBrokerOptions = {}) {
    const running = new RunningBroker({ segmentRecordsMax: 10, ...options });
    running.declare('q', { type: 'queue' });
    running.declare('t', { type: 'topic' });
    return running;
  }

  /** Empties all segments that are full now. */
  function compactAll(running: RunningBroker): void {
    running.log.makeDurable();
    for (let segments = running.log.segments - 1; segments > 0; segments--) running.log.compact();
    running.log.makeDurable();
    running.run();
  }

  test('order, counts, times and bytes are kept, now and after a restart', () => {
    const running = compacted();
    const producer = running.producer('q');
    producer.sendAll(numbered(0, 60), { durable: true, ttlMs: 1_000_000, headerBytes: 7 });
    const consumer = running.consumer('q').grant(30);
    running.run();
    for (let i = 0; i < 30; i += 2) consumer.settleText(`m${i}`);
    for (let i = 1; i < 30; i += 2) consumer.settleText(`m${i}`, IN_DOUBT);
    compactAll(running);
    compactAll(running);
    const { log } = running;
    assert.ok(log.segmentsRemoved > 5);
    const again = running.restart();
    for (const each of [running, again]) {
      const later = each.consumer('q').grant(100);
      each.run();
      assert.deepEqual(later.texts, [...numbered(0, 30).filter((_, at) => at % 2 === 1), ...numbered(30, 60)]);
      assert.deepEqual(
        later.deliveries.map(({ message }) => message.deliveryCount),
        [...Array(15).fill(1), ...Array(30).fill(0)],
      );
      assert.ok(later.deliveries.every(({ message }) => message.ttlMs === 1_000_000));
    }
  });

  test('what was settled is not resurrected, though its record was in a segment that is gone', () => {
    const running = compacted();
    running.producer('q').sendAll(numbered(0, 30), { durable: true });
    const consumer = running.consumer('q').grant(30);
    running.run();
    compactAll(running);
    for (let i = 0; i < 30; i++) if (i % 3 !== 0) consumer.settleText(`m${i}`);
    running.run();
    compactAll(running);
    compactAll(running);
    const again = running.restart();
    const later = again.consumer('q').grant(100);
    again.run();
    assert.deepEqual(
      later.texts,
      numbered(0, 30).filter((_, at) => at % 3 === 0),
    );
  });

  test('a message that a consumer holds is moved under its hands, and settles all the same', () => {
    const running = compacted();
    running.producer('q').sendAll(numbered(0, 20), { durable: true });
    const consumer = running.consumer('q').grant(20);
    running.run();
    compactAll(running);
    consumer.settleAll();
    running.run();
    assert.equal(running.log.retainedRecords, 2, 'two definitions');
    assert.equal(running.restart().status('q').stored, 0);
  });

  test('of a topic’s message only those subscriptions go along that have it still', () => {
    const running = compacted();
    const subscriptions = [1, 2, 3].map(at => ({ name: `s${at}`, durable: true, shared: false }));
    const consumers = subscriptions.map(subscription => running.consumer('t', { subscription }).grant(20));
    running.producer('t').sendAll(numbered(0, 15), { durable: true });
    running.run();
    consumers[0]!.settleAll();
    for (let i = 0; i < 15; i += 2) consumers[1]!.settleText(`m${i}`);
    running.run();
    compactAll(running);
    compactAll(running);
    const again = running.restart();
    const texts = subscriptions.map(subscription => {
      const consumer = again.consumer('t', { subscription }).grant(100);
      again.run();
      return consumer.texts;
    });
    assert.deepEqual(texts, [[], numbered(0, 15).filter((_, at) => at % 2 === 1), numbered(0, 15)]);
  });

  test('definitions move, and what was deleted stays deleted', () => {
    const running = compacted();
    running.declare('gone', { type: 'queue' });
    running.consumer('t', { subscription: SUBSCRIPTION }).leave(RELEASED, EVER);
    running.producer('gone').sendAll(numbered(0, 25), { durable: true });
    running.space.remove('gone', { force: true }, () => {});
    running.producer('q').sendAll(numbered(0, 15), { durable: true });
    running.run();
    compactAll(running);
    compactAll(running);
    const again = running.restart();
    assert.deepEqual([...again.space.addresses.keys()].sort(), ['q', 't']);
    assert.deepEqual([again.status('q').stored, again.status('t').subscriptions], [15, 1]);
    assert.equal(again.log.retainedRecords, 18);
  });

  test('while a body is read from disk it may be moved away', () => {
    const running = compacted({ inMemory: () => false });
    running.producer('q').sendAll(numbered(0, 20), { durable: true });
    const consumer = running.consumer('q').grant(20);
    running.turn.runOne();
    running.log.makeDurable();
    running.log.compact();
    running.run();
    assert.deepEqual(consumer.texts, numbered(0, 20));
  });

  test('a crash between the copy and its sync leaves each message once', () => {
    const running = compacted({ durability: 'by-hand' });
    running.producer('q').sendAll(numbered(0, 30), { durable: true });
    const consumer = running.consumer('q').grant(5);
    running.run();
    consumer.settleAll(IN_DOUBT);
    running.run();
    running.log.makeDurable();
    const before = running.log.end;
    running.log.compact();
    running.log.compact();
    for (let end = before; end <= running.log.end; end++) {
      const again = running.crash(end);
      const later = again.consumer('q').grant(100);
      again.run();
      assert.deepEqual(later.texts, numbered(0, 30));
      assert.equal(later.deliveries[4]!.message.deliveryCount, 1);
    }
  });
});

describe('restart', () => {
  test('a crash at any record keeps what was acknowledged before', () => {
    const running = new RunningBroker({ durability: 'by-hand', segmentRecordsMax: 7 });
    running.declare('q', { type: 'queue' });
    const producer = running.producer('q');
    const consumer = running.consumer('q').grant(100);
    const first = running.log.end;
    for (let i = 0; i < 10; i++) {
      producer.send(`m${i}`, { durable: true });
      running.run();
      if (i % 3 === 0) consumer.settleText(`m${i}`, ACCEPTED);
      running.run();
    }
    for (let end = first; end <= running.log.end; end++) {
      const again = running.crash(end);
      const later = again.consumer('q').grant(100);
      again.run();
      assert.deepEqual(later.texts, [...later.texts].sort());
      const stored = running.log.list().filter(({ kind, position }) => kind === 1 && position < end).length;
      const settled = running.log.list().filter(({ kind, position }) => kind === 2 && position < end).length;
      assert.equal(later.texts.length, stored - settled);
    }
  });

  test('of a unit that the log was torn in nothing counts, now and after further restarts; a whole one counts wholly', () => {
    const running = new RunningBroker({ durability: 'by-hand' });
    for (const name of ['p', 'q']) running.declare(name, { type: 'queue' });
    const producers = ['p', 'q'].map(name => running.producer(name));
    const before = running.log.end;
    running.shard.beginUnit();
    const token = producers[0]!.send('one', { durable: true });
    producers[1]!.send('other', { durable: true });
    running.run();
    running.shard.endUnit();
    const whole = running.log.end;
    for (let end = before; end < whole; end++) {
      const torn = running.crash(end);
      assert.deepEqual([torn.status('p').stored, torn.status('q').stored], [0, 0]);
      torn.producer('p').send('later', { durable: true });
      const again = torn.restart();
      assert.deepEqual([again.status('p').stored, again.status('q').stored], [1, 0]);
      assert.deepEqual([again.restart().status('p').stored, again.status('q').stored], [1, 0]);
    }
    assert.equal(producers[0]!.kind(token), undefined, 'nothing is acknowledged before the end of the unit is on disk');
    running.log.makeDurable();
    assert.equal(producers[0]!.kind(token), 'accepted');
    const kept = running.crash(whole);
    assert.deepEqual([kept.status('p').stored, kept.status('q').stored], [1, 1]);
  });

  test('numbers of messages are not used again, whatever of them was volatile', () => {
    let running = new RunningBroker();
    running.declare('q', { type: 'queue' });
    for (let round = 0; round < 4; round++) {
      const producer = running.producer('q');
      producer.send('volatile');
      producer.send(`kept ${round}`, { durable: true });
      producer.send('volatile');
      const consumer = running.consumer('q').grant(1);
      running.run();
      consumer.settleAll();
      running = running.restart();
    }
    const consumer = running.consumer('q').grant(100);
    running.run();
    assert.equal(consumer.texts.length, running.status('q').stored);
    assert.equal(new Set(consumer.deliveries.map(({ token }) => token)).size, consumer.deliveries.length);
  });
});
