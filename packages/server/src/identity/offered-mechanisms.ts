import { type Broker, SPACE_DEFAULT } from '@angarium/core';
import type { Mechanism } from '@angarium/transport';
import type { Authority } from './authority.ts';
import type { Users } from './users.ts';

/** All that there are, strongest first: clients that choose by themselves take the first that they have something for. */
const STRONGEST_FIRST: readonly Mechanism[] = ['EXTERNAL', 'SCRAM-SHA-512', 'SCRAM-SHA-256', 'OAUTHBEARER', 'XOAUTH2', 'PLAIN'];

export interface OfferedMechanismsOptions {
  readonly broker: Broker;
  readonly users: Users;
  readonly authorityOf: (space: string) => Authority | undefined;
}

/**
 * What users can log in by, of one address space and of all together. A change of one space costs what that space is: a tenant whose users come and go
 * is nobody else's affair.
 */
export class OfferedMechanisms {
  readonly #options: OfferedMechanismsOptions;
  readonly #bySpace = new Map<string, readonly Mechanism[]>();
  /** Address spaces by what they offer. */
  readonly #counts = new Map<Mechanism, number>();
  /** Spaces that have changed since they were counted; undefined: any of them may have. */
  #changed: Set<string> | undefined;
  #all: readonly Mechanism[] = [];

  constructor(options: OfferedMechanismsOptions) {
    this.#options = options;
  }

  /** `space` is absent when it may be any of them. */
  changed(space?: string): void {
    if (space === undefined) this.#changed = undefined;
    else this.#changed?.add(space);
  }

  /** To clients that name this space; its own users, and the administrators of the server, who may visit it. */
  of(space: string): readonly Mechanism[] {
    this.#count();
    const [own, visiting] = [this.#bySpace.get(space) ?? [], this.#bySpace.get(SPACE_DEFAULT) ?? []];
    return STRONGEST_FIRST.filter(mechanism => own.includes(mechanism) || visiting.includes(mechanism));
  }

  /** To clients that name none. */
  get all(): readonly Mechanism[] {
    this.#count();
    return this.#all;
  }

  #count(): void {
    const { spaces } = this.#options.broker;
    const changed = this.#changed ?? new Set([...this.#bySpace.keys(), ...spaces.keys()]);
    if (changed.size === 0 && this.#changed !== undefined) return;
    for (const space of changed) {
      for (const mechanism of this.#bySpace.get(space) ?? []) this.#counts.set(mechanism, this.#counts.get(mechanism)! - 1);
      const now = spaces.has(space) ? this.#mechanismsOf(space) : [];
      for (const mechanism of now) this.#counts.set(mechanism, (this.#counts.get(mechanism) ?? 0) + 1);
      if (now.length > 0) this.#bySpace.set(space, now);
      else this.#bySpace.delete(space);
    }
    this.#changed = new Set();
    this.#all = STRONGEST_FIRST.filter(mechanism => (this.#counts.get(mechanism) ?? 0) > 0);
  }

  #mechanismsOf(space: string): readonly Mechanism[] {
    const { users, authorityOf } = this.#options;
    return [
      ...new Set<Mechanism>([
        ...users.scram(space),
        ...(users.hasPasswords(space) ? (['PLAIN'] as const) : []),
        ...(users.hasTokens(space) ? (['OAUTHBEARER'] as const) : []),
        ...(users.hasCertificates(space) ? (['EXTERNAL'] as const) : []),
        ...(authorityOf(space)?.mechanisms ?? []),
      ]),
    ];
  }
}
