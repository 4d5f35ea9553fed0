import { createHash, randomBytes } from 'node:crypto';
import type { Principal, PrincipalFollower, Turn } from '@angarium/core';
import { ADMINISTRATION_CHANGED, type Principals } from '../authorization/principals.ts';

/** Sessions at a time; for a further one, of the address space with the most of them the one goes that was used longest ago. */
export const SESSIONS_MAX = 10_000;
/** Sessions of one user: of more, the one goes that was used longest ago. */
export const SESSIONS_OF_USER_MAX = 20;
/** How often sessions are looked at, in milliseconds, while there are any. */
export const SWEEP_INTERVAL_MS = 60_000;
/** What nobody can guess, in bytes. */
const ID_BYTES = 32;

export interface SessionTimes {
  /** How long a session may do nothing, and have nothing open, in milliseconds. */
  readonly idleMs: number;
  /** How long it may last at all, in milliseconds. */
  readonly lifetimeMs: number;
}

/** Somebody who has signed in with a browser. */
class WebSession implements PrincipalFollower {
  readonly key: string;
  readonly #owner: WebSessions;
  #principal: Principal;
  #unfollow: () => void;
  usedMs: number;

  constructor(key: string, principal: Principal, owner: WebSessions, nowMs: number) {
    this.key = key;
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

  leave(): void {
    this.#unfollow();
  }

  rightsChanged(): void {}

  principalEnded(why: string): void {
    this.#owner.principalEnded(this, why);
  }
}

/**
 * Who is signed in with a browser, which shows an id that nobody can guess in place of a password. A session is a principal of its own, so that what was
 * opened in it ends with it. Kept in memory, by a hash of the id; all of them end with the server.
 */
export class WebSessions implements Disposable {
  readonly #principals: Principals;
  readonly #turn: Turn;
  readonly #times: SessionTimes;
  readonly #sessions = new Map<string, WebSession>();
  /** By address space; in each, those used longest ago come first. */
  readonly #spaces = new Map<string, Map<string, WebSession>>();
  #sweeping: { cancel(): void } | undefined;

  constructor(principals: Principals, turn: Turn, times: SessionTimes) {
    this.#principals = principals;
    this.#turn = turn;
    this.#times = times;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Begins a session of somebody who was let in just now, and answers its id. */
  begin(principal: Principal): string {
    this.#makeRoom(principal);
    const id = randomBytes(ID_BYTES).toString('base64url');
    const key = keyOf(id);
    const { nowMs } = this.#turn;
    const untilMs = Math.min(nowMs + this.#times.lifetimeMs, principal.expiresAtMs ?? Number.POSITIVE_INFINITY);
    const session = new WebSession(key, this.#principals.inSession(principal, key, untilMs), this, nowMs);
    this.#sessions.set(key, session);
    const ofSpace = this.#spaces.get(principal.space) ?? new Map<string, WebSession>();
    this.#spaces.set(principal.space, ofSpace);
    ofSpace.set(key, session);
    this.#sweepLater();
    return id;
  }

  /** Who is signed in with this id. */
  find(id: string): Principal | undefined {
    const session = this.#sessions.get(keyOf(id));
    if (session === undefined) return undefined;
    const { nowMs } = this.#turn;
    if (this.#endIfOver(session, nowMs)) return undefined;
    this.#use(session, nowMs);
    return session.principal;
  }

  /** Somebody signs out. */
  end(id: string): void {
    const session = this.#sessions.get(keyOf(id));
    if (session) this.#end(session, 'the user has signed out');
  }

  /** What has proved who the user is holds no longer; but for who only has to be asked again what he may do. */
  principalEnded(session: WebSession, why: string): void {
    const { principal } = session;
    if (why !== ADMINISTRATION_CHANGED) return this.#forget(session);
    session.continueAs(this.#principals.inSession(principal, session.key, principal.expiresAtMs!));
  }

  #use(session: WebSession, nowMs: number): void {
    session.usedMs = nowMs;
    const ofSpace = this.#spaces.get(session.principal.space)!;
    ofSpace.delete(session.key);
    ofSpace.set(session.key, session);
  }

  #endIfOver(session: WebSession, nowMs: number): boolean {
    if (nowMs >= session.principal.expiresAtMs!) this.#end(session, 'the session has lasted as long as it may: sign in again');
    else if (nowMs - session.usedMs >= this.#times.idleMs && !session.isInUse)
      this.#end(session, 'the session was not used for long: sign in again');
    else return false;
    return true;
  }

  #makeRoom({ space, user }: Principal): void {
    const ofUser = [...(this.#spaces.get(space)?.values() ?? [])].filter(session => session.user === user);
    if (ofUser.length >= SESSIONS_OF_USER_MAX) this.#end(ofUser[0]!, 'the same user has signed in elsewhere too many times since');
    if (this.#sessions.size < SESSIONS_MAX) return;
    let fullest: ReadonlyMap<string, WebSession> = new Map();
    for (const ofSpace of this.#spaces.values()) if (ofSpace.size > fullest.size) fullest = ofSpace;
    this.#end(fullest.values().next().value!, 'too many users are signed in');
  }

  #end(session: WebSession, why: string): void {
    this.#forget(session);
    this.#principals.end(session.principal, why);
  }

  #forget(session: WebSession): void {
    const { key, principal } = session;
    session.leave();
    this.#sessions.delete(key);
    const ofSpace = this.#spaces.get(principal.space);
    ofSpace?.delete(key);
    if (ofSpace?.size === 0) this.#spaces.delete(principal.space);
  }

  /** One timer for all: sessions that nobody comes back to end too, and those with something open are in use. */
  #sweepLater(): void {
    if (this.#sessions.size === 0) return;
    this.#sweeping ??= this.#turn.after(SWEEP_INTERVAL_MS, () => {
      this.#sweeping = undefined;
      const { nowMs } = this.#turn;
      for (const session of [...this.#sessions.values()])
        if (!this.#endIfOver(session, nowMs) && session.isInUse) this.#use(session, nowMs);
      this.#sweepLater();
    });
  }

  [Symbol.dispose](): void {
    this.#sweeping?.cancel();
  }
}

function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}
