import { FormSelect, FormSelectOption } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { documentsQuery } from '../api/documents.ts';
import type { RoleDocument } from '../api/user-document.ts';
import { rolesOf } from '../logic/access.ts';
import { Labelled } from './labelled.tsx';

interface RoleChoiceProps {
  readonly space: string;
  /** '' is none. */
  readonly value: string;
  readonly onChange: (role: string) => void;
  /** What no choice means. */
  readonly none: string;
  readonly disabled?: boolean;
}

/** One of the roles of a space: those that are always there, and its own. */
export function RoleChoice({ space, value, onChange, none, disabled = false }: RoleChoiceProps) {
  const { data = [] } = useQuery(documentsQuery<RoleDocument>('Role', space));
  const names = rolesOf(
    space,
    data.map(({ metadata }) => metadata.name),
  );
  return (
    <Labelled label="Role">
      {id => (
        <FormSelect id={id} value={value} onChange={(_, role) => onChange(role)} isDisabled={disabled}>
          <FormSelectOption value="" label={none} />
          {names.map(name => (
            <FormSelectOption key={name} value={name} label={name} />
          ))}
        </FormSelect>
      )}
    </Labelled>
  );
}
