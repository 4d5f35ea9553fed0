import type { DataChange } from './data-change.ts';

/** How a data directory of one version becomes one of the next. */
export interface Migration {
  /** It leads to the version after this. */
  readonly from: number;
  /** What it does, in words for the log. */
  readonly what: string;
  /** Says which files are written and removed; nothing else of the directory may change. Absent: only the version does. */
  readonly plan?: (change: DataChange) => Promise<void>;
}

/** A step from every earlier version; a directory goes through all that follow its own. */
export const MIGRATIONS: readonly Migration[] = [{ from: 0, what: 'says which version of the format the directory has' }];
