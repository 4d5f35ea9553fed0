import { answerOf, type DiskFile } from './disk.ts';
import { checkRecord, durableClaim, KIND_SEGMENT_END, RECORD_CUT_OFF, RECORD_HEADER_SIZE } from './record-layout.ts';
import type { Segment } from './segment.ts';
import { Slab } from './slab-pool.ts';

/** What lies at a cursor's place. */
export type Step = 'record' | 'unread' | 'bad' | 'segment-end';

/**
 * Walks the records of a segment file in order: `step` looks at what is in memory, `fill` reads more. Used where a segment is read from
 * one end to the other: in replay, in the search after damage, and in compaction.
 */
export class RecordCursor {
  /** The place in the log; `step` looks at it and does not move it. */
  position = 0;
  /** After a step that answered 'record': the record. */
  kind = 0;
  bytes: Uint8Array;
  start = 0;
  end = 0;
  nextPosition = 0;
  /** Everything before this was durable when the record was written. */
  durableClaim = 0;

  readonly #sizeBytes: number;
  #slab: Slab;
  #segment: Segment | undefined;
  #file: DiskFile | undefined;
  /** The slab holds the bytes of the log from `#from`, `#filled` of them. */
  #from = 0;
  #filled = 0;
  #fileEnded = false;

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
    this.#slab = new Slab(sizeBytes);
    this.bytes = this.#slab.bytes;
  }

  /** Goes to a place in a segment. What is in memory of that segment is kept. */
  seek(segment: Segment, file: DiskFile, position: number): void {
    if (segment !== this.#segment || position < this.#from || position > this.#from + this.#filled) {
      this.#from = position;
      this.#filled = 0;
      this.#fileEnded = false;
    }
    this.#segment = segment;
    this.#file = file;
    this.position = position;
  }

  step(): Step {
    const segment = this.#segment!;
    if (this.position + RECORD_HEADER_SIZE > segment.end) return 'segment-end';
    const { bytes, words } = this.#slab;
    const index = this.position - this.#from;
    const total = checkRecord(bytes, words, index, this.#filled, this.position - segment.base, segment.sizeBytes, segment);
    if (total === RECORD_CUT_OFF) return this.#fileEnded ? 'bad' : 'unread';
    if (total < 0) return 'bad';
    const at = index >> 2;
    this.kind = words[at + 3]! & 0xff;
    this.start = index + RECORD_HEADER_SIZE;
    this.end = this.start + words[at + 2]!;
    this.nextPosition = this.position + total;
    this.durableClaim = durableClaim(words, index, this.position);
    return this.kind === KIND_SEGMENT_END ? 'segment-end' : 'record';
  }

  /** Whether the bytes at the place look like the beginning of a record of this segment, however it ends; its size then, or 0. */
  claimedSize(): number {
    const index = this.position - this.#from;
    const segment = this.#segment!;
    if (index + RECORD_HEADER_SIZE > this.#filled) return 0;
    const at = index >> 2;
    if (this.#slab.words[at + 1] !== ((this.position - segment.base) ^ segment.markSalt)) return 0;
    return Math.max(RECORD_HEADER_SIZE, Math.min(this.#slab.words[at + 2]! + RECORD_HEADER_SIZE, segment.end - this.position));
  }

  /** Reads on, so that more than before is in memory from the cursor's place on. */
  async fill(): Promise<void> {
    const segment = this.#segment!;
    const index = this.position - this.#from;
    const rest = Math.max(0, this.#filled - index);
    if (rest >= this.#slab.bytes.length) {
      // A record larger than the slab: its whole size is in its header, but is not to be trusted before the checksum; so go on by doubling.
      const larger = new Slab(Math.min(this.#slab.bytes.length * 2, (segment.sizeBytes + 7) & ~7));
      larger.bytes.set(this.#slab.bytes.subarray(index, this.#filled));
      this.#slab = larger;
    } else if (rest === 0 && this.#slab.bytes.length > this.#sizeBytes) {
      this.#slab = new Slab(this.#sizeBytes);
    } else if (index > 0) {
      this.#slab.bytes.copyWithin(0, index, this.#filled);
    }
    this.bytes = this.#slab.bytes;
    this.#from = this.position;
    this.#filled = rest;
    const length = Math.min(this.#slab.bytes.length - rest, segment.end - this.position - rest);
    const read = await answerOf<number>(done =>
      this.#file!.read(this.#slab.bytes, rest, length, this.position + rest - segment.base, done),
    );
    this.#filled += read;
    if (read < length || this.position + this.#filled >= segment.end) this.#fileEnded = true;
  }

  /** Moves on to the next intact record after the place, and steps on it. Answers false when the segment has none. */
  async seekIntact(): Promise<boolean> {
    const segment = this.#segment!;
    for (;;) {
      this.position += 8;
      if (this.position + RECORD_HEADER_SIZE > segment.end) return false;
      if (!this.#skipUnmarked()) {
        if (this.#fileEnded) return false;
        await this.fill();
        this.position -= 8;
        continue;
      }
      for (;;) {
        const step = this.step();
        if (step === 'record' || (step === 'segment-end' && this.kind === KIND_SEGMENT_END)) return true;
        if (step !== 'unread') break;
        await this.fill();
      }
    }
  }

  /** Moves the place to the next one, in memory, that has the mark of a record. Answers false at the end of what is in memory. */
  #skipUnmarked(): boolean {
    const segment = this.#segment!;
    const words = this.#slab.words;
    const salt = segment.markSalt;
    const shift = this.#from - segment.base;
    const last = this.#filled - RECORD_HEADER_SIZE;
    let index = this.position - this.#from;
    while (index <= last && words[(index >> 2) + 1] !== ((index + shift) ^ salt)) index += 8;
    this.position = this.#from + index;
    return index <= last;
  }
}
