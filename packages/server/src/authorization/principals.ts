import { ALL_RIGHTS, Principal, type Rights, SPACE_DEFAULT } from '@angarium/core';
import { Authorization, type Declared, rightsOf } from './authorization.ts';
import type { Holder, Holding, UserRights } from './roles.ts';
import type { UserAllowances } from './user-allowances.ts';

/** What somebody may do whatever documents say: all there is, or all in his space. */
export type Standing = 'administers-server' | 'administers-space';

/** What somebody has proved of himself. */
export interface Claims extends Holder {
  /** When what proved it runs out, in milliseconds since the epoch. */
  readonly expiresAtMs?: number;
  /** Users of the configuration administer the server; absent: rights come from documents alone. */
  readonly standing?: Standing;
  /** Of those who are signed in with a browser: in which session. */
  readonly session?: string;
}

/** Why a principal ends whose user is still let in, as another one: what it is to the server stays as long as it. */
export const ADMINISTRATION_CHANGED = 'what this user may do with the server has changed: connect again';

/** A principal that is let in, which nothing of this keeps alive. */
interface Admitted {
  claims: Claims;
  readonly reference: WeakRef<Principal>;
  /** What its rights were made from. */
  known: string;
}

/** Those who are let in: one principal for the same claims while anybody uses it, whose rights are always those that documents say now. */
export class Principals {
  readonly #authorization: Authorization;
  readonly #allowances: UserAllowances | undefined;
  /** By space, and there by claims. Weakly held: what uses a principal keeps it, and nothing that does misses a change. */
  readonly #spaces = new Map<string, Map<string, Admitted>>();
  readonly #claims = new WeakMap<Principal, Claims>();
  readonly #forgotten = new FinalizationRegistry<{ space: string; key: string }>(({ space, key }) => {
    if (this.#spaces.get(space)?.get(key)?.reference.deref() === undefined) this.#forget(space, key);
  });

  /** `allowances`: what users may have; absent: nobody counts it. */
  constructor(declared: Declared, allowances?: UserAllowances) {
    this.#allowances = allowances;
    this.#authorization = new Authorization(declared, (space, user, gone) => {
      if (user !== undefined && gone !== undefined) this.endUser(space, user, gone);
      else this.#changed(space, user);
    });
  }

  /** A user of the configuration. */
  of(user: string): Principal {
    return this.admit({ space: SPACE_DEFAULT, user, standing: 'administers-server' });
  }

  /** Who has proved to be this one. */
  admit(claims: Claims): Principal {
    const { space } = claims;
    const key = keyOf(claims);
    const known = this.#spaces.get(space)?.get(key)?.reference.deref();
    if (known !== undefined) return known;
    const { standing, ...rest } = claims;
    const holding = this.holding(claims);
    const administersServer = standing === 'administers-server' || holding.administersServer;
    const principal = new Principal({
      ...rest,
      rights: this.#rights(claims, holding),
      administersServer,
      monitorsServer: holding.monitorsServer,
    });
    principal.allowance = this.#allowances?.of(space, claims.user);
    const admitted = this.#spaces.get(space) ?? new Map<string, Admitted>();
    this.#spaces.set(space, admitted);
    admitted.set(key, { claims, reference: new WeakRef(principal), known: JSON.stringify(holding) });
    this.#claims.set(principal, claims);
    this.#forgotten.register(principal, { space, key });
    return principal;
  }

  /** The same user as a principal of this session alone, so that what is opened in it ends with it. */
  inSession(principal: Principal, session: string, expiresAtMs: number): Principal {
    return this.admit({ ...this.#claims.get(principal)!, session, expiresAtMs });
  }

  /** The principal of a session goes on with what its user has proved anew: what is open stays open, with the rights that he has by now. */
  renew(principal: Principal, groups: readonly string[], expiresAtMs: number): void {
    const claims = { ...this.#claims.get(principal)!, groups, expiresAtMs };
    this.#claims.set(principal, claims);
    const key = keyOf(claims);
    const admitted = this.#spaces.get(claims.space)?.get(key);
    if (admitted?.reference.deref() !== principal) return;
    admitted.claims = claims;
    principal.renew(groups, expiresAtMs);
    this.#reconsider(key, admitted);
  }

  /** Ends one principal: its user may have others. */
  end(principal: Principal, why: string): void {
    const claims = this.#claims.get(principal)!;
    this.#forget(claims.space, keyOf(claims));
    principal.end(why);
  }

  /** What documents say that he may do; `spec` in place of the one that he has. */
  holding(holder: Holder, spec?: UserRights): Holding {
    return this.#authorization.holding(holder, spec);
  }

  /** The rights of somebody who needs not be connected, as his documents say. */
  rightsOf(holder: Holder): Rights {
    return rightsOf(holder, this.holding(holder));
  }

  #rights(claims: Claims, holding: Holding): Rights {
    return claims.standing === undefined ? rightsOf(claims, holding) : ALL_RIGHTS;
  }

  /** He was deleted, disabled, or has another password: what he has open is closed. Those of the same name with another standing are others. */
  endUser(space: string, user: string, why: string, standing?: Standing): void {
    this.#end(space, ({ claims }) => claims.user === user && claims.standing === standing, why);
  }

  /** The address space is gone. */
  endSpace(space: string, why: string): void {
    this.#end(space, () => true, why);
  }

  #end(space: string, which: (admitted: Admitted) => boolean, why: string): void {
    for (const [key, admitted] of [...(this.#spaces.get(space) ?? [])])
      if (which(admitted)) {
        // Who proves it again gets a new one.
        this.#forget(space, key);
        admitted.reference.deref()?.end(why);
      }
  }

  #forget(space: string, key: string): void {
    const admitted = this.#spaces.get(space);
    admitted?.delete(key);
    if (admitted?.size === 0) this.#spaces.delete(space);
  }

  #changed(space: string, user: string | undefined): void {
    for (const [key, admitted] of [...(this.#spaces.get(space) ?? [])])
      if (user === undefined || admitted.claims.user === user) this.#reconsider(key, admitted);
  }

  /** Tells the principal when its rights are other ones now. */
  #reconsider(key: string, admitted: Admitted): void {
    const { claims, reference, known } = admitted;
    const principal = reference.deref();
    if (principal === undefined || claims.standing !== undefined) return;
    const holding = this.holding(claims);
    const now = JSON.stringify(holding);
    if (now === known) return;
    admitted.known = now;
    const { administersServer, monitorsServer } = principal;
    if (holding.administersServer === administersServer && holding.monitorsServer === monitorsServer)
      principal.change(rightsOf(claims, holding));
    else {
      this.#forget(claims.space, key);
      principal.end(ADMINISTRATION_CHANGED);
    }
  }
}

/** Who is in a session is told from others by that: what he has proved may change while it lasts. */
function keyOf({ space, user, groups = [], expiresAtMs = 0, standing, session }: Claims): string {
  return JSON.stringify(session === undefined ? [space, user, [...groups].sort(), expiresAtMs, standing] : [space, user, session]);
}
