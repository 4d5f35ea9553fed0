import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '@angarium/core';
import { exposition, formatFor } from '../../src/metrics/exposition.ts';
import { type Metric, several, single } from '../../src/metrics/metric.ts';

async function written(metrics: readonly Metric<number>[], of: number, format: 'text' | 'openmetrics'): Promise<string> {
  let text = '';
  for await (const chunk of exposition(metrics, of, format)) text += chunk;
  return text;
}

const counter = single<number>('counter', 'a_total', 'What \\ it\ntells.', of => of);

test('a metric has its help and its type once, and a line for each of its values', async () => {
  const each = several<number>('gauge', 'b', 'B.', ['x', 'y'], of => [
    [of, 'one', 'two'],
    [Number.POSITIVE_INFINITY, 'say "no"', 'back\\slash\nline'],
  ]);
  assert.equal(
    await written([counter, each], 7, 'text'),
    '# HELP a_total What \\\\ it\\ntells.\n# TYPE a_total counter\na_total 7\n' +
      '# HELP b B.\n# TYPE b gauge\nb{x="one",y="two"} 7\nb{x="say \\"no\\"",y="back\\\\slash\\nline"} +Inf\n',
  );
});

test('[OpenMetrics 1.0] the family of a counter has no suffix, bounds are floats, and the end is marked', async () => {
  const histogram = new Histogram([0.5, 1]);
  histogram.add(0.75);
  const metric: Metric<number> = {
    name: 'h_seconds',
    type: 'histogram',
    help: 'H.',
    labels: ['k'],
    samples: () => [{ value: histogram, labels: ['v'] }],
  };
  assert.equal(
    await written([counter, metric], 1, 'openmetrics'),
    '# HELP a What \\\\ it\\ntells.\n# TYPE a counter\na_total 1\n# HELP h_seconds H.\n# TYPE h_seconds histogram\n' +
      'h_seconds_bucket{k="v",le="0.5"} 0\nh_seconds_bucket{k="v",le="1.0"} 1\nh_seconds_bucket{k="v",le="+Inf"} 1\nh_seconds_sum{k="v"} 0.75\nh_seconds_count{k="v"} 1\n# EOF\n',
  );
});

test('who takes OpenMetrics gets it, others the text format', () => {
  assert.equal(formatFor('application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'), 'openmetrics');
  assert.equal(formatFor('*/*'), 'text');
  assert.equal(formatFor(undefined), 'text');
});
