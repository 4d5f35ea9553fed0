import { Allowance, type Limits, NO_LIMITS, type Resources, type Revisions, type Turn } from '@angarium/core';

/** What each user may have over all of his connections: one allowance for a user while anybody is connected as him. */
export class UserAllowances {
  readonly #resources: Resources;
  readonly #turn: Turn;
  /** By space and user. Held by the principals alone. */
  readonly #allowances = new Map<string, WeakRef<Allowance>>();
  readonly #forgotten = new FinalizationRegistry<string>(key => {
    if (this.#allowances.get(key)?.deref() === undefined) this.#allowances.delete(key);
  });

  constructor(resources: Resources, revisions: Revisions, turn: Turn) {
    this.#resources = resources;
    this.#turn = turn;
    revisions.listen(({ kind, space, name }) => {
      if (kind === 'User') this.#allowances.get(keyOf(space, name))?.deref()?.change(this.#limitsOf(space, name));
    });
  }

  of(space: string, user: string): Allowance {
    const key = keyOf(space, user);
    const known = this.#allowances.get(key)?.deref();
    if (known !== undefined) return known;
    const allowance = new Allowance(`The user ${user}`, this.#turn);
    const limits = this.#limitsOf(space, user);
    if (limits !== NO_LIMITS) allowance.change(limits);
    this.#allowances.set(key, new WeakRef(allowance));
    this.#forgotten.register(allowance, key);
    return allowance;
  }

  #limitsOf(space: string, user: string): Limits {
    const spec = this.#resources.get('User', space, user)?.spec as { readonly limits?: Limits } | undefined;
    return spec?.limits ?? NO_LIMITS;
  }
}

function keyOf(space: string, user: string): string {
  return `${space}/${user}`;
}
