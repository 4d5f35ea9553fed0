import { Card, CardBody, PageSection, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useMayKind } from '../../app/may-kind.ts';
import { useSearchState, useSpace } from '../../app/parameters.ts';
import { AccessQuestion } from '../../parts/access-question.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { BindingList } from './binding-list.tsx';
import { RoleList } from './role-list.tsx';

/** Who may do what: roles, who has them, and which rule decides a question. */
export default function RolesPage() {
  const space = useSpace();
  const may = useMayKind();
  const [{ tab }, setSearch] = useSearchState({ tab: 'roles', name: '', order: 'name' });
  return (
    <>
      <PageHeader
        title="Roles"
        description="What nobody allows is not allowed; what any rule denies, no other one allows. Rules stand in users, and in roles, which bindings give to users and groups."
      />
      <PageSection isFilled>
        <Tabs activeKey={tab} onSelect={(_, key) => setSearch({ tab: String(key), name: '', order: 'name' })} mountOnEnter unmountOnExit>
          <Tab eventKey="roles" title={<TabTitleText>Roles</TabTitleText>}>
            <RoleList space={space} />
          </Tab>
          {may('view', 'RoleBinding') && (
            <Tab eventKey="bindings" title={<TabTitleText>Who has them</TabTitleText>}>
              <BindingList space={space} />
            </Tab>
          )}
          {may('view', 'User') && (
            <Tab eventKey="question" title={<TabTitleText>May somebody …?</TabTitleText>}>
              <Card isPlain>
                <CardBody>
                  <AccessQuestion space={space} />
                </CardBody>
              </Card>
            </Tab>
          )}
        </Tabs>
      </PageSection>
    </>
  );
}
