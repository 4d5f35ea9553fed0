/** Tokens whose last use is known. */
const TOKENS_KNOWN_MAX = 100_000;

/** When tokens of service accounts were last used, since the server started: a disk write for each login would cost more than that is worth. */
export class TokenUses {
  readonly #lastMs = new Map<string, number>();

  used(id: string, nowMs: number): void {
    if (!this.#lastMs.has(id) && this.#lastMs.size >= TOKENS_KNOWN_MAX) this.#lastMs.delete(this.#lastMs.keys().next().value!);
    this.#lastMs.set(id, nowMs);
  }

  lastMs(id: string): number | undefined {
    return this.#lastMs.get(id);
  }
}
