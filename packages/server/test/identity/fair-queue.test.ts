import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FairQueue } from '../../src/identity/fair-queue.ts';

/** Work that ends when it is told. */
function held(): { readonly work: () => Promise<string>; readonly end: () => void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  return { work: () => promise, end: () => resolve('done') };
}

describe('a queue that is fair', () => {
  test('who floods his own key waits for himself: another comes second, and not last', async () => {
    const queue = new FairQueue({ runningMax: 1, waitingMax: 100 });
    const first = held();
    const order: string[] = [];
    const done = [queue.run('flood', first.work)];
    for (let i = 0; i < 50; i++) done.push(queue.run('flood', async () => String(order.push('flood'))));
    done.push(queue.run('quiet', async () => String(order.push('quiet'))));
    first.end();
    await Promise.all(done);
    assert.deepEqual(order.slice(0, 3), ['flood', 'quiet', 'flood']);
    assert.equal(order.length, 51);
  });

  test('what is too much of one key is refused at once, and others have their place', async () => {
    const queue = new FairQueue({ runningMax: 1, waitingMax: 2 });
    const first = held();
    const running = queue.run('a', first.work);
    const waiting = [queue.run('a', async () => 'x'), queue.run('a', async () => 'y')];
    assert.equal(await queue.run('a', async () => 'z'), undefined);
    const other = queue.run('b', async () => 'b');
    first.end();
    assert.deepEqual(await Promise.all([running, ...waiting, other]), ['done', 'x', 'y', 'b']);
  });

  test('a place becomes free when work fails', async () => {
    const queue = new FairQueue({ runningMax: 1, waitingMax: 1 });
    await assert.rejects(
      queue.run('a', () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(await queue.run('a', async () => 'yes'), 'yes');
  });
});
