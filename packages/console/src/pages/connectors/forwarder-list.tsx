import { useMemo } from 'react';
import { countColumn } from '../../parts/columns.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { LinkDocuments } from './link-documents.tsx';
import type { Forwarder } from './link-status.ts';

const textOf = ({ spec }: Forwarder): string => `${spec.connector} ${spec.address} ${spec.remoteAddress}`;

function columnsOf(space: string): readonly Column<Forwarder>[] {
  const width = { width: '6rem' };
  return [
    {
      key: 'way',
      title: 'From and to',
      cell: ({ spec: { direction, address, remoteAddress, connector } }) => {
        const ours = (
          <PageLink page="address" with={{ space, name: address }}>
            {address}
          </PageLink>
        );
        const theirs = `${remoteAddress} at ${connector}`;
        return direction === 'out' ? (
          <>
            {ours} → {theirs}
          </>
        ) : (
          <>
            {theirs} → {ours}
          </>
        );
      },
      order: ({ spec }) => spec.address,
      width: '20rem',
    },
    countColumn('messages', 'Messages', ({ status }) => status?.messages ?? 0, width),
    countColumn('accepted', 'Taken', ({ status }) => status?.outcomes.accepted ?? 0, width),
    countColumn('rejected', 'Refused', ({ status }) => status?.outcomes.rejected ?? 0, width),
  ];
}

/** What moves messages over connectors. */
export function ForwarderList({ space }: { readonly space: string }) {
  const columns = useMemo(() => columnsOf(space), [space]);
  return (
    <LinkDocuments<Forwarder>
      kind="Forwarder"
      space={space}
      columns={columns}
      textOf={textOf}
      nothing="A forwarder moves the messages of an address to a remote one, or the other way round, over a connector."
      lost="Messages stay where they are. A durable subscription that it has here ends, with what waits in it."
    />
  );
}
