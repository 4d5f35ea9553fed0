import type { Refusal } from '../delivery/refusal.ts';
import type { Will, Wills } from './wills.ts';

/**
 * The will of something that comes and goes with its connection: void when that ends in order, due when it ends otherwise. Its owner has a name of
 * its own; who has come back is told by `client`.
 */
export class OwnedWill {
  readonly #wills: Wills;
  readonly #owner: string;
  readonly #client: string;

  constructor(wills: Wills, owner: string, client: string) {
    this.#wills = wills;
    this.#owner = owner;
    this.#client = client;
  }

  /** Puts a will in place of the one of before; a refusal says why there is none, neither this one nor that. */
  put(will: Omit<Will, 'client'>): Refusal | undefined {
    return this.#wills.put(this.#owner, { ...will, client: this.#client });
  }

  /** `done` is called when what was put is on disk. */
  whenDurable(done: () => void): void {
    this.#wills.whenDurable(done);
  }

  /** `failed`: it did not end in order. Further calls do nothing, as long as nothing is put. */
  end(failed: boolean): void {
    if (failed) this.#wills.due(this.#owner);
    else this.#wills.cancel(this.#owner);
  }
}
