import { Button, Card, CardBody, CardTitle } from '@patternfly/react-core';
import { useState } from 'react';
import type { RoleDocument } from '../../api/user-document.ts';
import { useMayKind } from '../../app/may-kind.ts';
import { BUILT_IN_ROLES, rolesOf, ruleWords } from '../../logic/access.ts';
import type { Column } from '../../parts/data-table.tsx';
import { DeleteDocumentDialog } from '../../parts/delete-document-dialog.tsx';
import { DocumentDialog } from '../../parts/document-dialog.tsx';
import { DocumentList } from '../../parts/document-list.tsx';
import { Facts } from '../../parts/facts.tsx';

const rulesOf = ({ spec }: RoleDocument): string => spec.rules.map(ruleWords).join('; ');

const COLUMNS: readonly Column<RoleDocument>[] = [
  {
    key: 'name',
    title: 'Name',
    cell: ({ metadata }) => metadata.name,
    order: ({ metadata }) => metadata.name,
    width: '14rem',
    narrow: true,
  },
  { key: 'rules', title: 'Whoever has it', cell: role => <span title={rulesOf(role)}>{rulesOf(role)}</span>, narrow: true },
];

type Doing = { readonly what: 'create' } | { readonly what: 'edit' | 'delete'; readonly role: RoleDocument };

/** The roles of a space: those that are always there, and its own. */
export function RoleList({ space }: { readonly space: string }) {
  const mayManage = useMayKind()('manage', 'Role');
  const [doing, setDoing] = useState<Doing>();
  const close = (): void => setDoing(undefined);
  const create = mayManage && <Button onClick={() => setDoing({ what: 'create' })}>Create a role</Button>;
  const builtIn = rolesOf(space, []);
  return (
    <>
      <Card isPlain isCompact>
        <CardTitle component="h2">Always there</CardTitle>
        <CardBody>
          <Facts facts={BUILT_IN_ROLES.filter(({ name }) => builtIn.includes(name)).map(({ name, may }) => ({ term: name, value: may }))} />
        </CardBody>
      </Card>
      <Card isPlain isCompact>
        <CardTitle component="h2">Of this address space</CardTitle>
        <CardBody>
          <DocumentList<RoleDocument>
            kind="Role"
            one="role"
            space={space}
            columns={COLUMNS}
            textOf={rulesOf}
            create={create}
            createAbove
            nothing="A role is a list of rules with a name, for users who need neither more nor less than the roles that are always there allow."
            {...(mayManage && {
              actions: (role: RoleDocument) => [
                { title: 'Change', onChoose: () => setDoing({ what: 'edit', role }) },
                { title: 'Delete', danger: true, onChoose: () => setDoing({ what: 'delete', role }) },
              ],
            })}
          />
        </CardBody>
      </Card>
      {doing?.what === 'create' && (
        <DocumentDialog
          kind="Role"
          one="role"
          space={space}
          begin={{ rules: [{ actions: ['send', 'receive'], addresses: [] }] }}
          onClose={close}
        />
      )}
      {doing?.what === 'edit' && <DocumentDialog kind="Role" one="role" space={space} before={doing.role} onClose={close} />}
      {doing?.what === 'delete' && (
        <DeleteDocumentDialog kind="Role" one="role" space={space} name={doing.role.metadata.name} onClose={close}>
          Whoever has it by a binding may do at once no more what it allows; what it denies is no longer denied.
        </DeleteDocumentDialog>
      )}
    </>
  );
}
