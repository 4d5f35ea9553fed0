import type { Histogram } from '@angarium/core';

/** A value, with those of the metric's labels in their order. */
export interface Sample {
  readonly value: number | Histogram;
  readonly labels: readonly string[];
}

/** One metric: the tables of these are what is answered at /metrics, and what docs/reference/metrics.md is made from. */
export interface Metric<Of> {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: (of: Of) => Iterable<Sample>;
}

/** The value of labels of what has no series of its own, all of it together. No address and no address space can have this name. */
export const OTHERS = '$others';

/** A metric that is one number. */
export function single<Of>(type: 'counter' | 'gauge', name: string, help: string, value: (of: Of) => number | undefined): Metric<Of> {
  return {
    name,
    type,
    help,
    labels: [],
    samples: of => {
      const now = value(of);
      return now === undefined ? [] : [{ value: now, labels: [] }];
    },
  };
}

/** A metric with a number for each of several things, by one or more labels. */
export function several<Of>(
  type: 'counter' | 'gauge',
  name: string,
  help: string,
  labels: readonly string[],
  values: (of: Of) => Iterable<readonly [number, ...string[]]>,
): Metric<Of> {
  return {
    name,
    type,
    help,
    labels,
    *samples(of) {
      for (const [value, ...valuesOfLabels] of values(of)) yield { value, labels: valuesOfLabels };
    },
  };
}
