import { createHash, randomBytes } from 'node:crypto';
import type { Principal, Turn } from '@angarium/core';
import { ADMINISTRATION_CHANGED, type Principals } from '../authorization/principals.ts';
import { type Renewal, type SessionOwner, WebSession } from './web-session.ts';

/** Sessions at a time; for a further one, of the address space with the most of them the one goes that was used longest ago. */
export const SESSIONS_MAX = 10_000;
/** Sessions of one user: of more, the one goes that was used longest ago. */
export const SESSIONS_OF_USER_MAX = 20;
/** How often sessions are looked at, in milliseconds, while there are any. */
export const SWEEP_INTERVAL_MS = 60_000;
/** Between two looks there are at least so many milliseconds, also when sessions have to be renewed. */
export const SWEEP_INTERVAL_MIN_MS = 1_000;
/** Of one address space, so many sessions are renewed at a time. */
export const RENEWALS_OF_SPACE_MAX = 32;
/** A renewal that was not answered is tried again after so many milliseconds. */
export const RENEWAL_RETRY_MS = 5_000;
/** Sessions that have ended of which it is remembered why; of more, the one goes that has ended first. */
export const ENDINGS_REMEMBERED_MAX = 1_000;
/** What nobody can guess, in bytes. */
const ID_BYTES = 32;

const SIGNED_OUT = 'the user has signed out';
const OVER = 'the session has lasted as long as it may: sign in again';
const UNUSED = 'the session was not used for long: sign in again';
const TOO_MANY_OF_USER = 'the same user has signed in elsewhere too many times since';
const TOO_MANY = 'too many users are signed in';
const OTHER_NAME = 'the sign-in service knows the user by another name now: sign in again';

export interface SessionTimes {
  /** How long a session may do nothing, and have nothing open, in milliseconds. */
  readonly idleMs: number;
  /** How long it may last at all, in milliseconds. */
  readonly lifetimeMs: number;
}

/**
 * Who is signed in with a browser, which shows an id that nobody can guess in place of a password. A session is a principal of its own, so that what was
 * opened in it ends with it. Kept in memory, by a hash of the id; all of them end with the server.
 */
export class WebSessions implements Disposable, SessionOwner {
  readonly #principals: Principals;
  readonly #turn: Turn;
  readonly #times: SessionTimes;
  readonly #sessions = new Map<string, WebSession>();
  /** By address space; in each, those used longest ago come first. */
  readonly #spaces = new Map<string, Map<string, WebSession>>();
  /** Why sessions have ended, for whoever comes back with their id. */
  readonly #endings = new Map<string, string>();
  /** Renewals under way, by address space. */
  readonly #renewing = new Map<string, number>();
  #sweeping: { readonly atMs: number; cancel(): void } | undefined;

