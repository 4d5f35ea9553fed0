import type { AddressSpace } from '../address/address-space.ts';
import type { BrokeredAddress } from '../brokered/brokered-address.ts';
import type { Message } from '../message/message.ts';
import type { MessageFields } from '../message/message-filter.ts';
import { QueueAddress } from '../queue/queue-address.ts';
import { StreamAddress } from '../stream/stream-address.ts';
import type { Inbox } from '../topic/inbox.ts';
import { type Subscription, TopicAddress } from '../topic/topic-address.ts';
import { topicMismatch } from './topic-mismatch.ts';
import { filterWords, peerWords } from './words.ts';

/** Patterns that are looked at for one message. */
const PATTERNS_MAX = 20_000;

/** Somebody whose subscription was looked at for a message of a topic. */
export interface Looked {
  /** In words that begin a sentence. */
  readonly who: string;
  /** The address that it is, where it is one: who may not see that is not told of it. */
  readonly address?: string;
  readonly gets: 'stored' | 'at once' | undefined;
  readonly words: string;
  /** Levels of the topic that its best pattern went along with: what nearly matches tells most. */
  readonly levels: number;
}

/** Who gets a message that is sent to this address as that topic, who does not, and why. It changes nothing. */
export function explainAudience(
  space: AddressSpace,
  address: BrokeredAddress,
  message: Message,
  topic: string,
  fields: MessageFields,
): { readonly looked: readonly Looked[]; readonly all: boolean } {
  const looked: Looked[] = [];
  let left = PATTERNS_MAX;
  if (address instanceof TopicAddress)
    for (const subscription of address.subscriptions) {
      if (left-- <= 0) break;
      looked.push(ofSubscription(subscription, message, topic, fields));
    }
  for (const inbox of space.inboxes.all.values()) {
    left -= inbox.patterns.size;
    if (left <= 0) break;
    if (inbox.patterns.size > 0) looked.push(ofInbox(inbox, message, topic));
  }
  for (const each of space.addresses.values()) {
    const { bindings = [] } = each.spec;
    left -= bindings.length;
    if (left <= 0) break;
    if (bindings.length > 0 && (each instanceof QueueAddress || each instanceof StreamAddress))
      looked.push(ofBindings(each, bindings, topic));
  }
  return { looked, all: left > 0 };
}

function ofSubscription(
  { name, pattern, filter, notFrom, queue }: Subscription,
  message: Message,
  topic: string,
  fields: MessageFields,
): Looked {
  const who = name === undefined ? 'a subscription without a name' : `the subscription ${name}`;
  const mismatch = pattern && topicMismatch(pattern.pattern, topic);
  if (mismatch)
    return { who, gets: undefined, words: `its pattern ${pattern.pattern} does not match: ${mismatch.words}`, levels: mismatch.levels };
  const levels = Number.POSITIVE_INFINITY;
  if (notFrom !== undefined && notFrom === message.origin)
    return { who, gets: undefined, words: 'it does not want the messages of its own connection', levels };
  if (filter && !filter.matches(fields))
    return { who, gets: undefined, words: `its selector leaves it out: ${filterWords(filter, fields)}`, levels };
  if (queue.full) return { who, gets: undefined, words: 'it holds as much as it may', levels };
  return { who, gets: 'stored', words: pattern ? `by ${pattern.pattern}` : 'it wants all topics of the address', levels };
}

function ofInbox(inbox: Inbox, message: Message, topic: string): Looked {
  const described = inbox.live?.describePeer?.();
  const who = described ? `the session of ${peerWords(described)}` : `the session ${inbox.name}`;
  const matching = [];
  let nearest = { levels: -1, words: '', pattern: '' };
  for (const pattern of inbox.patterns.values()) {
    const mismatch = topicMismatch(pattern.pattern, topic);
    if (!mismatch) matching.push(pattern);
    else if (mismatch.levels > nearest.levels) nearest = { ...mismatch, pattern: pattern.pattern };
  }
  const [first] = matching;
  if (!first) {
    const words = `${inbox.patterns.size === 1 ? 'its pattern' : `none of its ${inbox.patterns.size} patterns matches, the nearest`} ${nearest.pattern}${inbox.patterns.size === 1 ? ' does not match' : ''}: ${nearest.words}`;
    return { who, gets: undefined, words, levels: nearest.levels };
  }
  const levels = Number.POSITIVE_INFINITY;
  const by = `by ${first.pattern}`;
  if (message.origin !== undefined && message.origin === inbox.origin && matching.every(({ noLocal }) => noLocal))
    return { who, gets: undefined, words: `${by}, but it does not want its own messages`, levels };
  const waitsForOutcome = !message.settled || message.durable;
  const stored = waitsForOutcome ? matching.some(each => each.stored) : !inbox.prefersLive;
  if (stored && inbox.queue.full) return { who, gets: undefined, words: `${by}, but it holds as much as it may`, levels };
  if (stored) return { who, gets: 'stored', words: by, levels };
  if (!inbox.live)
    return { who, gets: undefined, words: `${by}, but its client is away, and it keeps only what is sent with an outcome`, levels };
  return { who, gets: 'at once', words: `${by}, as nobody waits for an outcome`, levels };
}

function ofBindings(address: QueueAddress | StreamAddress, bindings: readonly string[], topic: string): Looked {
  const who = `the ${address.spec.type} ${address.name}`;
  const mismatches = bindings.map(pattern => ({ pattern, mismatch: topicMismatch(pattern, topic) }));
  const match = mismatches.find(({ mismatch }) => !mismatch);
  const found = { who, address: address.name };
  if (match) {
    const full = address instanceof QueueAddress && address.queue.full;
    const words = `by its binding ${match.pattern}`;
    return {
      ...found,
      gets: full ? undefined : 'stored',
      words: full ? `${words}, but it holds as much as it may` : words,
      levels: Number.POSITIVE_INFINITY,
    };
  }
  const nearest = mismatches.sort((one, other) => other.mismatch!.levels - one.mismatch!.levels)[0]!;
  return {
    ...found,
    gets: undefined,
    words: `its binding ${nearest.pattern} does not match: ${nearest.mismatch!.words}`,
    levels: nearest.mismatch!.levels,
  };
}
