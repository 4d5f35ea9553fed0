import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RELEASED } from '../../src/delivery/outcome.ts';
import { DELIVERIES_PER_TURN_MAX } from '../../src/limits/turn-share.ts';
import { filledQueue, numbered } from '../support/filled-queue.ts';
import { textBroker } from '../support/text-broker.ts';

describe('queue browser', () => {
  test('it sees what is there in order, then what comes, and takes nothing', () => {
    const running = filledQueue(numbered(3));
    const browser = running.consumer('q', { browse: true }).grant(10);
    running.run();
    running.producer('q').send('later');
    running.run();
    assert.deepEqual(browser.texts, ['m0', 'm1', 'm2', 'later']);
    assert.deepEqual([running.status('q').stored, running.status('q').unsettled], [4, 0]);
  });

  test('it sees as much as it has credit for, and goes on from there', () => {
    const running = filledQueue(numbered(5));
    const browser = running.consumer('q', { browse: true }).grant(2);
    running.run();
    assert.deepEqual(browser.texts, numbered(2));
    browser.grant(2);
    running.run();
    assert.deepEqual(browser.texts, numbered(4));
  });

  test('what has expired is not seen, though it is there until somebody looks for it', () => {
    const running = textBroker({ nonDestructive: true });
    const producer = running.producer('q');
    producer.send('n=0', { ttlMs: 10 });
    producer.send('n=1');
    running.turn.nowMs += 10;
    const [browser, consumer] = [running.consumer('q', { browse: true }).grant(5), running.consumer('q').grant(5)];
    running.run();
    assert.equal(running.status('q').stored, 2);
    assert.deepEqual([browser.texts, consumer.texts], [['n=1'], ['n=1']]);
  });

  test('what waits for its time is seen when that has come, also when others have been seen before, and once', () => {
    const running = textBroker({ nonDestructive: true });
    const producer = running.producer('q');
    const consumer = running.consumer('q').grant(10);
    producer.send('n=0', { deliverAtMs: running.turn.nowMs + 1000 });
    producer.send('n=1', { deliverAtMs: running.turn.nowMs + 500 });
    producer.send('n=2');
    running.run();
    assert.deepEqual(consumer.texts, ['n=2']);
    running.turn.advance(500);
    running.turn.advance(500);
    producer.send('n=3');
    running.run();
    assert.deepEqual(consumer.texts, ['n=2', 'n=1', 'n=0', 'n=3']);
  });

  test('what a consumer has is not seen', () => {
    const running = filledQueue(numbered(3));
    const consumer = running.consumer('q').grant(1);
    running.run();
    const browser = running.consumer('q', { browse: true }).grant(10);
    running.run();
    assert.deepEqual(browser.texts, ['m1', 'm2']);
    consumer.settleAll(RELEASED);
    assert.deepEqual(consumer.texts, ['m0']);
  });

  test('it drains when it has seen all', () => {
    const running = filledQueue(numbered(3));
    const browser = running.consumer('q', { browse: true }).grant(10, true);
    running.run();
    assert.deepEqual([browser.deliveries.length, browser.drains], [3, 1]);
  });

  test('paused, it sees nothing, and goes on when it is resumed', () => {
    const running = filledQueue(numbered(3));
    const browser = running.consumer('q', { browse: true });
    browser.link.pause();
    browser.grant(10, true);
    running.run();
    assert.deepEqual([browser.deliveries.length, browser.drains], [0, 0]);
    browser.link.resume();
    running.run();
    assert.deepEqual([browser.deliveries.length, browser.drains], [3, 1]);
  });

  test('after 512 messages in a turn others have the loop', () => {
    const running = filledQueue(numbered(1100));
    const browser = running.consumer('q', { browse: true }).grant(5000, true);
    running.turn.runOne();
    assert.deepEqual([browser.deliveries.length, browser.drains], [DELIVERIES_PER_TURN_MAX, 0]);
    running.run();
    assert.deepEqual([browser.deliveries.length, browser.drains], [1100, 1]);
  });

  test('what is on disk is read, though it can be viewed only in the call that says so', () => {
    const running = filledQueue(numbered(10), { inMemory: position => position % 2 === 0 });
    const browser = running.consumer('q', { browse: true }).grant(100, true);
    running.run();
    assert.deepEqual([browser.texts, browser.drains], [numbered(10), 1]);
  });

  test('a consumer and a browser that both read from disk do not hold each other', () => {
    const running = filledQueue(numbered(10), { inMemory: () => false });
    const browser = running.consumer('q', { browse: true }).grant(100);
    const consumer = running.consumer('q').grant(5);
    running.run();
    assert.deepEqual(consumer.texts, numbered(5));
    assert.ok(browser.texts.includes('m9'));
  });

  test('a message that cannot be read is passed over', () => {
    const running = filledQueue(numbered(3), { inMemory: () => false });
    running.log.loadError = new Error('unreadable');
    const browser = running.consumer('q', { browse: true }).grant(100, true);
    running.run();
    assert.deepEqual([browser.texts, browser.drains], [[], 1]);
    assert.equal(running.status('q').stored, 3);
  });

  test('what has been settled by others meanwhile is not seen', () => {
    const running = filledQueue(numbered(4));
    const browser = running.consumer('q', { browse: true }).grant(1);
    running.run();
    const consumer = running.consumer('q').grant(3);
    running.run();
    consumer.settleAll();
    browser.grant(10);
    running.run();
    assert.deepEqual(browser.texts, ['m0', 'm3']);
  });

  test('it counts as a link, and is told when the address is deleted', () => {
    const running = filledQueue(numbered(1));
    const browser = running.consumer('q', { browse: true });
    assert.equal(running.status('q').consumers, 1);
    running.space.remove('q', { force: true }, () => {});
    running.run();
    assert.equal(browser.ended?.code, 'address-deleted');
    const other = filledQueue(numbered(1));
    other.consumer('q', { browse: true }).link.detach(0);
    assert.equal(other.status('q').consumers, 0);
  });
});
