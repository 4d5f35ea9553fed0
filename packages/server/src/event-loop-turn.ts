import { Histogram, type Task, type Turn } from '@angarium/core';

/** Most tasks that one turn runs before the event loop gets to its sockets again; what is left runs in the next turn. */
export const TURN_TASKS_MAX = 10_000;

/** The longest delay of a Node timer (2^31 - 1 ms, 24.8 days); longer ones are waited for in pieces. */
const TIMER_DELAY_MS_MAX = 0x7fff_ffff;

/** In seconds. */
const TURN_SECONDS = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5];

/**
 * The core's time on Node's event loop: one `setImmediate` a turn, and only while something waits for it.
 *
 *     poll: sockets are read, heads take frames in      │ check: tasks … then last tasks (connection writes) │ poll …
 *           └ defer(task), deferLast(task), nowMs ──────┘
 *
 * An immediate that is set in the poll phase runs when the phase ends, so everything that arrived together is
 * worked on together and each connection writes once.
 */
export class EventLoopTurn implements Turn {
  /** How long the tasks of a turn took: so long no socket was read. */
  readonly seconds = new Histogram(TURN_SECONDS);
  readonly #tasks: Task[] = [];
  readonly #lastTasks: Task[] = [];
  readonly #nextTasks: Task[] = [];
  readonly #onImmediate = (): void => this.#run();
  #armed = false;
  /** Absent until somebody asks. (A field that were always a number would be copied into a new object for each who asks.) */
  #nowMs: number | undefined;

  get nowMs(): number {
    if (this.#nowMs === undefined) {
      this.#nowMs = Date.now();
      // The end of this turn forgets the time, so there has to be an end.
      this.#arm();
    }
    return this.#nowMs;
  }

  defer(task: Task): void {
    if (task.deferred) return;
    task.deferred = true;
    this.#tasks.push(task);
    this.#arm();
  }

  deferLast(task: Task): void {
    if (task.deferred) return;
    task.deferred = true;
    this.#lastTasks.push(task);
    this.#arm();
  }

  deferNext(task: Task): void {
    if (task.deferred) return;
    task.deferred = true;
    this.#nextTasks.push(task);
    this.#arm();
  }

  after(delayMs: number, run: () => void): { cancel(): void } {
    let left = Math.max(0, delayMs);
    let timer: NodeJS.Timeout;
    const wait = (): void => {
      const piece = Math.min(left, TIMER_DELAY_MS_MAX);
      left -= piece;
      timer = setTimeout(left > 0 ? wait : run, piece);
      // A sweep or an expiry is no reason to keep the process alive.
      timer.unref();
    };
    wait();
    return { cancel: () => clearTimeout(timer) };
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    setImmediate(this.#onImmediate);
  }

  #run(): void {
    this.#armed = false;
    const beganMs = performance.now();
    // What was put off to the next turn before this one began is due now; what is put off from here on is not.
    const due = this.#nextTasks.length;
    for (let i = 0; i < due; i++) this.#tasks.push(this.#nextTasks[i]!);
    this.#nextTasks.splice(0, due);
    let left = TURN_TASKS_MAX;
    while (left > 0 && this.#tasks.length + this.#lastTasks.length > 0) {
      left = this.#drain(this.#tasks, left);
      // Writes are never starved by tasks that defer each other without end: they run at least once a turn.
      left = this.#drain(this.#lastTasks, Math.max(left, this.#lastTasks.length));
    }
    this.#nowMs = undefined;
    this.seconds.add((performance.now() - beganMs) / 1000);
    if (this.#tasks.length + this.#lastTasks.length + this.#nextTasks.length > 0) this.#arm();
  }

  /** Runs tasks from the front, those that are added meanwhile too, and answers how many more may run in this turn. */
  #drain(tasks: Task[], left: number): number {
    let done = 0;
    try {
      while (done < tasks.length && done < left) {
        const task = tasks[done]!;
        done++;
        task.deferred = false;
        task.run();
      }
    } finally {
      // What a task throws is an uncaught exception of the process; the tasks behind it keep their place all the same.
      if (done === tasks.length) tasks.length = 0;
      else {
        tasks.splice(0, done);
        this.#arm();
      }
    }
    return left - done;
  }
}
