import { useMemo } from 'react';
import { API, withQuery } from './request.ts';
import { type FollowedFeed, useLiveFeed } from './use-live-feed.ts';

/** A line of the audit log (docs/audit.md). */
export interface AuditEntry {
  readonly time: string;
  readonly user?: string;
  readonly userSpace?: string;
  readonly peer?: string;
  readonly protocol?: string;
  readonly action: string;
  readonly kind?: string;
  readonly name?: string;
  readonly addressSpace?: string;
  readonly outcome: 'done' | 'refused';
  readonly code?: string;
  readonly count?: number;
}

/** An entry with its place in the log, which tells equal ones apart. */
export interface PlacedEntry extends AuditEntry {
  readonly id: string;
}

interface AuditQuestion {
  /** Entries of the last so many seconds; absent: all. */
  readonly seconds: number | undefined;
  /** Absent: of the whole server. */
  readonly space: string | undefined;
  /** The newest so many. */
  readonly limit: number;
}

const entryOf = (data: unknown, id: string): PlacedEntry => ({ ...(data as AuditEntry), id });

/** What was recorded, and what is while somebody looks. */
export function useAudit({ seconds, space, limit }: AuditQuestion): FollowedFeed<PlacedEntry> {
  const path = useMemo(() => {
    const since = seconds === undefined ? undefined : new Date(Date.now() - seconds * 1000).toISOString();
    return withQuery(`${API}/audit`, { since, space, limit });
  }, [seconds, space, limit]);
  return useLiveFeed(path, limit, entryOf);
}
