import { Histogram } from '@angarium/core';
import type { Metric, Sample } from './metric.ts';
import { Slices } from './slices.ts';

/** Prometheus' text format 0.0.4, and OpenMetrics 1.0. */
export type ExpositionFormat = 'text' | 'openmetrics';

export const MEDIA_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** Lines that are written before it is looked whether others have waited long enough. */
const LINES_OF_CHUNK = 200;

/** The format that a reader wants who sends this `accept`: who takes OpenMetrics gets it, as Prometheus prefers it. */
export function formatFor(accept: string | undefined): ExpositionFormat {
  return accept?.includes('application/openmetrics-text') ? 'openmetrics' : 'text';
}

/** Metrics as text, in chunks, with rests in between. */
export async function* exposition<Of>(metrics: readonly Metric<Of>[], of: Of, format: ExpositionFormat): AsyncGenerator<string> {
  const slices = new Slices();
  let text = '';
  let lines = 0;
  for (const metric of metrics) {
    text += head(metric, format);
    for (const sample of metric.samples(of)) {
      text += sampleText(metric, sample, format);
      if (++lines % LINES_OF_CHUNK !== 0) continue;
      yield text;
      text = '';
      if (slices.over) await slices.rest();
    }
  }
  yield format === 'openmetrics' ? `${text}# EOF\n` : text;
}

function head({ name, type, help }: Metric<never>, format: ExpositionFormat): string {
  // In OpenMetrics the suffix belongs to the sample, and not to the family.
  const family = format === 'openmetrics' && type === 'counter' ? name.replace(/_total$/, '') : name;
  return `# HELP ${family} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${family} ${type}\n`;
}

function sampleText({ name, labels }: Metric<never>, sample: Sample, format: ExpositionFormat): string {
  const pairs = labels.map((label, at) => `${label}="${escaped(sample.labels[at]!)}"`);
  if (!(sample.value instanceof Histogram)) return `${name}${braced(pairs)} ${number(sample.value)}\n`;
  const { bounds, cumulative, sum } = sample.value;
  const all = cumulative.at(-1)!;
  const bucket = (bound: string, count: number): string => `${name}_bucket${braced([...pairs, `le="${bound}"`])} ${count}\n`;
  const bound = (value: number): string => (format === 'openmetrics' && Number.isInteger(value) ? value.toFixed(1) : String(value));
  return [
    ...bounds.map((each, at) => bucket(bound(each), cumulative[at]!)),
    bucket('+Inf', all),
    `${name}_sum${braced(pairs)} ${number(sum)}\n`,
    `${name}_count${braced(pairs)} ${all}\n`,
  ].join('');
}

function braced(pairs: readonly string[]): string {
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function number(value: number): string {
  return Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}

function escaped(value: string): string {
  return /["\\\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value;
}
