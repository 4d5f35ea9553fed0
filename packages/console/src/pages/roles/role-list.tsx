import { Card, CardBody, CardTitle } from '@patternfly/react-core';
import type { RoleDocument } from '../../api/user-document.ts';
import { BUILT_IN_ROLES, rolesOf, ruleWords } from '../../logic/access.ts';
import { longTextColumn, nameColumn } from '../../parts/columns.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { EditableDocuments } from '../../parts/editable-documents.tsx';
import { Facts } from '../../parts/facts.tsx';

const rulesOf = ({ spec }: RoleDocument): string => spec.rules.map(ruleWords).join('; ');

const COLUMNS: readonly Column<RoleDocument>[] = [
  nameColumn('14rem'),
  longTextColumn('rules', 'Whoever has it', rulesOf, { narrow: true }),
];

/** The roles of a space: those that are always there, and its own. */
export function RoleList({ space }: { readonly space: string }) {
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
          <EditableDocuments<RoleDocument>
            kind="Role"
            one="role"
            space={space}
            columns={COLUMNS}
            textOf={rulesOf}
            createWords="Create a role"
            begin={{ rules: [{ actions: ['send', 'receive'], addresses: [] }] }}
            nothing="A role is a list of rules with a name, for users who need neither more nor less than the roles that are always there allow."
            lost={() => 'Whoever has it by a binding may do at once no more what it allows; what it denies is no longer denied.'}
          />
        </CardBody>
      </Card>
    </>
  );
}
