import { queryOptions } from '@tanstack/react-query';
import { jsonLines } from './json-lines.ts';
import { API, send } from './request.ts';

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

export interface AuditQuestion {
  /** Entries of the last so many seconds; absent: all. */
  readonly seconds: number | undefined;
  /** Absent: of the whole server. */
  readonly space: string | undefined;
  readonly limit: number;
}

/** For `useQuery`: the newest entries, oldest first. */
export function auditQuery({ seconds, space, limit }: AuditQuestion) {
  return queryOptions({
    queryKey: ['audit', seconds, space, limit],
    queryFn: async ({ signal }) => {
      const since = seconds === undefined ? undefined : new Date(Date.now() - seconds * 1000).toISOString();
      const response = await send(`${API}/audit`, { query: { since, space, limit }, signal });
      return await Array.fromAsync(jsonLines<AuditEntry>(response));
    },
  });
}
