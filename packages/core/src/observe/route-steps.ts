import type { AddressSpace } from '../address/address-space.ts';
import type { BrokeredAddress } from '../brokered/brokered-address.ts';
import { Refusal } from '../delivery/refusal.ts';
import type { Message } from '../message/message.ts';
import type { MessageFields } from '../message/message-filter.ts';
import { QueueAddress } from '../queue/queue-address.ts';
import { TopicAddress } from '../topic/topic-address.ts';
import { explainAudience } from './explain-audience.ts';
import type { TraceStepName } from './trace-step.ts';
import { counted, listed } from './words.ts';

/** Subscribers that get a message, and such that do not, each of which has a step of its own. */
const MATCHED_MAX = 10;
const SKIPPED_MAX = 5;

interface RouteStep {
  readonly step: Extract<TraceStepName, 'routed' | 'matched' | 'skipped' | 'unrouted'>;
  readonly words: string;
}

/** Where a message goes from the address that it was sent to, and why it goes nowhere else: diverts, and those who subscribe to its topic. */
export function* routeSteps(
  space: AddressSpace,
  address: BrokeredAddress,
  message: Message,
  fields: MessageFields,
  mayView: (address: string) => boolean,
): Generator<RouteStep> {
  const targets = address.diverts?.targets(message);
  if (targets && !(targets instanceof Refusal)) {
    const others = [...targets].filter(target => target !== address).map(({ name }) => (mayView(name) ? name : 'another address'));
    const stays = targets.has(address);
    const besides = stays ? `, and it stays in ${address.name}` : `, and not to ${address.name}`;
    if (others.length > 0) yield { step: 'routed', words: `diverted to ${listed(others, MATCHED_MAX)}${besides}` };
    if (!stays) return;
  }
  const isQueue = address instanceof QueueAddress;
  if (!(address instanceof TopicAddress) && !(isQueue && address.audience)) return;
  const topic = message.topic === '' ? address.name : message.topic;
  yield* audienceSteps(space, address, message, topic, fields, mayView);
}

function* audienceSteps(
  space: AddressSpace,
  address: BrokeredAddress,
  message: Message,
  topic: string,
  fields: MessageFields,
  mayView: (address: string) => boolean,
): Generator<RouteStep> {
  const explained = explainAudience(space, address, message, topic, fields);
  const looked = explained.looked.filter(each => each.address === undefined || mayView(each.address));
  const getting = looked.filter(({ gets }) => gets !== undefined);
  const others = looked.filter(({ gets }) => gets === undefined).sort((one, other) => other.levels - one.levels);
  const seen = `topic ${topic}: ${counted(looked.length, 'subscription')} looked at${explained.all ? '' : ', and there are more'}`;
  const nobody = getting.length === 0;
  const isQueue = address instanceof QueueAddress;
  const got = nobody ? 'none gets it' : getting.length === 1 ? '1 gets it' : `${getting.length} get it`;
  // A queue whose name others subscribe to as a topic has its messages in any case.
  if (!isQueue || !nobody) yield { step: 'routed', words: `${seen}, ${got}` };
  for (const { who, gets, words } of getting.slice(0, MATCHED_MAX))
    yield { step: 'matched', words: `${who} gets it${gets === 'at once' ? ' at once' : ''}: ${words}` };
  if (isQueue && nobody) return;
  for (const { who, words } of others.slice(0, SKIPPED_MAX)) yield { step: 'skipped', words: `${who} does not get it: ${words}` };
  const [more, fewer] = [getting.length - MATCHED_MAX, others.length - SKIPPED_MAX];
  if (more > 0) yield { step: 'routed', words: `${more} more get it` };
  if (fewer > 0) yield { step: 'routed', words: `${fewer} more do not get it, which match no better` };
  if (!nobody) return;
  const why = looked.length === 0 ? `nobody subscribes to ${topic}` : `${counted(looked.length, 'subscription')} looked at, 0 match`;
  yield { step: 'unrouted', words: `nobody gets it: ${why}; a topic stores nothing for those who come later` };
}
