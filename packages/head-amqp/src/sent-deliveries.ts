import type { AmqpMap, DeliveryState } from '@angarium/codec-amqp';
import type { DeliverySource, Outcome } from '@angarium/core';
import { outcomeOf } from './outcome-table.ts';
import type { SuspendedDeliveries } from './suspended-links.ts';
import { tagText, type UnsettledMap, writeUnsettledMap } from './unsettled-map.ts';

/** Deliveries that are kept of one link, at the most: an attach has to have room for all of their tags. */
export const SENT_DELIVERIES_MAX = 1000;

/** A delivery that was sent and is not settled. */
export interface SentDelivery {
  /** Four bytes on the wire. */
  readonly tag: number;
  readonly source: DeliverySource;
  readonly token: number;
}

/** One that goes on: its receiver knows it, and may have decided. */
export interface ResumedDelivery extends SentDelivery {
  readonly state: DeliveryState | undefined;
}

/** What a link on which we sent has left unsettled. */
export class SentDeliveries implements SuspendedDeliveries {
  readonly nextTag: number;
  readonly #deliveries: readonly SentDelivery[];
  /** What those come to of which their receiver knows nothing. */
  readonly #outcome: Outcome;

  /** Keeps as many as it may; the others get `outcome` at once. */
  constructor(deliveries: readonly SentDelivery[], nextTag: number, outcome: Outcome) {
    this.#deliveries = deliveries.slice(0, SENT_DELIVERIES_MAX);
    this.nextTag = nextTag;
    this.#outcome = outcome;
    for (const { source, token } of deliveries.slice(SENT_DELIVERIES_MAX)) source.settle(token, outcome);
  }

  get unsettled(): AmqpMap {
    return writeUnsettledMap(this.#deliveries.map(({ tag }) => [tagText(bytesOf(tag)), undefined]));
  }

  /** Those that both ends know; of the others the receiver knows nothing, and they are given back with this outcome. */
  resume(theirs: UnsettledMap, unknown: Outcome = this.#outcome): ResumedDelivery[] {
    const resumed: ResumedDelivery[] = [];
    for (const delivery of this.#deliveries) {
      const tag = tagText(bytesOf(delivery.tag));
      const state = theirs.get(tag);
      if (theirs.has(tag)) resumed.push({ ...delivery, state: outcomeOf(state) && state });
      else delivery.source.settle(delivery.token, unknown);
    }
    return resumed;
  }

  giveUp(): void {
    for (const { source, token } of this.#deliveries) source.settle(token, this.#outcome);
  }
}

export function bytesOf(tag: number): Uint8Array {
  return Uint8Array.of(tag >>> 24, tag >>> 16, tag >>> 8, tag);
}
