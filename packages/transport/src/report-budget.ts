/** Lines that one connection may have in the log per interval. */
const LINES_MAX = 20;
const INTERVAL_MS = 10_000;

/** Keeps a peer from flooding the log: beyond the budget lines are left out, and the next one that is not says how many. */
export class ReportBudget {
  #lines = 0;
  #sinceMs = 0;
  #leftOut = 0;

  /** Whether a line may be said now, as the details to say with it; undefined: it is left out. */
  take(nowMs: number): { linesLeftOutBefore?: number } | undefined {
    if (nowMs - this.#sinceMs > INTERVAL_MS) {
      this.#sinceMs = nowMs;
      this.#lines = 0;
    }
    if (++this.#lines > LINES_MAX) {
      this.#leftOut++;
      return undefined;
    }
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut > 0 ? { linesLeftOutBefore: leftOut } : {};
  }
}
