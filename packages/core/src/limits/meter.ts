import type { Visit } from '../access/visit.ts';
import type { Refusal } from '../delivery/refusal.ts';
import type { Allowance, Counted } from './allowance.ts';
import type { SpaceLimits } from './space-limits.ts';
import type { Reading, TurnShare } from './turn-share.ts';

/** What one connection has and brings, as it counts for its address space and for its user. */
export class Meter {
  readonly #share: TurnShare;
  readonly #allowances: readonly Allowance[];
  readonly #limits: SpaceLimits;
  readonly #user: string;

  constructor({ space, principal }: Visit) {
    const { share, allowance } = space.limits;
    this.#share = share;
    this.#limits = space.limits;
    this.#user = principal.user;
    this.#allowances = principal.allowance ? [principal.allowance, allowance] : [allowance];
  }

  /** One more, or one less. */
  add(what: Counted, change: 1 | -1): void {
    for (const allowance of this.#allowances) allowance.add(what, change);
  }

  /** Why the one that was counted last cannot be; undefined: it may stay. */
  refuse(what: Counted): Refusal | undefined {
    for (const allowance of this.#allowances) {
      const refusal = allowance.refuse(what);
      if (refusal && what === 'connections') return this.#limits.refusedConnection(this.#user, refusal);
      if (refusal) return this.#limits.tally.refused(refusal);
    }
    return undefined;
  }

  /** Whether the reader has to rest: for the sake of other spaces, or because of a rate. It is told once when it may go on, and must not ask before. */
  rests(reading: Reading): boolean {
    for (const allowance of this.#allowances) if (allowance.rests(reading)) return true;
    return this.#share.rests(reading);
  }

  /** Bytes that may be taken in now, of what is there. */
  get readable(): number {
    return this.#share.readable;
  }

  /** So much has come in. */
  charge(messages: number, bytes: number): void {
    for (const allowance of this.#allowances) if (allowance.rated) allowance.charge(messages, bytes);
    this.#share.charge(messages, bytes);
  }
}
