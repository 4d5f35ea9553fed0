import { FormGroup, FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { documentsQuery, type ResourceDocument } from '../../api/documents.ts';

interface PlanChoiceProps {
  /** '' is none. */
  readonly value: string;
  readonly onChange: (plan: string) => void;
}

/** Which AddressSpacePlan says what the space does not say itself. */
export function PlanChoice({ value, onChange }: PlanChoiceProps) {
  const id = useId();
  const { data = [] } = useQuery(documentsQuery<ResourceDocument<{ displayName?: string }>>('AddressSpacePlan', ''));
  return (
    <FormGroup fieldId={id} label="Plan">
      <FormSelect id={id} value={value} onChange={(_, plan) => onChange(plan)}>
        <FormSelectOption value="" label="None: the limits of the server" />
        {data.map(({ metadata, spec }) => (
          <FormSelectOption
            key={metadata.name}
            value={metadata.name}
            label={spec.displayName ? `${metadata.name} (${spec.displayName})` : metadata.name}
          />
        ))}
      </FormSelect>
    </FormGroup>
  );
}
