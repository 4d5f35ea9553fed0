import type { AddressRow } from './activity-log.ts';
import { SAMPLES } from './rate-history.ts';

/** The latest samples that count: a row does not jump with every burst. */
const SAMPLES_COUNTED = 5;

/** The `count` addresses where most has happened of late, the busiest first; where nothing has, those that store most, and then by name. */
export function busiest(rows: Iterable<AddressRow>, count: number): AddressRow[] {
  const first: { row: AddressRow; rate: number }[] = [];
  // As few as are wanted of thousands, each time something happens: kept in order, and not all sorted.
  for (const row of rows) {
    const entry = { row, rate: lately(row) };
    if (first.length === count && before(first[count - 1]!, entry)) continue;
    const at = first.findIndex(other => before(entry, other));
    first.splice(at === -1 ? first.length : at, 0, entry);
    if (first.length > count) first.pop();
  }
  return first.map(({ row }) => row);
}

function lately({ rateIn, rateOut }: AddressRow): number {
  let sum = 0;
  for (let at = SAMPLES - SAMPLES_COUNTED; at < SAMPLES; at++) sum += (rateIn?.samples[at] ?? 0) + (rateOut?.samples[at] ?? 0);
  return sum;
}

function before(one: { row: AddressRow; rate: number }, other: { row: AddressRow; rate: number }): boolean {
  if (one.rate !== other.rate) return one.rate > other.rate;
  const [mine, its] = [one.row.activity, other.row.activity];
  if (mine.stored !== its.stored) return mine.stored > its.stored;
  return mine.name < its.name;
}
