/** Bytes of a slab: many frames, and one that fits a socket's buffer. */
export const SLAB_BYTES = 65_536;
/** Slabs kept for the next connection that writes. */
const KEPT_MAX = 256;

/** Output buffers that connections borrow while they have something to send. */
export class SlabPool {
  readonly #kept: Uint8Array[] = [];

  /** At least `sizeBytes`; a larger one than a slab is made for the occasion. */
  take(sizeBytes: number): Uint8Array {
    if (sizeBytes > SLAB_BYTES) return Buffer.allocUnsafeSlow(sizeBytes);
    return this.#kept.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES);
  }

  give(slab: Uint8Array): void {
    if (slab.length === SLAB_BYTES && this.#kept.length < KEPT_MAX) this.#kept.push(slab);
  }
}
