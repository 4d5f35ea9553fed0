import { Bullseye, EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter } from '@patternfly/react-core';
import { PageLink } from '../parts/page-link.tsx';
import { useSpace } from './parameters.ts';

/** A path that no page has. */
export function LostPage() {
  const space = useSpace();
  return (
    <Bullseye>
      <EmptyState titleText="There is no such page" headingLevel="h1">
        <EmptyStateBody>The link may be of another version of the console.</EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <PageLink page="overview" with={{ space }}>
              Go to the overview of {space}
            </PageLink>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    </Bullseye>
  );
}
