import { useEffect, useState } from 'react';
import { LiveFeed } from '../logic/live-feed.ts';
import { openEventStream } from './event-stream.ts';
import type { ApiProblem } from './problem.ts';
import { API, withQuery } from './request.ts';
import { useVersioned } from './use-versioned.ts';

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

/** What was recorded, and what is while somebody looks. */
export function useAudit({ seconds, space, limit }: AuditQuestion): {
  readonly feed: LiveFeed<PlacedEntry>;
  readonly problem: ApiProblem | undefined;
  readonly known: boolean;
} {
  const [feed, setFeed] = useState(() => new LiveFeed<PlacedEntry>(limit));
  const [problem, setProblem] = useState<ApiProblem>();
  const [known, setKnown] = useState(false);
  useEffect(() => {
    const entries = new LiveFeed<PlacedEntry>(limit);
    setFeed(entries);
    setKnown(false);
    const since = seconds === undefined ? undefined : new Date(Date.now() - seconds * 1000).toISOString();
    return openEventStream({
      path: withQuery(`${API}/audit`, { since, space, limit }),
      events: ['message'],
      onOpen: () => {
        setKnown(true);
        setProblem(undefined);
      },
      onEvent: (_, entry, id) => entries.take({ ...(entry as AuditEntry), id }),
      onProblem: met => setProblem(met.status === 0 ? undefined : met),
    });
  }, [seconds, space, limit]);
  useVersioned(feed);
  return { feed, problem, known };
}
