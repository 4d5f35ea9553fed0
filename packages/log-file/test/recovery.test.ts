import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { CorruptRecordError, DirectoryInUseError, FormatVersionError } from '../src/index.ts';
import { openLog } from './open-log.ts';
import { appendDurably, appendText, load, RecordingOwner, syncAll } from './recording-owner.ts';
import { TemporaryDirectory } from './temporary-directory.ts';

const SEGMENT = '0000000000000000.segment';

/** A directory as a power failure would leave it: a copy of the files while the log is open. */
function copyOf(directory: string, into: string): string {
  mkdirSync(into);
  for (const name of readdirSync(directory)) if (name !== 'lock') copyFileSync(join(directory, name), join(into, name));
  return into;
}

function overwrite(path: string, offset: number, bytes: Uint8Array): void {
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, bytes, 0, bytes.length, offset);
}

test('a torn tail is cut, reported with its bytes, and stays gone after another crash', async () => {
  using directory = new TemporaryDirectory();
  const owner = new RecordingOwner();
  await using log = await openLog(join(directory.path, 'first'), owner);
  const [kept] = await appendDurably(log, owner, ['kept']);
  // One batch, of which a power failure leaves the last record and not the first.
  const torn = appendText(log, 'torn'.repeat(10));
  const stale = appendText(log, 'stale');
  const { end } = log;
  await syncAll(log, owner);
  const crashed = copyOf(join(directory.path, 'first'), join(directory.path, 'crashed'));
  overwrite(join(crashed, SEGMENT), torn + 20, Buffer.from('#'));

  const second = new RecordingOwner();
  const events: object[] = [];
  const reopened = await openLog(crashed, second, events);
  assert.deepEqual(second.replayed, [{ position: kept, kind: 1, text: 'kept' }]);
  assert.deepEqual(
    events.filter(event => 'kind' in event && event.kind === 'torn-tail'),
    [{ kind: 'torn-tail', position: torn, bytesCut: end - torn }],
  );
  // A record of the same size goes where the torn one was: were the stale one left, it would follow without a gap.
  assert.deepEqual(await appendDurably(reopened, second, ['again'.repeat(8)]), [torn]);
  const crashedAgain = copyOf(crashed, join(directory.path, 'crashed-again'));
  const third = new RecordingOwner();
  await using last = await openLog(crashedAgain, third);
  assert.deepEqual(
    third.replayed.map(record => record.text),
    ['kept', 'again'.repeat(8)],
  );
  assert.ok(last.end <= stale);
  await reopened.close();
});

test('a damaged record is reported and left out, and the log before and after it survives', async () => {
  using directory = new TemporaryDirectory();
  const owner = new RecordingOwner();
  const log = await openLog(directory.path, owner);
  const texts = Array.from({ length: 100 }, (_, at) => `record ${at}`);
  const positions = await appendDurably(log, owner, texts);
  await log.close();
  overwrite(join(directory.path, SEGMENT), positions[50]! + 16, Buffer.from('RECORD'));

  const again = new RecordingOwner();
  const events: object[] = [];
  await using reopened = await openLog(directory.path, again, events);
  assert.deepEqual(
    again.replayed.map(record => record.text),
    texts.toSpliced(50, 1),
  );
  assert.deepEqual(
    events.filter(event => 'kind' in event && event.kind !== 'segment-made'),
    [{ kind: 'corrupt-record', segment: SEGMENT, position: positions[50], bytesSkipped: positions[51]! - positions[50]! }],
  );
  assert.equal(reopened.end, log.end);
});

test('a record whose length is damaged does not take the rest of the log with it', async () => {
  using directory = new TemporaryDirectory();
  const owner = new RecordingOwner();
  const log = await openLog(directory.path, owner);
  const positions = await appendDurably(log, owner, ['a', 'b'.repeat(3000), 'c', 'd']);
  await log.close();
  overwrite(join(directory.path, SEGMENT), positions[1]! + 8, Uint8Array.of(0xff, 0xff, 0x01));
  const again = new RecordingOwner();
  await using _ = await openLog(directory.path, again);
  assert.deepEqual(
    again.replayed.map(record => record.text),
    ['a', 'c', 'd'],
  );
});

test('a message body that looks like a record is not taken for one behind damage', async () => {
  using directory = new TemporaryDirectory();
  const owner = new RecordingOwner();
  const log = await openLog(directory.path, owner);
  const [sample] = await appendDurably(log, owner, ['forged']);
  // The attacker knows the layout and the position, and has seen another log's bytes.
  const bytes = readFileSync(join(directory.path, SEGMENT)).subarray(sample, sample! + 24);
  const [carrier, after] = await appendDurably(log, owner, [`${'.'.repeat(8)}${Buffer.from(bytes).toString('latin1')}`, 'after']);
  await log.close();
  overwrite(join(directory.path, SEGMENT), carrier! + 16, Buffer.from('#'));
  const again = new RecordingOwner();
  await using _ = await openLog(directory.path, again);
  assert.deepEqual(
    again.replayed.map(record => record.position),
    [sample, after],
  );
});

