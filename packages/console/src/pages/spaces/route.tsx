import { Button, PageSection } from '@patternfly/react-core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { documentsQuery } from '../../api/documents.ts';
import { useSearchState } from '../../app/parameters.ts';
import { useSession } from '../../app/session-context.ts';
import { inOrder } from '../../logic/ordered-rows.ts';
import { SPACE_DEFAULT } from '../../logic/space-default.ts';
import { counted } from '../../logic/units.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Bytes, Count } from '../../parts/figures.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import type { AddressSpace } from './address-space.ts';
import { CreateSpaceDialog } from './create-space-dialog.tsx';
import { DeleteSpaceDialog } from './delete-space-dialog.tsx';
import { SpaceLimitsDialog } from './space-limits-dialog.tsx';
import { SpaceMenu } from './space-menu.tsx';

const figure = (key: 'addresses' | 'connections' | 'users' | 'stored', title: string, width: string): Column<AddressSpace> => ({
  key,
  title,
  // Absent where one may not view what it tells of.
  cell: ({ status }) => (status?.[key] === undefined ? '–' : <Count value={status[key]} />),
  order: ({ status }) => status?.[key] ?? 0,
  figures: true,
  width,
  narrow: key === 'addresses',
});

const COLUMNS: readonly Column<AddressSpace>[] = [
  {
    key: 'name',
    title: 'Name',
    cell: ({ metadata: { name }, spec: { displayName } }) => (
      <>
        <PageLink page="overview" with={{ space: name }}>
          {name}
        </PageLink>{' '}
        <span className="angarium-subtle">{displayName}</span>
      </>
    ),
    order: ({ metadata }) => metadata.name,
    narrow: true,
  },
  { key: 'plan', title: 'Plan', cell: ({ spec }) => spec.plan, order: ({ spec }) => spec.plan ?? '', width: '7rem' },
  figure('addresses', 'Addresses', '6.5rem'),
  figure('connections', 'Connections', '7.5rem'),
  figure('users', 'Users', '5rem'),
  figure('stored', 'Messages', '6.5rem'),
  {
    key: 'bytes',
    title: 'Stored',
    cell: ({ status }) => (status?.storedBytes === undefined ? '–' : <Bytes value={status.storedBytes} />),
    order: ({ status }) => status?.storedBytes ?? 0,
    figures: true,
    width: '6.5rem',
  },
];

type Doing = { readonly what: 'create' } | { readonly what: 'limits' | 'delete'; readonly space: AddressSpace };

/** All address spaces, for administrators of the server; others see their own. */
export default function SpacesPage() {
  const { administersServer } = useSession();
  const client = useQueryClient();
  const { data, error } = useQuery(documentsQuery<AddressSpace>('AddressSpace', ''));
  const [{ name, order }, setSearch] = useSearchState({ name: '', order: 'name' });
  const [doing, setDoing] = useState<Doing>();
  const rows = useMemo(() => {
    const part = name.toLowerCase();
    const found = (data ?? []).filter(({ metadata, spec }) => `${metadata.name} ${spec.displayName ?? ''}`.toLowerCase().includes(part));
    return inOrder(found, COLUMNS, order);
  }, [data, name, order]);
  const close = (done: boolean): void => {
    setDoing(undefined);
    if (done) void client.invalidateQueries({ queryKey: ['documents', 'AddressSpace'] });
  };
  return (
    <>
      <PageHeader
        title="Address spaces"
        description="Each is a namespace of addresses with its own users, limits and connections."
        actions={administersServer && <Button onClick={() => setDoing({ what: 'create' })}>Create an address space</Button>}
      />
      <PageSection isFilled>
        <ProblemAlert error={error} />
        {data && (
          <>
            <FilterBar
              label="Filter by name"
              text={name}
              onText={text => setSearch({ name: text })}
              shown={`${rows.length === data.length ? '' : `${rows.length} of `}${counted(data.length, 'address space')}`}
            />
            <DataTable
              label="Address spaces"
              columns={COLUMNS}
              rows={rows}
              rowKey={({ metadata }) => metadata.name}
              order={order}
              onOrder={next => setSearch({ order: next })}
              {...(administersServer && {
                actions: (space: AddressSpace) => (
                  <SpaceMenu
                    name={space.metadata.name}
                    mayDelete={space.metadata.name !== SPACE_DEFAULT}
                    onChoose={what => setDoing({ what, space })}
                  />
                ),
              })}
              empty={<NothingHere title="No address space is like this" />}
            />
          </>
        )}
        {doing?.what === 'create' && <CreateSpaceDialog onClose={close} />}
        {doing?.what === 'limits' && <SpaceLimitsDialog space={doing.space} onClose={close} />}
        {doing?.what === 'delete' && <DeleteSpaceDialog space={doing.space} onClose={close} />}
      </PageSection>
    </>
  );
}
