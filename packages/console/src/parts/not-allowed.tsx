import type { ReactNode } from 'react';
import { useSpace } from '../app/parameters.ts';
import { useSession } from '../app/session-context.ts';
import { NothingHere } from './nothing-here.tsx';
import { PageLink } from './page-link.tsx';

interface NotAllowedProps {
  readonly title: string;
  /** What the user may not do, as in "view who is connected to shop". */
  readonly what: ReactNode;
}

/** What stands in the place of a page, or of a part of it, that somebody has no right to. */
export function NotAllowed({ title, what }: NotAllowedProps) {
  const space = useSpace();
  const { user } = useSession();
  const overview = (
    <PageLink page="overview" with={{ space }}>
      Overview
    </PageLink>
  );
  return (
    <NothingHere title={title} action={overview}>
      The user {user} may not {what}: ask somebody who administers the address space {space}.
    </NothingHere>
  );
}
