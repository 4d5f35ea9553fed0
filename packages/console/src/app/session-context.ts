import { createContext, useContext } from 'react';
import type { Session } from '../api/session.ts';

export const SessionContext = createContext<Session | undefined>(undefined);

/** Who looks at the page: pages are drawn for somebody who has signed in, or needs not to. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('Pages stand inside the sign-in gate.');
  return session;
}
