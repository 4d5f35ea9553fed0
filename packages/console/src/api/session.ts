import { queryOptions } from '@tanstack/react-query';
import type { AddressAction } from './access.ts';
import { ApiProblem } from './problem.ts';
import { call } from './request.ts';

/** Who looks at the console, as the server answers `GET /console/session`. */
export interface Session {
  readonly user: string;
  readonly addressSpace: string;
  readonly administersServer: boolean;
  /** Nobody had to say who they are: access from the server's own machine, or to one that is open. */
  readonly anonymous: boolean;
  /** Whether there is something to sign out of. */
  readonly signOut: boolean;
  /** Kinds of documents (and `Connection`) of the space that all may be viewed, or changed. */
  readonly kinds: { readonly view: readonly string[]; readonly manage: readonly string[] };
  /** With which addresses of the space they may do what; of some, each has to be asked for. */
  readonly addresses: Readonly<Record<AddressAction, 'all' | 'some' | 'none'>>;
  readonly version: string;
}

/** How one may sign in to an address space. */
export interface SignInWays {
  readonly password: boolean;
  readonly oidc: readonly { readonly name: string; readonly title: string; readonly href: string }[];
  /** Why the last try at a provider elsewhere has failed; told once. */
  readonly problem?: string;
}

export interface Credentials {
  readonly addressSpace?: string;
  readonly user: string;
  readonly password: string;
}

const SESSION = '/console/session';

/** Who looks, if anybody may. */
export interface Visit {
  /** Absent: one has to sign in first. */
  readonly session?: Session;
  /** Why the session has ended that there was. */
  readonly endedWhy?: string;
}

async function readSession(signal: AbortSignal): Promise<Visit> {
  try {
    return { session: await call<Session>(SESSION, { signal }) };
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return error.code === 'session-ended' ? { endedWhy: error.message } : {};
    throw error;
  }
}

/** What somebody may do may change while he looks: it is asked for again after so long, in milliseconds. */
const REFRESH_MS = 60_000;

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => readSession(signal),
  staleTime: Number.POSITIVE_INFINITY,
  refetchInterval: REFRESH_MS,
});

export const signInWaysQuery = (addressSpace: string) =>
  queryOptions({
    queryKey: ['sign-in', addressSpace],
    queryFn: ({ signal }) => call<SignInWays>('/console/sign-in', { query: { addressSpace: addressSpace || undefined }, signal }),
    staleTime: 60_000,
    retry: false,
  });

export const signIn = async (credentials: Credentials): Promise<Visit> => ({
  session: await call<Session>(SESSION, { method: 'POST', body: credentials }),
});

export const signOut = (): Promise<void> => call(SESSION, { method: 'DELETE' });
