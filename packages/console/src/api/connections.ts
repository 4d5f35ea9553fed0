import { queryOptions } from '@tanstack/react-query';
import { API, call } from './request.ts';

/** A client that is connected, over any protocol (`GET …/connections`). */
export interface Connection {
  readonly metadata: { readonly name: string };
  readonly status: {
    readonly protocol: string;
    readonly client: string;
    readonly user?: string;
    readonly peer: string;
    readonly addressSpace: string;
    readonly since: string;
    readonly subscriptions: number;
    readonly unsettled: number;
    readonly unsentBytes: number;
    /** What its protocol alone has. */
    readonly [fact: string]: unknown;
  };
}

/** Connections of one answer, at the most. */
export const CONNECTIONS_MAX = 10_000;
/** Who is connected is looked at again after so long, in milliseconds. */
const REFRESH_MS = 10_000;

/** For `useQuery`: the connections of an address space, oldest first. */
export function connectionsQuery(space: string) {
  return queryOptions({
    queryKey: ['connections', space],
    queryFn: async ({ signal }) =>
      (await call<{ readonly items: readonly Connection[] }>(`${API}/connections`, { query: { addressSpace: space }, signal })).items,
    refetchInterval: REFRESH_MS,
  });
}

/** Ends one; its peer is told why. */
export function closeConnection(id: string): Promise<void> {
  return call(`${API}/connections/${encodeURIComponent(id)}`, { method: 'DELETE' });
}
