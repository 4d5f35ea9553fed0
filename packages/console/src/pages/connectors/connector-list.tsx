import { longTextColumn, textColumn } from '../../parts/columns.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { LinkDocuments } from './link-documents.tsx';
import type { Connector } from './link-status.ts';

const hostOf = ({ spec, status }: Connector): string => status?.remote?.host ?? status?.host ?? spec.host;
const remoteOf = ({ status }: Connector): string => {
  const { product, version, container } = status?.remote ?? {};
  return [product, version].filter(Boolean).join(' ') || (container ?? '');
};
const securityOf = ({ spec }: Connector): string => (spec.tls ? 'TLS' : 'none');
const textOf = (connector: Connector): string => `${hostOf(connector)} ${remoteOf(connector)}`;

const COLUMNS: readonly Column<Connector>[] = [
  longTextColumn('host', 'Host', hostOf),
  longTextColumn('remote', 'Remote', remoteOf),
  textColumn('security', 'Security', securityOf, { width: '6rem' }),
  {
    key: 'forwarders',
    title: 'Forwarders',
    cell: ({ status }) => (status ? `${status.forwarders.active} of ${status.forwarders.total}` : '–'),
    order: ({ status }) => status?.forwarders.total ?? 0,
    figures: true,
    width: '7rem',
  },
];

/** Connections that the server itself opens, and keeps. */
export function ConnectorList({ space }: { readonly space: string }) {
  return (
    <LinkDocuments<Connector>
      kind="Connector"
      space={space}
      columns={COLUMNS}
      textOf={textOf}
      nothing="A connector is a connection to another AMQP 1.0 server, such as Artemis, RabbitMQ, Azure Service Bus, or another Angarium."
      lost="Its connection ends. What was under way is sent again by whoever has it."
      force="Its forwarders stay, and do nothing without it."
    />
  );
}
