import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StatusAddress } from '../../src/address/status-address.ts';
import { Refusal } from '../../src/delivery/refusal.ts';
import type { ContentEncoding, MessageContent } from '../../src/message/content.ts';
import { ENCODING_MQTT, type Message } from '../../src/message/message.ts';
import { RecordingConsumer } from '../support/recording-consumer.ts';
import { RecordingProducer } from '../support/recording-producer.ts';
import { RunningBroker } from '../support/running-broker.ts';
import { textOf } from '../support/text-message.ts';

/** What the core needs of an encoding to tell something: the body as the bytes. */
const BARE = {
  write({ body }: MessageContent, message: Message): void {
    Object.assign(message, { encoding: ENCODING_MQTT, bytes: body, start: 0, end: body.length, headerSize: 0 });
  },
} as unknown as ContentEncoding;

interface Server {
  readonly running: RunningBroker;
  readonly status: StatusAddress;
  /** What there is to tell. */
  readonly values: Map<string, string>;
  /** How often it was looked up. */
  looks: number;
}

function server(): Server {
  const running = new RunningBroker();
  running.broker.encodings.add(ENCODING_MQTT, BARE);
  const made: Omit<Server, 'status'> = {
    running,
    values: new Map([
      ['version', '1.2.3'],
      ['addresses/count', '7'],
    ]),
    looks: 0,
  };
  const source = {
    *values() {
      made.looks++;
      yield* made.values;
    },
  };
  running.space.openStatus(source);
  return Object.assign(made, { status: running.space.serverStatus! });
}

/** A session of MQTT, as far as the core sees it. */
function liveReader({ running }: Server, pattern: string): { texts: string[]; leave(): void } {
  const texts: string[] = [];
  const inbox = running.space.inboxes.create(`reader-${pattern}`, { kept: false, prefersLive: true, details: {} });
  inbox.subscribe(pattern, { stored: true, noLocal: false, details: {} });
  inbox.live = { deliverLive: message => texts.push(`${message.topic} ${textOf(message)}`) > 0 };
  return { texts, leave: () => running.space.inboxes.end(inbox) };
}

function visited(status: StatusAddress, filter: string): string[] {
  const found: string[] = [];
  status.visit(filter, (message: Message) => found.push(`${message.topic} ${textOf(message)} ${message.fromRetained}`));
  return found.sort();
}

