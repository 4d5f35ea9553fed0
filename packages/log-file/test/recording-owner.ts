import type { LogOwner, LogPosition, LogPressure, RecordView } from '@angarium/core';
import type { FileLog } from '../src/index.ts';

export interface Recorded {
  readonly position: LogPosition;
  readonly kind: number;
  readonly text: string;
}

/** An owner that writes down what it is told, and can be waited for. */
export class RecordingOwner implements LogOwner {
  readonly replayed: Recorded[] = [];
  readonly relocated: Recorded[] = [];
  readonly pressures: LogPressure[] = [];
  readonly durableEnds: LogPosition[] = [];
  log: FileLog | undefined;
  onReplay: ((record: Recorded) => void) | undefined;
  onGather: ((before: LogPosition, bytesMax: number) => void) | undefined;
  onRelocate: ((record: Recorded) => void) | undefined;
  #waiting: { readonly until: () => boolean; readonly resolve: () => void }[] = [];

  replay(position: LogPosition, record: RecordView): void {
    const recorded = { position, kind: record.kind, text: textOf(record) };
    this.replayed.push(recorded);
    this.onReplay?.(recorded);
  }

  durable(end: LogPosition): void {
    this.durableEnds.push(end);
    this.#wake();
  }

  relocate(position: LogPosition, record: RecordView): void {
    const recorded = { position, kind: record.kind, text: textOf(record) };
    this.relocated.push(recorded);
    this.onRelocate?.(recorded);
  }

  gather(before: LogPosition, bytesMax: number): void {
    this.onGather?.(before, bytesMax);
  }

  pressure(pressure: LogPressure): void {
    this.pressures.push(pressure);
    this.#wake();
  }

  /** Waits until something that the log tells makes the condition true. */
  until(condition: () => boolean): Promise<void> {
    return new Promise(resolve => {
      if (condition()) resolve();
      else this.#waiting.push({ until: condition, resolve });
    });
  }

  /** For what the log reports, or loads, beside what it tells its owner. */
  wake(): void {
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      if (one.until()) one.resolve();
      else this.#waiting.push(one);
    }
  }
}

export function textOf(record: RecordView): string {
  return Buffer.from(record.bytes.buffer, record.bytes.byteOffset + record.start, record.end - record.start).toString('latin1');
}

/** Appends a text as a record of a kind. */
export function appendText(log: FileLog, text: string, kind = 1): LogPosition {
  const position = log.append(kind, text.length);
  Buffer.from(log.buffer.buffer, log.buffer.byteOffset).write(text, log.offset, 'latin1');
  return position;
}

/** Syncs and waits until everything is durable. */
export async function syncAll(log: FileLog, owner: RecordingOwner): Promise<void> {
  const { end } = log;
  log.sync();
  await owner.until(() => log.durableEnd >= end);
}

/** Appends and waits until it is durable. */
export async function appendDurably(log: FileLog, owner: RecordingOwner, texts: readonly string[]): Promise<LogPosition[]> {
  const positions = texts.map(text => appendText(log, text));
  await syncAll(log, owner);
  return positions;
}

export function load(log: FileLog, position: LogPosition): Promise<string> {
  return new Promise((resolve, reject) =>
    log.load(position, error => {
      const view = log.view(position);
      if (error !== undefined) reject(error);
      else if (view === undefined) reject(new Error(`position ${position} is not in memory after it was loaded`));
      else resolve(textOf(view));
    }),
  );
}
