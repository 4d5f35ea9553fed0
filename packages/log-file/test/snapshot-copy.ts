import type { LogOwner } from '@angarium/core';
import { FileLog, type LogEvent, type LogSnapshot } from '../src/index.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { Random, SimulatedLoop } from './simulated-loop.ts';

const PIECE_BYTES = 5000;

/** A copy of a log that is made while that goes on, a piece at a time. */
export class SnapshotCopy {
  readonly #snapshot: LogSnapshot;
  readonly #files: Uint8Array[];
  readonly done: Promise<void>;
  over = false;
  /** Why there is no copy. */
  failure: unknown;

  constructor(snapshot: LogSnapshot) {
    this.#snapshot = snapshot;
    this.#files = snapshot.files.map(({ sizeBytes }) => new Uint8Array(sizeBytes));
    this.done = this.#run();
  }

  get end(): number {
    return this.#snapshot.end;
  }

  async #run(): Promise<void> {
    using snapshot = this.#snapshot;
    try {
      for (const [file, bytes] of this.#files.entries())
        for (let at = 0; at < bytes.length; at += PIECE_BYTES) await snapshot.read(file, at, bytes.subarray(at, at + PIECE_BYTES));
    } catch (error) {
      this.failure = error;
    }
    this.over = true;
  }

  /** Opens the copy as a log of its own, on a disk that works. What that reports, beside making room, is answered. */
  async replay(owner: LogOwner): Promise<LogEvent[]> {
    const random = new Random(1);
    const loop = new SimulatedLoop(random);
    const disk = new SimulatedDisk(random, loop);
    for (const [file, bytes] of this.#files.entries()) disk.put(this.#snapshot.files[file]!.name, bytes);
    const events: LogEvent[] = [];
    let opened = false;
    let failure: unknown;
    FileLog.open({
      directory: '/copy',
      owner,
      disk: disk.port(),
      clock: loop.clock(),
      segmentSizeBytes: 16 * 1024,
      recordSizeBytesMax: 8 * 1024,
      report: event => {
        if (event.kind !== 'segment-made' && event.kind !== 'pressure') events.push(event);
      },
    }).then(
      () => {
        opened = true;
      },
      error => {
        failure = error;
      },
    );
    while (!opened && failure === undefined) {
      loop.step();
      await new Promise(setImmediate);
    }
    if (failure !== undefined) throw failure;
    return events;
  }
}
