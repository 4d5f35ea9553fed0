import { Alert, AlertGroup } from '@patternfly/react-core';
import { useMemo } from 'react';
import type { RoleBinding } from '../../api/user-document.ts';
import { textColumn } from '../../parts/columns.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { EditableDocuments } from '../../parts/editable-documents.tsx';
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

/** Who has which role. */
export function BindingList({ space }: { readonly space: string }) {
  const columns = useMemo(() => columnsOf(space), [space]);
  return (
    <EditableDocuments<RoleBinding>
      kind="RoleBinding"
      one="role binding"
      space={space}
      columns={columns}
      textOf={textOf}
      createWords="Give a role"
      writeDialog={own => <BindingDialog space={space} {...own} />}
      nothing="A binding gives a role to users, and to all who are in a group."
      above={bindings => <Wanting bindings={bindings} />}
      lost={binding =>
        `The role ${binding.spec.role} is taken at once from ${[...usersOf(binding), ...groupsOf(binding)].join(', ') || 'nobody'}.`
      }
    />
  );
}

function columnsOf(space: string): readonly Column<RoleBinding>[] {
  return [
    textColumn('role', 'Role', ({ spec }) => spec.role, { width: '10rem', narrow: true }),
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
    textColumn('groups', 'Groups', binding => groupsOf(binding).join(', ')),
    textColumn('name', 'Binding', ({ metadata }) => metadata.name),
  ];
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
