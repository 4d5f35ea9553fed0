import {
  Button,
  Card,
  CardBody,
  CardHeader,
  CardTitle,
  Flex,
  Grid,
  GridItem,
  Label,
  List,
  ListItem,
  PageSection,
} from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { connectionsQuery } from '../../api/connections.ts';
import { documentQuery, documentsQuery } from '../../api/documents.ts';
import { ApiProblem } from '../../api/problem.ts';
import type { RoleBinding, UserDocument } from '../../api/user-document.ts';
import { useMayKind } from '../../app/may-kind.ts';
import { pagePath } from '../../app/pages.ts';
import { useParameter, useSpace } from '../../app/parameters.ts';
import { heldRoles, ruleWords } from '../../logic/access.ts';
import { fieldTitle } from '../../logic/json-schema.ts';
import { AccessQuestion } from '../../parts/access-question.tsx';
import { Asking } from '../../parts/asking.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Age } from '../../parts/figures.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { BindingDialog } from '../roles/binding-dialog.tsx';
import { userActions } from '../users/user-actions.ts';
import { UserDialogs, type UserDoing } from '../users/user-dialogs.tsx';
import { Tokens } from './tokens.tsx';

/** Connections that are listed; the page of all has the others. */
const CONNECTIONS_LISTED = 10;

/** One user: who it is, what it may do and why, and where it is connected from. */
export default function UserPage() {
  const space = useSpace();
  const name = useParameter('name');
  const mayManage = useMayKind()('manage', 'User');
  const navigate = useNavigate();
  const { data: user, error } = useQuery(documentQuery<UserDocument>('User', space, name));
  const [doing, setDoing] = useState<UserDoing>();
  const all = (
    <PageLink page="users" with={{ space }}>
      Users
    </PageLink>
  );
  const missing = error instanceof ApiProblem && error.status === 404;
  return (
    <>
      <PageHeader
        title={name}
        above={[all]}
        beside={user?.spec.disabled && <Label status="warning">disabled</Label>}
        actions={
          user &&
          mayManage && (
            <Flex>
              {userActions(user).map(({ doing: what, title, danger }) => (
                <Button key={what} variant={danger ? 'danger' : 'secondary'} onClick={() => setDoing(what)}>
                  {title}
                </Button>
              ))}
            </Flex>
          )
        }
      />
      <PageSection isFilled>
        {missing ? (
          <NothingHere title={`There is no document of the user ${name}`} action={all}>
            It was deleted, or is known to the configuration or an authentication service alone.
          </NothingHere>
        ) : (
          <ProblemAlert error={error} />
        )}
        {!user && !error && <Asking />}
        {user && !missing && (
          <Grid hasGutter lg={6}>
            <GridItem span={12}>
              <Card>
                <CardBody>
                  <UserFacts user={user} />
                </CardBody>
              </Card>
            </GridItem>
            {user.spec.authentication?.type === 'service-account' && (
              <GridItem span={12}>
                <Tokens tokens={user.status?.tokens ?? []} onMake={mayManage ? () => setDoing('token') : undefined} />
              </GridItem>
            )}
            <GridItem>
              <Rights space={space} user={user} />
            </GridItem>
            <GridItem>
              <Card isFullHeight>
                <CardTitle component="h2">May it …?</CardTitle>
                <CardBody>
                  <AccessQuestion space={space} user={name} />
                </CardBody>
              </Card>
            </GridItem>
            <GridItem span={12}>
              <UserConnections space={space} name={name} />
            </GridItem>
          </Grid>
        )}
        {doing && user && (
          <UserDialogs
            space={space}
            user={user}
            doing={doing}
            onClose={done => {
              setDoing(undefined);
              if (done && doing === 'delete') void navigate({ to: pagePath('users', { space }) });
            }}
          />
        )}
      </PageSection>
    </>
  );
}

function UserFacts({ user: { metadata, spec } }: { readonly user: UserDocument }) {
  const { type, ...proof } = spec.authentication ?? { type: 'nothing: nobody can connect as it' };
  return (
    <Facts
      facts={[
        { term: 'Proves who it is by', value: type },
        ...Object.entries(proof).map(([term, value]) => ({ term: fieldTitle(term), value: String(value) })),
        { term: 'Groups', value: spec.groups?.join(', ') },
        ...Object.entries(spec.limits ?? {}).map(([term, value]) => ({ term: fieldTitle(term), value: value.toLocaleString('en') })),
        { term: 'There for', value: metadata.creationTimestamp && <Age since={metadata.creationTimestamp} /> },
      ]}
    />
  );
}

/** By which roles and rules it may do what it may. */
function Rights({ space, user: { metadata, spec } }: { readonly space: string; readonly user: UserDocument }) {
  const may = useMayKind();
  const mayView = may('view', 'RoleBinding');
  const [giving, setGiving] = useState(false);
  const { data = [], error } = useQuery({ ...documentsQuery<RoleBinding>('RoleBinding', space), enabled: mayView });
  const roles = heldRoles(data, metadata.name, spec.groups ?? []);
  const rules = spec.authorization ?? [];
  return (
    <Card isFullHeight>
      <CardHeader
        {...(may('manage', 'RoleBinding') && {
          actions: {
            actions: (
              <Button variant="secondary" onClick={() => setGiving(true)}>
                Give a role
              </Button>
            ),
          },
        })}
      >
        <CardTitle component="h2">What it may do</CardTitle>
      </CardHeader>
      <CardBody>
        <ProblemAlert error={error} />
        {roles.length + rules.length === 0 && <p>Nothing, as far as you can see: give it a role by a binding, or rules of its own.</p>}
        <List>
          {roles.map(({ role, binding, group }) => (
            <ListItem key={`${binding} ${role}`}>
              The role <strong>{role}</strong>, by{' '}
              <PageLink page="roles" with={{ space }} search={{ tab: 'bindings', name: binding }}>
                {binding}
              </PageLink>
              {group !== undefined && ` for the group ${group}`}
            </ListItem>
          ))}
          {rules.map(rule => (
            <ListItem key={ruleWords(rule)}>It {ruleWords(rule)}</ListItem>
          ))}
        </List>
        {giving && <BindingDialog space={space} user={metadata.name} onClose={() => setGiving(false)} />}
      </CardBody>
    </Card>
  );
}

function UserConnections({ space, name }: { readonly space: string; readonly name: string }) {
  const mayView = useMayKind()('view', 'Connection');
  const { data, error } = useQuery({ ...connectionsQuery(space), enabled: mayView });
  if (!mayView) return null;
  const own = (data ?? []).filter(({ status }) => status.user === name);
  return (
    <Card>
      <CardTitle component="h2">Connections</CardTitle>
      <CardBody>
        <ProblemAlert error={error} />
        {data && own.length === 0 && <p>It is not connected now.</p>}
        <List>
          {own.slice(0, CONNECTIONS_LISTED).map(({ metadata: { name: id }, status: { client, peer, protocol, since } }) => (
            <ListItem key={id}>
              <PageLink page="connection" with={{ space, id }}>
                {client || `Connection ${id}`}
              </PageLink>{' '}
              from {peer}, {protocol}, for <Age since={since} />
            </ListItem>
          ))}
        </List>
        {own.length > CONNECTIONS_LISTED && (
          <PageLink page="connections" with={{ space }} search={{ text: name }}>
            All {own.length.toLocaleString('en')} connections
          </PageLink>
        )}
      </CardBody>
    </Card>
  );
}
