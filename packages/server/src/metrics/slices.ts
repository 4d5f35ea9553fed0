/** How long work for a reader of metrics keeps the event loop at a time, in milliseconds. */
const SLICE_MS = 3;

/** Cuts long work into slices, between which the event loop gets to its sockets. */
export class Slices {
  #endMs = performance.now() + SLICE_MS;

  /** Whether it is time to rest. */
  get over(): boolean {
    return performance.now() >= this.#endMs;
  }

  async rest(): Promise<void> {
    await new Promise(resolve => setImmediate(resolve));
    this.#endMs = performance.now() + SLICE_MS;
  }
}