  constructor(principals: Principals, turn: Turn, times: SessionTimes) {
    this.#principals = principals;
    this.#turn = turn;
    this.#times = times;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Begins a session of somebody who was let in just now, and answers its id. `renewal`: how it goes on when what has proved that runs out. */
  begin(principal: Principal, renewal?: Renewal): string {
    this.#makeRoom(principal);
    const id = randomBytes(ID_BYTES).toString('base64url');
    const key = keyOf(id);
    const { nowMs } = this.#turn;
    const lifetimeEndMs = nowMs + this.#times.lifetimeMs;
    const untilMs = Math.min(lifetimeEndMs, principal.expiresAtMs ?? Number.POSITIVE_INFINITY);
    const session = new WebSession(key, this.#principals.inSession(principal, key, untilMs), this, nowMs, lifetimeEndMs);
    session.renewBy(renewal, nowMs);
    this.#sessions.set(key, session);
    const ofSpace = this.#spaces.get(principal.space) ?? new Map<string, WebSession>();
    this.#spaces.set(principal.space, ofSpace);
    ofSpace.set(key, session);
    this.#sweepAt(session.renewAtMs);
    return id;
  }

  /** Who is signed in with this id. */
  find(id: string): Principal | undefined {
    return this.look(id)?.principal;
  }

  /** The session itself. */
  look(id: string): WebSession | undefined {
    const session = this.#sessions.get(keyOf(id));
    if (session === undefined) return undefined;
    const { nowMs } = this.#turn;
    if (this.#endIfOver(session, nowMs)) return undefined;
    this.#use(session, nowMs);
    return session;
  }

  /** Why the session of this id has ended, while that is remembered. */
  whyEnded(id: string): string | undefined {
    return this.#endings.get(keyOf(id));
  }

  /** Somebody signs out. */
  end(id: string): void {
    const session = this.#sessions.get(keyOf(id));
    if (session) this.#end(session, SIGNED_OUT);
  }

  /** What has proved who the user is holds no longer; but for who only has to be asked again what he may do. */
  principalEnded(session: WebSession, why: string): void {
    const { principal } = session;
    if (why !== ADMINISTRATION_CHANGED) return this.#forget(session, why);
    session.continueAs(this.#principals.inSession(principal, session.key, principal.expiresAtMs!));
  }

  #use(session: WebSession, nowMs: number): void {
    session.usedMs = nowMs;
    const ofSpace = this.#spaces.get(session.principal.space)!;
    ofSpace.delete(session.key);
    ofSpace.set(session.key, session);
  }

  #endIfOver(session: WebSession, nowMs: number): boolean {
    if (nowMs >= session.principal.expiresAtMs!) this.#end(session, OVER);
    else if (nowMs - session.usedMs >= this.#times.idleMs && !session.isInUse) this.#end(session, UNUSED);
    else return false;
    return true;
  }

  #makeRoom({ space, user }: Principal): void {
    const ofUser = [...(this.#spaces.get(space)?.values() ?? [])].filter(session => session.user === user);
    if (ofUser.length >= SESSIONS_OF_USER_MAX) this.#end(ofUser[0]!, TOO_MANY_OF_USER);
    if (this.#sessions.size < SESSIONS_MAX) return;
    let fullest: ReadonlyMap<string, WebSession> = new Map();
    for (const ofSpace of this.#spaces.values()) if (ofSpace.size > fullest.size) fullest = ofSpace;
    this.#end(fullest.values().next().value!, TOO_MANY);
  }

  #end(session: WebSession, why: string): void {
    this.#forget(session, why);
    this.#principals.end(session.principal, why);
  }

  #forget(session: WebSession, why: string): void {
    const { key, principal } = session;
    session.leave();
    this.#sessions.delete(key);
    const ofSpace = this.#spaces.get(principal.space);
    ofSpace?.delete(key);
    if (ofSpace?.size === 0) this.#spaces.delete(principal.space);
    if (this.#endings.size >= ENDINGS_REMEMBERED_MAX) this.#endings.delete(this.#endings.keys().next().value!);
    this.#endings.set(key, why);
  }

  // ---- renewal

  #renewIfDue(session: WebSession, nowMs: number): void {
    const { renewal, renewAtMs, principal } = session;
    const under = this.#renewing.get(principal.space) ?? 0;
    if (renewal === undefined || nowMs < renewAtMs || under >= RENEWALS_OF_SPACE_MAX) return;
    this.#renewing.set(principal.space, under + 1);
    session.renewAtMs = Number.POSITIVE_INFINITY;
    void this.#renew(session, renewal);
  }

  async #renew(session: WebSession, renewal: Renewal): Promise<void> {
    const { space } = session.principal;
    const renewed = await renewal.renew();
    const under = this.#renewing.get(space)! - 1;
    if (under === 0) this.#renewing.delete(space);
    else this.#renewing.set(space, under);
    const { nowMs } = this.#turn;
    if (this.#sessions.get(session.key) !== session) {
      // It has ended meanwhile.
      if ('principal' in renewed) renewed.renewal?.revoke();
      return;
    }
    if ('principal' in renewed) {
      const { principal } = renewed;
      if (principal.user !== session.user) return this.#end(session, OTHER_NAME);
      const untilMs = Math.min(session.lifetimeEndMs, principal.expiresAtMs ?? Number.POSITIVE_INFINITY);
      this.#principals.renew(session.principal, principal.groups, untilMs);
      session.renewBy(renewed.renewal, nowMs);
    } else if (renewed.temporary) session.renewAtMs = nowMs + RENEWAL_RETRY_MS;
    else return this.#end(session, renewed.why);
    this.#sweepAt(session.renewAtMs);
  }

  // ---- sweeping

  /** One timer for all: sessions that nobody comes back to end too, those with something open are in use, and those that run out are renewed. */
  #sweep(): void {
    this.#sweeping = undefined;
    const { nowMs } = this.#turn;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const session of [...this.#sessions.values()]) {
      if (this.#endIfOver(session, nowMs)) continue;
      if (session.isInUse) this.#use(session, nowMs);
      this.#renewIfDue(session, nowMs);
      nextMs = Math.min(nextMs, session.renewAtMs);
    }
    if (this.#sessions.size > 0) this.#sweepAt(nextMs);
  }

  /** At this time, or sooner if nothing is due before. */
  #sweepAt(dueMs: number): void {
    const { nowMs } = this.#turn;
    const delayMs = Math.min(Math.max(dueMs - nowMs, SWEEP_INTERVAL_MIN_MS), SWEEP_INTERVAL_MS);
    const atMs = nowMs + delayMs;
    if (this.#sweeping !== undefined && this.#sweeping.atMs <= atMs) return;
    this.#sweeping?.cancel();
    const timer = this.#turn.after(delayMs, () => this.#sweep());
    this.#sweeping = { atMs, cancel: () => timer.cancel() };
  }

  [Symbol.dispose](): void {
    this.#sweeping?.cancel();
  }
}

function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}
