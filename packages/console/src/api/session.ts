import { queryOptions } from '@tanstack/react-query';
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
  readonly kinds?: { readonly view: readonly string[]; readonly manage: readonly string[] };
  /** Whether there may be any address of the space that they may create. */
  readonly managesAddresses?: boolean;
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

/** `null`: one has to sign in first. */
async function readSession(signal: AbortSignal): Promise<Session | null> {
  try {
    return await call<Session>(SESSION, { signal });
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return null;
    // A server that knows no sessions lets in whom its API lets in.
    if (error instanceof ApiProblem && error.status === 404)
      return { user: 'anonymous', addressSpace: 'default', administersServer: true, anonymous: true, signOut: false, version: '' };
    throw error;
  }
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => readSession(signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const signInWaysQuery = (addressSpace: string) =>
  queryOptions({
    queryKey: ['sign-in', addressSpace],
    queryFn: ({ signal }) => call<SignInWays>('/console/sign-in', { query: { addressSpace: addressSpace || undefined }, signal }),
    staleTime: 60_000,
    retry: false,
  });

export const signIn = (credentials: Credentials): Promise<Session> => call(SESSION, { method: 'POST', body: credentials });

export const signOut = (): Promise<void> => call(SESSION, { method: 'DELETE' });
