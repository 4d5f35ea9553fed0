import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendText, textOf } from './recording-owner.ts';
import { SimulatedLog } from './simulated-log.ts';

const TEXT_SIZE = 100;

/** A log whose records are all on disk and not in memory. */
async function coldLog(): Promise<{ simulated: SimulatedLog; positions: number[] }> {
  const simulated = new SimulatedLog();
  const log = await simulated.open({ tailCacheBytesMax: 0, readAheadBytes: 4096, readCacheBytesMax: 16 * 1024 });
  const positions: number[] = [];
  for (let at = 0; at < 1000; at++) {
    positions.push(appendText(log, `${at}`.padEnd(TEXT_SIZE)));
    log.retain(positions[at]!, TEXT_SIZE);
    if (at % 100 === 99) {
      log.sync();
      await simulated.quiet();
    }
  }
  return { simulated, positions };
}

test('loads of the same place that run at the same time share one read', async () => {
  const { simulated, positions } = await coldLog();
  const { log, disk } = simulated;
  assert.equal(log.view(positions[7]!), undefined);
  const before = disk.reads;
  const loaded: string[] = [];
  for (const at of [5, 6, 5, 7, 20])
    log.load(positions[at]!, error => loaded.push(error?.message ?? textOf(log.view(positions[at]!)!).trim()));
  assert.equal(disk.reads, before);
  assert.deepEqual(loaded, []);
  await simulated.quiet();
  assert.deepEqual(loaded.sort(), ['20', '5', '5', '6', '7']);
  assert.ok(disk.reads - before <= 2, `${disk.reads - before} reads`);
});

test('what follows a loaded record can be viewed without another load', async () => {
  const { simulated, positions } = await coldLog();
  let done = false;
  simulated.log.load(positions[10]!, () => {
    done = true;
  });
  await simulated.until(() => done);
  for (let at = 10; at < 40; at++) assert.equal(textOf(simulated.log.view(positions[at]!)!).trim(), `${at}`);
});

test('a record that is in memory is loaded in a later turn, without a read', async () => {
  const simulated = new SimulatedLog();
  const log = await simulated.open();
  const position = appendText(log, 'here');
  const before = simulated.disk.reads;
  let text = '';
  log.load(position, () => {
    text = textOf(log.view(position)!);
  });
  assert.equal(text, '');
  await simulated.until(() => text !== '');
  assert.equal(text, 'here');
  assert.equal(simulated.disk.reads, before);
});

test('a position in no segment is answered with an error', async () => {
  const simulated = new SimulatedLog();
  const log = await simulated.open();
  let message: string | undefined;
  log.load(123_456_789_000, error => {
    message = error?.message;
  });
  await simulated.until(() => message !== undefined);
  assert.match(message!, /position 123456789000 is in no segment of an open log/);
});

test('records that nobody syncs are handed to the operating system soon, in one write', async () => {
  const simulated = new SimulatedLog();
  const log = await simulated.open();
  await simulated.quiet();
  appendText(log, 'not synced 1');
  appendText(log, 'not synced 2');
  const file = () => Buffer.from(simulated.disk.find('0000000000000000.segment')!.bytes).toString('latin1');
  assert.ok(!file().includes('not synced 1'));
  await simulated.until(() => file().includes('not synced 1'));
  assert.ok(file().includes('not synced 2'));
  assert.deepEqual(simulated.owner.durableEnds, []);
});

test('a record that is too large, and one after the close, are refused as mistakes of the caller', async () => {
  const simulated = new SimulatedLog();
  const log = await simulated.open();
  assert.throws(() => log.append(1, log.recordSizeBytesMax + 1), RangeError);
  assert.throws(() => log.append(240, 1), RangeError);
  appendText(log, 'm'.repeat(log.recordSizeBytesMax));
  await simulated.settle(log.close());
  assert.throws(() => log.append(1, 1), /is closed/);
  assert.throws(() => log.release(64, 1), /was not retained/);
});
