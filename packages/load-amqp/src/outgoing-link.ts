import { ScanError } from './field-reader.ts';
import type { TransferBurst } from './transfer-burst.ts';

/** A sender of ours: its credit, and what the server has not settled yet. */
export class OutgoingLink {
  readonly address: string;
  readonly handle = 0;
  readonly name: string;
  remoteHandle = -1;
  deliveryCount = 0;
  credit = 0;
  nextDeliveryId = 0;
  unsettled = 0;
  /** Ping: messages that it is to send now. */
  owed = 0;
  /** When a message may be sent next, by the rate; milliseconds. */
  nextDueMs = 0;
  burst: TransferBurst | undefined;
  /**
   * When each unsettled delivery was sent, in milliseconds, by the lower bits of its number; 0: settled. A settlement's range may have deliveries in
   * it that were settled before, so that ranges cannot just be added up.
   */
  readonly #sentAtMs: Float64Array;

  /** `windowMax` is how many deliveries may be unsettled at a time. */
  constructor(address: string, name: string, windowMax: number) {
    this.address = address;
    this.name = name;
    // One delivery that stays unsettled holds its place while others go on: four windows are the room for that.
    this.#sentAtMs = new Float64Array(2 ** Math.ceil(Math.log2(Math.max(16, windowMax * 4))));
  }

  /** How many of the next `count` deliveries find their place free. */
  freePlaces(count: number): number {
    const places = this.#sentAtMs;
    const mask = places.length - 1;
    for (let i = 0, id = this.nextDeliveryId; i < count; i++, id++) if (places[id & mask] !== 0) return i;
    return count;
  }

  /** Takes note that the next `count` deliveries are sent unsettled. */
  markSent(count: number, nowMs: number): void {
    const places = this.#sentAtMs;
    const mask = places.length - 1;
    for (let i = 0, id = this.nextDeliveryId; i < count; i++, id++) places[id & mask] = nowMs;
    this.unsettled += count;
  }

  /** Settles the deliveries from `first` to `last` and answers how many of them were not settled before. `each` hears when each was sent. */
  settle(first: number, last: number, each: ((sentMs: number) => void) | undefined): number {
    const places = this.#sentAtMs;
    const mask = places.length - 1;
    const behind = (this.nextDeliveryId - first) | 0;
    const span = ((last - first) | 0) + 1;
    if (span < 1 || span > behind)
      throw new ScanError(`a settlement of deliveries ${first} to ${last}, where ${this.nextDeliveryId} is the next`);
    let settled = 0;
    // What lies further back than there are places has been settled: its place was taken again.
    for (let back = Math.min(behind, places.length); back > behind - span; back--) {
      const place = (this.nextDeliveryId - back) & mask;
      const sentMs = places[place]!;
      if (sentMs === 0) continue;
      places[place] = 0;
      settled++;
      each?.(sentMs);
    }
    this.unsettled -= settled;
    return settled;
  }
}
