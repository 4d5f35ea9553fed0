import { perSecond, RateHistory } from './rate-history.ts';

/** The rate of a counter that is looked at from time to time. */
export class CounterRate {
  readonly history = new RateHistory();
  #value = 0;
  #atMs = 0;

  /** The counter as it is at this time. The first look makes no rate, and two at the same time are one. */
  take(value: number, atMs: number): void {
    if (atMs === this.#atMs) return;
    if (this.#atMs > 0) this.history.push(perSecond(this.#value, value, atMs - this.#atMs));
    this.#value = value;
    this.#atMs = atMs;
  }
}
