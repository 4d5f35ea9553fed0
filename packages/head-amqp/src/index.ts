export type { Access, Mechanism, Origin, Peer } from '@angarium/transport';
export { AmqpHead, type AmqpHeadOptions } from './amqp-head.ts';
export type { AmqpConnection, AmqpConnectionStatus } from './connection.ts';
export { AMQP_LIMITS, type AmqpLimits } from './limits.ts';
export { AMQP_OUTCOMES } from './outcome-table.ts';
