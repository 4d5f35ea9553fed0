import type { ConsumerPort, PeerDescription } from '../delivery/delivery.ts';
import type { MessageFields } from '../message/message-filter.ts';
import { AllButOne } from '../queue/excluded-ports.ts';
import type { Queue } from '../queue/queue.ts';
import type { QueueConsumer } from '../queue/queue-consumer.ts';
import { ENTRY_ACQUIRED, ENTRY_LEAVING, ENTRY_NONE, ENTRY_SCHEDULED } from '../queue/queue-index.ts';
import type { WaitReason, Whereabouts } from './whereabouts.ts';
import { counted, duration, filterWords, listed, peerWords } from './words.ts';

/** Consumers that are named for each reason, and entries that are counted before a message. */
const NAMED_MAX = 3;
const COUNTED_MAX = 10_000;

/** What an explanation is made from besides the queue. */
export interface ExplainedBy {
  /** Of the message; undefined: it lies on disk, and what selectors say of it is not known. */
  readonly fields: MessageFields | undefined;
  /** What the queue is called. */
  readonly place: string;
  /** Who the peer of a port is, as far as who asks may know. */
  describe(port: ConsumerPort): PeerDescription | undefined;
}

/** Where an entry of a queue is now, and why. It changes nothing. */
export function explainWaiting(queue: Queue, sequence: number, by: ExplainedBy): Whereabouts {
  const { index, nowMs } = queue;
  switch (index.state(sequence)) {
    case ENTRY_NONE:
      return gone(queue, sequence, by.place);
    case ENTRY_SCHEDULED:
      return later(queue, sequence);
    case ENTRY_LEAVING:
      return { reason: 'leaving', words: `is on its way from ${by.place} to the address for dead letters or expired messages` };
    case ENTRY_ACQUIRED:
      return { reason: 'unsettled', words: `is with a consumer, whose outcome is awaited: ${holders(queue, by)}` };
  }
  const expiresAtMs = index.expiresAtMs(sequence);
  if (expiresAtMs > 0 && expiresAtMs <= nowMs)
    return { reason: 'expired', words: `expired ${duration(nowMs - expiresAtMs)} ago, and goes when the queue comes by` };
  if (queue.pausedUntilMs > nowMs) {
    const words = `waits: deliveries of ${by.place} are paused for ${duration(queue.pausedUntilMs - nowMs)} more, as too many failed one after the other`;
    return { reason: 'breaker', words };
  }
  if (queue.competing.size === 0) {
    const browsing = queue.consumers > 0 ? `; ${counted(queue.consumers, 'consumer')} only look, and take nothing` : '';
    return { reason: 'no-consumer', words: `waits: nobody consumes from ${by.place}${browsing}` };
  }
  return ofConsumers(queue, sequence, by);
}

function gone({ index }: Queue, sequence: number, place: string): Whereabouts {
  const words =
    sequence >= index.tail
      ? `is not there: the next message of ${place} gets the number ${index.tail}`
      : `is not there any more: a consumer took it, or it was removed or expired; ${place} holds ${counted(index.live, 'message')}`;
  return { reason: 'gone', words };
}

function later({ index, nowMs }: Queue, sequence: number): Whereabouts {
  const dueAtMs = index.dueAtMs(sequence);
  const when = `${duration(dueAtMs - nowMs)} more, until ${new Date(dueAtMs).toISOString()}`;
  const attempts = index.attempts(sequence);
  if (attempts === 0) return { reason: 'scheduled', words: `waits for its time: ${when}` };
  return { reason: 'redelivery', words: `waits for its next attempt: ${when}; ${counted(attempts, 'attempt')} failed` };
}

/** Which consumers have something unsettled: of a queue, nobody writes down who has what. */
function holders(queue: Queue, { describe }: ExplainedBy): string {
  const holding = [...queue.competing].filter(({ port }) => port.unsettled > 0);
  const words = holding.map(({ port }) => `${peerWords(describe(port))}, which has not settled ${counted(port.unsettled, 'message')}`);
  if (words.length === 0) return 'that one has gone, and its transaction is open still';
  return words.length === 1 ? words[0]! : `one of ${listed(words, NAMED_MAX)}`;
}

// ---- why no consumer has a message that is ready