test('damage is found when a record is loaded', async () => {
  using directory = new TemporaryDirectory();
  const owner = new RecordingOwner();
  await using log = await openLog(directory.path, owner, [], { segmentSizeBytes: 64 * 1024, tailCacheBytesMax: 0 });
  const positions: number[] = [];
  for (let at = 0; at < 20; at++) {
    positions.push(appendText(log, `${at}${'.'.repeat(5000)}`));
    log.retain(positions[at]!, 5001);
    await syncAll(log, owner);
  }
  overwrite(join(directory.path, SEGMENT), positions[2]! + 1000, Buffer.from('#'));
  await assert.rejects(load(log, positions[2]!), (error: Error) => {
    assert.ok(error instanceof CorruptRecordError);
    assert.equal(error.position, positions[2]);
    return true;
  });
  assert.match(await load(log, positions[1]!), /^1\.+$/);
  assert.match(await load(log, positions[3]!), /^3\.+$/);
});

test('a segment without a readable header is put aside and reported, and the others are read', async () => {
  using directory = new TemporaryDirectory();
  const owner = new RecordingOwner();
  const log = await openLog(directory.path, owner, [], { segmentSizeBytes: 16 * 1024 });
  for (let at = 0; at < 30; at++) log.retain(appendText(log, `${at}:${'.'.repeat(1000)}`), 1000);
  await log.close();
  overwrite(join(directory.path, SEGMENT), 0, Buffer.from('######'));
  const events: { kind: string }[] = [];
  const again = new RecordingOwner();
  await using reopened = await openLog(directory.path, again, events, { segmentSizeBytes: 16 * 1024 });
  assert.ok(again.replayed.length > 10 && again.replayed.length < 30);
  assert.equal(again.replayed.at(-1)?.text.slice(0, 3), '29:');
  assert.equal(events[0]?.kind, 'corrupt-segment');
  assert.ok(readdirSync(directory.path).includes(`${SEGMENT}.damaged`));
  assert.equal(reopened.end, log.end);
});

test('a directory of another format version is refused with words', async () => {
  using directory = new TemporaryDirectory();
  const log = await openLog(directory.path, new RecordingOwner());
  appendText(log, 'x');
  await log.close();
  overwrite(join(directory.path, SEGMENT), 8, Uint8Array.of(2));
  await assert.rejects(openLog(directory.path, new RecordingOwner()), (error: Error) => {
    assert.ok(error instanceof FormatVersionError);
    assert.match(error.message, /format version 2, and this version of Angarium reads version 1 only/);
    return true;
  });
});

test('a directory that another log has open is refused by name, and is free again when that one is closed', async () => {
  using directory = new TemporaryDirectory();
  const log = await openLog(directory.path, new RecordingOwner());
  await assert.rejects(openLog(directory.path, new RecordingOwner()), (error: Error) => {
    assert.ok(error instanceof DirectoryInUseError);
    assert.ok(error.message.includes(directory.path));
    return true;
  });
  await log.close();
  await (await openLog(directory.path, new RecordingOwner())).close();
});

test('an unfinished file of an earlier start does no harm', async () => {
  using directory = new TemporaryDirectory();
  const owner = new RecordingOwner();
  const log = await openLog(directory.path, owner);
  await appendDurably(log, owner, ['x']);
  await log.close();
  writeFileSync(join(directory.path, 'making.segment'), 'half');
  const again = new RecordingOwner();
  await using _ = await openLog(directory.path, again);
  assert.equal(again.replayed.length, 1);
});

test('a process that is killed keeps what it was told is durable, and gives the directory back', async () => {
  using directory = new TemporaryDirectory();
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'appending-process.ts'), directory.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    let durable = 0;
    let refused: Promise<void> | undefined;
    for await (const line of lines) {
      durable = Number(line);
      refused ??= assert.rejects(openLog(directory.path, new RecordingOwner()), DirectoryInUseError);
      if (durable > 2000 * (round + 1)) {
        await refused;
        child.kill('SIGKILL');
      }
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    assert.equal(child.signalCode, 'SIGKILL');
    assert.deepEqual(
      readdirSync(directory.path).filter(name => !name.endsWith('.segment')),
      ['lock'],
    );
    const owner = new RecordingOwner();
    const log = await openLog(directory.path, owner);
    assert.ok(owner.replayed.length >= durable, `${owner.replayed.length} of ${durable} records`);
    for (const [at, record] of owner.replayed.entries()) assert.equal(record.text, `record ${at}`);
    await log.close();
  }
});
