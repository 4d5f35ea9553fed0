import { useMemo } from 'react';
import type { ResourceDocument } from '../../api/documents.ts';
import { specWords } from '../../logic/spec-words.ts';
import { countColumn, nameColumn } from '../../parts/columns.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { EditableDocuments } from '../../parts/editable-documents.tsx';

type Plan = ResourceDocument<object, { readonly addresses?: number; readonly addressSpaces?: number }>;

interface PlanListProps {
  readonly kind: 'AddressPlan' | 'AddressSpacePlan';
  readonly one: string;
  readonly space: string;
  /** The field of the status that counts who uses it. */
  readonly usedBy: 'addresses' | 'addressSpaces';
  /** Whether one that is used is deleted by force alone. */
  readonly keepsUsed?: boolean;
  readonly nothing: string;
}

const textOf = ({ spec }: Plan): string => specWords(spec);

/** Plans of one kind: what they say, and who uses them. */
export function PlanList({ kind, one, space, usedBy, keepsUsed = false, nothing }: PlanListProps) {
  const columns = useMemo<readonly Column<Plan>[]>(
    () => [
      nameColumn('12rem'),
      { key: 'says', title: 'Says', cell: plan => <span title={textOf(plan)}>{textOf(plan) || 'nothing'}</span>, narrow: true },
      countColumn('used', usedBy === 'addresses' ? 'Addresses' : 'Spaces', ({ status }) => status?.[usedBy] ?? 0, { width: '7rem' }),
    ],
    [usedBy],
  );
  return (
    <EditableDocuments<Plan>
      kind={kind}
      one={one}
      space={space}
      columns={columns}
      textOf={textOf}
      nothing={nothing}
      createWords={`Create an ${one}`}
      lost={() => 'What it says holds for nobody any more.'}
      {...(keepsUsed && { force: 'For those who use it, the limits of the server hold from then on.' })}
    />
  );
}