describe('the topics of the server itself', () => {
  test('nothing is looked up while nobody reads, and each change once while somebody does', () => {
    const all = server();
    all.status.publish();
    assert.equal(all.looks, 0);
    const reader = liveReader(all, '$angarium/#');
    all.status.publish();
    assert.deepEqual(reader.texts, ['$angarium/version 1.2.3', '$angarium/addresses/count 7']);
    all.status.publish();
    assert.equal(reader.texts.length, 2);
    all.values.set('addresses/count', '8');
    all.status.publish();
    assert.deepEqual(reader.texts.slice(2), ['$angarium/addresses/count 8']);
    reader.leave();
    const { looks } = all;
    all.status.publish();
    assert.equal(all.looks, looks);
  });

  test('whoever has subscribed to them gets them, although nobody has asked the space for them yet', () => {
    const all = server();
    const { space } = all.running;
    const source = { values: () => all.values };
    const other = all.running.broker.createSpace('other');
    other.openStatus(source);
    other.publishStatus();
    const texts: string[] = [];
    const inbox = other.inboxes.create('reader', { kept: false, prefersLive: true, details: {} });
    inbox.subscribe('$angarium/version', { stored: true, noLocal: false, details: {} });
    inbox.live = { deliverLive: message => texts.push(`${message.topic} ${textOf(message)}`) > 0 };
    other.publishStatus();
    assert.deepEqual(texts, ['$angarium/version 1.2.3']);
    assert.equal(other.typeOf('$angarium/version'), 'topic');
    assert.equal(space.addresses.has('$angarium'), false);
  });

  for (const [pattern, texts] of [
    ['#', []],
    ['+/version', []],
    ['+/#', []],
    ['$angarium/version', ['$angarium/version 1.2.3']],
    ['$angarium/+', ['$angarium/version 1.2.3']],
    ['$angarium/+/count', ['$angarium/addresses/count 7']],
    ['$angariums/#', []],
  ] as const) {
    test(`[MQTT-4.7.2-1] ${pattern} gets ${texts.length === 0 ? 'nothing' : texts.join(' and ')}`, () => {
      const all = server();
      const reader = liveReader(all, pattern);
      liveReader(all, '$angarium/none');
      all.status.publish();
      assert.deepEqual(reader.texts, texts);
      assert.deepEqual(
        visited(all.status, pattern),
        texts.map(text => `${text} true`),
      );
    });
  }

  test('present values are looked up anew for a new reader, but not for each of many in a second', () => {
    const all = server();
    for (let times = 0; times < 10; times++) visited(all.status, '$angarium/#');
    assert.equal(all.looks, 1);
    all.values.set('version', '1.2.4');
    all.running.turn.advance(1001);
    assert.deepEqual(visited(all.status, '$angarium/version'), ['$angarium/version 1.2.4 true']);
    visited(all.status, 'news/#');
    assert.equal(all.looks, 2);
  });

  test('what a new reader has been told is news to the others all the same', () => {
    const all = server();
    const reader = liveReader(all, '$angarium/version');
    all.status.publish();
    all.values.set('version', '2');
    all.running.turn.advance(1001);
    visited(all.status, '$angarium/version');
    all.status.publish();
    assert.deepEqual(reader.texts, ['$angarium/version 1.2.3', '$angarium/version 2']);
  });

  test('a value that goes and comes back between two rounds is told to those who saw the other one', () => {
    const all = server();
    const reader = liveReader(all, '$angarium/version');
    visited(all.status, '$angarium/version');
    all.values.set('version', '2');
    all.running.turn.advance(1001);
    visited(all.status, '$angarium/version');
    all.values.set('version', '1.2.3');
    all.status.publish();
    assert.deepEqual(reader.texts, ['$angarium/version 1.2.3']);
  });

  test('a new reader is told nothing twice that has not changed', () => {
    const all = server();
    const reader = liveReader(all, '$angarium/version');
    visited(all.status, '$angarium/version');
    all.status.publish();
    assert.deepEqual(reader.texts, []);
  });

  for (const [name, count] of [
    ['$angarium', 2],
    ['$angarium/#', 2],
    ['$angarium/addresses/+', 1],
    ['$angarium/version', 1],
  ] as const) {
    test(`a consumer of ${name} gets ${count} present values first, and then what changes`, () => {
      const all = server();
      const consumer = all.running.consumer(name).grant(100);
      all.running.run();
      assert.equal(consumer.texts.length, count);
      all.values.set('version', '2').set('addresses/count', '9');
      all.status.publish();
      all.running.run();
      assert.equal(consumer.texts.length, 2 * count);
      consumer.leave();
      const { looks } = all;
      all.status.publish();
      assert.equal(all.looks, looks);
    });
  }

  test('a reader that takes nothing has a minute of values waiting, and no more', () => {
    const all = server();
    const consumer = all.running.consumer('$angarium/version');
    for (let second = 0; second < 300; second++) {
      all.values.set('version', String(second));
      all.status.publish();
      all.running.turn.advance(1000);
    }
    consumer.grant(1000);
    all.running.run();
    assert.ok(consumer.texts.length <= 62, `${consumer.texts.length} values wait`);
    assert.equal(consumer.texts.at(-1), '299');
  });

  for (const name of ['$angarium', '$angarium/version', '$angarium/mine']) {
    test(`nobody sends to ${name}`, () => {
      const all = server();
      const refused = all.running.space.attachProducer(name, undefined, new RecordingProducer());
      assert.ok(refused instanceof Refusal && refused.code === 'unauthorized');
      const destination = all.running.space.addressOfTopic(name);
      assert.ok(destination instanceof Refusal && destination.code === 'unauthorized');
    });
  }

  test('it is neither listed, nor declared, nor deleted, and nothing of it outlives the server', () => {
    const all = server();
    const { running } = all;
    assert.equal(running.space.addresses.size, 0);
    assert.equal(running.space.typeOf('$angarium/version'), 'topic');
    const answers: unknown[] = [];
    running.space.declare('$angarium', { type: 'topic' }, result => answers.push(result));
    running.space.remove('$angarium', { force: true }, refusal => answers.push(refusal));
    assert.deepEqual(
      answers.map(answer => (answer as Refusal).code),
      ['address-name-invalid', 'address-not-found'],
    );
    running.consumer('$angarium/#', { subscription: { name: 'kept', durable: true, shared: false } });
    assert.equal(running.restart().shard.definitions.size, 0);
  });

  test('without it, its names are those of nobody', () => {
    const running = new RunningBroker();
    for (const refused of [
      running.space.attachConsumer('$angarium/version', undefined, new RecordingConsumer(), {}),
      running.space.attachProducer('$angarium/version', undefined, new RecordingProducer()),
      running.space.addressOfTopic('$angarium/version'),
    ])
      assert.ok(refused instanceof Refusal && refused.code === 'address-not-found');
  });
});
