import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Refusal } from '../../src/delivery/refusal.ts';
import { listSubscriptions } from '../../src/operations/subscriptions.ts';
import { assertRefused, filled } from '../support/operation-end.ts';
import type { RunningBroker } from '../support/running-broker.ts';
import { fieldIs } from '../support/text-encoding.ts';

describe('subscriptions', () => {
  function withSubscriptions(): RunningBroker {
    const running = filled([]);
    running.declare('t', { type: 'topic' });
    running.consumer('t');
    running.consumer('t', { subscription: { name: 'b', durable: true, shared: true }, pattern: 't/#' });
    const gone = running.consumer('t', { subscription: { name: 'a', durable: true, shared: false }, filter: fieldIs('k', 'v') });
    gone.link.detach(Number.POSITIVE_INFINITY);
    running.producer('t').sendAll(['k=v', 'k=w'], { durable: true });
    running.run();
    return running;
  }

  test('are listed with what they hold, those with names first', () => {
    const running = withSubscriptions();
    const listed = listSubscriptions(running.space, 't');
    assert.ok(!(listed instanceof Refusal));
    assert.deepEqual(
      listed.map(({ name, durable, shared, pattern, selector, consumers, stored }) => [
        name,
        durable,
        shared,
        pattern,
        selector,
        consumers,
        stored,
      ]),
      [
        ['a', true, false, undefined, "k = 'v'", 0, 1],
        ['b', true, true, 't/#', undefined, 1, 2],
        [undefined, false, false, undefined, undefined, 1, 2],
      ],
    );
    assertRefused(listSubscriptions(running.space, 'q'), 'address-type-mismatch', /has no subscriptions/);
    assertRefused(listSubscriptions(running.space, 'none'), 'address-not-found', /none/);
  });

  test('are deleted with what waits in them, those with consumers by force only, and these are told', () => {
    const running = withSubscriptions();
    const consumer = running.consumer('t', { subscription: { name: 'b', durable: true, shared: true } });
    const answers: (string | undefined)[] = [];
    const end = (name: string, force: boolean): void =>
      running.broker.operations.endSubscription(running.space, 't', name, force, refusal => answers.push(refusal?.code));
    for (const [name, force] of [
      ['none', false],
      ['b', false],
      ['a', false],
      ['b', true],
    ] as const)
      end(name, force);
    running.run();
    running.log.makeDurable();
    assert.deepEqual(answers.sort(), ['address-in-use', 'subscription-not-found', undefined, undefined]);
    assert.equal(consumer.ended?.code, 'subscription-not-found');
    consumer.leave();
    assert.equal(running.status('t').consumers, 1);
    assert.deepEqual([...running.restart().address('t').ids], []);
  });
});
