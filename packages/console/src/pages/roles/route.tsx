import { Card, CardBody, PageSection } from '@patternfly/react-core';
import { useMayKind } from '../../app/may-kind.ts';
import { useSpace } from '../../app/parameters.ts';
import { AccessQuestion } from '../../parts/access-question.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { BindingList } from './binding-list.tsx';
import { RoleList } from './role-list.tsx';

/** Who may do what: roles, who has them, and which rule decides a question. */
export default function RolesPage() {
  const space = useSpace();
  const may = useMayKind();
  const question = (
    <Card isPlain>
      <CardBody>
        <AccessQuestion space={space} />
      </CardBody>
    </Card>
  );
  return (
    <>
      <PageHeader
        title="Roles"
        description="What nobody allows is not allowed; what any rule denies, no other one allows. Rules stand in users, and in roles, which bindings give to users and groups."
      />
      <PageSection isFilled>
        <PageTabs
          tabs={[
            { key: 'roles', title: 'Roles', content: <RoleList space={space} /> },
            ...(may('view', 'RoleBinding') ? [{ key: 'bindings', title: 'Who has them', content: <BindingList space={space} /> }] : []),
            ...(may('view', 'User') ? [{ key: 'question', title: 'May somebody …?', content: question }] : []),
          ]}
        />
      </PageSection>
    </>
  );
}
