import type { BackOff } from './connector-spec.ts';

/** What lasts for so long was no failure: the next one begins with short delays again. In milliseconds. */
const STABLE_MS = 10_000;

/** How long to wait after so many failures in a row, in milliseconds; `chance` is from 0 to 1. */
export function backOffMs({ initialMs, maxMs, multiplier, jitter }: BackOff, failures: number, chance: number): number {
  const delayMs = Math.min(maxMs, initialMs * multiplier ** (failures - 1));
  return Math.round(delayMs * (1 - jitter * chance));
}

/** Counts failures in a row of something that is tried again and again. */
export class Attempts {
  readonly #backOff: BackOff;
  #failures = 0;
  #startedAtMs = 0;

  constructor(backOff: BackOff) {
    this.#backOff = backOff;
  }

  get failures(): number {
    return this.#failures;
  }

  /** It works. */
  started(nowMs: number): void {
    this.#startedAtMs = nowMs;
  }

  /** It works for good: the next failure is the first one. */
  reset(): void {
    this.#failures = 0;
  }

  /** It failed, perhaps after it had worked; answers when to try again, in milliseconds since the epoch. */
  failed(nowMs: number): number {
    if (this.#startedAtMs > 0 && nowMs - this.#startedAtMs > STABLE_MS) this.#failures = 0;
    this.#startedAtMs = 0;
    this.#failures++;
    return nowMs + backOffMs(this.#backOff, this.#failures, Math.random());
  }
}
