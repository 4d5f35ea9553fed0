import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileLog } from '../src/index.ts';
import { openLog } from './open-log.ts';
import { appendDurably, appendText, load, RecordingOwner as Owner, type RecordingOwner, syncAll } from './recording-owner.ts';
import { TemporaryDirectory } from './temporary-directory.ts';

const SEGMENT_SIZE = 64 * 1024;
const GARBAGE = 'g'.repeat(1000);

/** Retains a text, and moves it along when its segment is emptied. */
function keep(log: FileLog, owner: RecordingOwner, texts: readonly string[]): Map<string, number> {
  const places = new Map<string, number>();
  const put = (text: string): void => {
    const position = appendText(log, text);
    log.retain(position, text.length);
    places.set(text, position);
  };
  for (const text of texts) put(text);
  owner.onRelocate = ({ position, text }) => {
    if (places.get(text) !== position) return;
    put(text);
    log.release(position, text.length);
  };
  return places;
}

test('a few live records at the front do not keep the garbage behind them', async () => {
  using directory = new TemporaryDirectory();
  const owner = new Owner();
  const log = await openLog(directory.path, owner, [], { segmentSizeBytes: SEGMENT_SIZE });
  const places = keep(log, owner, ['one', 'two', 'three']);
  let segmentsMax = 0;
  // The load goes on without a pause, and the compaction gets its turns all the same.
  for (let round = 0; round < 100; round++) {
    await appendDurably(
      log,
      owner,
      Array.from({ length: 20 }, () => GARBAGE),
    );
    segmentsMax = Math.max(segmentsMax, log.stats().segments);
  }
  assert.ok(segmentsMax <= 10, `${segmentsMax} segments`);
  for (const [text, position] of places) assert.equal(await load(log, position), text);
  await log.close();
  const again = new Owner();
  await using _ = await openLog(directory.path, again, [], { segmentSizeBytes: SEGMENT_SIZE });
  for (const [text, position] of places) assert.ok(again.replayed.some(record => record.position === position && record.text === text));
});

test('what is small and taken along into each segment that is begun holds none back, and need not be read', async () => {
  using directory = new TemporaryDirectory();
  const owner = new Owner();
  const log = await openLog(directory.path, owner, [], { segmentSizeBytes: SEGMENT_SIZE });
  let place = appendText(log, 'small');
  log.retain(place, 5);
  const offers: { readonly from: number; readonly bytesMax: number }[] = [];
  owner.onGather = (from, bytesMax) => {
    offers.push({ from, bytesMax });
    assert.ok(place < from && from <= log.end, 'what is moved lies before the segment');
    const moved = appendText(log, 'small');
    log.retain(moved, 5);
    log.release(place, 5);
    place = moved;
  };
  for (let round = 0; round < 40; round++) {
    await appendDurably(
      log,
      owner,
      Array.from({ length: 20 }, () => GARBAGE),
    );
    assert.ok(log.stats().segments <= 4, `${log.stats().segments} segments`);
  }
  const begun = offers.map(({ from }) => from);
  assert.ok(begun.length > 10 && begun.every((from, at) => at === 0 || from > begun[at - 1]!), `each once: ${begun.join(', ')}`);
  assert.ok(offers.every(({ bytesMax }) => bytesMax === SEGMENT_SIZE / 64));
  assert.deepEqual(owner.relocated, []);
  await log.close();
  const again = new Owner();
  await using _ = await openLog(directory.path, again, [], { segmentSizeBytes: SEGMENT_SIZE });
  assert.ok(again.replayed.some(record => record.position === place && record.text === 'small'));
});

test('a log whose records are mostly live is left alone', async () => {
  using directory = new TemporaryDirectory();
  const owner = new Owner();
  await using log = await openLog(directory.path, owner, [], { segmentSizeBytes: SEGMENT_SIZE });
  for (let at = 0; at < 1000; at++) {
    const position = appendText(log, GARBAGE);
    if (at % 3 > 0) log.retain(position, GARBAGE.length);
    if (at % 100 === 0) await syncAll(log, owner);
  }
  await syncAll(log, owner);
  assert.deepEqual(owner.relocated, []);
  assert.ok(log.stats().segments > 10);
});

test('what the owner leaves where it is stays', async () => {
  using directory = new TemporaryDirectory();
  const owner = new Owner();
  const events: { kind: string }[] = [];
  await using log = await openLog(directory.path, owner, events, { segmentSizeBytes: SEGMENT_SIZE });
  const position = appendText(log, 'stays');
  log.retain(position, 5);
  for (let round = 0; round < 20; round++)
    await appendDurably(
      log,
      owner,
      Array.from({ length: 20 }, () => GARBAGE),
    );
  await owner.until(() => events.some(event => event.kind === 'compacted'));
  assert.equal(await load(log, position), 'stays');
});

test('closing in the middle of a compaction waits for its slice', async () => {
  using directory = new TemporaryDirectory();
  const owner = new Owner();
  const log = await openLog(directory.path, owner, [], { segmentSizeBytes: SEGMENT_SIZE });
  const places = keep(
    log,
    owner,
    Array.from({ length: 20 }, (_, at) => `text ${at}`),
  );
  const relocate = owner.onRelocate!;
  const relocating = Promise.withResolvers<void>();
  owner.onRelocate = record => {
    relocate(record);
    relocating.resolve();
  };
  for (let round = 0; round < 8; round++)
    await appendDurably(
      log,
      owner,
      Array.from({ length: 20 }, () => GARBAGE),
    );
  await relocating.promise;
  await log.close();
  const again = new Owner();
  await using _ = await openLog(directory.path, again, [], { segmentSizeBytes: SEGMENT_SIZE });
  for (const [text, position] of places) assert.ok(again.replayed.some(record => record.position === position && record.text === text));
});
