import type { Source } from '@angarium/codec-amqp';
import type { SubscriptionOptions } from '@angarium/core';

/**
 * Which subscription of a topic a receiver means, in the manner of JMS clients: its own, by container id and link name; with the
 * capability `shared` one that several links have, whose name is the link's up to a `|`; with `global` one of all containers. Durable is one
 * that asks for terminus durability and never expires. undefined: nothing is asked to outlive the link, which gets a private one.
 */
export function subscriptionOf(containerId: string, linkName: string, source: Source, kept: boolean): SubscriptionOptions | undefined {
  const capabilities = source.capabilities ?? [];
  const shared = capabilities.includes('shared');
  const durable = (source.durable ?? 0) > 0 && source.expiryPolicy === 'never';
  if (!shared && !durable && !kept) return undefined;
  const own = shared ? linkName.split('|', 1)[0]! : linkName;
  // Of one name there may be a durable and a volatile subscription: they are two.
  const kind = durable ? '' : shared ? ':shared-volatile' : ':volatile';
  const name = capabilities.includes('global') ? `${own}${kind}` : `${containerId}.${own}${kind}`;
  return { name, durable, shared };
}
