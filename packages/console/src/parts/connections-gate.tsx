import { PageSection } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useMayKind } from '../app/may-kind.ts';
import { useSpace } from '../app/parameters.ts';
import { useSession } from '../app/session-context.ts';
import { NothingHere } from './nothing-here.tsx';
import { PageHeader } from './page-header.tsx';
import { PageLink } from './page-link.tsx';

/** Pages of connections are for those who may view them: for others the server has a list without any, which is no answer. */
export function ConnectionsGate({ children }: { readonly children: ReactNode }) {
  const space = useSpace();
  const { user } = useSession();
  if (useMayKind()('view', 'Connection')) return children;
  const overview = (
    <PageLink page="overview" with={{ space }}>
      Overview
    </PageLink>
  );
  return (
    <>
      <PageHeader title="Connections" />
      <PageSection isFilled>
        <NothingHere title="You may not view connections" action={overview}>
          The user {user} may not view who is connected to {space}: ask somebody who administers it.
        </NothingHere>
      </PageSection>
    </>
  );
}
