import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendText, RecordingOwner } from './recording-owner.ts';
import { SimulatedLog } from './simulated-log.ts';
import { SnapshotCopy } from './snapshot-copy.ts';

const RECORD = 'r'.repeat(1000);
const IDLE_MS = 60_000;

/** Fills some segments with records that nobody needs any more, but for the first. */
async function filled(): Promise<{ simulated: SimulatedLog; first: number; segments: number }> {
  const simulated = new SimulatedLog();
  const log = await simulated.open({ garbageShareMin: 2 });
  const first = appendText(log, RECORD);
  log.retain(first, RECORD.length);
  for (let at = 0; at < 60; at++) appendText(log, `${at}${RECORD}`);
  log.sync();
  await simulated.until(() => log.durableEnd === log.end);
  await simulated.quiet();
  return { simulated, first, segments: log.stats().segments };
}

test('a snapshot has everything that is on disk, and nothing that comes later', async () => {
  const { simulated } = await filled();
  const { log } = simulated;
  const copy = new SnapshotCopy(log.snapshot('copy', IDLE_MS));
  appendText(log, 'later');
  log.sync();
  await simulated.settle(copy.done);
  const owner = new RecordingOwner();
  assert.deepEqual(await copy.replay(owner), []);
  assert.equal(owner.replayed.length, 61);
  assert.equal(owner.replayed.at(-1)!.text, `59${RECORD}`);
});

test('segments that a snapshot has yet to read stay, and those that it has read go', async () => {
  const { simulated, first, segments } = await filled();
  const { log } = simulated;
  const snapshot = log.snapshot('copy', IDLE_MS);
  log.release(first, RECORD.length);
  await simulated.quiet();
  assert.equal(log.stats().segments, segments);
  await simulated.settle(snapshot.read(2, 0, new Uint8Array(8)));
  await simulated.quiet();
  assert.equal(log.stats().segments, segments - 2);
  snapshot[Symbol.dispose]();
  await simulated.until(() => log.stats().segments === 1);
});

test('a snapshot that nobody reads loses its hold, says so, and cannot be read any more', async () => {
  const { simulated, first } = await filled();
  const { log } = simulated;
  const snapshot = log.snapshot('copy', IDLE_MS);
  log.release(first, RECORD.length);
  await simulated.until(() => log.stats().segments === 1);
  assert.ok(simulated.events.some(event => event.kind === 'hold-ended' && event.name === 'copy'));
  await assert.rejects(
    simulated.settle(snapshot.read(0, 0, new Uint8Array(8))),
    /not wait for the copy any more: it was not read for 60 s/,
  );
});

test('a full disk gets the segments that a snapshot holds', async () => {
  const { simulated, first, segments } = await filled();
  const { log } = simulated;
  const snapshot = log.snapshot('copy', IDLE_MS);
  log.release(first, RECORD.length);
  await simulated.quiet();
  assert.equal(log.stats().segments, segments);
  simulated.disk.faults.full = true;
  for (let at = 0; at < 40; at++) appendText(log, RECORD);
  log.sync();
  await simulated.until(() => log.durableEnd === log.end);
  assert.ok(simulated.events.some(event => event.kind === 'hold-ended' && /full/.test(event.why)));
  await assert.rejects(simulated.settle(snapshot.read(0, 0, new Uint8Array(8))), /the disk is full/);
});

test('a read under way when its hold ends is refused: the file may be another segment’s by then', async () => {
  const { simulated } = await filled();
  const snapshot = simulated.log.snapshot('copy', IDLE_MS);
  const reading = snapshot.read(0, 0, new Uint8Array(8));
  const closing = simulated.log.close();
  await assert.rejects(simulated.settle(reading), /the log is being closed/);
  await simulated.settle(closing);
});

test('an empty log has an empty snapshot', async () => {
  const simulated = new SimulatedLog();
  const log = await simulated.open();
  assert.deepEqual(log.snapshot('copy', IDLE_MS).files, []);
});
