import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refusePattern } from '../../src/address/address-name.ts';
import { RunningBroker } from '../support/running-broker.ts';

function plant(): RunningBroker {
  const running = new RunningBroker();
  running.declare('plant', { type: 'topic' });
  return running;
}

describe('names below a topic address', () => {
  test('a producer for such a name publishes to it, and no address is made', () => {
    const running = plant();
    const all = running.consumer('plant').grant(10);
    const one = running.consumer('plant/1/temperature').grant(10);
    const other = running.consumer('plant/2/temperature').grant(10);
    const producer = running.producer('plant/1/temperature');
    producer.send('warm', { durable: true });
    running.run();
    assert.deepEqual(
      [all, one, other].map(({ deliveries }) => deliveries.length),
      [1, 1, 0],
    );
    assert.deepEqual([...running.space.addresses.keys()], ['plant']);
  });

  test('a message that its name leaves no room for in a record of the log is refused, and one byte less is taken', () => {
    const running = new RunningBroker({ recordSizeBytesMax: 1000 });
    running.declare('plant', { type: 'topic' });
    running.consumer('plant').grant(10);
    const name = `plant/${'x'.repeat(50)}`;
    const producer = running.producer(name);
    const fits = producer.link.messageSizeBytesMax - 2 - name.length;
    const outcomes = [fits + 1, fits].map(size => producer.outcomes.get(producer.send('x'.repeat(size))));
    const [refused, taken] = outcomes;
    assert.ok(refused?.kind === 'rejected' && refused.refusal?.code === 'message-too-large', JSON.stringify(refused));
    assert.equal(taken?.kind, 'accepted');
  });

  test('a consumer may ask for a pattern', () => {
    const running = plant();
    const wild = running.consumer('plant/+/temperature').grant(10);
    const below = running.consumer('plant/1/#').grant(10);
    for (const name of ['plant/1/temperature', 'plant/2/temperature', 'plant/1/pressure/inner']) running.producer(name).send(name);
    running.run();
    assert.deepEqual(
      [wild, below].map(({ deliveries }) => deliveries.length),
      [2, 2],
    );
  });

  test('a consumer that leaves takes its pattern with it', () => {
    const running = plant();
    running.consumer('plant/#').grant(1).leave();
    assert.equal(running.status('plant').subscriptions, 0);
    running.producer('plant/1').send('x');
    running.run();
    assert.equal(running.status('plant').stored, 0);
  });

  test('a message keeps the name that it was published to over a restart', () => {
    const running = plant();
    const subscription = { name: 'kept', durable: true, shared: false };
    running.consumer('plant/#', { subscription }).leave(undefined, Number.POSITIVE_INFINITY);
    running.producer('plant/é/1').send('x', { durable: true });
    running.run();
    const again = running.restart();
    const consumer = again.consumer('plant/#', { subscription }).grant(1);
    again.run();
    assert.equal(consumer.deliveries.length, 1);
  });

  for (const pattern of ['plant/#/x', 'plant/a+', 'plant//x', `plant/${'x/'.repeat(200)}#`])
    test(`${pattern.slice(0, 20)} is no pattern`, () => {
      assert.equal(refusePattern(pattern)?.code, 'address-name-invalid');
    });
});
