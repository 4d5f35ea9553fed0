/** Time and turns, as the log needs them; a test puts its own in their place. */
export interface LogClock {
  /** Milliseconds, for intervals only. */
  nowMs(): number;
  /** Runs once, after everything that this turn of the event loop brings has been taken in. */
  defer(run: () => void): void;
  /** Runs once after `delayMs`; does not keep the process alive. */
  after(delayMs: number, run: () => void): { cancel(): void };
}

/**
 * `setImmediate` runs after the sockets of this turn have been read, so that all their records go into one write.
 * What is appended by other immediates of the same turn goes into the next write, which gathers while this one runs.
 */
export const SYSTEM_CLOCK: LogClock = {
  nowMs: () => performance.now(),
  defer: run => {
    setImmediate(run);
  },
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
