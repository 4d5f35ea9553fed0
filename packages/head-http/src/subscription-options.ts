import type { ConsumerOptions } from '@angarium/core';
import type { HttpLimits } from './limits.ts';
import { RequestError } from './problem.ts';

/** The longest name of a subscription, in UTF-16 units. */
const NAME_LENGTH_MAX = 255;

export interface SubscriptionWish {
  readonly options: ConsumerOptions;
  /** How long the subscription outlives its last reader, in milliseconds. */
  readonly keepMs: number;
  /** Distinct for each. */
  readonly key: string;
}

/**
 * The subscription of a topic that a client asks for by name: one that all who name it share, AMQP clients with the capabilities `shared` and `global`
 * included. Without a name: one of its own, which ends with it. Throws `RequestError`.
 */
export function subscriptionWish(name: string | null | undefined, durable: boolean, limits: HttpLimits): SubscriptionWish {
  if (name === null || name === undefined) {
    if (durable) throw new RequestError('request-invalid', 'A durable subscription needs a name: add subscription.');
    return { options: {}, keepMs: 0, key: '' };
  }
  if (name === '' || name.length > NAME_LENGTH_MAX)
    throw new RequestError('request-invalid', `subscription has to be a name of at most ${NAME_LENGTH_MAX} characters.`);
  const kept = durable ? name : `${name}:shared-volatile`;
  return {
    options: { subscription: { name: kept, durable, shared: true } },
    keepMs: durable ? Number.POSITIVE_INFINITY : limits.subscriptionKeepMs,
    key: kept,
  };
}
