import { Button } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import { useMayKind } from '../../app/may-kind.ts';
import type { Column } from '../../parts/data-table.tsx';
import { DeleteDocumentDialog } from '../../parts/delete-document-dialog.tsx';
import { DocumentDialog } from '../../parts/document-dialog.tsx';
import { DocumentList } from '../../parts/document-list.tsx';
import { Count } from '../../parts/figures.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { Failures, PhaseLabel } from './link-parts.tsx';
import type { Forwarder } from './link-status.ts';

const textOf = ({ spec }: Forwarder): string => `${spec.connector} ${spec.address} ${spec.remoteAddress}`;

function columnsOf(space: string): readonly Column<Forwarder>[] {
  const outcome = (key: 'accepted' | 'rejected', title: string): Column<Forwarder> => ({
    key,
    title,
    cell: ({ status }) => <Count value={status?.outcomes[key] ?? 0} />,
    order: ({ status }) => status?.outcomes[key] ?? 0,
    figures: true,
    width: '6rem',
  });
  return [
    { key: 'name', title: 'Name', cell: ({ metadata }) => metadata.name, order: ({ metadata }) => metadata.name, narrow: true },
    {
      key: 'state',
      title: 'State',
      cell: ({ status }) => <PhaseLabel phase={status?.phase} />,
      order: ({ status }) => status?.phase ?? '',
      width: '8rem',
      narrow: true,
    },
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
    {
      key: 'messages',
      title: 'Messages',
      cell: ({ status }) => <Count value={status?.messages ?? 0} />,
      order: ({ status }) => status?.messages ?? 0,
      figures: true,
      width: '6rem',
    },
    outcome('accepted', 'Taken'),
    outcome('rejected', 'Refused'),
  ];
}

type Doing = { readonly what: 'create' } | { readonly what: 'edit' | 'delete'; readonly forwarder: Forwarder };

/** What moves messages over connectors. */
export function ForwarderList({ space }: { readonly space: string }) {
  const mayManage = useMayKind()('manage', 'Forwarder');
  const [doing, setDoing] = useState<Doing>();
  const columns = useMemo(() => columnsOf(space), [space]);
  const common = { kind: 'Forwarder', one: 'forwarder', space, onClose: () => setDoing(undefined) } as const;
  return (
    <>
      <DocumentList<Forwarder>
        kind="Forwarder"
        one="forwarder"
        space={space}
        columns={columns}
        textOf={textOf}
        nothing="A forwarder moves the messages of an address to a remote one, or the other way round, over a connector."
        create={mayManage && <Button onClick={() => setDoing({ what: 'create' })}>Create a forwarder</Button>}
        createAbove
        above={forwarders => <Failures one="forwarder" documents={forwarders} />}
        {...(mayManage && {
          actions: (forwarder: Forwarder) => [
            { title: 'Change', onChoose: () => setDoing({ what: 'edit', forwarder }) },
            { title: 'Delete', danger: true, onChoose: () => setDoing({ what: 'delete', forwarder }) },
          ],
        })}
      />
      {doing?.what === 'create' && <DocumentDialog {...common} />}
      {doing?.what === 'edit' && <DocumentDialog {...common} before={doing.forwarder} />}
      {doing?.what === 'delete' && (
        <DeleteDocumentDialog {...common} name={doing.forwarder.metadata.name}>
          Messages stay where they are. A durable subscription that it has here ends, with what waits in it.
        </DeleteDocumentDialog>
      )}
    </>
  );
}
