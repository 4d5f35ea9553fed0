import type { Principal, PrincipalFollower } from '@angarium/core';
import type { Denial } from '@angarium/transport';

/** How a session goes on when what has proved who its user is runs out. */
export interface Renewal {
  /** Who it is by now, or why nobody: then the session ends, but for what is temporary, which is tried again. Never rejects. */
  renew(): Promise<Renewed | Denial>;
  /** Nobody will use it any more. */
  revoke(): void;
}

export interface Renewed {
  readonly principal: Principal;
  /** undefined: this time was the last. */
  readonly renewal: Renewal | undefined;
}

/** A session is renewed when this share of the time that is left is over: what does not succeed then can be tried again. */
const RENEWED_AFTER = 0.75;

/** Whom a session tells that its principal is no longer let in. */
export interface SessionOwner {
  principalEnded(session: WebSession, why: string): void;
}

/** Somebody who has signed in with a browser. */
export class WebSession implements PrincipalFollower {
  readonly key: string;
  /** When it is over whatever happens, in milliseconds since the epoch. */
  readonly lifetimeEndMs: number;
  readonly #owner: SessionOwner;
  #principal: Principal;
  #unfollow: () => void;
  usedMs: number;
  renewal: Renewal | undefined;
  /** When it is to be renewed, in milliseconds since the epoch; infinite: not at all. */
  renewAtMs = Number.POSITIVE_INFINITY;

  constructor(key: string, principal: Principal, owner: SessionOwner, nowMs: number, lifetimeEndMs: number) {
    this.key = key;
    this.lifetimeEndMs = lifetimeEndMs;
    this.#owner = owner;
    this.#principal = principal;
    this.#unfollow = principal.follow(this);
    this.usedMs = nowMs;
  }

  get principal(): Principal {
    return this.#principal;
  }

  get user(): string {
    return this.#principal.user;
  }

  /** When its user has to sign in again whatever he does, in milliseconds since the epoch. */
  get endsAtMs(): number {
    return this.renewal === undefined ? this.#principal.expiresAtMs! : this.lifetimeEndMs;
  }

  /** Whether something is open that was opened in it, such as a stream of events. */
  get isInUse(): boolean {
    return this.#principal.followers > 1;
  }

  /** It goes on as another principal of the same user. */
  continueAs(principal: Principal): void {
    this.#unfollow();
    this.#principal = principal;
    this.#unfollow = principal.follow(this);
  }

  /** How it goes on from now. What lasts as long as the session may last at all needs nothing. */
  renewBy(renewal: Renewal | undefined, nowMs: number): void {
    const { expiresAtMs } = this.#principal;
    this.renewal = renewal;
    this.renewAtMs =
      renewal === undefined || expiresAtMs! >= this.lifetimeEndMs
        ? Number.POSITIVE_INFINITY
        : nowMs + RENEWED_AFTER * Math.max(0, expiresAtMs! - nowMs);
  }

  leave(): void {
    this.#unfollow();
    this.renewal?.revoke();
    this.renewal = undefined;
    this.renewAtMs = Number.POSITIVE_INFINITY;
  }

  rightsChanged(): void {}

  principalEnded(why: string): void {
    this.#owner.principalEnded(this, why);
  }
}
