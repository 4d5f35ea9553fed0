/**
 * What the log costs, against what the disk and the language cost in the same run.
 *
 *     node packages/log-file/bench/append.ts [directory]
 *
 * - append: nanoseconds of `append` with its copy, no disk in between.
 * - synced batches: records of 170 bytes, a sync after every 100, 1000, 5000; beside a bare loop that writes as many bytes over room that was
 *   allocated before and calls fdatasync. The ratio is the log's rate by the loop's: 1 is the limit. With two in flight the next batch is
 *   appended while one is written, as a server does it.
 * - drain: a log that is not in memory, read through load and view in order; beside reading the files in pieces of the same size.
 * - open: replay of a million records of 1 KiB.
 */

/**
 * What the log costs, against what the disk and the language cost in the same run.
 *
 *     node packages/log-file/bench/append.ts [directory]
 *
 * - append: nanoseconds of `append` with its copy, no disk in between.
 * - synced batches: records of 170 bytes, a sync after every 100, 1000, 5000; beside a bare loop that writes as many bytes over room that was
 *   allocated before and calls fdatasync. The ratio is the log's rate by the loop's: 1 is the limit. With two in flight the next batch is
 *   appended while one is written, as a server does it.
 * - drain: a log that is not in memory, read through load and view in order; beside reading the files in pieces of the same size.
 * - open: replay of a million records of 1 KiB.
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogOwner } from '@angarium/core';
import { FileLog } from '../src/index.ts';

const RECORD_SIZE = 170;
/** With header and padding. */
const RECORD_ROOM = 192;
const ROUNDS = 3;
const root = fs.mkdtempSync(join(process.argv[2] ?? tmpdir(), 'angarium-bench-'));
const payload = new Uint8Array(1024).fill(120);

class BenchOwner implements LogOwner {
  replayed = 0;
  onDurable: (() => void) | undefined;

  replay(): void {
    this.replayed++;
  }
  durable(): void {
    this.onDurable?.();
  }
  relocate(): void {}
  gather(): void {}
  pressure(): void {}
}

function appendRecords(log: FileLog, count: number, sizeBytes: number): void {
  for (let at = 0; at < count; at++) {
    log.append(1, sizeBytes);
    copy(payload, log.buffer, log.offset, sizeBytes);
  }
}

function copy(from: Uint8Array, to: Uint8Array, offset: number, sizeBytes: number): void {
  if (sizeBytes > 256) to.set(from.subarray(0, sizeBytes), offset);
  else for (let at = 0; at < sizeBytes; at++) to[offset + at] = from[at]!;
}

async function openLog(name: string, owner: BenchOwner, options = {}): Promise<FileLog> {
  return FileLog.open({ directory: join(root, name), owner, report: () => {}, ...options });
}

function durable(log: FileLog, owner: BenchOwner): Promise<void> {
  const { end } = log;
  log.sync();
  return new Promise(resolve => {
    owner.onDurable = () => {
      if (log.durableEnd >= end) resolve();
    };
  });
}

/** Milliseconds per batch of the bare loop: write and fdatasync over zeros. */
async function bareLoop(bytes: number, batches: number): Promise<number> {
  const path = join(root, 'bare');
  const size = 64 * 1024 * 1024;
  fs.writeFileSync(path, new Uint8Array(size), { flush: true });
  const descriptor = await new Promise<number>((resolve, reject) =>
    fs.open(path, 'r+', (error, fd) => (error === null ? resolve(fd) : reject(error))),
  );
  const buffer = new Uint8Array(bytes).fill(1);
  let position = 0;
  const startedMs = performance.now();
  for (let batch = 0; batch < batches; batch++) {
    await new Promise<void>((resolve, reject) =>
      fs.write(descriptor, buffer, 0, bytes, position, error =>
        error === null ? fs.fdatasync(descriptor, syncError => (syncError === null ? resolve() : reject(syncError))) : reject(error),
      ),
    );
    position = position + 2 * bytes > size ? 0 : position + bytes;
  }
  const elapsedMs = performance.now() - startedMs;
  fs.closeSync(descriptor);
  return elapsedMs / batches;
}

async function benchAppend(): Promise<void> {
  const owner = new BenchOwner();
  const log = await openLog('append', owner, { unsyncedBytesMax: 1024 * 1024 * 1024 });
  const count = 50_000;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 8; round++) {
    const startedMs = performance.now();
    appendRecords(log, count, RECORD_SIZE);
    best = Math.min(best, ((performance.now() - startedMs) * 1e6) / count);
    await durable(log, owner);
  }
  const target = new Uint8Array(1024 * 1024);
  let copyNs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 8; round++) {
    const startedMs = performance.now();
    for (let at = 0; at < count; at++) copy(payload, target, (at & 4095) * 200, RECORD_SIZE);
    copyNs = Math.min(copyNs, ((performance.now() - startedMs) * 1e6) / count);
  }
  console.log(`append of ${RECORD_SIZE} bytes: ${best.toFixed(0)} ns with the copy, which alone takes ${copyNs.toFixed(0)} ns`);
  await log.close();
}

