import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveFeed } from '../../src/logic/live-feed.ts';

const MAX = 10;
const ids = (feed: LiveFeed<{ readonly id: string }>): readonly number[] => feed.items.map(({ id }) => Number(id));

function filled(...numbers: readonly number[]): LiveFeed<{ readonly id: string }> {
  const feed = new LiveFeed<{ readonly id: string }>(MAX);
  for (const number of numbers) feed.take({ id: String(number) });
  return feed;
}

test('things are listed newest first, and those that a stream tells again are not listed twice', () => {
  assert.deepEqual(ids(filled(1, 2, 3, 2, 3, 4)), [4, 3, 2, 1]);
});

test('a list that stands still says how many wait, and goes on with them', () => {
  const feed = filled(1);
  feed.pause(true);
  for (const id of ['2', '3']) feed.take({ id });
  assert.deepEqual([ids(feed), feed.waiting], [[1], 2]);
  feed.pause(false);
  assert.deepEqual([ids(feed), feed.waiting], [[3, 2, 1], 0]);
});

test('the latest are kept, also while the list stands still', () => {
  const feed = filled();
  feed.pause(true);
  for (let number = 1; number <= MAX + 5; number++) feed.take({ id: String(number) });
  assert.equal(feed.waiting, MAX);
  feed.pause(false);
  feed.take({ id: String(MAX + 6) });
  assert.deepEqual([feed.items.length, ids(feed)[0]], [MAX, MAX + 6]);
});
