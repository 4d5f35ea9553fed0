import { type ByteWriter, type DeliveryState, type Role, STATE_ACCEPTED, writeDisposition } from '@angarium/codec-amqp';
import type { Outcome } from '@angarium/core';
import { stateOf } from './outcome-table.ts';

/**
 * What became of the deliveries that a peer sent, gathered over a turn and written as few dispositions: accepted ones, which may come in any
 * order, as ranges of consecutive ids; all others in the order in which they came, neighbours of one state together.
 */
export class SettlementBatch {
  #accepted = new Uint32Array(64);
  #size = 0;
  #sorted = true;
  #others: { readonly first: number; last: number; readonly state: DeliveryState; readonly settled: boolean }[] = [];
  /** Accepted deliveries of links whose receiver settles second: the sender settles first. */
  #acceptedUnsettled: number[] = [];

  get empty(): boolean {
    return this.#size === 0 && this.#others.length === 0 && this.#acceptedUnsettled.length === 0;
  }

  /** `settled` false: the sender settles after it has heard the outcome (receiver settle mode second). */
  add(deliveryId: number, outcome: Outcome, settled: boolean): void {
    if (outcome.kind !== 'accepted') this.addState(deliveryId, stateOf(outcome), settled);
    else if (!settled) this.#acceptedUnsettled.push(deliveryId);
    else {
      if (this.#size === this.#accepted.length) {
        const larger = new Uint32Array(this.#size * 2);
        larger.set(this.#accepted);
        this.#accepted = larger;
      }
      if (this.#size > 0 && deliveryId !== (this.#accepted[this.#size - 1]! + 1) >>> 0) this.#sorted = false;
      this.#accepted[this.#size++] = deliveryId;
    }
  }

  /** The same, for states that are no outcome of the core's. */
  addState(deliveryId: number, state: DeliveryState, settled: boolean): void {
    const newest = this.#others.at(-1);
    if (newest?.state === state && newest.settled === settled && (newest.last + 1) >>> 0 === deliveryId) newest.last = deliveryId;
    else this.#others.push({ first: deliveryId, last: deliveryId, state, settled });
  }

  write(writer: ByteWriter, channel: number): void {
    if (this.#size > 0) {
      const accepted = this.#accepted.subarray(0, this.#size);
      if (this.#sorted) writeDisposition(writer, channel, 'receiver', accepted[0]!, accepted[this.#size - 1]!, true, STATE_ACCEPTED);
      else writeRanges(writer, channel, 'receiver', accepted, true, STATE_ACCEPTED);
      this.#size = 0;
      this.#sorted = true;
    }
    if (this.#acceptedUnsettled.length > 0) {
      writeRanges(writer, channel, 'receiver', Uint32Array.from(this.#acceptedUnsettled), false, STATE_ACCEPTED);
      this.#acceptedUnsettled = [];
    }
    if (this.#others.length === 0) return;
    for (const { first, last, state, settled } of this.#others) writeDisposition(writer, channel, 'receiver', first, last, settled, state);
    this.#others = [];
  }
}

/**
 * Writes one disposition for each range of consecutive ids; `ids` is not empty, and is scratch. Sorts by distance from the first, so that ids
 * on both sides of the wrap-around stay neighbours.
 */
export function writeRanges(
  writer: ByteWriter,
  channel: number,
  role: Role,
  ids: Uint32Array,
  settled: boolean,
  state: DeliveryState | undefined,
): void {
  const origin = (ids[0]! - 0x8000_0000) >>> 0;
  for (let i = 0; i < ids.length; i++) ids[i] = ids[i]! - origin;
  ids.sort();
  let first = ids[0]!;
  let last = first;
  for (let i = 1; i <= ids.length; i++) {
    if (i < ids.length && ids[i]! === last + 1) {
      last++;
      continue;
    }
    writeDisposition(writer, channel, role, (first + origin) >>> 0, (last + origin) >>> 0, settled, state);
    first = last = ids[i] ?? 0;
  }
}
