import { PageSection, Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import { useMayKind } from '../../app/may-kind.ts';
import { useSearchState, useSpace } from '../../app/parameters.ts';
import { PageHeader } from '../../parts/page-header.tsx';
import { ConnectorList } from './connector-list.tsx';
import { ForwarderList } from './forwarder-list.tsx';

/** Connections to other servers, and what goes over them. */
export default function ConnectorsPage() {
  const space = useSpace();
  const mayForward = useMayKind()('view', 'Forwarder');
  const [{ tab }, setSearch] = useSearchState({ tab: 'connectors', name: '', order: 'name' });
  return (
    <>
      <PageHeader
        title="Connectors"
        description="Connections that the server opens to other AMQP 1.0 servers, and the forwarders that move messages over them."
      />
      <PageSection isFilled>
        <Tabs activeKey={tab} onSelect={(_, key) => setSearch({ tab: String(key), name: '', order: 'name' })} mountOnEnter unmountOnExit>
          <Tab eventKey="connectors" title={<TabTitleText>Connectors</TabTitleText>}>
            <ConnectorList space={space} />
          </Tab>
          {mayForward && (
            <Tab eventKey="forwarders" title={<TabTitleText>Forwarders</TabTitleText>}>
              <ForwarderList space={space} />
            </Tab>
          )}
        </Tabs>
      </PageSection>
    </>
  );
}
