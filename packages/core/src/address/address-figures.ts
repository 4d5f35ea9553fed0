import type { AddressCounters } from './address.ts';

/**
 * An address in numbers, for whoever looks at thousands of them every few seconds: filled in place, with nothing made for it. Counters are since the
 * start of the server.
 */
export interface AddressFigures {
  in: number;
  out: number;
  /** Deliveries that have an outcome, whatever it was. */
  settled: number;
  dropped: number;
  deadLettered: number;
  expired: number;
  /** Messages stored, delivered or not, and their bytes. */
  stored: number;
  bytes: number;
  unsettled: number;
  /** Of those stored: messages that wait for a time that their sender has said. */
  scheduled: number;
  /** Of those stored: messages that were given back, and wait for the time of their next delivery. */
  redelivering: number;
  consumers: number;
  producers: number;
}

export function zeroFigures(): AddressFigures {
  return {
    in: 0,
    out: 0,
    settled: 0,
    dropped: 0,
    deadLettered: 0,
    expired: 0,
    stored: 0,
    bytes: 0,
    unsettled: 0,
    scheduled: 0,
    redelivering: 0,
    consumers: 0,
    producers: 0,
  };
}

/** What the counters say of it. */
export function putCounters(into: AddressFigures, counters: Readonly<AddressCounters>): void {
  into.in = counters.in;
  into.out = counters.out;
  into.settled = counters.accepted + counters.rejected + counters.released + counters.modified;
  into.dropped = counters.dropped;
  into.deadLettered = counters.deadLettered;
  into.expired = counters.expired;
}

export function sameFigures(one: AddressFigures, other: AddressFigures): boolean {
  return (
    one.in === other.in &&
    one.out === other.out &&
    one.settled === other.settled &&
    one.stored === other.stored &&
    one.unsettled === other.unsettled &&
    one.consumers === other.consumers &&
    one.producers === other.producers &&
    one.scheduled === other.scheduled &&
    one.redelivering === other.redelivering &&
    one.dropped === other.dropped &&
    one.bytes === other.bytes &&
    one.deadLettered === other.deadLettered &&
    one.expired === other.expired
  );
}
