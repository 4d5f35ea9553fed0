/**
 * Time, as the core is given it. The event loop runs in turns: everything that arrived is taken in, then what was deferred
 * runs once, then every connection writes once. Nothing on a message's path has a timer or a promise of its own.
 */

/** Something to be done once at the end of this turn, however often it is deferred. */
export interface Task {
  /** Kept by the turn: whether the task waits already. */
  deferred: boolean;
  run(): void;
}

export interface Turn {
  /** Milliseconds since the epoch, read once a turn. */
  readonly nowMs: number;
  /** Runs `task` at the end of this turn; deferring a task that waits already does nothing. Tasks deferred meanwhile run in the same turn. */
  defer(task: Task): void;
  /** Like `defer`, after all tasks of this turn: for the one write of each connection. */
  deferLast(task: Task): void;
  /** Like `defer`, in the next turn: for work that was cut short to let others have the loop. */
  deferNext(task: Task): void;
  /** Calls `run` once after `delayMs`. For rare things (expiry of links, sweeps), never for messages. */
  after(delayMs: number, run: () => void): { cancel(): void };
}
