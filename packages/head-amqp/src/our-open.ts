import { AmqpMap, AmqpSymbol, type Open } from '@angarium/codec-amqp';
import type { AmqpHead } from './amqp-head.ts';
import { SOLE_CONNECTION } from './sole-connection.ts';

/** What a peer is told of this server (part 2, section 2.7.1), with more properties where there are any. */
export function ourOpen({ containerId, version, limits }: AmqpHead, more?: AmqpMap): { kind: 'open' } & Open {
  const { frameSizeBytesMax, idleTimeoutMs, channelMax } = limits;
  return {
    kind: 'open',
    containerId,
    maxFrameSize: frameSizeBytesMax,
    channelMax,
    // Half of it, so that a peer that keeps to it to the last moment is not taken for silent.
    ...(idleTimeoutMs > 0 && { idleTimeOutMs: idleTimeoutMs >> 1 }),
    offeredCapabilities: ['ANONYMOUS-RELAY', 'DELAYED_DELIVERY', 'SHARED-SUBS', SOLE_CONNECTION, 'angarium:will'],
    properties: new AmqpMap([[new AmqpSymbol('product'), 'angarium'], [new AmqpSymbol('version'), version], ...(more?.entries ?? [])]),
  };
}
