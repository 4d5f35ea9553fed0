import { Bullseye, Spinner } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { CatchBoundary, RouterProvider } from '@tanstack/react-router';
import { lazy, Suspense, useMemo } from 'react';
import { sessionQuery } from '../api/session.ts';
import { Notices } from '../parts/notices.tsx';
import { PageProblem, ProblemPage } from './page-problem.tsx';
import { makeRouter } from './router.tsx';
import { SessionContext } from './session-context.ts';

const SignIn = lazy(() => import('../pages/sign-in/route.tsx'));

const waiting = (
  <Bullseye>
    <Spinner aria-label="The console is being loaded" />
  </Bullseye>
);

/** The gate: nothing of the console is shown before it is known who looks at it. */
export function Console() {
  const session = useQuery(sessionQuery);
  const signedIn = session.data?.session;
  const ownSpace = signedIn?.addressSpace;
  const router = useMemo(() => (ownSpace === undefined ? undefined : makeRouter(ownSpace)), [ownSpace]);
  if (session.data === undefined) {
    if (!session.error) return waiting;
    return <ProblemPage error={session.error} again={() => void session.refetch()} />;
  }
  if (!signedIn || !router)
    return (
      <CatchBoundary getResetKey={() => 'sign-in'} errorComponent={PageProblem}>
        <Suspense fallback={waiting}>
          <SignIn endedWhy={session.data.endedWhy} />
        </Suspense>
      </CatchBoundary>
    );
  return (
    <SessionContext value={signedIn}>
      <Notices>
        <RouterProvider router={router} />
      </Notices>
    </SessionContext>
  );
}
