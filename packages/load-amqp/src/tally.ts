/** What all connections of a run count together, since its start. */
export class Tally {
  /** Written to a socket. */
  sent = 0;
  /** Settled by the server as accepted. */
  acknowledged = 0;
  received = 0;
  rejected = 0;
  released = 0;
  modified = 0;

  get refused(): number {
    return this.rejected + this.released + this.modified;
  }

  copy(): Tally {
    return Object.assign(new Tally(), this);
  }
}

/** The time in tenths of a microsecond, as a uint32 that wraps every seven minutes: what a body carries. */
export function stampOf(nowMs: number): number {
  return (nowMs * 10_000) >>> 0;
}

/** Microseconds between two stamps. */
export function stampDistance(from: number, to: number): number {
  return ((to - from) >>> 0) / 10;
}
