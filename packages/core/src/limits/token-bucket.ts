/**
 * What may be used in a second, on average. It fills steadily up to `burst`, and may be overdrawn by what was taken in one go: then there is a debt, and
 * nothing more is to be taken until it is paid off.
 */
export class TokenBucket {
  #perMs: number;
  #burst: number;
  #level: number;
  #atMs: number;

  /** `perSecond`: Infinity for no limit. A burst of so many seconds is let through at once. */
  constructor(perSecond: number, burstSeconds: number, nowMs: number) {
    this.#perMs = perSecond / 1000;
    this.#burst = perSecond * burstSeconds;
    this.#level = this.#burst;
    this.#atMs = nowMs;
  }

  get limited(): boolean {
    return this.#perMs !== Number.POSITIVE_INFINITY;
  }

  /** Another rate from now on. What was saved is kept as far as the new one lets it. */
  change(perSecond: number, burstSeconds: number, nowMs: number): void {
    this.#fill(nowMs);
    const wasLimited = this.limited;
    this.#perMs = perSecond / 1000;
    this.#burst = perSecond * burstSeconds;
    this.#level = wasLimited ? Math.min(this.#level, this.#burst) : this.#burst;
  }

  take(amount: number, nowMs: number): void {
    if (!this.limited) return;
    this.#fill(nowMs);
    this.#level -= amount;
  }

  /** Milliseconds until the debt is paid off; 0: there is none. */
  debtMs(nowMs: number): number {
    if (!this.limited) return 0;
    this.#fill(nowMs);
    return this.#level >= 0 ? 0 : Math.ceil(-this.#level / this.#perMs);
  }

  /** Takes so much if it is there in full. */
  tryTake(amount: number, nowMs: number): boolean {
    if (!this.limited) return true;
    this.#fill(nowMs);
    if (this.#level < amount) return false;
    this.#level -= amount;
    return true;
  }

  #fill(nowMs: number): void {
    // A clock that is set back fills nothing, and takes nothing away.
    if (nowMs > this.#atMs) this.#level = Math.min(this.#burst, this.#level + (nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
  }
}
