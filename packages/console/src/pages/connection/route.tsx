import { Alert, AlertGroup, Button, Card, CardBody, CardTitle, PageSection, Stack, StackItem } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { type Connection, connectionsQuery } from '../../api/connections.ts';
import { type Link, linksQuery } from '../../api/links.ts';
import { useMayKind } from '../../app/may-kind.ts';
import { pagePath } from '../../app/pages.ts';
import { useParameter, useSearchState, useSpace } from '../../app/parameters.ts';
import { needsAttention } from '../../logic/connection-states.ts';
import { fieldTitle } from '../../logic/json-schema.ts';
import { inOrder } from '../../logic/ordered-rows.ts';
import { Asking } from '../../parts/asking.tsx';
import { ConnectionsGate } from '../../parts/connections-gate.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Age, Bytes, Count } from '../../parts/figures.tsx';
import { LINK_COLUMNS } from '../../parts/link-columns.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { CloseConnectionsDialog } from '../connections/close-connections-dialog.tsx';

/** What every list of links has, but for whose they are: that is the page. */
const COLUMNS = LINK_COLUMNS.filter(({ key }) => !['client', 'protocol'].includes(key));

/** One connection: who it is, and how each of its links is, and why. */
export default function ConnectionPage() {
  return (
    <ConnectionsGate>
      <OneConnection />
    </ConnectionsGate>
  );
}

function OneConnection() {
  const space = useSpace();
  const id = useParameter('id');
  const navigate = useNavigate();
  const mayClose = useMayKind()('manage', 'Connection');
  const { data, error } = useQuery(connectionsQuery(space));
  const links = useQuery(linksQuery(space, { connection: id }));
  const [{ order }, setSearch] = useSearchState({ order: 'state' });
  const [closing, setClosing] = useState(false);
  const rows = useMemo(() => inOrder(links.data?.items ?? [], COLUMNS, order), [links.data, order]);
  const connection = data?.find(({ metadata }) => metadata.name === id);
  const title = connection?.status.client || `Connection ${id}`;
  const all = (
    <PageLink page="connections" with={{ space }}>
      Connections
    </PageLink>
  );
  return (
    <>
      <PageHeader
        title={title}
        above={[all]}
        actions={
          connection &&
          mayClose && (
            <Button variant="danger" onClick={() => setClosing(true)}>
              Close the connection
            </Button>
          )
        }
      />
      <PageSection isFilled>
        <ProblemAlert error={error ?? links.error} />
        {!data && !error && <Asking />}
        {data && !connection && (
          <NothingHere title="This connection has ended" action={all}>
            A client that connects again has another connection, with a number of its own.
          </NothingHere>
        )}
        {connection && (
          <Stack hasGutter>
            <StackItem>
              <ConnectionFacts connection={connection} space={space} />
            </StackItem>
            <StackItem>
              <Reasons links={rows} />
            </StackItem>
            <StackItem>
              <Card>
                <CardTitle component="h2">What it sends and receives by</CardTitle>
                <CardBody>
                  {links.data ? (
                    <DataTable
                      label="Links"
                      columns={COLUMNS}
                      rows={rows}
                      rowKey={({ role, name, address, sinceMs }) => `${role} ${name} ${address} ${sinceMs}`}
                      order={order}
                      onOrder={next => setSearch({ order: next })}
                      empty={
                        <NothingHere title="It has no links">
                          It is connected, and neither sends nor receives. Publishers of MQTT have no links: they send by the connection
                          itself.
                        </NothingHere>
                      }
                    />
                  ) : (
                    <Asking />
                  )}
                </CardBody>
              </Card>
            </StackItem>
          </Stack>
        )}
        {closing && (
          <CloseConnectionsDialog
            ids={[id]}
            client={title}
            onClose={done => {
              setClosing(false);
              if (done) void navigate({ to: pagePath('connections', { space }) });
            }}
          />
        )}
      </PageSection>
    </>
  );
}

/** What has a line of its own, or is said by the page. */
const KNOWN = new Set(['protocol', 'client', 'user', 'peer', 'addressSpace', 'since', 'subscriptions', 'unsettled', 'unsentBytes']);

function ConnectionFacts({ connection: { metadata, status }, space }: { readonly connection: Connection; readonly space: string }) {
  const { protocol, client, user, peer, since, unsettled, unsentBytes } = status;
  const mayViewUsers = useMayKind()('view', 'User');
  const ownPage =
    user !== undefined && mayViewUsers ? (
      <PageLink page="user" with={{ space, name: user }}>
        {user}
      </PageLink>
    ) : (
      user
    );
  const more = Object.entries(status).filter(([name]) => !KNOWN.has(name));
  return (
    <Card>
      <CardBody>
        <Facts
          facts={[
            { term: 'Client', value: client || undefined },
            { term: 'User', value: ownPage },
            { term: 'From', value: peer },
            { term: 'Protocol', value: protocol },
            { term: 'Connected for', value: <Age since={since} /> },
            { term: 'Unsettled', value: <Count value={unsettled} /> },
            { term: 'Not taken yet', value: <Bytes value={unsentBytes} /> },
            ...more.map(([name, value]) => ({ term: fieldTitle(name), value: String(value) })),
            { term: 'Number', value: metadata.name },
          ]}
        />
      </CardBody>
    </Card>
  );
}

/** Reasons that are told in full; the list has all of them. */
const REASONS_MAX = 5;

/** Why links do not do what they should, in whole sentences: a list has no room for those. */
function Reasons({ links }: { readonly links: readonly Link[] }) {
  const waiting = links.filter(({ state }) => needsAttention(state));
  return (
    <AlertGroup aria-label="Needs attention">
      {waiting.slice(0, REASONS_MAX).map(({ role, name, address, state, why, sinceMs }) => (
        <Alert
          key={`${role} ${name} ${sinceMs}`}
          isInline
          component="h2"
          variant={state === 'delayed' ? 'warning' : 'danger'}
          title={`The ${role} of ${address} is ${state}`}
        >
          {why}
        </Alert>
      ))}
    </AlertGroup>
  );
}
