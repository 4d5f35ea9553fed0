import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { LatencyPercentiles } from './load-result.ts';

/** What all connections of a run count together, since its start. */
export class Tally {
  /** Written to a socket. */
  sent = 0;
  /** Settled by the server as accepted. */
  acknowledged = 0;
  received = 0;
  rejected = 0;
  released = 0;
  modified = 0;

  get refused(): number {
    return this.rejected + this.released + this.modified;
  }

  copy(): Tally {
    return Object.assign(new Tally(), this);
  }
}

/** Latencies in nanoseconds, three figures kept. */
export class LatencyRecord {
  readonly #histogram: RecordableHistogram = createHistogram({ lowest: 1, highest: 600e9, figures: 3 });

  record(microseconds: number): void {
    this.#histogram.record(Math.max(1, Math.round(microseconds * 1000)));
  }

  reset(): void {
    this.#histogram.reset();
  }

  percentiles(): LatencyPercentiles | undefined {
    const histogram = this.#histogram;
    if (histogram.count === 0) return undefined;
    const at = (percentile: number): number => Math.round(histogram.percentile(percentile) / 100) / 10;
    return { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: Math.round(histogram.max / 100) / 10, samples: histogram.count };
  }
}

/** The time in tenths of a microsecond, as a uint32 that wraps every seven minutes: what a body carries. */
export function stampOf(nowMs: number): number {
  return (nowMs * 10_000) >>> 0;
}

/** Microseconds between two stamps. */
export function stampDistance(from: number, to: number): number {
  return ((to - from) >>> 0) / 10;
}
