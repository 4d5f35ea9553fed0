import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventHistory } from '../../src/events/event-history.ts';
import { EventLines } from '../../src/events/event-lines.ts';
import type { Happening, ServerEvent } from '../../src/events/server-event.ts';

function happening(note: string, addressSpace: string, more: Partial<Happening> = {}): Happening {
  return { reason: 'DocumentAdded', regarding: { kind: 'Address', name: note }, note, addressSpace, ...more };
}

function audienceOf(addressSpace: string) {
  return { concerns: (event: ServerEvent) => event.addressSpace === addressSpace, addressSpace };
}

const MONITOR = { concerns: () => true, addressSpace: undefined };

/** What the stream has to say just now. */
function read(lines: EventLines): ServerEvent[] {
  let text = '';
  for (let chunk = lines.read(); chunk !== null; chunk = lines.read()) text += chunk;
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data!) as ServerEvent);
}

const notesOf = (events: readonly ServerEvent[]): string[] => events.map(({ note }) => note);

test('a reader gets what there is from its place on, and what comes', async () => {
  using history = new EventHistory();
  for (const note of ['a', 'b']) history.tell(happening(note, `of ${note}`));
  await using lines = new EventLines(history, MONITOR, 1);
  assert.deepEqual(notesOf(read(lines)), ['b']);
  history.tell(happening('c', 'shop'));
  assert.deepEqual(notesOf(read(lines)), ['c']);
});

test('for a reader that does not read nothing is kept: it is told that it was overtaken, and goes on', async () => {
  using history = new EventHistory(100);
  await using lines = new EventLines(history, MONITOR, 0);
  // Large ones, so that few of them are more than a stream holds.
  const large = 'x'.repeat(1000);
  for (let at = 0; at < 2000; at++) history.tell(happening(`${at} ${large}`, `space-${at}`));
  assert.ok(lines.readableLength < 100_000, `${lines.readableLength} bytes`);
  const told = read(lines);
  assert.equal(told.filter(({ reason }) => reason === 'EventsLeftOut').length, 1);
  assert.match(told.at(-1)!.note, /^1999 /);
});

test('who has seen events of a start that is forgotten is told so, and then everything that there is', async () => {
  using history = new EventHistory();
  for (const note of ['a', 'b']) history.tell(happening(note, `of ${note}`));
  await using lines = new EventLines(history, MONITOR, history.placeAfter('of another start'));
  const [gap, ...rest] = read(lines);
  assert.deepEqual([gap?.reason, notesOf(rest)], ['EventsLeftOut', ['a', 'b']]);
  assert.match(gap!.note, /was started anew/);
  // Whoever goes on after that word is told everything as well, and not the word again.
  await using again = new EventLines(history, MONITOR, history.placeAfter(gap!.id));
  assert.deepEqual(notesOf(read(again)), ['a', 'b']);
});

test('what others do changes nothing of what a user of one address space reads, but for ids and times', () => {
  const counts = fc.array(fc.nat(30), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(counts, counts, (first, second) => {
      const [one, other] = [first, second].map(numbers => readAs('shop', numbers));
      assert.deepEqual(one, other);
    }),
    { numRuns: 25 },
  );
});

/** What somebody of this space reads who comes back after each event, while others have so many in between; ids and times have to look like nothing. */
function readAs(addressSpace: string, others: readonly number[]): unknown[] {
  using history = new EventHistory(20);
  const heard: unknown[] = [];
  const ids = new Set<string>();
  let last: string | undefined;
  for (const [turn, count] of others.entries()) {
    for (let at = 0; at < count; at++) history.tell(happening('loud', `other-${turn}-${at}`));
    history.tell(happening(`mine ${turn}`, addressSpace));
    const lines = new EventLines(history, audienceOf(addressSpace), last === undefined ? 0 : history.placeAfter(last));
    for (const { id, atMs: _atMs, ...event } of read(lines)) {
      assert.match(id, /^[\w-]{22}$/);
      assert.equal(ids.has(id), false);
      ids.add(id);
      last = id;
      heard.push(event);
    }
    lines.destroy();
  }
  return heard;
}
