import { Refusal } from '../delivery/refusal.ts';
import type { Allowance } from '../limits/allowance.ts';
import type { Explanation, Rule } from './rule.ts';

/** What somebody may do with an address: put messages in, take messages out, see how it is and what it holds, change it. */
export const ACTIONS = ['send', 'receive', 'view', 'manage'] as const;
export type Action = (typeof ACTIONS)[number];

/** What somebody may do in one address space. Decisions are the same until the rights are replaced as a whole. */
export interface Rights {
  /** Why not; undefined: it is allowed. The same answer whether the address exists or not. */
  refuse(action: Action, address: string): Refusal | undefined;
  /** The same for every topic that a pattern (`+`, `#`) matches: one that is denied among them is enough for a no. */
  refusePattern(action: Action, pattern: string): Refusal | undefined;
  /** The same for declared documents of a kind that is no address, such as `User`. `view` is to read them, `manage` to write them. */
  refuseKind(action: 'view' | 'manage', kind: string): Refusal | undefined;
  /** Why there is no address at all that it is allowed for. */
  refuseAny(action: Action): Refusal | undefined;
  /** Why the rule may not be given to others: nobody gives what he does not hold. */
  refuseRule(rule: Rule): Refusal | undefined;
  /** What `refuse`, or `refusePattern`, decides, and why. */
  explain(action: Action, address: string, pattern?: boolean): Explanation;
}

const EVERYTHING: Explanation = { allowed: true, from: 'an administrator may do everything' };

export const ALL_RIGHTS: Rights = {
  refuse: () => undefined,
  refusePattern: () => undefined,
  refuseKind: () => undefined,
  refuseAny: () => undefined,
  refuseRule: () => undefined,
  explain: () => EVERYTHING,
};

/** Something that was let in as a principal, and has to go, or lose a part, when that may no longer. */
export interface PrincipalFollower {
  /** The rights are other ones now: what is open has to be asked for again. */
  rightsChanged(): void;
  /** The principal is no longer let in; `why` is for the peer. */
  principalEnded(why: string): void;
}

export interface PrincipalOptions {
  readonly user: string;
  /** The address space that the user is of. */
  readonly space: string;
  readonly groups?: readonly string[];
  /** May enter every address space, with all rights. */
  readonly administersServer?: boolean;
  /** May read how the server is: its metrics, and the events of all address spaces. */
  readonly monitorsServer?: boolean;
  readonly rights: Rights;
  /** When what proved it runs out, in milliseconds since the epoch; absent: it does not. */
  readonly expiresAtMs?: number;
}

/** Somebody who was let in once, as it can be kept for later. */
export interface Claimant {
  readonly user: string;
  readonly space: string;
  readonly groups?: readonly string[];
  readonly administersServer?: boolean;
}

export function claimantOf({ user, space, groups, administersServer }: Principal): Claimant {
  return { user, space, ...(groups.length > 0 && { groups }), ...(administersServer && { administersServer }) };
}

/** Somebody who has proved who he is. It lives: rights may change while it is connected, and it may end. */
export class Principal {
  readonly user: string;
  readonly space: string;
  readonly administersServer: boolean;
  /** Administrators do so too. */
  readonly monitorsServer: boolean;
  /** What the user may have, over all of his connections; undefined: as much as his address space. */
  allowance: Allowance | undefined;
  #groups: readonly string[];
  #expiresAtMs: number | undefined;
  #rights: Rights;
  readonly #followers = new Set<PrincipalFollower>();
  #endedWhy: string | undefined;

  constructor(options: PrincipalOptions) {
    this.user = options.user;
    this.space = options.space;
    this.#groups = options.groups ?? [];
    this.administersServer = options.administersServer ?? false;
    this.monitorsServer = this.administersServer || (options.monitorsServer ?? false);
    this.#expiresAtMs = options.expiresAtMs;
    this.#rights = options.rights;
  }

  get groups(): readonly string[] {
    return this.#groups;
  }

  get expiresAtMs(): number | undefined {
    return this.#expiresAtMs;
  }

  /** In its own space. An administrator of the server has all rights everywhere. */
  get rights(): Rights {
    return this.#rights;
  }

  /** Why it is no longer let in; undefined: it is. */
  get endedWhy(): string | undefined {
    return this.#endedWhy;
  }

  /** Until the answer is called, the follower hears of changes. */
  follow(follower: PrincipalFollower): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  get followers(): number {
    return this.#followers.size;
  }

  /** The same user has proved anew who it is. What that changes of its rights is told by `change`. */
  renew(groups: readonly string[], expiresAtMs: number): void {
    this.#groups = groups;
    this.#expiresAtMs = expiresAtMs;
  }

  change(rights: Rights): void {
    this.#rights = rights;
    for (const follower of [...this.#followers]) follower.rightsChanged();
  }

  end(why: string): void {
    if (this.#endedWhy !== undefined) return;
    this.#endedWhy = why;
    for (const follower of [...this.#followers]) follower.principalEnded(why);
  }
}

/** The words of every no to an address space, be it there or not. */
export function refuseEntry(principal: { readonly user: string }, space: string): Refusal {
  return new Refusal(
    'unauthorized',
    `The user ${principal.user} may not enter the address space ${space}: connect as one of its own users.`,
  );
}

/** The server itself, which does what it was told by somebody who may. */
export function serverPrincipal(space: string): Principal {
  return new Principal({ user: '', space, administersServer: true, rights: ALL_RIGHTS });
}

/** The words of every no. They do not tell whether the address exists. */
export function refuseAction(principal: { readonly user: string }, action: Action, what: string): Refusal {
  return new Refusal('unauthorized', `The user ${principal.user} may not ${action} ${what}: ask an administrator of the address space.`);
}
