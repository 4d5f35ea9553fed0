import { PageSection } from '@patternfly/react-core';
import { useMayKind } from '../../app/may-kind.ts';
import { useSpace } from '../../app/parameters.ts';
import { PageHeader } from '../../parts/page-header.tsx';
import { PageTabs } from '../../parts/page-tabs.tsx';
import { ConnectorList } from './connector-list.tsx';
import { ForwarderList } from './forwarder-list.tsx';

/** Connections to other servers, and what goes over them. */
export default function ConnectorsPage() {
  const space = useSpace();
  const mayForward = useMayKind()('view', 'Forwarder');
  return (
    <>
      <PageHeader
        title="Connectors"
        description="Connections that the server opens to other AMQP 1.0 servers, and the forwarders that move messages over them."
      />
      <PageSection isFilled>
        <PageTabs
          tabs={[
            { key: 'connectors', title: 'Connectors', content: <ConnectorList space={space} /> },
            ...(mayForward ? [{ key: 'forwarders', title: 'Forwarders', content: <ForwarderList space={space} /> }] : []),
          ]}
        />
      </PageSection>
    </>
  );
}
