import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Microseconds. */
export interface LatencyPercentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly samples: number;
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
