import type { Meter, Reading } from '@angarium/core';

/**
 * Stands before what takes a connection's chunks in: where the connection has to rest, what came waits here (what the socket gives before it
 * pauses: a chunk or two), and the socket is paused.
 */
export class ReadGate implements Reading {
  /** Nothing is taken in. */
  resting = false;
  #meter: Meter | undefined;
  readonly #pause: () => void;
  readonly #take: (chunk: Uint8Array) => void;
  readonly #resume: () => void;
  #waiting: Uint8Array[] = [];

  /** `take` takes in what has waited, by the way of `admit` and `taken` too; `resume` is called when the socket may give more. */
  constructor(parts: { readonly pause: () => void; readonly take: (chunk: Uint8Array) => void; readonly resume: () => void }) {
    this.#pause = parts.pause;
    this.#take = parts.take;
    this.#resume = parts.resume;
  }

  /** Of the address space that the connection has entered; before, nothing is counted. */
  get meter(): Meter | undefined {
    return this.#meter;
  }

  /** The connection rests at once where the space has a debt: else each new connection would bring a chunk beyond the rate. */
  enter(meter: Meter): void {
    this.#meter = meter;
    this.#restIfDue(meter);
  }

  /** What of the chunk is taken in now: all of it, its beginning, or nothing (undefined). The rest waits. */
  admit(chunk: Uint8Array): Uint8Array | undefined {
    const meter = this.#meter;
    if (meter === undefined) return chunk;
    // Asked before it is taken in: others of the space may have used up its share of this turn.
    this.#restIfDue(meter);
    const room = this.resting ? 0 : meter.readable;
    if (chunk.length <= room) return chunk;
    this.#waiting.push(room === 0 ? chunk : chunk.subarray(room));
    return room === 0 ? undefined : chunk.subarray(0, room);
  }

  /** What was admitted was taken in, and was so many messages. */
  taken(bytes: number, messages: number): void {
    const meter = this.#meter;
    if (meter === undefined) return;
    meter.charge(messages, bytes);
    this.#restIfDue(meter);
    // The others that made it wait have fallen silent in between.
    if (!this.resting && this.#waiting.length > 0) this.readOn();
  }

  #restIfDue(meter: Meter): void {
    if (this.resting || !meter.rests(this)) return;
    this.resting = true;
    this.#pause();
  }

  readOn(): void {
    this.resting = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const chunk of waiting) this.#take(chunk);
    if (!this.resting) this.#resume();
  }
}
