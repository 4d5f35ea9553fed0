import type { Broker, Resource } from '@angarium/core';
import type { ConnectorSpec, Connectors, ForwarderSpec } from '@angarium/head-amqp';

/** Makes connectors and forwarders what the documents say: those that there are, and each change. The answer ends that, and leaves them. */
export function followDocuments(broker: Broker, connectors: Connectors): () => void {
  const put = ({ kind, space: spaceName, name, spec }: Resource): void => {
    const space = broker.spaces.get(spaceName);
    if (!space) return;
    // What cannot be was refused before it was written.
    if (kind === 'Connector') connectors.connectors.put(space, name, spec as unknown as ConnectorSpec);
    else connectors.forwarders.put(space, name, spec as unknown as ForwarderSpec);
  };
  for (const kind of ['Connector', 'Forwarder'])
    for (const space of broker.spaces.keys()) for (const resource of broker.resources.all(kind, space).values()) put(resource);
  return broker.revisions.listen(({ what, kind, space, name, resource }) => {
    if (kind !== 'Connector' && kind !== 'Forwarder') return;
    if (what !== 'deleted') return put(resource);
    const registry = kind === 'Connector' ? connectors.connectors : connectors.forwarders;
    void registry.remove({ name: space }, name);
  });
}
