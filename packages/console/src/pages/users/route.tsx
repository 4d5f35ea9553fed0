import { Button, Label, PageSection } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { documentsQuery } from '../../api/documents.ts';
import { type RoleBinding, USER_TYPES, type UserDocument } from '../../api/user-document.ts';
import { useMayKind } from '../../app/may-kind.ts';
import { useSearchState, useSpace } from '../../app/parameters.ts';
import { heldRoles } from '../../logic/access.ts';
import { ChoiceFilter } from '../../parts/choice-filter.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { DocumentList } from '../../parts/document-list.tsx';
import { Age } from '../../parts/figures.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { CreateUserDialog } from './create-user-dialog.tsx';
import { type Secret, SecretDialog } from './secret-dialog.tsx';
import { userActions } from './user-actions.ts';
import { UserDialogs, type UserDoing } from './user-dialogs.tsx';

const TYPES = USER_TYPES.map(value => ({ value, title: value }));
const STATES = [
  { value: 'enabled', title: 'enabled' },
  { value: 'disabled', title: 'disabled' },
];
const textOf = ({ spec }: UserDocument): string => (spec.groups ?? []).join(' ');

type Doing = { readonly what: 'create' } | { readonly what: UserDoing; readonly user: UserDocument };

/** Everybody who may connect, people and programs. Those of an authentication service are there without a document. */
export default function UsersPage() {
  const space = useSpace();
  const may = useMayKind();
  const mayManage = may('manage', 'User');
  const { data: bindings } = useQuery({ ...documentsQuery<RoleBinding>('RoleBinding', space), enabled: may('view', 'RoleBinding') });
  const [{ type, state }, setSearch] = useSearchState({ type: '', state: '' });
  const [doing, setDoing] = useState<Doing>();
  const [secret, setSecret] = useState<Secret>();
  const columns = useMemo(() => columnsOf(space, bindings), [space, bindings]);
  const chosen = useMemo(
    () =>
      ({ spec }: UserDocument): boolean =>
        (type === '' || spec.authentication?.type === type) && (state === '' || (spec.disabled ? 'disabled' : 'enabled') === state),
    [type, state],
  );
  const create = mayManage && <Button onClick={() => setDoing({ what: 'create' })}>Create a user</Button>;
  return (
    <>
      <PageHeader title="Users" description="Who may connect to this address space, and how they prove who they are." actions={create} />
      <PageSection isFilled>
        <DocumentList<UserDocument>
          kind="User"
          one="user"
          space={space}
          columns={columns}
          textOf={textOf}
          chosen={chosen}
          filters={
            <>
              <ChoiceFilter label="Type" value={type} choices={TYPES} onChange={next => setSearch({ type: next })} />
              <ChoiceFilter label="State" value={state} choices={STATES} onChange={next => setSearch({ state: next })} />
            </>
          }
          nothing="Until somebody may administer the server, whoever is on its machine does. People have passwords, programs have tokens."
          create={create}
          {...(mayManage && {
            actions: (user: UserDocument) =>
              userActions(user).map(({ doing: what, title, danger = false }) => ({
                title,
                danger,
                onChoose: () => setDoing({ what, user }),
              })),
          })}
        />
        {doing?.what === 'create' && (
          <CreateUserDialog
            space={space}
            onClose={made => {
              setDoing(undefined);
              if (made?.password !== undefined) setSecret({ what: 'password', user: made.name, text: made.password });
            }}
          />
        )}
        {doing && doing.what !== 'create' && (
          <UserDialogs space={space} user={doing.user} doing={doing.what} onClose={() => setDoing(undefined)} />
        )}
        {secret && <SecretDialog secret={secret} onClose={() => setSecret(undefined)} />}
      </PageSection>
    </>
  );
}

function columnsOf(space: string, bindings: readonly RoleBinding[] | undefined): readonly Column<UserDocument>[] {
  const rolesOf = ({ metadata, spec }: UserDocument): string =>
    [...new Set(heldRoles(bindings ?? [], metadata.name, spec.groups ?? []).map(({ role }) => role))].join(', ');
  return [
    {
      key: 'name',
      title: 'Name',
      cell: ({ metadata: { name } }) => (
        <PageLink page="user" with={{ space, name }}>
          {name}
        </PageLink>
      ),
      order: ({ metadata }) => metadata.name,
      narrow: true,
    },
    {
      key: 'state',
      title: 'State',
      cell: ({ spec }) => (
        <Label isCompact status={spec.disabled ? 'warning' : 'success'}>
          {spec.disabled ? 'disabled' : 'enabled'}
        </Label>
      ),
      order: ({ spec }) => (spec.disabled ? 1 : 0),
      width: '7rem',
      narrow: true,
    },
    {
      key: 'type',
      title: 'Type',
      cell: ({ spec }) => spec.authentication?.type ?? '–',
      order: ({ spec }) => spec.authentication?.type ?? '',
      width: '9rem',
    },
    ...(bindings ? [{ key: 'roles', title: 'Roles', cell: rolesOf, order: rolesOf }] : []),
    {
      key: 'groups',
      title: 'Groups',
      cell: ({ spec }) => (spec.groups ?? []).join(', '),
      order: ({ spec }) => (spec.groups ?? []).join(', '),
    },
    {
      key: 'created',
      title: 'Age',
      cell: ({ metadata }) => metadata.creationTimestamp && <Age since={metadata.creationTimestamp} />,
      order: ({ metadata }) => metadata.creationTimestamp ?? '',
      width: '5rem',
    },
  ];
}
