import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALIKE_INTERVAL_MS, ALIKE_MAX, EventHistory } from '../../src/events/event-history.ts';
import type { Happening, ServerEvent } from '../../src/events/server-event.ts';

function happening(note: string, more: Partial<Happening> = {}): Happening {
  return { reason: 'DocumentAdded', regarding: { kind: 'Address', name: note }, note, ...more };
}

const ALL = (): boolean => true;

test('who has seen an event gets those after it, and is told when they are not remembered any more', () => {
  using history = new EventHistory(10);
  const before = history.last;
  const seen: ServerEvent[] = [];
  history.listen(event => seen.push(event));
  for (let at = 0; at < 14; at++) history.tell(happening(`${at}`, { addressSpace: `space-${at}` }));
  assert.equal(history.after(before), undefined);
  assert.deepEqual(
    history.after(seen[10]!.sequence)!.map(({ note }) => note),
    ['11', '12', '13'],
  );
  assert.deepEqual(history.after(history.last), []);
  assert.equal(history.after(history.last + 1), undefined);
  assert.equal(seen.length, 14);
});

test('numbers go on over a restart', t => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 });
  using first = new EventHistory();
  for (let at = 0; at < 100; at++) first.tell(happening('x', { addressSpace: `${at}` }));
  t.mock.timers.tick(1);
  using second = new EventHistory();
  assert.ok(second.last >= first.last);
  assert.equal(second.after(first.last - 1), undefined);
});

test('a flood is told as one, and hides nothing else', t => {
  t.mock.timers.enable({ apis: ['Date', 'setInterval'], now: 1_000_000 });
  using history = new EventHistory();
  for (let at = 0; at < 1000; at++) history.tell(happening(`flood ${at}`, { addressSpace: 'loud' }));
  history.tell(happening('other', { addressSpace: 'quiet' }));
  assert.equal(history.newest(10_000, ALL).length, ALIKE_MAX + 1);
  t.mock.timers.tick(ALIKE_INTERVAL_MS * 1.1);
  const last = history.newest(1, ALL)[0]!;
  assert.equal(last.count, 1000 - ALIKE_MAX);
  assert.equal(last.note, `And ${1000 - ALIKE_MAX} more like these.`);
  assert.equal(last.addressSpace, 'loud');
  history.tell(happening('again', { addressSpace: 'loud' }));
  assert.equal(history.newest(1, ALL)[0]!.note, 'again');
});
