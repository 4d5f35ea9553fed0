import type { Case, Measurement } from './cases.ts';
import type { PeerName } from './peers.ts';

/** One run of one case on one peer. */
export interface Sample {
  readonly case: string;
  readonly peer: PeerName;
  readonly round: number;
  readonly value: number | undefined;
  readonly measurement: Measurement;
}

/** A case's medians, side by side. */
export interface Row {
  readonly case: string;
  readonly unit: Case['unit'];
  readonly values: Partial<Record<PeerName, number>>;
  readonly reference?: PeerName;
  /** Ours to the reference's. */
  readonly ratio?: number;
  /** The same of rates per second of the server's CPU time: what is left to compare on a machine that others use too. */
  readonly ratioByCpu?: number;
  readonly floor?: Case['floor'];
  /** Absent where there is no floor, or nothing to hold it against. */
  readonly reached?: boolean;
  readonly serverCpuPercent?: number;
  readonly generatorCpuPercent?: number;
  readonly notes: readonly string[];
}

/** From here on the generator was what bounded the rate. */
const GENERATOR_LIMIT_PERCENT = 92;
const NOISE_PERCENT = 30;

export function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values.filter(value => value !== undefined && Number.isFinite(value)).toSorted((a, b) => a! - b!);
  if (sorted.length === 0) return undefined;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A server's rate for each second of its CPU time. */
function byCpu(sample: Sample): number | undefined {
  const percent = sample.measurement.serverCpuPercent;
  return sample.value === undefined || !percent ? undefined : (sample.value * 100) / percent;
}

export function rowOf(one: Case, samples: readonly Sample[]): Row {
  const mine = samples.filter(sample => sample.case === one.name);
  const peers = [...new Set(mine.map(sample => sample.peer))];
  const values: Partial<Record<PeerName, number>> = {};
  for (const peer of peers) {
    const value = median(mine.filter(sample => sample.peer === peer).map(sample => sample.value));
    if (value !== undefined) values[peer] = value;
  }
  const ours = mine.filter(sample => sample.peer === 'angarium');
  const own = values.angarium;
  const other = one.reference === undefined ? undefined : values[one.reference];
  const ratio = own === undefined || other === undefined ? undefined : own / other;
  const medianByCpu = (peer: PeerName): number | undefined => median(mine.filter(sample => sample.peer === peer).map(byCpu));
  const ratioByCpu =
    ratio === undefined || one.unit !== 'msg/s'
      ? undefined
      : (medianByCpu('angarium') ?? Number.NaN) / (medianByCpu(one.reference!) ?? Number.NaN);
  const server = median(ours.map(sample => sample.measurement.serverCpuPercent));
  const generator = median(ours.map(sample => sample.measurement.generatorCpuPercent));
  return {
    case: one.name,
    unit: one.unit,
    values,
    ...(one.reference === undefined ? {} : { reference: one.reference }),
    ...(ratio === undefined ? {} : { ratio }),
    ...(ratioByCpu === undefined || Number.isNaN(ratioByCpu) ? {} : { ratioByCpu }),
    ...(one.floor === undefined ? {} : { floor: one.floor }),
    ...reached(one, own, ratio),
    ...(server === undefined ? {} : { serverCpuPercent: server }),
    ...(generator === undefined ? {} : { generatorCpuPercent: generator }),
    notes: notesOf(mine),
  };
}

function reached(one: Case, own: number | undefined, ratio: number | undefined): { reached?: boolean } {
  if (one.floor === undefined) return {};
  if ('below' in one.floor) return { reached: own !== undefined && own < one.floor.below };
  // Our own failure misses the floor; a reference that is not there says nothing.
  if (own === undefined) return { reached: false };
  if (ratio === undefined) return {};
  return { reached: 'ratio' in one.floor ? ratio >= one.floor.ratio : ratio <= one.floor.ratioAtMost };
}

function notesOf(samples: readonly Sample[]): string[] {
  const notes: string[] = [];
  for (const peer of new Set(samples.map(sample => sample.peer))) {
    const runs = samples.filter(sample => sample.peer === peer).map(sample => sample.measurement);
    const generator = median(runs.map(run => run.generatorCpuPercent)) ?? 0;
    const noise = median(runs.map(run => run.otherCpuPercent)) ?? 0;
    if (generator >= GENERATOR_LIMIT_PERCENT) notes.push(`${peer}: the generator was the limit (${generator.toFixed(0)} % of its core)`);
    if (noise >= NOISE_PERCENT) notes.push(`${peer}: noisy, others took ${noise.toFixed(0)} % of a core`);
    const lost = runs.reduce((sum, run) => sum + (run.lost ?? 0), 0);
    if (lost > 0) notes.push(`${peer}: ${lost} messages lost`);
    for (const error of new Set(runs.flatMap(run => run.errors ?? []))) notes.push(`${peer}: ${error}`);
  }
  return notes;
}

function figure(value: number | undefined, unit: Case['unit']): string {
  if (value === undefined) return '-';
  if (unit === 'msg/s') return value >= 1e6 ? `${(value / 1e6).toFixed(2)} M` : `${(value / 1e3).toFixed(1)} k`;
  return value.toFixed(value < 100 ? 1 : 0);
}

function floorWords(row: Row): string {
  if (row.floor === undefined) return '';
  const words = floorText(row.floor, row.unit);
  if (row.reached === undefined) return words;
  return `${words} ${row.reached ? 'reached' : 'MISSED'}`;
}

function floorText(floor: NonNullable<Row['floor']>, unit: Case['unit']): string {
  if ('below' in floor) return `< ${floor.below} ${unit}`;
  return 'ratio' in floor ? `≥ ${floor.ratio} ×` : `≤ ${floor.ratioAtMost} ×`;
}

function times(ratio: number | undefined): string {
  return ratio === undefined ? '' : `${ratio.toFixed(ratio < 10 ? 2 : 1)} ×`;
}

/** The rows as a table for people, with the notes below it. */
export function tableOf(rows: readonly Row[]): string {
  const head = ['case', 'angarium', 'reference', 'ratio', 'by CPU', 'floor', 'server', 'generator'];
  const lines = rows.map(row => [
    row.case,
    `${figure(row.values.angarium, row.unit)} ${row.unit}`,
    row.reference === undefined ? '' : `${row.reference} ${figure(row.values[row.reference], row.unit)}`,
    times(row.ratio),
    times(row.ratioByCpu),
    floorWords(row),
    row.serverCpuPercent === undefined ? '' : `${row.serverCpuPercent.toFixed(0)} %`,
    row.generatorCpuPercent === undefined ? '' : `${row.generatorCpuPercent.toFixed(0)} %`,
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map(line => line[i]!.length)));
  const text = [head, ...lines].map(line =>
    line
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  const notes = rows.flatMap(row => row.notes.map(note => `  ${row.case}: ${note}`));
  return [
    text[0],
    widths.map(width => '─'.repeat(width)).join('  '),
    ...text.slice(1),
    ...(notes.length > 0 ? ['', ...notes] : []),
    '',
  ].join('\n');
}
