import { PageSection } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useMayKind } from '../app/may-kind.ts';
import { NotAllowed } from './not-allowed.tsx';
import { PageHeader } from './page-header.tsx';

/** Pages of connections are for those who may view them: for others the server has a list without any, which is no answer. */
export function ConnectionsGate({ children }: { readonly children: ReactNode }) {
  if (useMayKind()('view', 'Connection')) return children;
  return (
    <>
      <PageHeader title="Connections" />
      <PageSection isFilled>
        <NotAllowed title="You may not view connections" what="view who is connected" />
      </PageSection>
    </>
  );
}
