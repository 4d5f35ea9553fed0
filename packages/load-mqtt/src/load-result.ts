import type { LatencyPercentiles } from '@angarium/load';
import type { LoadMode, Qos } from './load-options.ts';

/** What was measured. Counts and rates are of the measured time; `lost` and `errors` are of the whole run. */
export interface LoadResult {
  readonly mode: LoadMode;
  readonly qos: Qos;
  readonly seconds: number;
  readonly sent: number;
  readonly received: number;
  /** Per second, as the other two. */
  readonly sendRate: number;
  readonly receiveRate: number;
  readonly acknowledgeRate: number;
  /** ping: of round trips. */
  readonly latencyUs?: LatencyPercentiles;
  /** idle: connections that were open at the end. */
  readonly connections?: number;
  /** Messages that were sent, or acknowledged, and that a subscriber did not get in time. */
  readonly lost: number;
  /** In words; empty when all went well. */
  readonly errors: readonly string[];
}
