import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterEvents, type ServerEvent } from '../../src/logic/event-feed.ts';

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
