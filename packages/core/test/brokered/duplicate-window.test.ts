import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DUPLICATE_ID_LENGTH_MAX } from '../../src/brokered/duplicate-window.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import { ENCODING_AMQP } from '../../src/message/message.ts';
import type { FieldValue } from '../../src/message/message-filter.ts';
import type { RecordingProducer } from '../support/recording-producer.ts';
import { RunningBroker, type RunningBrokerOptions } from '../support/running-broker.ts';
import { type MessageFields, textMessage, textOf } from '../support/text-message.ts';

const WINDOW_MS = 60_000;

/** Messages are texts of `property=value`, one such pair a message. */
function withFields(running: RunningBroker): RunningBroker {
  running.broker.encodings.add(ENCODING_AMQP, {
    read: () => assert.fail('nobody reads it'),
    write: () => assert.fail('nobody writes it'),
    annotate: () => {},
    find: () => -1,
    fields: message => {
      const [property, value] = textOf(message).split('=');
      return { get: (name: string): FieldValue => (name === property && value !== undefined ? value : undefined) };
    },
  });
  return running;
}

function telling(idsMax?: number, options: RunningBrokerOptions = {}): RunningBroker {
  const running = withFields(new RunningBroker(options));
  running.declare('q', { type: 'queue', duplicates: { windowMs: WINDOW_MS, ...(idsMax !== undefined && { idsMax }) } });
  return running;
}

function send(producer: RecordingProducer, id: string, fields: MessageFields = {}): number {
  return producer.send(`JMSMessageID=${id}`, { durable: true, ...fields });
}

describe('an address that tells duplicates', () => {
  test('accepts a message whose id it has seen, and does not store it again', () => {
    const running = telling();
    const producer = running.producer('q');
    for (const id of ['a', 'b', 'a', 'a']) send(producer, id);
    running.run();
    assert.deepEqual(producer.kinds, ['accepted', 'accepted', 'accepted', 'accepted']);
    const { stored, counters } = running.status('q');
    assert.deepEqual([stored, counters.in, counters.duplicates, counters.dropped], [2, 4, 2, 0]);
  });

  test('remembers the id although the message is gone', () => {
    const running = telling();
    const producer = running.producer('q');
    send(producer, 'a');
    const consumer = running.consumer('q').grant(10);
    running.run();
    consumer.settleAll();
    running.run();
    send(producer, 'a');
    running.run();
    assert.deepEqual([consumer.texts.length, running.status('q').stored], [1, 0]);
  });

  test('stores messages without an id, or with one that is too long, each time', () => {
    const running = telling();
    const producer = running.producer('q');
    for (let i = 0; i < 2; i++) {
      producer.send('no id', { durable: true });
      send(producer, 'x'.repeat(DUPLICATE_ID_LENGTH_MAX));
    }
    assert.equal(running.status('q').stored, 4);
  });

  test('tells ids by where they stand', () => {
    const running = telling();
    const producer = running.producer('q');
    for (let i = 0; i < 2; i++)
      for (const field of ['_AMQ_DUPL_ID', 'JMSMessageID', 'message-id']) producer.send(`${field}=1`, { durable: true });
    assert.equal(running.status('q').stored, 3);
  });

  test('an address that does not looks at no ids', () => {
    const running = withFields(new RunningBroker());
    const producer = running.producer('other');
    send(producer, 'a');
    send(producer, 'a');
    assert.equal(running.status('other').stored, 2);
  });

  test('a duplicate is accepted when the first one is on disk, and not before', () => {
    const running = telling(undefined, { durability: 'by-hand' });
    const producer = running.producer('q');
    send(producer, 'a');
    send(producer, 'a');
    running.run();
    assert.deepEqual(producer.kinds, [undefined, undefined]);
    running.log.makeDurable();
    assert.deepEqual(producer.kinds, ['accepted', 'accepted']);
  });

  test('takes the id again when the window has passed, and holds nothing of it meanwhile', () => {
    const running = telling();
    const producer = running.producer('q');
    const retained = running.log.retainedRecords;
    send(producer, 'a');
    running.turn.advance(WINDOW_MS - 1);
    send(producer, 'a');
    assert.equal(running.status('q').stored, 1);
    running.turn.advance(1);
    send(producer, 'a');
    assert.equal(running.status('q').stored, 2);
    const consumer = running.consumer('q').grant(10);
    running.run();
    consumer.settleAll();
    running.turn.advance(WINDOW_MS + 1000);
    assert.equal(running.log.retainedRecords, retained);
  });

  test('forgets the oldest id beyond the most that it remembers, and says so', () => {
    const running = telling(3);
    const producer = running.producer('q');
    for (const id of ['a', 'b', 'c', 'd', 'a', 'd']) send(producer, id);
    assert.equal(running.status('q').stored, 5);
    const [event] = running.events.filter(({ what }) => what.startsWith('message id forgotten'));
    assert.deepEqual([event?.level, event?.address], ['warn', 'q']);
  });

  test('a topic tells the ids of each of its names apart', () => {
    const running = withFields(new RunningBroker());
    running.declare('t', { type: 'topic', duplicates: { windowMs: WINDOW_MS } });
    const consumer = running.consumer('t', { pattern: 't/#' }).grant(10);
    for (const name of ['t/a', 't/b', 't/a']) send(running.producer(name), 'x');
    running.run();
    assert.deepEqual(
      consumer.deliveries.map(({ message }) => message.topic),
      ['t/a', 't/b'],
    );
  });

  test('a transaction stores a message once, whether the first one came before or within it', () => {
    const running = telling();
    const producer = running.producer('q');
    send(producer, 'before');
    const transaction = running.space.transactions.begin();
    assert.ok(!(transaction instanceof Refusal));
    for (const id of ['before', 'within', 'within']) transaction.post(producer.link, textMessage(`JMSMessageID=${id}`, { durable: true }));
    transaction.commit({ confirmed() {} }, 0);
    assert.equal(running.status('q').stored, 2);
    const again = withFields(running.restart());
    send(again.producer('q'), 'within');
    assert.equal(again.status('q').stored, 2);
  });
});

