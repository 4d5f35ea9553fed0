import { recordSize } from './record-layout.ts';
import { Segment } from './segment.ts';
import { newSalt } from './segment-header.ts';

/** The segments of a log, oldest first, and what is live in them. */
export class Segments {
  readonly list: Segment[] = [];
  /** What live records take in all segments. */
  liveBytes = 0;
  /** Bytes released since somebody set this to zero: tells when a look for garbage is worth it. */
  releasedBytes = 0;
  #last: Segment | undefined;

  get oldest(): Segment {
    return this.list[0]!;
  }

  get newest(): Segment {
    return this.list[this.list.length - 1]!;
  }

  /** What the files take on disk. */
  get bytes(): number {
    let bytes = 0;
    for (const segment of this.list) if (segment.made) bytes += segment.sizeBytes;
    return bytes;
  }

  find(position: number): Segment | undefined {
    const last = this.#last;
    if (last !== undefined && position >= last.base && position < last.end) return last;
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.list[middle]!.base <= position) low = middle + 1;
      else high = middle;
    }
    const segment = this.list[low - 1];
    if (segment === undefined || position >= segment.end) return undefined;
    this.#last = segment;
    return segment;
  }

  /** The segment after this one, if it is planned or made. */
  following(segment: Segment): Segment | undefined {
    return this.list[this.list.indexOf(segment) + 1];
  }

  /** Adds a segment behind the newest. */
  plan(base: number, sizeBytes: number): Segment {
    const segment = new Segment(base, sizeBytes, newSalt(), newSalt());
    this.list.push(segment);
    return segment;
  }

  retain(position: number, sizeBytes: number): void {
    const segment = this.#must(position);
    const bytes = recordSize(sizeBytes);
    segment.liveRecords++;
    segment.liveBytes += bytes;
    this.liveBytes += bytes;
  }

  /** Answers true when the oldest segment became empty by this. `replacedEnd`: what took the record's place ends before it; 0: nothing did. */
  release(position: number, sizeBytes: number, replacedEnd: number): boolean {
    const segment = this.#must(position);
    const bytes = recordSize(sizeBytes);
    if (segment.liveRecords === 0 || segment.liveBytes < bytes) throw new Error(`position ${position} is released, but was not retained`);
    segment.liveBytes -= bytes;
    this.liveBytes -= bytes;
    this.releasedBytes += bytes;
    segment.replacedEnd = Math.max(segment.replacedEnd, replacedEnd);
    if (--segment.liveRecords > 0) return false;
    return segment === this.list[0];
  }

  removeOldest(): void {
    if (this.#last === this.list.shift()) this.#last = undefined;
  }

  #must(position: number): Segment {
    const segment = this.find(position);
    if (segment === undefined) throw new Error(`position ${position} is in no segment of the log`);
    return segment;
  }
}
