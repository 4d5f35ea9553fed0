import assert from 'node:assert/strict';
import type { LogPosition } from '../../src/store/log.ts';

/** A state, and where the log says so: from `from` on, and before `to`; Infinity while that is still to be written. */
export interface Step<State> {
  readonly state: State;
  from: LogPosition;
  to: LogPosition;
  /** What it was before may be gone before that is written: nobody misses it. */
  early: boolean;
}

/** It is said by the last record before `end`, alone or as the end of a unit: a crash leaves all of it or nothing. */
export function writtenLast(steps: Iterable<Step<unknown>>, end: LogPosition): void {
  for (const step of steps) {
    step.from = end - 1;
    step.to = end;
    step.early = false;
  }
}

/** Somebody was told that it is on disk. */
export function confirmed(steps: Iterable<Step<unknown>>, durableEnd: LogPosition): void {
  for (const step of steps) {
    assert.ok(step.from < durableEnd, 'what is confirmed is on disk');
    step.to = Math.min(step.to, durableEnd);
  }
}

/** The states of something that is kept in a log, one after the other, and which of them a crash may leave. */
export class History<State> {
  readonly #steps: Step<State>[];

  /** The first state needs no record. */
  constructor(state: State) {
    this.#steps = [{ state, from: -1, to: 0, early: false }];
  }

  get state(): State {
    return this.#steps.at(-1)!.state;
  }

  push(state: State, from: LogPosition, early = false): Step<State> {
    const step = { state, from, to: Number.POSITIVE_INFINITY, early };
    this.#steps.push(step);
    return step;
  }

  /** All of it is in the log by now. */
  written(end: LogPosition): void {
    for (const step of this.#steps) step.to = Math.min(step.to, end);
  }

  /** The states that may be found when the records before `survivingEnd` are left. */
  survivors(survivingEnd: LogPosition): State[] {
    const certain = this.#steps.findLastIndex(({ to }) => to <= survivingEnd);
    const torn = this.#steps.findIndex(({ from, early }, at) => at > certain && from >= survivingEnd && !early);
    return this.#steps.slice(certain, torn < 0 ? undefined : torn).map(({ state }) => state);
  }
}
