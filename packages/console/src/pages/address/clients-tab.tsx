import { Bullseye, Spinner } from '@patternfly/react-core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type Link, linksQuery } from '../../api/links.ts';
import { useSearchState } from '../../app/parameters.ts';
import { inOrder } from '../../logic/ordered-rows.ts';
import { counted } from '../../logic/units.ts';
import { pickColumns } from '../../parts/address-columns.tsx';
import { ChoiceFilter } from '../../parts/choice-filter.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { clientOf, LINK_COLUMNS, whyColumn } from '../../parts/link-columns.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import type { AddressTabProps } from './address-tab.ts';

const ROLES = [
  { value: 'consumer', title: 'consumers' },
  { value: 'producer', title: 'producers' },
];
const LINKS = LINK_COLUMNS.map(column => (column.key === 'why' ? whyColumn(link => `${clientOf(link)} · ${link.role}`) : column));
const COLUMNS = pickColumns(LINKS, ['role', 'state', 'why', 'client', 'protocol', 'credit', 'unsettled', 'delivered', 'since']);
/** Of a topic, the one below it says more than the topic's own name. */
const TOPIC_COLUMNS: readonly Column<Link>[] = LINKS;

/** Who sends to an address and receives from it, with credit, and why nothing flows where nothing does. */
export function ClientsTab({ space, address }: AddressTabProps) {
  const { name } = address.metadata;
  const [{ client, role, linkOrder }, setSearch] = useSearchState({ client: '', role: '', linkOrder: '-state' });
  const { data, error } = useQuery(linksQuery(space, { address: name }));
  const columns = address.spec.type === 'topic' ? TOPIC_COLUMNS : COLUMNS;
  const rows = useMemo(() => {
    const part = client.toLowerCase();
    const found = (data?.items ?? []).filter(
      link => (role === '' || link.role === role) && [link.client, link.user, link.peer, link.name].join(' ').toLowerCase().includes(part),
    );
    return inOrder(found, columns, linkOrder);
  }, [data, client, role, linkOrder, columns]);
  if (!data && !error)
    return (
      <Bullseye>
        <Spinner aria-label="Asking the server" />
      </Bullseye>
    );
  return (
    <>
      <ProblemAlert error={error} />
      {data && data.items.length === 0 && (
        <NothingHere title="Nobody is here">
          Clients that send to {name} or receive from it are listed while they are connected.
        </NothingHere>
      )}
      {data && data.items.length > 0 && (
        <>
          <FilterBar
            label="Filter by client or user"
            text={client}
            onText={text => setSearch({ client: text })}
            shown={`${rows.length === data.items.length ? '' : `${rows.length.toLocaleString('en')} of `}${counted(data.items.length + data.leftOut, 'client')}`}
          >
            <ChoiceFilter label="Role" value={role} choices={ROLES} onChange={next => setSearch({ role: next })} />
          </FilterBar>
          <DataTable
            label={`Clients of ${name}`}
            columns={columns}
            rows={rows}
            rowKey={link => [link.connection, link.client, link.role, link.name, link.address, link.sinceMs].join(' ')}
            order={linkOrder}
            onOrder={next => setSearch({ linkOrder: next })}
            empty={<NothingHere title="No client is like this" />}
          />
          {data.leftOut > 0 && <p>{data.leftOut.toLocaleString('en')} more are not listed: there are too many.</p>}
        </>
      )}
    </>
  );
}
