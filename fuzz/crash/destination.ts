import { ProducerLedger } from './ledger.ts';

/** Where messages go through in the crash test: an address, its producers' ledgers, and how its consumers attach. */
export interface Destination {
  readonly address: string;
  readonly type: 'queue' | 'topic';
  readonly consumers: number;
  readonly producers: readonly ProducerLedger[];
}

export const PRODUCERS_PER_DESTINATION = 2;

/** A queue and a durable subscription with one consumer each, whose order is checked, and a queue with two that compete. */
export function destinations(violations: string[]): Destination[] {
  const make = (address: string, type: 'queue' | 'topic', consumers: number): Destination => ({
    address,
    type,
    consumers,
    producers: Array.from(
      { length: PRODUCERS_PER_DESTINATION },
      (_, index) => new ProducerLedger(`${address}, producer ${index}`, consumers === 1, violations),
    ),
  });
  return [make('crash-queue', 'queue', 1), make('crash-shared-queue', 'queue', 2), make('crash-topic', 'topic', 1)];
}
