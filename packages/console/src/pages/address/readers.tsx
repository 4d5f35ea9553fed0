import { Card, CardBody, CardTitle } from '@patternfly/react-core';
import { useState } from 'react';
import { useMay } from '../../api/access.ts';
import type { StreamReader } from '../../api/address-document.ts';
import { inOrder } from '../../logic/ordered-rows.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Count } from '../../parts/figures.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { RowMenu } from '../../parts/row-menu.tsx';
import { EndSubscriptionDialog } from './end-subscription-dialog.tsx';

const figure = (key: 'offset' | 'lag' | 'consumers', title: string): Column<StreamReader> => ({
  key,
  title,
  cell: reader => <Count value={reader[key]} />,
  order: reader => reader[key],
  figures: true,
  width: '7rem',
  narrow: key === 'lag',
});

const COLUMNS: readonly Column<StreamReader>[] = [
  { key: 'name', title: 'Reader', cell: ({ name }) => <span title={name}>{name}</span>, order: ({ name }) => name, narrow: true },
  figure('offset', 'Offset'),
  figure('lag', 'Behind by'),
  figure('consumers', 'Consumers'),
];

interface ReadersProps {
  readonly space: string;
  readonly address: string;
  readonly readers: readonly StreamReader[];
}

/** The named readers of a stream, and how far each has come. */
export function Readers({ space, address, readers }: ReadersProps) {
  const [order, setOrder] = useState('-lag');
  const [ending, setEnding] = useState<StreamReader>();
  const mayManage = useMay(space, 'manage', address);
  return (
    <Card>
      <CardTitle component="h2">Named readers</CardTitle>
      <CardBody>
        <DataTable
          label="Named readers"
          columns={COLUMNS}
          rows={inOrder(readers, COLUMNS, order)}
          rowKey={({ name }) => name}
          order={order}
          onOrder={setOrder}
          {...(mayManage && {
            actions: (reader: StreamReader) => (
              <RowMenu
                label={`Actions for ${reader.name}`}
                items={[{ title: 'Forget this reader', danger: true, onChoose: () => setEnding(reader) }]}
              />
            ),
          })}
          empty={<NothingHere title="No reader has a name">Each begins where it says. One with a name goes on where it was.</NothingHere>}
        />
        {ending && (
          <EndSubscriptionDialog
            space={space}
            address={address}
            name={ending.name}
            what="reader"
            consumers={ending.consumers}
            onClose={() => setEnding(undefined)}
          />
        )}
      </CardBody>
    </Card>
  );
}
