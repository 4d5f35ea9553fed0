import type { AddressSpace } from '../address/address-space.ts';
import { Refusal } from '../delivery/refusal.ts';
import type { Shard } from '../store/shard.ts';
import { StreamAddress } from '../stream/stream-address.ts';
import { type Subscription, TopicAddress } from '../topic/topic-address.ts';

/** A subscription of a topic, and how its queue is. */
export interface SubscriptionStatus {
  /** Absent: it is private to one consumer, and ends with it. */
  readonly name: string | undefined;
  /** Kept over a restart of the server. */
  readonly durable: boolean;
  /** Several consumers compete. */
  readonly shared: boolean;
  /** Which of the topics below the address; absent: all. */
  readonly pattern: string | undefined;
  readonly selector: string | undefined;
  readonly consumers: number;
  readonly stored: number;
  readonly storedBytes: number;
  readonly unsettled: number;
  readonly scheduled: number;
  /** Deliveries are paused until then, in milliseconds since the epoch (breaker). */
  readonly pausedUntilMs?: number;
}

/** The subscriptions of a topic, those with names first, by name. */
export function listSubscriptions(space: AddressSpace, topic: string): SubscriptionStatus[] | Refusal {
  const address = topicOf(space, topic);
  if (address instanceof Refusal) return address;
  return [...address.subscriptions].map(statusOf).sort((one, other) => (rank(one) < rank(other) ? -1 : 1));
}

function rank({ name }: SubscriptionStatus): string {
  return name === undefined ? '2' : `1${name}`;
}

function statusOf({ name, durable, shared, pattern, filter, queue }: Subscription): SubscriptionStatus {
  return {
    name,
    durable,
    shared,
    pattern: pattern?.pattern,
    selector: filter?.text,
    consumers: queue.consumers,
    stored: queue.index.live,
    storedBytes: queue.index.liveBytes,
    unsettled: queue.unsettled,
    scheduled: queue.scheduled,
    ...(queue.pausedUntilMs > 0 && { pausedUntilMs: queue.pausedUntilMs }),
  };
}

/** Ends a named subscription of a topic and what waits in it, or a named reader of a stream; with `force`, also one with consumers, which are told. `done` is called when that is on disk. */
export function endSubscription(
  shard: Shard,
  space: AddressSpace,
  of: string,
  name: string,
  force: boolean,
  done: (refusal?: Refusal) => void,
): void {
  const found = space.find(of);
  const address = found instanceof StreamAddress ? found : topicOf(space, of);
  if (address instanceof Refusal) return done(address);
  if (!address.hasSubscription(name)) return done(new Refusal('subscription-not-found', `The address ${of} has no subscription ${name}.`));
  if (!address.unsubscribe(name, force))
    return done(new Refusal('address-in-use', `The subscription ${name} of ${of} has consumers: end them first, or delete with force.`));
  shard.whenDurable({ confirmed: () => done() }, 0);
}

function topicOf(space: AddressSpace, name: string): TopicAddress | Refusal {
  const address = space.find(name);
  if (address instanceof TopicAddress) return address;
  if (address)
    return new Refusal('address-type-mismatch', `The address ${name} is of type ${address.spec.type}, and has no subscriptions.`);
  return new Refusal('address-not-found', `There is no address ${name} in the address space ${space.name}.`);
}
