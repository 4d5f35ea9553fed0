import assert from 'node:assert/strict';

interface Kept {
  readonly text: string;
  readonly storedAtMs: number;
}

/** What a stream should hold, without any cleverness: a row of texts by offset, and what was ever seen of it. */
export class StreamModel {
  head = 0;
  readonly messages: Kept[] = [];
  /** What readers saw, which no crash may make untrue. */
  readonly #seen = new Map<number, string>();
  #latestMs = 0;

  get tail(): number {
    return this.messages.length;
  }

  append(text: string, nowMs: number): number {
    this.#latestMs = Math.max(this.#latestMs, nowMs);
    return this.messages.push({ text, storedAtMs: this.#latestMs }) - 1;
  }

  /** A reader saw this text at this offset. */
  saw(offset: number, text: string): void {
    assert.equal(text, this.messages[offset]?.text, `the message at ${offset}`);
    const before = this.#seen.get(offset);
    assert.ok(before === undefined || before === text, `offset ${offset} was ${before} once and is ${text} now`);
    this.#seen.set(offset, text);
  }

  /** The address says where it begins: further on than before, and no further than its retention asks for. */
  trimmedTo(head: number, retention: { readonly messagesMax: number; readonly ageMs: number }, nowMs: number): void {
    assert.ok(head >= this.head && head <= this.tail, `${head} lies between ${this.head} and ${this.tail}`);
    for (let offset = this.head; offset < head; offset++) {
      const old = this.messages[offset]!.storedAtMs < nowMs - retention.ageMs;
      assert.ok(old || this.tail - offset > retention.messagesMax, `offset ${offset} had to go`);
    }
    this.head = head;
  }

  /** The stream was purged, as far as it goes. */
  purged(): void {
    this.head = this.tail;
  }

  /** What has survived ends here, and nothing that was seen or acknowledged is beyond. */
  crashed(head: number, tail: number, acknowledgedEnd: number): void {
    assert.ok(tail <= this.tail && tail >= acknowledgedEnd, `${tail} offsets survive, of ${this.tail}; ${acknowledgedEnd} have to`);
    for (const offset of this.#seen.keys()) assert.ok(offset < tail, `offset ${offset} was seen, and is lost`);
    // What was given up may be there again, when that was not on disk.
    assert.ok(head <= this.head, `the stream begins at ${head}, and began at ${this.head}`);
    this.head = head;
    this.messages.length = tail;
  }

  firstSince(timeMs: number): number {
    for (let offset = this.head; offset < this.tail; offset++) if (this.messages[offset]!.storedAtMs >= timeMs) return offset;
    return this.tail;
  }
}
