import { DescriptionList, DescriptionListDescription, DescriptionListGroup, DescriptionListTerm } from '@patternfly/react-core';
import type { ReactNode } from 'react';

export interface Fact {
  readonly term: string;
  /** `undefined`: there is nothing to say. */
  readonly value: ReactNode;
}

/** What there is to know of one thing. */
export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <DescriptionList isCompact columnModifier={{ default: '1Col', sm: '2Col', lg: '3Col' }}>
      {facts
        .filter(({ value }) => value !== undefined)
        .map(({ term, value }) => (
          <DescriptionListGroup key={term}>
            <DescriptionListTerm>{term}</DescriptionListTerm>
            <DescriptionListDescription>{value}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
    </DescriptionList>
  );
}
