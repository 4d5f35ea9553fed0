/**
 * The ways to make a batch durable over room that was allocated before, in milliseconds of time and of processor per batch.
 *
 *     node packages/log-file/bench/sync-ways.ts [directory]
 *     taskset -c 0 node packages/log-file/bench/sync-ways.ts
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FILE_SIZE = 64 * 1024 * 1024;
const ROUNDS = 3;
const root = fs.mkdtempSync(join(process.argv[2] ?? tmpdir(), 'angarium-bench-'));
const path = join(root, 'file');
fs.writeFileSync(path, new Uint8Array(FILE_SIZE), { flush: true });
const plain = fs.openSync(path, 'r+');
const synced = fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_DSYNC);
const buffer = new Uint8Array(1024 * 1024).fill(7);

function write(descriptor: number, size: number, position: number): Promise<void> {
  return new Promise((resolve, reject) =>
    fs.write(descriptor, buffer, 0, size, position, error => (error === null ? resolve() : reject(error))),
  );
}

function sync(): Promise<void> {
  return new Promise((resolve, reject) => fs.fdatasync(plain, error => (error === null ? resolve() : reject(error))));
}

const ways: Record<string, (size: number, position: number) => Promise<void>> = {
  'write, fdatasync': async (size, position) => {
    await write(plain, size, position);
    await sync();
  },
  'blocking write, fdatasync': async (size, position) => {
    fs.writeSync(plain, buffer, 0, size, position);
    await sync();
  },
  'write with O_DSYNC': (size, position) => write(synced, size, position),
  'all blocking': async (size, position) => {
    fs.writeSync(plain, buffer, 0, size, position);
    fs.fdatasyncSync(plain);
  },
};

try {
  for (const size of [4096, 17_408, 174_080, 870_400]) {
    const batches = size > 100_000 ? 60 : 150;
    for (const [name, way] of Object.entries(ways)) {
      let best = Number.POSITIVE_INFINITY;
      let processor = 0;
      for (let round = 0; round < ROUNDS; round++) {
        let position = 0;
        const usage = process.cpuUsage();
        const startedMs = performance.now();
        for (let batch = 0; batch < batches; batch++) {
          await way(size, position);
          position = position + 2 * size > FILE_SIZE ? 0 : position + size;
        }
        const elapsedMs = (performance.now() - startedMs) / batches;
        const { user, system } = process.cpuUsage(usage);
        if (elapsedMs < best) {
          best = elapsedMs;
          processor = (user + system) / 1000 / batches;
        }
      }
      console.log(`${size} bytes, ${name}: ${best.toFixed(3)} ms, ${processor.toFixed(3)} ms of processor`);
    }
  }
} finally {
  fs.closeSync(plain);
  fs.closeSync(synced);
  fs.rmSync(root, { recursive: true, force: true });
}
