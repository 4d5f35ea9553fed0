import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { LogEvent } from '../src/index.ts';
import { openLog } from './open-log.ts';
import { appendDurably, appendText, load, RecordingOwner, syncAll, textOf } from './recording-owner.ts';
import { SimulatedLog } from './simulated-log.ts';
import { TemporaryDirectory } from './temporary-directory.ts';

test('records come back after a close in their order, with their kinds, positions and bytes', async () => {
  using directory = new TemporaryDirectory();
  const owner = new RecordingOwner();
  const log = await openLog(directory.path, owner);
  const texts = ['a', '', 'seventeen bytes..', 'x'.repeat(100_000), 'b'.repeat(2_000_000), 'end'];
  const positions = texts.map((text, at) => appendText(log, text, at));
  await log.close();
  const events: LogEvent[] = [];
  const again = new RecordingOwner();
  const reopened = await openLog(directory.path, again, events);
  assert.deepEqual(
    again.replayed,
    texts.map((text, at) => ({ position: positions[at]!, kind: at, text })),
  );
  assert.deepEqual(
    events.filter(event => event.kind !== 'segment-made'),
    [],
  );
  await reopened.close();
});

test('what was appended can be viewed at once, before it is on disk', async () => {
  using directory = new TemporaryDirectory();
  await using log = await openLog(directory.path, new RecordingOwner());
  const first = appendText(log, 'first', 7);
  const second = appendText(log, 'second', 8);
  const view = log.view(first)!;
  assert.deepEqual([view.kind, textOf(view)], [7, 'first']);
  assert.equal(textOf(log.view(second)!), 'second');
  assert.ok(log.durableEnd <= first);
});

test('one sync makes everything durable that was appended in the turn, and is told once', async () => {
  using directory = new TemporaryDirectory();
  const owner = new RecordingOwner();
  await using log = await openLog(directory.path, owner);
  for (let at = 0; at < 1000; at++) {
    appendText(log, `record ${at}`);
    log.sync();
  }
  const { end } = log;
  await owner.until(() => log.durableEnd >= end);
  assert.deepEqual(owner.durableEnds, [end]);
  assert.equal(log.stats().syncs, 1);
});

test('a new directory is ready at once: the room of its first segment is made in the background', async () => {
  const simulated = new SimulatedLog();
  const log = await simulated.open();
  assert.equal(log.stats().bytes, 0);
  const position = appendText(log, 'early');
  log.sync();
  await simulated.until(() => log.durableEnd > position);
});

test('a record that is larger than the first segments of a new directory goes into a larger one', async () => {
  using directory = new TemporaryDirectory();
  const owner = new RecordingOwner();
  const log = await openLog(directory.path, owner);
  const large = 'l'.repeat(log.recordSizeBytesMax);
  const positions = await appendDurably(log, owner, [large, 'after']);
  await log.close();
  const again = new RecordingOwner();
  await using reopened = await openLog(directory.path, again);
  assert.deepEqual(
    again.replayed.map(record => [record.position, record.text.length]),
    [
      [positions[0], large.length],
      [positions[1], 5],
    ],
  );
  assert.equal(await load(reopened, positions[0]!), large);
});

test('a deep log is drained through load and view, segment after segment', async () => {
  using directory = new TemporaryDirectory();
  const owner = new RecordingOwner();
  const small = {
    segmentSizeBytes: 256 * 1024,
    tailCacheBytesMax: 0,
    readCacheBytesMax: 300 * 1024,
    readAheadBytes: 16 * 1024,
    recordSizeBytesMax: 100_000,
  };
  await using log = await openLog(directory.path, owner, [], small);
  const texts = Array.from({ length: 2000 }, (_, at) => `${at}:${'.'.repeat(at % 97 === 0 ? 60_000 : at % 700)}`);
  const positions: number[] = [];
  for (const text of texts) {
    positions.push(appendText(log, text));
    log.retain(positions.at(-1)!, text.length);
    if (positions.length % 100 === 0) await syncAll(log, owner);
  }
  await syncAll(log, owner);
  let loads = 0;
  for (let at = 0; at < texts.length; at++) {
    const view = log.view(positions[at]!);
    if (view === undefined) loads++;
    assert.equal(view === undefined ? await load(log, positions[at]!) : textOf(view), texts[at]);
  }
  assert.ok(loads > 10 && loads < 500, `${loads} loads`);
});

test('segments are removed from the front as soon as nothing in them is retained', async () => {
  using directory = new TemporaryDirectory();
  const owner = new RecordingOwner();
  const events: LogEvent[] = [];
  await using log = await openLog(directory.path, owner, events, { segmentSizeBytes: 64 * 1024 });
  const live: { position: number; size: number }[] = [];
  for (let round = 0; round < 50; round++) {
    const texts = Array.from({ length: 10 }, (_, at) => `${round}/${at}:${'.'.repeat(1000)}`);
    const positions = await appendDurably(log, owner, texts);
    positions.forEach((position, at) => {
      log.retain(position, texts[at]!.length);
      live.push({ position, size: texts[at]!.length });
    });
    while (live.length > 20) {
      const oldest = live.shift()!;
      log.release(oldest.position, oldest.size);
    }
  }
  await owner.until(() => log.stats().segments <= 3);
  const removed = events.filter(event => event.kind === 'segment-removed').map(event => event.segment);
  assert.ok(removed.length > 3);
  assert.deepEqual(removed, removed.toSorted());
  for (const { position, size } of live) assert.equal((await load(log, position)).length, size);
});

test('what was replayed stays until the owner has said what it retains, however long that takes', async () => {
  using directory = new TemporaryDirectory();
  const owner = new RecordingOwner();
  const log = await openLog(directory.path, owner, [], { segmentSizeBytes: 64 * 1024 });
  const texts = Array.from({ length: 300 }, (_, at) => `${at}:${'.'.repeat(1000)}`);
  const positions = texts.map(text => appendText(log, text));
  positions.forEach((position, at) => {
    log.retain(position, texts[at]!.length);
  });
  await log.close();
  const events: LogEvent[] = [];
  const again = new RecordingOwner();
  await using reopened = await openLog(directory.path, again, events, { segmentSizeBytes: 64 * 1024 });
  const { segments } = reopened.stats();
  assert.ok(segments > 3);
  // Turns in which segments would be taken away.
  for (let turn = 0; turn < 50; turn++) await setImmediate();
  const last = positions.at(-1)!;
  reopened.retain(last, texts.at(-1)!.length);
  assert.equal(reopened.stats().segments, segments);
  reopened.replayed();
  await again.until(() => reopened.stats().segments < segments);
  assert.equal((await load(reopened, last)).length, texts.at(-1)!.length);
});
