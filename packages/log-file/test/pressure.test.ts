import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendText } from './recording-owner.ts';
import { SimulatedLog } from './simulated-log.ts';

const RECORD = 'r'.repeat(1000);
const SEGMENT_SIZE = 16 * 1024;

test('a full disk is noticed while the current segment has room, which settlements may still use', async () => {
  const simulated = new SimulatedLog();
  const log = await simulated.open();
  await simulated.quiet();
  simulated.disk.faults.full = true;
  while (log.pressure === 'none') {
    log.retain(appendText(log, RECORD), RECORD.length);
    log.sync();
    await simulated.quiet();
  }
  assert.deepEqual(simulated.owner.pressures, ['disk-full']);
  assert.ok(log.end < SEGMENT_SIZE / 2, `the disk is found full when the log ends at ${log.end}`);
  while (log.end < SEGMENT_SIZE - 100) appendText(log, 'a settlement');
  log.sync();
  await simulated.quiet();
  assert.equal(log.durableEnd, log.end);
  simulated.disk.faults.full = false;
  await simulated.until(() => log.pressure === 'none');
  assert.deepEqual(simulated.owner.pressures, ['disk-full', 'none']);
});

test('what does not fit on a full disk waits in memory, is not durable, and is written when there is room', async () => {
  const simulated = new SimulatedLog();
  const log = await simulated.open();
  await simulated.quiet();
  simulated.disk.faults.full = true;
  for (let at = 0; at < 60; at++) log.retain(appendText(log, `${at}${RECORD}`), 1000);
  log.sync();
  for (let step = 0; step < 200; step++) simulated.loop.step();
  assert.equal(log.pressure, 'disk-full');
  assert.ok(log.durableEnd < log.end);
  simulated.disk.faults.full = false;
  await simulated.until(() => log.durableEnd === log.end && log.pressure === 'none');
  simulated.disk.crash();
  await simulated.open();
  assert.equal(simulated.owner.replayed.length, 60);
});

test('a failing write is told, tried again every second, and nothing is told durable meanwhile', async () => {
  const simulated = new SimulatedLog();
  const log = await simulated.open();
  await simulated.quiet();
  simulated.disk.faults.write = 1;
  appendText(log, 'x');
  log.sync();
  await simulated.until(() => simulated.events.filter(event => event.kind === 'write-failed').length > 3);
  assert.deepEqual(simulated.owner.pressures, ['write-failed']);
  assert.deepEqual(simulated.owner.durableEnds, []);
  simulated.disk.faults.write = 0;
  await simulated.until(() => log.pressure === 'none');
  assert.deepEqual(simulated.owner.durableEnds, [log.end]);
});

test('after a failed sync everything that was not durable is written again, for the kernel may have dropped it', async () => {
  for (let seed = 1; seed < 50; seed++) {
    const simulated = new SimulatedLog(seed);
    const log = await simulated.open();
    await simulated.quiet();
    // Written without a sync, then synced: two ways that both must not trust the second sync.
    appendText(log, `first ${RECORD}`);
    await simulated.until(() => simulated.disk.find('0000000000000000.segment')!.dirty.size > 0);
    simulated.disk.faults.sync = 1;
    appendText(log, `second ${RECORD}`);
    log.sync();
    await simulated.until(() => log.pressure === 'write-failed');
    simulated.disk.faults.sync = 0;
    await simulated.until(() => log.durableEnd === log.end);
    simulated.disk.crash();
    await simulated.open();
    assert.deepEqual(
      simulated.owner.replayed.map(record => record.text.slice(0, 6)),
      ['first ', 'second'],
      `seed ${seed}`,
    );
  }
});

test('bytes that wait for a slow disk are pressure above the limit, until half of them are on disk', async () => {
  const simulated = new SimulatedLog();
  const log = await simulated.open({ unsyncedBytesMax: 64 * 1024 });
  await simulated.quiet();
  for (let at = 0; at < 100; at++) log.retain(appendText(log, RECORD), RECORD.length);
  log.sync();
  await simulated.until(() => log.pressure === 'unsynced-bytes');
  assert.ok(log.stats().unsyncedBytes > 32 * 1024);
  await simulated.until(() => log.pressure === 'none');
  assert.ok(log.stats().unsyncedBytes <= 32 * 1024);
  assert.deepEqual(simulated.owner.pressures, ['unsynced-bytes', 'none']);
});

test('a segment that nobody needs any more relieves a full disk: its file is used again', async () => {
  const simulated = new SimulatedLog();
  const log = await simulated.open();
  await simulated.quiet();
  const positions: number[] = [];
  while (log.pressure !== 'disk-full') {
    simulated.disk.faults.full = log.end > SEGMENT_SIZE;
    positions.push(appendText(log, RECORD));
    log.retain(positions.at(-1)!, RECORD.length);
    log.sync();
    await simulated.quiet();
  }
  for (const position of positions) log.release(position, RECORD.length);
  await simulated.until(() => log.pressure === 'none');
  assert.ok(simulated.events.some(event => event.kind === 'segment-made' && event.recycled));
});

test('a full disk is relieved by moving the few live records of the oldest segment', async () => {
  const simulated = new SimulatedLog();
  const log = await simulated.open();
  await simulated.quiet();
  let kept = appendText(log, 'kept');
  log.retain(kept, 4);
  simulated.owner.onRelocate = ({ position, text }) => {
    if (position !== kept) return;
    kept = appendText(log, text);
    log.retain(kept, 4);
    log.release(position, 4);
  };
  for (let at = 0; at < 100; at++) {
    simulated.disk.faults.full = log.end > SEGMENT_SIZE;
    appendText(log, RECORD);
    log.sync();
    await simulated.quiet();
  }
  assert.deepEqual(simulated.owner.pressures.slice(0, 2), ['disk-full', 'none']);
  assert.equal(log.pressure, 'none');
  assert.equal(log.durableEnd, log.end);
  log.sync();
  await simulated.quiet();
  simulated.disk.crash();
  await simulated.open();
  assert.ok(simulated.owner.replayed.some(record => record.position === kept && record.text === 'kept'));
});

test('closing on a failing disk says so, and does not hang', async () => {
  const simulated = new SimulatedLog();
  const log = await simulated.open();
  await simulated.quiet();
  simulated.disk.faults.write = 1;
  appendText(log, 'x');
  await assert.rejects(simulated.settle(log.close()), /EIO/);
  simulated.disk.faults.write = 0;
  await simulated.open();
});