/** Why one consumer does not have the message: a reason, and what to say of the consumer for it. */
interface Obstacle {
  readonly reason: WaitReason;
  readonly words: string;
}

/** How the same obstacle of several consumers is told. */
const OF_SEVERAL: Readonly<Partial<Record<WaitReason, (count: number) => string>>> = {
  'no-credit': count => (count === 1 ? 'has no credit' : 'have no credit'),
  paused: count => (count === 1 ? 'does not read what it was sent before' : 'do not read what they were sent before'),
  selectors: count => (count === 1 ? 'has a selector that leaves it out' : 'have selectors that leave it out'),
  'not-active': count => (count === 1 ? 'waits for the single active consumer to leave' : 'wait for the single active consumer to leave'),
  'given-back': count => (count === 1 ? 'has given it back and must not get it again' : 'have given it back and must not get it again'),
  group: count => (count === 1 ? 'may not have it, as it belongs to a group' : 'may not have it, as it belongs to a group'),
};

function ofConsumers(queue: Queue, sequence: number, by: ExplainedBy): Whereabouts {
  if (
    queue.excludedFrom(sequence) instanceof AllButOne &&
    ![...queue.competing].some(({ port }) => !queue.excludedFrom(sequence)!.has(port))
  )
    return { reason: 'reserved', words: 'waits for the client to which its delivery has begun: it is away, and nobody else may have it' };
  const obstacles = new Map<WaitReason, string[]>();
  for (const consumer of queue.competing) {
    const obstacle = obstacleOf(queue, sequence, consumer, by);
    if (!obstacle) return { reason: 'next', words: `waits its turn: ${before(queue, sequence)}` };
    const those = obstacles.get(obstacle.reason);
    if (those) those.push(obstacle.words);
    else obstacles.set(obstacle.reason, [obstacle.words]);
  }
  const { size } = queue.competing;
  const [first] = obstacles;
  const said = ([reason, words]: [WaitReason, string[]]): string => `${OF_SEVERAL[reason]!(words.length)} (${listed(words, NAMED_MAX)})`;
  if (obstacles.size === 1) {
    const who = size === 1 ? `the one consumer of ${by.place}` : `all ${size} consumers of ${by.place}`;
    return { reason: first![0], words: `waits: ${who} ${said(first!)}` };
  }
  const parts = [...obstacles].map(each => `${each[1].length} ${said(each)}`);
  return { reason: 'obstacles', words: `waits: of the ${size} consumers of ${by.place}, ${parts.join('; ')}` };
}

function before({ index }: Queue, sequence: number): string {
  let count = 0;
  for (let at = index.nextReady(0); at < sequence && count < COUNTED_MAX; at = index.nextReady(at + 1)) count++;
  if (count === 0) return 'it is the next one, as soon as it has been read from the log';
  return `${count === COUNTED_MAX ? 'at least ' : ''}${counted(count, 'message')} come before it`;
}

/** undefined: it can take the message. What never changes for this consumer comes first. */
function obstacleOf(queue: Queue, sequence: number, consumer: QueueConsumer, { fields, describe }: ExplainedBy): Obstacle | undefined {
  const { port, filter, walk } = consumer;
  const who = describe(port)?.name ?? 'somebody';
  if (queue.excludedFrom(sequence)?.has(port)) return { reason: 'given-back', words: who };
  if (filter && fields && !filter.matches(fields)) return { reason: 'selectors', words: `${who}: ${filterWords(filter, fields)}` };
  const { credit, withoutCreditSinceMs, paused, waitsForActive } = consumer.standing;
  if (waitsForActive) return { reason: 'not-active', words: who };
  if (credit === 0) {
    const unsettled = port.unsettled > 0 ? `, with ${counted(port.unsettled, 'message')} unsettled` : '';
    return { reason: 'no-credit', words: `${who} for ${duration(queue.nowMs - withoutCreditSinceMs)}${unsettled}` };
  }
  if (paused) return { reason: 'paused', words: who };
  const key = queue.index.grouped(sequence) ? fields?.get('JMSXGroupID') : undefined;
  const groupOf = typeof key === 'string' ? walk.groups?.consumerOf(key) : undefined;
  if (groupOf === undefined || groupOf === consumer) return undefined;
  return { reason: 'group', words: `${who}: group ${key} is ${describe(groupOf.port)?.name ?? 'somebody'}’s` };
}
