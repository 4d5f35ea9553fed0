import type { AddressRow } from './activity-log.ts';

/** The choice of addresses with which anything is the matter. */
export const ANY_ATTENTION = 'any';

interface AddressFilter {
  /** A part of the name, in whatever case. */
  readonly name: string;
  /** Empty: any. */
  readonly type: string;
  /** A code of what is the matter, `ANY_ATTENTION`, or empty for all. */
  readonly state: string;
}

export function filterAddresses(rows: Iterable<AddressRow>, { name, type, state }: AddressFilter): AddressRow[] {
  const part = name.toLowerCase();
  const found: AddressRow[] = [];
  for (const row of rows) {
    const { activity } = row;
    if (part !== '' && !activity.name.toLowerCase().includes(part)) continue;
    if (type !== '' && activity.type !== type) continue;
    if (state !== '' && (state === ANY_ATTENTION ? activity.attention === null : activity.attention !== state)) continue;
    found.push(row);
  }
  return found;
}
