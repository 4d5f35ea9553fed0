import { QueryClient } from '@tanstack/react-query';
import { ApiProblem } from '../api/problem.ts';
import { reachable } from '../api/reachable.ts';
import { sessionQuery } from '../api/session.ts';
import { sessionEnd } from '../api/session-end.ts';

/** Tries of a request that nobody answered or that may be answered later. */
const RETRIES = 2;

/** One for the whole console. A session that has ended is noticed with whatever is asked next. */
export function makeQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        // The server is often the machine itself: what the browser thinks of the network does not count.
        networkMode: 'always',
        staleTime: 1_000,
        retry: (failures, error) => failures < RETRIES && error instanceof ApiProblem && (error.status === 0 || error.status === 503),
      },
      mutations: { networkMode: 'always' },
    },
  });
  sessionEnd.subscribe(() => void client.invalidateQueries({ queryKey: sessionQuery.queryKey }));
  reachable.subscribe(() => {
    if (!reachable.isLost()) void client.invalidateQueries();
  });
  return client;
}
