import type { AddressSpace } from '../address/address-space.ts';
import type { Inbox } from '../topic/inbox.ts';

/** The most sessions that are gone through at a time. */
export const SESSIONS_COUNTED_MAX = 20_000;

/** The topic address that all topics of a session's pattern are of; undefined: there is no such one. */
export function topicAddressOf(space: AddressSpace, pattern: string): string | undefined {
  const levels = pattern.split('/');
  const wildcard = levels.findIndex(level => /[+#]/.test(level));
  if (wildcard === 0) return undefined;
  const name = wildcard < 0 ? pattern : levels.slice(0, wildcard).join('/');
  const address = space.find(name) ?? space.treeOf(name);
  return address?.spec.type === 'topic' ? address.name : undefined;
}

/** Those who get what comes for a session: none while its client is away. */
export function readersOf({ prefersLive, live, queue }: Inbox): number {
  if (!prefersLive) return queue.consumers;
  return live === undefined ? 0 : 1;
}

/** What sessions of MQTT clients have at the topic address of this name, which does not count it: each has a queue of its own for all of its patterns. */
export function sessionReaders(space: AddressSpace, name: string): { readonly consumers: number; readonly subscriptions: number } {
  const { all } = space.inboxes;
  let consumers = 0;
  let subscriptions = 0;
  if (all.size > SESSIONS_COUNTED_MAX) return { consumers, subscriptions };
  for (const inbox of all.values())
    for (const pattern of inbox.patterns.keys()) {
      if (topicAddressOf(space, pattern) !== name) continue;
      subscriptions++;
      consumers += readersOf(inbox);
    }
  return { consumers, subscriptions };
}
