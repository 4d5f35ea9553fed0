import type { Report, Turn } from '@angarium/core';
import type { AmqpLimits } from './limits.ts';

/** How long what belongs to a link outlives it, and from when on that counts (part 3, section 3.5.6). */
export interface Keep {
  readonly until: 'link-detach' | 'session-end' | 'connection-close' | 'never';
  readonly forMs: number;
}

/** Whether anything outlives the link at all. */
export function keepsAnything({ until, forMs }: Keep): boolean {
  return until !== 'link-detach' || forMs > 0;
}

/** Deliveries that a link which is gone has left unsettled. */
export interface SuspendedDeliveries {
  /** Nobody resumes them. */
  giveUp(): void;
}

/** A session or connection, with what is to run when it ends. */
interface Owner {
  readonly onEnd: { push(run: () => void): unknown };
}

interface Suspended {
  readonly deliveries: SuspendedDeliveries;
  readonly keep: Keep;
  timer: { cancel(): void } | undefined;
}

/**
 * What links have left that ended without being closed, by who they belong to and their names, until a link of the same name comes
 * and goes on with it (part 2, section 2.6.13), or the time has passed that their terminus is kept.
 */
export class SuspendedLinks {
  readonly #turn: Turn;
  readonly #report: Report;
  readonly #limits: AmqpLimits;
  /** The oldest first. */
  readonly #links = new Map<string, Suspended>();
  /** Links that are attached and may leave something: called when another link of their name goes on with it. */
  readonly #attached = new Map<string, () => void>();
  /** The time of these begins when their session, or connection, ends. */
  readonly #owned = new WeakMap<Owner, Map<string, Suspended>>();

  constructor(turn: Turn, report: Report, limits: AmqpLimits) {
    this.#turn = turn;
    this.#report = report;
    this.#limits = limits;
  }

  get size(): number {
    return this.#links.size;
  }

  /** A link has come whose deliveries would be kept under this key; `steal` ends it. */
  attached(key: string, steal: () => void): void {
    this.#attached.set(key, steal);
  }

  /** That link has ended. */
  detached(key: string, steal: () => void): void {
    if (this.#attached.get(key) === steal) this.#attached.delete(key);
  }

  /** What another link of this key has left, which is ended when it is still there: its peer may know before us that it is gone. */
  takeOver(key: string): SuspendedDeliveries | undefined {
    this.#attached.get(key)?.();
    return this.take(key);
  }

  suspend(key: string, deliveries: SuspendedDeliveries, keep: Keep, session: Owner & { readonly connection: Owner }): void {
    this.take(key)?.giveUp();
    if (this.#links.size >= this.#limits.suspendedLinksMax) {
      const oldest = this.#links.keys().next().value!;
      this.#report({
        level: 'warn',
        what: 'a suspended link was given up: there are too many',
        suspendedLinksMax: this.#limits.suspendedLinksMax,
      });
      this.take(oldest)!.giveUp();
    }
    const suspended: Suspended = { deliveries, keep, timer: undefined };
    this.#links.set(key, suspended);
    if (keep.until === 'session-end') this.#own(session, key, suspended);
    else if (keep.until === 'connection-close') this.#own(session.connection, key, suspended);
    else this.#expireLater(key, suspended);
  }

  #own(owner: Owner, key: string, suspended: Suspended): void {
    let owned = this.#owned.get(owner);
    if (!owned) {
      owned = new Map();
      this.#owned.set(owner, owned);
      const links = owned;
      owner.onEnd.push(() => {
        for (const [name, link] of links) if (this.#links.get(name) === link) this.#expireLater(name, link);
      });
    }
    owned.set(key, suspended);
  }

  #expireLater(key: string, suspended: Suspended): void {
    const afterMs = Math.min(suspended.keep.forMs, this.#limits.suspendedTimeoutMs);
    const expire = (): void => {
      this.#links.delete(key);
      suspended.deliveries.giveUp();
    };
    if (afterMs > 0) suspended.timer = this.#turn.after(afterMs, expire);
    else expire();
  }

  /** What was left under this key; it is the caller's now. */
  take(key: string): SuspendedDeliveries | undefined {
    const suspended = this.#links.get(key);
    if (!suspended) return undefined;
    this.#links.delete(key);
    suspended.timer?.cancel();
    return suspended.deliveries;
  }
}
