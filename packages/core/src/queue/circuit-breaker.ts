import type { Breaker } from '../address/address.ts';

/**
 * Pauses a queue's deliveries when one after the other fails, so that a consumer that is broken does not turn a whole queue into dead letters. After
 * the pause one message is tried.
 */
export class CircuitBreaker {
  #failures = 0;
  #openUntilMs = 0;
  /** The delivery that is tried; -1: none. */
  #trial = -1;

  get open(): boolean {
    return this.#openUntilMs > 0;
  }

  get openUntilMs(): number {
    return this.#openUntilMs;
  }

  /** Whether a message may be handed out now. */
  allows(nowMs: number): boolean {
    if (this.#openUntilMs === 0) return true;
    return nowMs >= this.#openUntilMs && this.#trial < 0;
  }

  handedOut(sequence: number): void {
    if (this.#openUntilMs > 0) this.#trial = sequence;
  }

  /** Answers whether the breaker closes with this success. */
  passed(): boolean {
    const { open } = this;
    this.#failures = 0;
    this.#openUntilMs = 0;
    this.#trial = -1;
    return open;
  }

  /** Answers whether the breaker opens with this failure. */
  failed(sequence: number, nowMs: number, { failures, pauseMs }: Breaker): boolean {
    this.#failures++;
    // What was under way when it opened fails as well, and says nothing new.
    if (this.#openUntilMs > 0 ? this.#trial !== sequence : this.#failures < failures) return false;
    this.#trial = -1;
    this.#openUntilMs = nowMs + pauseMs;
    return true;
  }

  /** The message came back without a word about it. Answers whether another one can be tried now. */
  returned(sequence: number): boolean {
    if (this.#trial !== sequence) return false;
    this.#trial = -1;
    return true;
  }
}
