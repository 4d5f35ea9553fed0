import assert from 'node:assert/strict';
import type { Task, Turn } from '../../src/turn.ts';

/** Turns that a test lets pass before it says that work begets work without end. */
const TURNS_MAX = 100_000;

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** Time that stands still until the test moves it, and turns that run when the test says so. */
export class ManualTurn implements Turn {
  nowMs: number;
  /** Turns that ran. */
  turns = 0;
  #tasks: Task[] = [];
  #lastTasks: Task[] = [];
  #nextTasks: Task[] = [];
  readonly #timers = new Set<Timer>();

  constructor(nowMs = 1_000_000) {
    this.nowMs = nowMs;
  }

  /** Whether anything waits for a turn. */
  get idle(): boolean {
    return this.#tasks.length + this.#lastTasks.length + this.#nextTasks.length === 0;
  }

  get timers(): number {
    return this.#timers.size;
  }

  defer(task: Task): void {
    push(this.#tasks, task);
  }

  deferLast(task: Task): void {
    push(this.#lastTasks, task);
  }

  deferNext(task: Task): void {
    push(this.#nextTasks, task);
  }

  after(delayMs: number, run: () => void): { cancel(): void } {
    const timer = { dueMs: this.nowMs + delayMs, run };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** One turn: what was deferred to it, all that is deferred meanwhile, and the last tasks. */
  runOne(): void {
    this.turns++;
    const due = this.#nextTasks;
    this.#nextTasks = [];
    this.#tasks.push(...due);
    for (let done = 0; this.#tasks.length + this.#lastTasks.length > 0; done++) {
      assert.ok(done < TURNS_MAX, 'a turn ends');
      const list = this.#tasks.length > 0 ? this.#tasks : this.#lastTasks;
      const tasks = list.splice(0, list.length);
      for (const task of tasks) {
        task.deferred = false;
        task.run();
      }
    }
  }

  /** Turns until nothing waits. */
  runAll(): void {
    for (let turns = 0; !this.idle; turns++) {
      assert.ok(turns < TURNS_MAX, 'work comes to an end');
      this.runOne();
    }
  }

  /** The clock jumps: what is due runs once, in order, and then all turns that follow from it. */
  advance(byMs: number): void {
    this.nowMs += byMs;
    const due = [...this.#timers].filter(({ dueMs }) => dueMs <= this.nowMs).sort((one, other) => one.dueMs - other.dueMs);
    for (const timer of due) if (this.#timers.delete(timer)) timer.run();
    this.runAll();
  }
}

function push(tasks: Task[], task: Task): void {
  if (task.deferred) return;
  task.deferred = true;
  tasks.push(task);
}
