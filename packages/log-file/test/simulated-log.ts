import assert from 'node:assert/strict';
import type { FileLog, FileLogOptions, LogEvent } from '../src/index.ts';
import { openLog } from './open-log.ts';
import { RecordingOwner } from './recording-owner.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { Random, SimulatedLoop } from './simulated-loop.ts';

/** A log on a simulated disk, moved on step by step. */
export class SimulatedLog {
  readonly loop: SimulatedLoop;
  readonly disk: SimulatedDisk;
  readonly events: LogEvent[] = [];
  owner = new RecordingOwner();

  constructor(seed = 1) {
    const random = new Random(seed);
    this.loop = new SimulatedLoop(random);
    this.disk = new SimulatedDisk(random, this.loop);
  }

  get log(): FileLog {
    return this.owner.log!;
  }

  async open(options: Partial<FileLogOptions> = {}): Promise<FileLog> {
    this.owner = new RecordingOwner();
    return this.settle(
      openLog('/simulated', this.owner, this.events, {
        disk: this.disk.port(),
        clock: this.loop.clock(),
        segmentSizeBytes: 16 * 1024,
        recordSizeBytesMax: 8 * 1024,
        ...options,
      }),
    );
  }

  /** Steps until the promise is settled. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const watched = promise.finally(() => {
      settled = true;
    });
    // The caller hears of a rejection below.
    watched.catch(() => {});
    await this.until(() => settled);
    return watched;
  }

  /** Steps until the condition is true; fails when it never is. */
  async until(condition: () => boolean): Promise<void> {
    for (let step = 0; !condition(); step++) {
      assert.ok(step < 10_000, 'it happens at last');
      this.loop.step();
      await microtasks();
    }
  }

  /** Steps until nothing but timers is left. */
  async quiet(): Promise<void> {
    await microtasks();
    while (this.loop.busy) {
      this.loop.step();
      await microtasks();
    }
  }
}

function microtasks(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}
