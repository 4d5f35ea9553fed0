import { ALL_RIGHTS, Principal, SPACE_DEFAULT } from '@angarium/core';

/** What somebody may do whatever documents say: all there is, or all in his space. */
export type Standing = 'administers-server' | 'administers-space';

/** What somebody has proved of himself. */
export interface Claims {
  /** The address space that he is a user of. */
  readonly space: string;
  readonly user: string;
  readonly groups?: readonly string[];
  /** When what proved it runs out, in milliseconds since the epoch. */
  readonly expiresAtMs?: number;
  /** Users of the configuration administer the server; absent: rights come from documents alone. */
  readonly standing?: Standing;
}

/** Those who are let in: one principal for the same claims while anybody follows it or uses it. */
export class Principals {
  /** Weakly held: what uses a principal keeps it, and nothing that does misses a change. */
  readonly #principals = new Map<string, WeakRef<Principal>>();
  readonly #forgotten = new FinalizationRegistry<string>(key => {
    if (this.#principals.get(key)?.deref() === undefined) this.#principals.delete(key);
  });

  /** A user of the configuration. */
  of(user: string): Principal {
    return this.admit({ space: SPACE_DEFAULT, user, standing: 'administers-server' });
  }

  /** Who has proved to be this one. */
  admit(claims: Claims): Principal {
    const key = keyOf(claims);
    const known = this.#principals.get(key)?.deref();
    if (known !== undefined) return known;
    const { standing, ...rest } = claims;
    const principal = new Principal({ ...rest, rights: ALL_RIGHTS, administersServer: standing === 'administers-server' });
    this.#principals.set(key, new WeakRef(principal));
    this.#forgotten.register(principal, key);
    return principal;
  }

  /** He was deleted, disabled, or has another password: what he has open is closed. */
  endUser(space: string, user: string, why: string): void {
    this.#end(principal => principal.space === space && principal.user === user, why);
  }

  /** The address space is gone. */
  endSpace(space: string, why: string): void {
    this.#end(principal => principal.space === space, why);
  }

  #end(which: (principal: Principal) => boolean, why: string): void {
    for (const [key, reference] of [...this.#principals]) {
      const principal = reference.deref();
      if (principal === undefined || !which(principal)) continue;
      // Who proves it again gets a new one.
      this.#principals.delete(key);
      principal.end(why);
    }
  }
}

function keyOf({ space, user, groups = [], expiresAtMs = 0, standing }: Claims): string {
  return JSON.stringify([space, user, [...groups].sort(), expiresAtMs, standing]);
}
