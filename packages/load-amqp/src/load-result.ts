import type { LatencyPercentiles } from '@angarium/load';
import type { LoadMode } from './load-options.ts';

/** Deliveries that came back with another outcome than accepted. */
export interface RefusedCounts {
  rejected: number;
  released: number;
  modified: number;
}

/** What was measured. Counts and rates are of the measured time; `lost` and `errors` are of the whole run. */
export interface LoadResult {
  readonly mode: LoadMode;
  readonly sent: number;
  /** Messages sent unsettled that the server accepted. */
  readonly acknowledged: number;
  readonly received: number;
  readonly refused: RefusedCounts;
  readonly seconds: number;
  /** Messages per second, as are the other two. */
  readonly sendRate: number;
  readonly acknowledgeRate: number;
  readonly receiveRate: number;
  /** Bytes of bodies per second: received ones; in fill sent ones. */
  readonly bytesPerSecond: number;
  readonly latencyUs?: LatencyPercentiles;
  /** Messages that were sent (unsettled: accepted) and that no receiver got within the time for it. Flow only. */
  readonly lost: number;
  /** Idle only. */
  readonly idle?: { readonly connections: number; readonly links: number; readonly openSeconds: number };
  /** In words; empty when all went well. */
  readonly errors: readonly string[];
}
