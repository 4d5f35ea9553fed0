import { createHmac, randomBytes } from 'node:crypto';
import type { Turn } from '@angarium/core';
import type { Identity } from './authority.ts';

/** How long somebody is known without being asked for again, in milliseconds: clients say who they are with each request over HTTP. */
export const REMEMBERED_MS = 60_000;
/** People of one authentication service who are remembered. */
export const IDENTITIES_REMEMBERED_MAX = 10_000;

/** Whom an authentication service has found lately, by a keyed hash of what was shown. */
export class RememberedIdentities {
  readonly #turn: Turn;
  readonly #key = randomBytes(32);
  readonly #known = new Map<string, { readonly identity: Identity; readonly untilMs: number }>();

  constructor(turn: Turn) {
    this.#turn = turn;
  }

  find(user: string, secret: string): Identity | undefined {
    const key = this.#keyOf(user, secret);
    const known = this.#known.get(key);
    if (known === undefined) return undefined;
    if (this.#turn.nowMs < known.untilMs) return known.identity;
    this.#known.delete(key);
    return undefined;
  }

  add(user: string, secret: string, identity: Identity): void {
    const untilMs = Math.min(this.#turn.nowMs + REMEMBERED_MS, identity.expiresAtMs ?? Number.POSITIVE_INFINITY);
    if (this.#known.size >= IDENTITIES_REMEMBERED_MAX) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(this.#keyOf(user, secret), { identity, untilMs });
  }

  #keyOf(user: string, secret: string): string {
    return createHmac('sha256', this.#key).update(`${user.length}:${user}${secret}`).digest('base64');
  }
}