async function benchSync(perSync: number, inFlight: number): Promise<void> {
  const batches = Math.max(60, Math.min(400, Math.floor(400_000 / perSync)));
  const ratios: string[] = [];
  let rates = '';
  for (let round = 0; round < ROUNDS; round++) {
    const owner = new BenchOwner();
    const log = await openLog(`sync-${perSync}-${inFlight}-${round}`, owner);
    // The first files are small and made one after the other, later ones are used again: only those are measured.
    for (let warm = 0; warm < 80; warm++) {
      appendRecords(log, 20_000, RECORD_SIZE);
      await durable(log, owner);
    }
    const bareBefore = await bareLoop(perSync * RECORD_ROOM, batches);
    const startedMs = performance.now();
    await appendBatches(log, owner, perSync, inFlight, batches);
    const ownMs = (performance.now() - startedMs) / batches;
    const bareMs = (bareBefore + (await bareLoop(perSync * RECORD_ROOM, batches))) / 2;
    ratios.push((bareMs / ownMs).toFixed(2));
    rates = `${perSecond(perSync, ownMs)} records/s (the loop: ${perSecond(perSync, bareMs)})`;
    await log.close();
  }
  console.log(`sync per ${perSync}, ${inFlight} in flight: ${rates}, ratios ${ratios.join(' ')}`);
}

/** Appends batches, each with its sync, and goes on while no more than `inFlight` of them wait. */
function appendBatches(log: FileLog, owner: BenchOwner, perSync: number, inFlight: number, batches: number): Promise<void> {
  const ends: number[] = [];
  let appended = 0;
  return new Promise(resolve => {
    const next = (): void => {
      while (ends.length > 0 && log.durableEnd >= ends[0]!) ends.shift();
      if (appended === batches && ends.length === 0) return resolve();
      if (appended === batches || ends.length >= inFlight) return;
      appendRecords(log, perSync, RECORD_SIZE);
      ends.push(log.end);
      appended++;
      log.sync();
      // The batch is handed to the disk at the end of this turn, and the next one is appended while it is written.
      setImmediate(next);
    };
    owner.onDurable = next;
    next();
  });
}

function perSecond(records: number, milliseconds: number): string {
  return Math.round((records / milliseconds) * 1000).toLocaleString('en');
}

async function benchDrain(sizeBytes: number, count: number): Promise<void> {
  const owner = new BenchOwner();
  const log = await openLog(`drain-${sizeBytes}`, owner, { tailCacheBytesMax: 0 });
  const positions = new Float64Array(count);
  for (let at = 0; at < count; at++) {
    positions[at] = log.append(1, sizeBytes);
    copy(payload, log.buffer, log.offset, Math.min(sizeBytes, payload.length));
    log.retain(positions[at]!, sizeBytes);
    if (at % 20_000 === 0) await durable(log, owner);
  }
  await durable(log, owner);
  const startedMs = performance.now();
  let at = 0;
  await new Promise<void>((resolve, reject) => {
    const drain = (error?: Error): void => {
      if (error !== undefined) return reject(error);
      for (; at < count; at++) {
        const view = log.view(positions[at]!);
        if (view === undefined) return log.load(positions[at]!, drain);
        if (view.end - view.start !== sizeBytes) return reject(new Error('a record of another size'));
      }
      resolve();
    };
    drain();
  });
  const seconds = (performance.now() - startedMs) / 1000;
  const bytes = positions[count - 1]! - positions[0]!;
  const piece = new Uint8Array(512 * 1024);
  const readStartedMs = performance.now();
  for (const name of fs.readdirSync(join(root, `drain-${sizeBytes}`))) {
    const descriptor = fs.openSync(join(root, `drain-${sizeBytes}`, name), 'r');
    while (fs.readSync(descriptor, piece, 0, piece.length, null) > 0);
    fs.closeSync(descriptor);
  }
  const readSeconds = (performance.now() - readStartedMs) / 1000;
  console.log(
    `drain of ${sizeBytes} bytes: ${Math.round(count / seconds).toLocaleString('en')} records/s, ${(bytes / seconds / 1e6).toFixed(0)} MB/s, ` +
      `${(readSeconds / seconds).toFixed(2)} of reading alone`,
  );
  await log.close();
}

async function benchOpen(): Promise<void> {
  const owner = new BenchOwner();
  const log = await openLog('open', owner, { tailCacheBytesMax: 0 });
  const count = 1_000_000;
  for (let at = 0; at < count; at += 10_000) {
    for (let one = 0; one < 10_000; one++) {
      const position = log.append(1, 1024);
      log.buffer.set(payload, log.offset);
      log.retain(position, 1024);
    }
    await durable(log, owner);
  }
  await log.close();
  const again = new BenchOwner();
  const startedMs = performance.now();
  const reopened = await openLog('open', again);
  console.log(`open of ${again.replayed.toLocaleString('en')} records of 1 KiB: ${((performance.now() - startedMs) / 1000).toFixed(2)} s`);
  await reopened.close();
}

try {
  const emptyMs = performance.now();
  const owner = new BenchOwner();
  const log = await openLog('empty', owner);
  console.log(`open of an empty directory: ${(performance.now() - emptyMs).toFixed(1)} ms`);
  await log.close();
  await benchAppend();
  for (const inFlight of [1, 2]) for (const perSync of [100, 1000, 5000]) await benchSync(perSync, inFlight);
  await benchDrain(170, 1_000_000);
  await benchDrain(4096, 100_000);
  await benchDrain(65_536, 8_000);
  await benchOpen();
} finally {
  fs.rmSync(root, { recursive: true, force: true });
}
