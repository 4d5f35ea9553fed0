import type { Log, LogPosition } from './log.ts';
import { getF64, getU32, MARK_BYTES, putF64, putU32, RECORD_MARK, RECORD_UNMARK, UNMARK_BYTES } from './records.ts';

export interface Mark {
  readonly value: number;
  position: LogPosition;
}

/** What marks are written with. */
export interface MarkWriter {
  readonly log: Log;
  append(kind: number, sizeBytes: number): LogPosition;
  release(position: LogPosition, sizeBytes: number): void;
}

/** What owners of queues have noted in the log: numbers with a value, by queue. */
export class Marks {
  readonly #writer: MarkWriter;
  readonly #queues = new Map<number, Map<number, Mark>>();

  constructor(writer: MarkWriter) {
    this.#writer = writer;
  }

  of(queue: number): ReadonlyMap<number, Mark> | undefined {
    return this.#queues.get(queue);
  }

  /** How many there are. */
  get size(): number {
    let size = 0;
    for (const marks of this.#queues.values()) size += marks.size;
    return size;
  }

  /** Notes a number of this queue's owner, with a value, until it is removed; noting it again replaces the value. */
  put(queue: number, number: number, value: number): void {
    const writer = this.#writer;
    const position = writer.append(RECORD_MARK, MARK_BYTES);
    const { buffer, offset } = writer.log;
    putU32(buffer, offset, queue);
    putU32(buffer, offset + 4, number);
    putF64(buffer, offset + 8, value);
    writer.log.retain(position, MARK_BYTES);
    const before = this.#queues.get(queue)?.get(number);
    if (before) writer.release(before.position, MARK_BYTES);
    this.#set(queue, number, { value, position });
  }

  #set(queue: number, number: number, mark: Mark): void {
    const marks = this.#queues.get(queue);
    if (marks) marks.set(number, mark);
    else this.#queues.set(queue, new Map([[number, mark]]));
  }

  remove(queue: number, number: number): void {
    const marks = this.#queues.get(queue);
    const mark = marks?.get(number);
    if (!mark) return;
    const writer = this.#writer;
    writer.append(RECORD_UNMARK, UNMARK_BYTES);
    putU32(writer.log.buffer, writer.log.offset, queue);
    putU32(writer.log.buffer, writer.log.offset + 4, number);
    writer.release(mark.position, MARK_BYTES);
    marks!.delete(number);
  }

  /** The queue ends. */
  forget(queue: number): void {
    for (const { position } of this.#queues.get(queue)?.values() ?? []) this.#writer.release(position, MARK_BYTES);
    this.#queues.delete(queue);
  }

  /** Appends those anew that lie before this place. */
  gather(from: LogPosition): void {
    for (const [queue, marks] of this.#queues)
      for (const [number, { value, position }] of marks) if (position < from) this.put(queue, number, value);
  }

  /** The record, which is one of ours, is appended anew if it still counts. */
  relocate(position: LogPosition, bytes: Uint8Array, start: number): void {
    const queue = getU32(bytes, start);
    const number = getU32(bytes, start + 4);
    const mark = this.#queues.get(queue)?.get(number);
    if (mark?.position === position) this.put(queue, number, mark.value);
  }

  // ---- at start

  restore(position: LogPosition, bytes: Uint8Array, start: number): void {
    this.#set(getU32(bytes, start), getU32(bytes, start + 4), { value: getF64(bytes, start + 8), position });
  }

  restoreRemoved(bytes: Uint8Array, start: number): void {
    this.#queues.get(getU32(bytes, start))?.delete(getU32(bytes, start + 4));
  }

  /** What was found for this queue means nothing: it was removed. */
  drop(queue: number): void {
    this.#queues.delete(queue);
  }

  /** All was found. Those of queues that are not there are forgotten. */
  restored(log: Log, isThere: (queue: number) => boolean): void {
    for (const [queue, marks] of this.#queues) {
      if (isThere(queue)) for (const { position } of marks.values()) log.retain(position, MARK_BYTES);
      else this.#queues.delete(queue);
    }
  }
}
