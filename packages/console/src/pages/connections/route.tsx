import { Button, PageSection } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { CONNECTIONS_MAX, connectionsQuery } from '../../api/connections.ts';
import { linksQuery } from '../../api/links.ts';
import { useMayKind } from '../../app/may-kind.ts';
import { useSearchState, useSpace } from '../../app/parameters.ts';
import { connectionStates, needsAttention } from '../../logic/connection-states.ts';
import { inOrder } from '../../logic/ordered-rows.ts';
import { counted } from '../../logic/units.ts';
import { Asking } from '../../parts/asking.tsx';
import { ChoiceFilter } from '../../parts/choice-filter.tsx';
import { ConnectionsGate } from '../../parts/connections-gate.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { RowMenu } from '../../parts/row-menu.tsx';
import { CloseConnectionsDialog } from './close-connections-dialog.tsx';
import { type ConnectionRow, connectionColumns } from './columns.tsx';

/** Links of all connections are many: they are asked for again after so long, in milliseconds. */
const STATES_MS = 10_000;
const PROTOCOLS = ['AMQP', 'MQTT', 'HTTP'].map(value => ({ value, title: value }));
/** The choice of all that somebody has to look at. */
const ATTENTION = 'attention';
const STATES = [
  { value: ATTENTION, title: 'needs attention' },
  ...['flowing', 'idle', 'delayed', 'blocked', 'stuck'].map(value => ({ value, title: value })),
];

/** Who is connected, over any protocol, and how that goes. */
export default function ConnectionsPage() {
  return (
    <ConnectionsGate>
      <Connections />
    </ConnectionsGate>
  );
}

function Connections() {
  const space = useSpace();
  const mayClose = useMayKind()('manage', 'Connection');
  const { data, error, refetch } = useQuery(connectionsQuery(space));
  const links = useQuery({ ...linksQuery(space, {}), refetchInterval: STATES_MS });
  const [{ text, protocol, state, order }, setSearch] = useSearchState({ text: '', protocol: '', state: '', order: 'client' });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [closing, setClosing] = useState<readonly ConnectionRow[]>();
  const columns = useMemo(() => connectionColumns(space), [space]);
  const rows = useMemo(() => {
    const states = connectionStates(links.data?.items ?? []);
    const part = text.toLowerCase();
    const all = (data ?? []).map(({ metadata: { name }, status }) => ({ id: name, status, state: states.get(name) }));
    const found = all.filter(
      row =>
        `${row.status.client} ${row.status.user ?? ''} ${row.status.peer}`.toLowerCase().includes(part) &&
        row.status.protocol.startsWith(protocol) &&
        (state === '' || (state === ATTENTION ? needsAttention(row.state) : row.state === state)),
    );
    return inOrder(found, columns, order);
  }, [data, links.data, text, protocol, state, order, columns]);
  const chosen = useMemo(() => rows.filter(({ id }) => selected.has(id)), [rows, selected]);
  const total = data?.length ?? 0;
  return (
    <>
      <PageHeader title="Connections" description="Who is connected, over any protocol. Each is as the worst of its links is." />
      <PageSection isFilled>
        <ProblemAlert error={error ?? links.error} again={() => void refetch()} />
        {!data && !error && <Asking />}
        {data && total === 0 && (
          <NothingHere
            title="Nobody is connected"
            action={
              <PageLink page="addresses" with={{ space }}>
                Choose an address
              </PageLink>
            }
          >
            Clients of AMQP, MQTT and WebSockets stand here while they are connected. The page of an address says how to connect.
          </NothingHere>
        )}
        {total > 0 && (
          <>
            <FilterBar
              label="Filter by client, user or host"
              text={text}
              onText={next => setSearch({ text: next })}
              shown={`${rows.length === total ? '' : `${rows.length.toLocaleString('en')} of `}${counted(total, 'connection')}`}
              actions={
                mayClose && (
                  <Button variant="secondary" isDanger isDisabled={chosen.length === 0} onClick={() => setClosing(chosen)}>
                    Close{chosen.length > 0 && ` ${chosen.length.toLocaleString('en')}`}
                  </Button>
                )
              }
            >
              <ChoiceFilter label="Protocol" value={protocol} choices={PROTOCOLS} onChange={next => setSearch({ protocol: next })} />
              <ChoiceFilter label="State" value={state} choices={STATES} onChange={next => setSearch({ state: next })} />
            </FilterBar>
            <DataTable
              label="Connections"
              columns={columns}
              rows={rows}
              rowKey={({ id }) => id}
              order={order}
              onOrder={next => setSearch({ order: next })}
              {...(mayClose && {
                selected,
                onSelected: setSelected,
                actions: (row: ConnectionRow) => (
                  <RowMenu
                    label={`Actions for ${row.status.client || row.id}`}
                    items={[{ title: 'Close', danger: true, onChoose: () => setClosing([row]) }]}
                  />
                ),
              })}
              empty={
                <NothingHere
                  title="No connection is like this"
                  action={
                    <Button variant="link" onClick={() => setSearch({ text: '', protocol: '', state: '' })}>
                      Show all
                    </Button>
                  }
                />
              }
            />
            {total === CONNECTIONS_MAX && <p>Only the {CONNECTIONS_MAX.toLocaleString('en')} oldest connections are listed.</p>}
            {(links.data?.leftOut ?? 0) > 0 && <p>There are too many links to know how each connection is: look at one.</p>}
          </>
        )}
        {closing && (
          <CloseConnectionsDialog
            ids={closing.map(({ id }) => id)}
            {...(closing.length === 1 && { client: closing[0]!.status.client })}
            onClose={done => {
              setClosing(undefined);
              if (done) setSelected(new Set());
            }}
          />
        )}
      </PageSection>
    </>
  );
}
