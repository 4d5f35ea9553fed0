import { Bullseye, Button, PageSection, Spinner } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import { useMayAny } from '../../api/access.ts';
import { useActivity } from '../../api/activity.ts';
import { useSearchState, useSpace } from '../../app/parameters.ts';
import { ATTENTION_WORDS } from '../../logic/activity-log.ts';
import { ADDRESS_TYPES } from '../../logic/address-types.ts';
import { ANY_ATTENTION, filterAddresses } from '../../logic/filter-addresses.ts';
import { inOrder } from '../../logic/ordered-rows.ts';
import { counted } from '../../logic/units.ts';
import { addressColumns } from '../../parts/address-columns.tsx';
import { ChoiceFilter } from '../../parts/choice-filter.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { DeleteAddressesDialog } from '../../parts/delete-addresses-dialog.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { useCreateAddressLink } from '../../parts/use-create-address-link.tsx';

const TYPES = ADDRESS_TYPES.map(type => ({ value: type, title: type }));
const STATES = [
  { value: ANY_ATTENTION, title: 'needs attention' },
  ...Object.entries(ATTENTION_WORDS).map(([value, title]) => ({ value, title: title.toLowerCase() })),
];

/** All addresses of a space, however many, with what happens in them. */
export default function AddressesPage() {
  const space = useSpace();
  const { log, version, problem } = useActivity(space);
  const [{ name, type, state, order }, setSearch] = useSearchState({ name: '', type: '', state: '', order: 'name' });
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [deleting, setDeleting] = useState(false);
  const columns = useMemo(() => addressColumns(space), [space]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows are the same map, and other ones with each version.
  const rows = useMemo(
    () => inOrder(filterAddresses(log.rows.values(), { name, type, state }), columns, order),
    [log, version, name, type, state, order, columns],
  );
  // What has gone meanwhile, or is filtered out, is not deleted unseen.
  const chosen = useMemo(() => rows.map(row => row.activity.name).filter(each => selected.has(each)), [rows, selected]);
  const total = log.rows.size;
  const create = useCreateAddressLink(space);
  const mayDelete = useMayAny('manage') !== 'none';
  return (
    <>
      <PageHeader title="Addresses" actions={create} />
      <PageSection isFilled>
        <ProblemAlert error={problem} />
        {log.totals === undefined && !problem && (
          <Bullseye>
            <Spinner aria-label="Asking the server" />
          </Bullseye>
        )}
        {log.totals && total === 0 && (
          <NothingHere title="There are no addresses yet" action={create}>
            An address is a name that messages are sent to and received from, over any protocol.
          </NothingHere>
        )}
        {total > 0 && (
          <>
            <FilterBar
              label="Filter by name"
              text={name}
              onText={text => setSearch({ name: text })}
              shown={`${rows.length === total ? '' : `${rows.length.toLocaleString('en')} of `}${counted(total, 'address', 'addresses')}`}
              actions={
                mayDelete && (
                  <Button variant="secondary" isDanger isDisabled={chosen.length === 0} onClick={() => setDeleting(true)}>
                    Delete{chosen.length > 0 && ` ${chosen.length.toLocaleString('en')}`}
                  </Button>
                )
              }
            >
              <ChoiceFilter label="Type" value={type} choices={TYPES} onChange={next => setSearch({ type: next })} />
              <ChoiceFilter label="State" value={state} choices={STATES} onChange={next => setSearch({ state: next })} />
            </FilterBar>
            <DataTable
              label="Addresses"
              columns={columns}
              rows={rows}
              rowKey={row => row.activity.name}
              order={order}
              onOrder={next => setSearch({ order: next })}
              {...(mayDelete && { selected, onSelected: setSelected })}
              empty={
                <NothingHere
                  title="No address is like this"
                  action={
                    <Button variant="link" onClick={() => setSearch({ name: '', type: '', state: '' })}>
                      Show all
                    </Button>
                  }
                />
              }
            />
            {log.leftOut > 0 && (
              <p>There are {counted(log.leftOut, 'more address', 'more addresses')}, which are not listed: there are too many.</p>
            )}
          </>
        )}
        {deleting && (
          <DeleteAddressesDialog
            space={space}
            names={chosen}
            onClose={done => {
              setDeleting(false);
              if (done) setSelected(new Set());
            }}
          />
        )}
      </PageSection>
    </>
  );
}
