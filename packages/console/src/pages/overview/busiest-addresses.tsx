import { useMemo } from 'react';
import type { AddressRow } from '../../logic/activity-log.ts';
import { busiest } from '../../logic/busiest.ts';
import { addressColumns, pickColumns } from '../../parts/address-columns.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { PageLink } from '../../parts/page-link.tsx';

const SHOWN = 10;

interface BusiestAddressesProps {
  readonly space: string;
  readonly rows: ReadonlyMap<string, AddressRow>;
}

/** Where most happens; where nothing happens, where most is stored. */
export function BusiestAddresses({ space, rows }: BusiestAddressesProps) {
  const columns = useMemo(() => pickColumns(addressColumns(space), ['name', 'in', 'out', 'stored']), [space]);
  return (
    <>
      <DataTable label="Busiest addresses" columns={columns} rows={busiest(rows.values(), SHOWN)} rowKey={row => row.activity.name} />
      {rows.size > SHOWN && (
        <PageLink page="addresses" with={{ space }}>
          All {rows.size.toLocaleString('en')} addresses
        </PageLink>
      )}
    </>
  );
}
