import { Button } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import type { ResourceDocument } from '../../api/documents.ts';
import { useMayKind } from '../../app/may-kind.ts';
import { specWords } from '../../logic/spec-words.ts';
import type { Column } from '../../parts/data-table.tsx';
import { DeleteDocumentDialog } from '../../parts/delete-document-dialog.tsx';
import { DocumentDialog } from '../../parts/document-dialog.tsx';
import { DocumentList } from '../../parts/document-list.tsx';
import { Count } from '../../parts/figures.tsx';

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

type Doing = { readonly what: 'create' } | { readonly what: 'edit' | 'delete'; readonly plan: Plan };

const textOf = ({ spec }: Plan): string => specWords(spec);

/** Plans of one kind: what they say, and who uses them. */
export function PlanList({ kind, one, space, usedBy, keepsUsed = false, nothing }: PlanListProps) {
  const mayManage = useMayKind()('manage', kind);
  const [doing, setDoing] = useState<Doing>();
  const close = (): void => setDoing(undefined);
  const create = mayManage && <Button onClick={() => setDoing({ what: 'create' })}>Create an {one}</Button>;
  const columns = useMemo<readonly Column<Plan>[]>(
    () => [
      {
        key: 'name',
        title: 'Name',
        cell: ({ metadata }) => metadata.name,
        order: ({ metadata }) => metadata.name,
        width: '12rem',
        narrow: true,
      },
      { key: 'says', title: 'Says', cell: plan => <span title={textOf(plan)}>{textOf(plan) || 'nothing'}</span>, narrow: true },
      {
        key: 'used',
        title: usedBy === 'addresses' ? 'Addresses' : 'Spaces',
        cell: ({ status }) => <Count value={status?.[usedBy] ?? 0} />,
        order: ({ status }) => status?.[usedBy] ?? 0,
        figures: true,
        width: '7rem',
      },
    ],
    [usedBy],
  );
  const common = { kind, one, space, onClose: close };
  return (
    <>
      <DocumentList<Plan>
        kind={kind}
        one={one}
        space={space}
        columns={columns}
        textOf={textOf}
        nothing={nothing}
        create={create}
        createAbove
        {...(mayManage && {
          actions: (plan: Plan) => [
            { title: 'Change', onChoose: () => setDoing({ what: 'edit', plan }) },
            { title: 'Delete', danger: true, onChoose: () => setDoing({ what: 'delete', plan }) },
          ],
        })}
      />
      {doing?.what === 'create' && <DocumentDialog {...common} />}
      {doing?.what === 'edit' && <DocumentDialog {...common} before={doing.plan} />}
      {doing?.what === 'delete' && (
        <DeleteDocumentDialog
          {...common}
          name={doing.plan.metadata.name}
          {...(keepsUsed && { force: 'For those who use it, the limits of the server hold from then on.' })}
        >
          What it says holds for nobody any more.
        </DeleteDocumentDialog>
      )}
    </>
  );
}
