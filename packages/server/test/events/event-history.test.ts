import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALIKE_INTERVAL_MS, ALIKE_MAX, EventHistory } from '../../src/events/event-history.ts';
import type { Happening, ServerEvent } from '../../src/events/server-event.ts';

function happening(note: string, more: Partial<Happening> = {}): Happening {
  return { reason: 'DocumentAdded', regarding: { kind: 'Address', name: note }, note, ...more };
}

const ALL = (): boolean => true;

function eventsFrom(history: EventHistory, place: number): ServerEvent[] {
  const events: ServerEvent[] = [];
  for (let at = place; at < history.next; at++) events.push(history.at(at)!);
  return events;
}

function notesFrom(history: EventHistory, place: number): string[] {
  return eventsFrom(history, place).map(({ note }) => note);
}

/** An event of each of so many address spaces, so that none is like the one before. */
function tellMany(history: EventHistory, count: number): void {
  for (let at = 0; at < count; at++) history.tell(happening(`${at}`, { addressSpace: `space-${at}` }));
}

test('who has seen an event goes on after it, as long as it is remembered', () => {
  using history = new EventHistory(10);
  const seen: string[] = [];
  history.listen(() => seen.push(history.at(history.next - 1)!.id));
  tellMany(history, 14);
  assert.deepEqual(notesFrom(history, history.placeAfter(seen[10]!)!), ['11', '12', '13']);
  assert.equal(history.placeAfter(seen.at(-1)!), history.next);
  const forgotten = history.placeAfter(seen[0]!)!;
  assert.equal(history.at(forgotten), undefined);
  assert.equal(history.hasForgotten(forgotten), true);
});

test('what is no id of an event leads nowhere: one of another history, one of an event that has not come, any text', () => {
  using history = new EventHistory();
  using other = new EventHistory();
  tellMany(history, 2);
  tellMany(other, 2);
  for (const id of [other.idOf(0), history.idOf(2), history.idOf(1000), '', '1', 'x'.repeat(22), 'x'.repeat(5000)])
    assert.equal(history.placeAfter(id), undefined, id);
});

test('whether events of an address space are forgotten is known of each by itself', () => {
  using history = new EventHistory(10);
  history.tell(happening('quiet', { addressSpace: 'quiet' }));
  const from = history.next;
  tellMany(history, 30);
  assert.ok(history.oldest > from);
  assert.equal(history.hasForgotten(from), true);
  assert.equal(history.hasForgotten(from, 'quiet'), false);
  assert.equal(history.hasForgotten(from - 1, 'quiet'), true);
  assert.equal(history.hasForgotten(from, 'space-0'), true);
});

test('events of before go before those of now, and keep their ids', () => {
  using first = new EventHistory();
  tellMany(first, 3);
  const [, middle] = eventsFrom(first, 0);
  using second = new EventHistory();
  second.tell(happening('since'));
  second.restore(JSON.parse(JSON.stringify(first.kept()), (key, value) => (key === 'key' ? first.kept().key : value)));
  assert.deepEqual(notesFrom(second, second.placeAfter(middle!.id)!), ['2', 'since']);
  assert.equal(second.count, 1);
  const [since] = eventsFrom(second, second.next - 1);
  assert.equal(second.placeAfter(since!.id), second.next);
});

test('a flood is told as one, and hides nothing else', t => {
  t.mock.timers.enable({ apis: ['Date', 'setInterval'], now: 1_000_000 });
  using history = new EventHistory();
  for (let at = 0; at < 1000; at++) history.tell(happening(`flood ${at}`, { addressSpace: 'loud' }));
  history.tell(happening('other', { addressSpace: 'quiet' }));
  assert.equal(history.count, ALIKE_MAX + 1);
  t.mock.timers.tick(ALIKE_INTERVAL_MS * 1.1);
  const last = history.at(history.next - 1)!;
  assert.equal(last.count, 1000 - ALIKE_MAX);
  assert.equal(last.note, `And ${1000 - ALIKE_MAX} more like these.`);
  assert.equal(last.addressSpace, 'loud');
  history.tell(happening('again', { addressSpace: 'loud' }));
  assert.equal(history.at(history.next - 1)!.note, 'again');
});

test('what is counted of several address spaces together is told to none of them', t => {
  t.mock.timers.enable({ apis: ['Date', 'setInterval'], now: 1_000_000 });
  using history = new EventHistory();
  tellMany(history, 10_000);
  for (let at = 0; at < 100; at++) history.tell(happening('flood', { addressSpace: at % 2 === 0 ? 'one' : 'other' }));
  t.mock.timers.tick(ALIKE_INTERVAL_MS * 1.1);
  const last = history.at(history.next - 1)!;
  assert.deepEqual([last.count, last.addressSpace], [100 - ALIKE_MAX, undefined]);
});

test('the newest for which something holds are found from the end', () => {
  using history = new EventHistory();
  tellMany(history, 5);
  assert.deepEqual(notesFrom(history, history.placeOfNewest(2, ALL)), ['3', '4']);
  assert.equal(
    history.placeOfNewest(1, ({ note }) => note === '1'),
    1,
  );
  assert.equal(history.placeOfNewest(0, ALL), history.next);
  assert.equal(
    history.placeOfNewest(9, () => false),
    history.next,
  );
});
