/** However many strangers there are, each has so long to say something: thousands of clients may return at once. In milliseconds. */
const GRACE_MS = 1000;

/** A connection that can be one of a stranger. */
export interface CuttableConnection {
  /** Milliseconds since the epoch. */
  readonly sinceMs: number;
  /** Ends it without a word to the peer; the log says why. */
  cut(why: string, details: Record<string, unknown>): void;
}

/** The connections of a head whose clients have yet to say who they are: however many come, they shall not take the place of clients. */
export class Strangers {
  readonly #max: number;
  /** In the order in which they were asked. */
  readonly #connections = new Set<CuttableConnection>();

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Its client has to say something before it is let in, or has done so. */
  set(connection: CuttableConnection, isStranger: boolean): void {
    if (isStranger) this.#connections.add(connection);
    else this.#connections.delete(connection);
  }

  /** Cuts the oldest of those that are too many. To be called often, compared to `GRACE_MS`. */
  cutExcess(nowMs: number): void {
    let excess = this.#connections.size - this.#max;
    for (const stranger of this.#connections) {
      if (excess-- <= 0 || nowMs - stranger.sinceMs < GRACE_MS) return;
      this.#connections.delete(stranger);
      stranger.cut('too many clients do not say who they are', { strangersMax: this.#max });
    }
  }
}
