import { randomUUID } from 'node:crypto';
import { type Confirmation, type DeliverySource, IN_DOUBT, type Outcome } from '@angarium/core';
import { Deadlines } from './deadlines.ts';

/** Whose leases these are: only the same user, in the same space, settles them. */
export interface LeaseOwner {
  readonly user: string;
  readonly space: string;
  /** User and host: what limits are counted by. */
  readonly client: string;
}

/** A delivery that a client has until a deadline. */
export interface Lease {
  readonly token: string;
  readonly owner: LeaseOwner;
  readonly source: DeliverySource;
  readonly deliveryToken: number;
  readonly deadlineMs: number;
  /** Called once it is settled. */
  readonly onSettled: () => void;
}

/** Deliveries handed to clients that have not said yet what became of them. One that is not settled in time comes back as failed. */
export class Leases {
  readonly #leases = new Map<string, Lease>();
  readonly #deadlines = new Deadlines<Lease>();
  readonly #counts = new Map<string, number>();

  get size(): number {
    return this.#leases.size;
  }

  count(client: string): number {
    return this.#counts.get(client) ?? 0;
  }

  add(lease: Omit<Lease, 'token'>): string {
    const token = randomUUID();
    const kept: Lease = { ...lease, token };
    this.#leases.set(token, kept);
    this.#deadlines.add(kept, lease.deadlineMs);
    this.#counts.set(lease.owner.client, this.count(lease.owner.client) + 1);
    return token;
  }

  /** Settles the delivery and answers whether there was such a lease; `confirm` hears when the outcome is safe. */
  settle(token: string, owner: Pick<LeaseOwner, 'user' | 'space'>, outcome: Outcome, confirm: Confirmation): boolean {
    const lease = this.#leases.get(token);
    if (!lease || lease.owner.user !== owner.user || lease.owner.space !== owner.space) return false;
    this.#deadlines.remove(lease, lease.deadlineMs);
    this.#forget(lease);
    lease.source.settleConfirmed(lease.deliveryToken, outcome, confirm, 0);
    return true;
  }

  #forget(lease: Lease): void {
    this.#leases.delete(lease.token);
    const { client } = lease.owner;
    const left = this.count(client) - 1;
    if (left > 0) this.#counts.set(client, left);
    else this.#counts.delete(client);
    lease.onSettled();
  }

  tick(nowMs: number): void {
    this.#deadlines.due(nowMs, lease => this.#expire(lease));
  }

  #expire(lease: Lease): void {
    this.#forget(lease);
    lease.source.settle(lease.deliveryToken, IN_DOUBT);
  }

  /** The server stops: whoever has a message may have processed it. */
  stop(): void {
    for (const lease of [...this.#leases.values()]) this.#expire(lease);
  }
}
