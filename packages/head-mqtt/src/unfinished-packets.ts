/** What a connection may have of an unfinished packet without being counted, in bytes: what comes in pieces by the nature of a stream. */
const UNCOUNTED_BYTES = 65_536;

/** The bytes of packets that have come in part, of all connections together. */
export class UnfinishedPackets {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** A connection has `now` bytes of an unfinished packet, where it had `before`. False: all together have more than they may. */
  change(before: number, now: number): boolean {
    this.#bytes += counted(now) - counted(before);
    return now <= before || counted(now) === 0 || this.#bytes <= this.#bytesMax;
  }
}

function counted(bytes: number): number {
  return bytes > UNCOUNTED_BYTES ? bytes : 0;
}
