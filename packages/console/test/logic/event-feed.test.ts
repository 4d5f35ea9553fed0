import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVENTS_SHOWN_MAX, EventFeed, filterEvents, type ServerEvent } from '../../src/logic/event-feed.ts';

const event = (sequence: number, more: Partial<ServerEvent> = {}): ServerEvent => ({
  id: String(sequence),
  atMs: sequence,
  type: 'connection',
  reason: 'ConnectionOpened',
  severity: 'info',
  regarding: { kind: 'Connection', name: `c${sequence}` },
  note: 'A client is connected.',
  ...more,
});
const sequences = (events: readonly ServerEvent[]): readonly number[] => events.map(({ id }) => Number(id));

test('events are listed newest first, and those that a stream tells again are not listed twice', () => {
  const feed = new EventFeed();
  for (const sequence of [1, 2, 3, 2, 3, 4]) feed.take(event(sequence));
  assert.deepEqual(sequences(feed.events), [4, 3, 2, 1]);
});

test('a list that stands still says how many wait, and goes on with them', () => {
  const feed = new EventFeed();
  feed.take(event(1));
  feed.pause(true);
  feed.take(event(2));
  feed.take(event(3));
  assert.deepEqual(sequences(feed.events), [1]);
  assert.equal(feed.waiting, 2);
  feed.pause(false);
  assert.deepEqual(sequences(feed.events), [3, 2, 1]);
  assert.equal(feed.waiting, 0);
});

test('the latest are kept, also while the list stands still', () => {
  const feed = new EventFeed();
  feed.pause(true);
  for (let sequence = 1; sequence <= EVENTS_SHOWN_MAX + 5; sequence++) feed.take(event(sequence));
  assert.equal(feed.waiting, EVENTS_SHOWN_MAX);
  feed.pause(false);
  feed.take(event(EVENTS_SHOWN_MAX + 6));
  assert.equal(feed.events.length, EVENTS_SHOWN_MAX);
  assert.equal(feed.events[0]?.id, String(EVENTS_SHOWN_MAX + 6));
});

test('events are filtered by what they say, how much they matter and what they are about', () => {
  const events = [
    event(3),
    event(2, { severity: 'warning', type: 'access', note: 'May not send orders.' }),
    event(1, { severity: 'warning', type: 'log' }),
  ];
  assert.deepEqual(sequences(filterEvents(events, { text: 'ORDERS', severity: '', type: '' })), [2]);
  assert.deepEqual(sequences(filterEvents(events, { text: '', severity: 'warning', type: '' })), [2, 1]);
  assert.deepEqual(sequences(filterEvents(events, { text: '', severity: 'warning', type: 'log' })), [1]);
});
