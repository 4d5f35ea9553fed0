export type { Access, Mechanism, Origin, Peer } from '@angarium/transport';
export { AmqpHead, type AmqpHeadOptions } from './amqp-head.ts';
export type { AmqpConnection, AmqpConnectionStatus } from './connection.ts';
export type { ConnectorStatus } from './connector/connector.ts';
export {
  CONNECTOR_DEFAULTS,
  type ConnectorSpec,
  type ConnectorTls,
  FAILOVER_MAX,
  type RemoteHost,
  refuseConnectorSpec,
} from './connector/connector-spec.ts';
export { type Connectors, type ConnectorsOptions, openConnectors, type Registry, type SpaceName } from './connector/connectors.ts';
export type { ForwarderStatus } from './connector/forwarder.ts';
export { type ForwarderSpec, refuseForwarderSpec } from './connector/forwarder-spec.ts';
export { AMQP_LIMITS, type AmqpLimits } from './limits.ts';
export { AMQP_OUTCOMES } from './outcome-table.ts';