describe('the ids that an address has seen', () => {
  test('outlive a restart, for the rest of their window', () => {
    const running = telling();
    send(running.producer('q'), 'a');
    running.turn.advance(WINDOW_MS / 2);
    send(running.producer('q'), 'b');
    const again = withFields(running.restart());
    again.turn.advance(WINDOW_MS / 2);
    const producer = again.producer('q');
    send(producer, 'a');
    send(producer, 'b');
    assert.equal(again.status('q').stored, 3);
  });

  test('of messages that are not durable go with them', () => {
    const running = telling();
    const producer = running.producer('q');
    send(producer, 'a', { durable: false });
    send(producer, 'a', { durable: false });
    assert.equal(running.status('q').stored, 1);
    const again = withFields(running.restart());
    send(again.producer('q'), 'a');
    assert.equal(again.status('q').stored, 1);
  });

  test('are on disk with their messages or not at all, wherever the log is torn', () => {
    const first = (): RunningBroker => {
      const running = telling(undefined, { durability: 'by-hand' });
      running.log.makeDurable();
      send(running.producer('q'), 'a');
      return running;
    };
    const { log } = first();
    assert.ok(log.end - log.durableEnd >= 3, 'a message, an id and the end of their unit');
    for (let end = log.durableEnd; end <= log.end; end++) {
      const again = withFields(first().crash(end));
      send(again.producer('q'), 'a');
      assert.equal(again.status('q').stored, 1, `torn at ${end}`);
    }
  });

  test('are kept when the log is compacted', () => {
    const running = telling(undefined, { segmentRecordsMax: 8 });
    const producer = running.producer('q');
    for (let i = 0; i < 20; i++) send(producer, `${i}`);
    const consumer = running.consumer('q').grant(100);
    running.run();
    consumer.settleAll();
    running.run();
    running.log.makeDurable();
    for (let i = 0; i < 10; i++) {
      assert.ok(running.log.compact());
      running.log.makeDurable();
    }
    const again = withFields(running.restart());
    for (let i = 0; i < 20; i++) send(again.producer('q'), `${i}`);
    assert.equal(again.status('q').stored, 0);
  });

  test('are gone with their address, and when it does not tell duplicates any more', () => {
    const running = telling();
    const { definitionBytes } = running;
    const records = running.log.retainedRecords;
    send(running.producer('q'), 'a');
    running.space.update('q', { type: 'queue' }, () => {});
    send(running.producer('q'), 'a');
    assert.equal(running.status('q').stored, 2);
    running.space.update('q', { type: 'queue', duplicates: { windowMs: WINDOW_MS } }, () => {});
    send(running.producer('q'), 'a');
    send(running.producer('q'), 'a');
    assert.equal(running.status('q').stored, 3);
    running.space.remove('q', { force: true }, () => {});
    assert.ok(running.definitionBytes < definitionBytes);
    assert.ok(running.log.retainedRecords < records);
    assert.equal(running.shard.queues.size, 0);
  });
});
