import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { useMayKind } from '../../app/may-kind.ts';
import type { Column } from '../../parts/data-table.tsx';
import { DeleteDocumentDialog } from '../../parts/delete-document-dialog.tsx';
import { DocumentDialog } from '../../parts/document-dialog.tsx';
import { DocumentList } from '../../parts/document-list.tsx';
import { Failures, PhaseLabel } from './link-parts.tsx';
import type { Connector } from './link-status.ts';

const hostOf = ({ spec, status }: Connector): string => status?.remote?.host ?? status?.host ?? spec.host;
const remoteOf = ({ status }: Connector): string => {
  const { product, version, container } = status?.remote ?? {};
  return [product, version].filter(Boolean).join(' ') || (container ?? '');
};
const securityOf = ({ spec }: Connector): string => (spec.tls ? 'TLS' : 'none');
const textOf = (connector: Connector): string => `${hostOf(connector)} ${remoteOf(connector)}`;

const COLUMNS: readonly Column<Connector>[] = [
  { key: 'name', title: 'Name', cell: ({ metadata }) => metadata.name, order: ({ metadata }) => metadata.name, narrow: true },
  {
    key: 'state',
    title: 'State',
    cell: ({ status }) => <PhaseLabel phase={status?.phase} />,
    order: ({ status }) => status?.phase ?? '',
    width: '8rem',
    narrow: true,
  },
  { key: 'host', title: 'Host', cell: hostOf, order: hostOf },
  { key: 'remote', title: 'Remote', cell: remoteOf, order: remoteOf },
  { key: 'security', title: 'Security', cell: securityOf, order: securityOf, width: '6rem' },
  {
    key: 'forwarders',
    title: 'Forwarders',
    cell: ({ status }) => (status ? `${status.forwarders.active} of ${status.forwarders.total}` : '–'),
    order: ({ status }) => status?.forwarders.total ?? 0,
    figures: true,
    width: '7rem',
  },
];

type Doing = { readonly what: 'create' } | { readonly what: 'edit' | 'delete'; readonly connector: Connector };

/** Connections that the server itself opens, and keeps. */
export function ConnectorList({ space }: { readonly space: string }) {
  const mayManage = useMayKind()('manage', 'Connector');
  const [doing, setDoing] = useState<Doing>();
  const common = { kind: 'Connector', one: 'connector', space, onClose: () => setDoing(undefined) } as const;
  return (
    <>
      <DocumentList<Connector>
        kind="Connector"
        one="connector"
        space={space}
        columns={COLUMNS}
        textOf={textOf}
        nothing="A connector is a connection to another AMQP 1.0 server, such as Artemis, RabbitMQ, Azure Service Bus, or another Angarium."
        create={mayManage && <Button onClick={() => setDoing({ what: 'create' })}>Create a connector</Button>}
        createAbove
        above={connectors => <Failures one="connector" documents={connectors} />}
        {...(mayManage && {
          actions: (connector: Connector) => [
            { title: 'Change', onChoose: () => setDoing({ what: 'edit', connector }) },
            { title: 'Delete', danger: true, onChoose: () => setDoing({ what: 'delete', connector }) },
          ],
        })}
      />
      {doing?.what === 'create' && <DocumentDialog {...common} />}
      {doing?.what === 'edit' && <DocumentDialog {...common} before={doing.connector} />}
      {doing?.what === 'delete' && (
        <DeleteDocumentDialog {...common} name={doing.connector.metadata.name} force="Its forwarders stay, and do nothing without it.">
          Its connection ends. What was under way is sent again by whoever has it.
        </DeleteDocumentDialog>
      )}
    </>
  );
}
