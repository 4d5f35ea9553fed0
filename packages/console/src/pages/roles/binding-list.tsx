import { Alert, AlertGroup, Button } from '@patternfly/react-core';
import { useState } from 'react';
import type { RoleBinding } from '../../api/user-document.ts';
import { useMayKind } from '../../app/may-kind.ts';
import type { Column } from '../../parts/data-table.tsx';
import { DeleteDocumentDialog } from '../../parts/delete-document-dialog.tsx';
import { DocumentList } from '../../parts/document-list.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { BindingDialog } from './binding-dialog.tsx';

const usersOf = ({ spec }: RoleBinding): readonly string[] => spec.subjects.flatMap(subject => ('user' in subject ? [subject.user] : []));
const groupsOf = ({ spec }: RoleBinding): readonly string[] =>
  spec.subjects.flatMap(subject => ('group' in subject ? [subject.group] : []));
const textOf = (binding: RoleBinding): string => [binding.spec.role, ...usersOf(binding), ...groupsOf(binding)].join(' ');
const wanting = ({ status }: RoleBinding): readonly string[] =>
  (status?.conditions ?? []).filter(({ status: holds }) => holds !== 'True').map(({ message = '' }) => message);

/** Bindings that need attention and are told in full. */
const TOLD_MAX = 5;

type Doing = { readonly what: 'create' } | { readonly what: 'edit' | 'delete'; readonly binding: RoleBinding };

/** Who has which role. */
export function BindingList({ space }: { readonly space: string }) {
  const mayManage = useMayKind()('manage', 'RoleBinding');
  const [doing, setDoing] = useState<Doing>();
  const close = (): void => setDoing(undefined);
  const create = mayManage && <Button onClick={() => setDoing({ what: 'create' })}>Give a role</Button>;
  const columns: readonly Column<RoleBinding>[] = [
    { key: 'role', title: 'Role', cell: ({ spec }) => spec.role, order: ({ spec }) => spec.role, width: '10rem', narrow: true },
    {
      key: 'users',
      title: 'Users',
      cell: binding =>
        usersOf(binding).map((user, at) => (
          <span key={user}>
            {at > 0 && ', '}
            <PageLink page="user" with={{ space, name: user }}>
              {user}
            </PageLink>
          </span>
        )),
      order: binding => usersOf(binding).join(),
      narrow: true,
    },
    { key: 'groups', title: 'Groups', cell: binding => groupsOf(binding).join(', '), order: binding => groupsOf(binding).join() },
    { key: 'name', title: 'Binding', cell: ({ metadata }) => metadata.name, order: ({ metadata }) => metadata.name },
  ];
  return (
    <>
      <DocumentList<RoleBinding>
        kind="RoleBinding"
        one="role binding"
        space={space}
        columns={columns}
        textOf={textOf}
        create={create}
        createAbove
        nothing="A binding gives a role to users, and to all who are in a group."
        above={bindings => <Wanting bindings={bindings} />}
        {...(mayManage && {
          actions: (binding: RoleBinding) => [
            { title: 'Change', onChoose: () => setDoing({ what: 'edit', binding }) },
            { title: 'Delete', danger: true, onChoose: () => setDoing({ what: 'delete', binding }) },
          ],
        })}
      />
      {doing?.what === 'create' && <BindingDialog space={space} onClose={close} />}
      {doing?.what === 'edit' && <BindingDialog space={space} before={doing.binding} onClose={close} />}
      {doing?.what === 'delete' && (
        <DeleteDocumentDialog kind="RoleBinding" one="role binding" space={space} name={doing.binding.metadata.name} onClose={close}>
          The role {doing.binding.spec.role} is taken at once from{' '}
          {[...usersOf(doing.binding), ...groupsOf(doing.binding)].join(', ') || 'nobody'}.
        </DeleteDocumentDialog>
      )}
    </>
  );
}

/** What needs attention, and what to do. */
function Wanting({ bindings }: { readonly bindings: readonly RoleBinding[] }) {
  const told = bindings.flatMap(binding => wanting(binding).map(words => ({ name: binding.metadata.name, words })));
  return (
    <AlertGroup aria-label="Needs attention">
      {told.slice(0, TOLD_MAX).map(({ name, words }) => (
        <Alert key={`${name} ${words}`} isInline component="h2" variant="warning" title={`The binding ${name} needs attention`}>
          {words}
        </Alert>
      ))}
    </AlertGroup>
  );
}
