import {
  type AmqpError,
  AmqpMap,
  AmqpSymbol,
  type Attach,
  type Coordinator as CoordinatorTarget,
  Described,
  RECEIVER_SECOND,
  type Source,
  type Target,
  Typed,
} from '@angarium/codec-amqp';
import {
  ADDRESS_TYPES,
  type Address,
  type AddressType,
  type ConsumerOptions,
  type Lifetime,
  Refusal,
  WILL_BYTES_MAX,
} from '@angarium/core';
import { anonymousProducers } from './anonymous-terminus.ts';
import { COORDINATOR_CREDIT, Coordinator, TRANSACTION_CAPABILITIES } from './coordinator.ts';
import { ANONYMOUS_CREDIT, IncomingLink } from './incoming-link.ts';
import { refusalError } from './outcome-table.ts';
import type { OutgoingLink } from './outgoing-link.ts';
import { FilterError } from './property-filter.ts';
import type { Session } from './session.ts';
import { filtersInForce, selectorFilter, sourceFilters } from './source-filters.ts';
import { subscriptionOf } from './subscription-name.ts';
import { type Keep, keepsAnything } from './suspended-links.ts';
import { startWillLink, WILL_ADDRESS } from './will-link.ts';

const OUTCOMES = ['amqp:accepted:list', 'amqp:rejected:list', 'amqp:released:list', 'amqp:modified:list'];

/** A no to a link: the words go into the detach that follows the attach. */
class LinkRefusal {
  readonly error: AmqpError;

  constructor(error: AmqpError) {
    this.error = error;
  }
}

/**
 * Answers an attach: finds or makes the address of the terminus that is ours (the target of a sender, the source of a receiver), joins the
 * link to it, and says in the answering attach what was agreed. A refusal is an attach without that terminus, and a detach that says why
 * (part 2, section 2.6.3).
 */
export function attach(link: IncomingLink | OutgoingLink, asked: Attach): void {
  const { session } = link;
  const refused = refuseLink(link) ?? (link instanceof IncomingLink ? attachIncoming(link, asked) : attachOutgoing(link, asked));
  if (!(refused instanceof LinkRefusal)) return;
  session.connection.write(
    {
      kind: 'attach',
      name: link.name,
      handle: link.handle,
      role: link.sends ? 'sender' : 'receiver',
      ...(link.sends && { initialDeliveryCount: 0 }),
      ...(link.sends ? asked.target && { target: asked.target } : asked.source && { source: asked.source }),
    },
    session.channel,
  );
  session.detach(link, refused.error);
}

/** The longest name of a link, in UTF-16 units: it is kept for as long as the link, and there may be many. */
export const LINK_NAME_LENGTH_MAX = 1024;

function refuseLink({ name, session }: IncomingLink | OutgoingLink): LinkRefusal | undefined {
  if (name.length > LINK_NAME_LENGTH_MAX)
    return new LinkRefusal({
      condition: 'amqp:invalid-field',
      description: `A link's name has at most ${LINK_NAME_LENGTH_MAX} characters.`,
    });
  const { linksPerConnectionMax } = session.limits;
  if (session.connection.linkCount <= linksPerConnectionMax) {
    const refusal = session.connection.gate.meter?.refuse('links');
    return refusal && refuse(refusal);
  }
  const description = `This connection has ${linksPerConnectionMax} links already: detach some, or open another connection.`;
  return refuse(new Refusal('links-exhausted', description));
}

function refuse(refusal: Refusal): LinkRefusal {
  return new LinkRefusal(refusalError(refusal));
}

// ---- the peer sends

function attachIncoming(link: IncomingLink, asked: Attach): LinkRefusal | undefined {
  const { session } = link;
  const { target } = asked;
  if (asked.initialDeliveryCount === undefined)
    return new LinkRefusal({ condition: 'amqp:invalid-field', description: 'A sender’s attach must have initial-delivery-count.' });
  if (target === undefined)
    return new LinkRefusal({
      condition: 'amqp:invalid-field',
      description: 'The attach has no target: name an address, or send a target without one.',
    });
  if (target.kind === 'coordinator') {
    answerIncoming(link, asked, { kind: 'coordinator', capabilities: TRANSACTION_CAPABILITIES }, 0);
    link.start(new Coordinator(link, session.connection.transactions, asked.source?.outcomes), COORDINATOR_CREDIT);
    return undefined;
  }
  if (target.address === undefined && !target.dynamic) {
    answerIncoming(link, asked, target, 0);
    link.startAnonymous(anonymousProducers(session.visit, link), ANONYMOUS_CREDIT);
    return undefined;
  }
  if (target.address === WILL_ADDRESS) {
    answerIncoming(link, asked, target, WILL_BYTES_MAX);
    startWillLink(link);
    return undefined;
  }
  const node = target.dynamic ? createDynamic(session, target) : { name: target.address!, properties: undefined, address: undefined };
  if (node instanceof Refusal) return refuse(node);
  if (node.address) link.onClosed = () => session.space.closeDynamic(node.address!);
  const producer = session.visit.attachProducer(node.name, typeAsked(target.capabilities), link);
  if (producer instanceof Refusal) return refuse(producer);
  link.start(producer);
  link.address = node.name;
  link.askAgain = () => session.visit.refuse('send', node.name);
  const granted: Target = { ...target, address: node.name };
  if (node.properties) granted.dynamicNodeProperties = node.properties;
  const type = session.space.typeOf(node.name);
  if (type) granted.capabilities = [type];
  const keep = keepOf(target);
  const unsettled =
    producer.brokered && asked.rcvSettleMode === RECEIVER_SECOND && keepsAnything(keep)
      ? link.keepUnsettled(keep, asked.unsettled)
      : undefined;
  answerIncoming(link, asked, granted, producer.messageSizeBytesMax, unsettled);
  return undefined;
}

function answerIncoming(
  link: IncomingLink,
  asked: Attach,
  target: Target | CoordinatorTarget,
  messageSizeBytesMax: number,
  unsettled?: AmqpMap,
): void {
  link.session.connection.write(
    {
      kind: 'attach',
      name: link.name,
      handle: link.handle,
      role: 'receiver',
      sndSettleMode: asked.sndSettleMode ?? 2,
      rcvSettleMode: asked.rcvSettleMode ?? 0,
      ...(asked.source && { source: asked.source }),
      target,
      ...(unsettled && { unsettled }),
      ...(messageSizeBytesMax > 0 && { maxMessageSize: BigInt(messageSizeBytesMax) }),
    },
    link.session.channel,
  );
}

// ---- the peer receives

function attachOutgoing(link: OutgoingLink, asked: Attach): LinkRefusal | undefined {
  const { session } = link;
  const source = asked.source ?? resumedSource(session, asked.name);
  if (source === undefined) {
    const description = `There is no subscription ${asked.name} of this container: name the address to receive from in the source.`;
    return refuse(new Refusal('subscription-not-found', description));
  }
  if (source.address === undefined && !source.dynamic)
    return new LinkRefusal({ condition: 'amqp:invalid-field', description: 'The source names no address to receive from.' });
  const filters = sourceFilters(source.filter);
  if (filters instanceof FilterError) return new LinkRefusal({ condition: 'amqp:invalid-field', description: filters.message });
  const node = source.dynamic ? createDynamic(session, source) : { name: source.address!, properties: undefined, address: undefined };
  if (node instanceof Refusal) return refuse(node);
  if (node.address) link.onClosed = () => session.space.closeDynamic(node.address!);

  const type = typeAsked(source.capabilities);
  const browse = source.distributionMode === 'copy';
  const keep = keepOf(source);
  link.keepMs = keep.forMs;
  const subscription = subscriptionOf(session.connection.containerId, asked.name, source, keep.forMs > 0 || keep.until !== 'link-detach');
  const options: ConsumerOptions = {
    browse,
    ...(subscription && { subscription }),
    ...(filters.filter && { filter: filters.filter }),
    ...(filters.noLocal && { notFrom: session.connection }),
    ...(filters.from !== undefined && { from: filters.from }),
    priority: priorityOf(asked.properties),
  };
  const consumer = session.visit.attachConsumer(node.name, type, link, options);
  if (consumer instanceof Refusal) return refuse(consumer);
  link.start(consumer);
  link.address = node.name;
  link.selector = filters.filter?.text;
  link.askAgain = () => session.visit.refuseToReceive(node.name);
  session.pauseNew(link);
  if (keep.until !== 'link-detach' && keep.until !== 'never') {
    // Until then the subscription outlives a detached link; the time it is kept begins with the session's, or the connection's, end.
    link.keepMs = Number.POSITIVE_INFINITY;
    const onEnd = keep.until === 'session-end' ? session.onEnd : session.connection.onEnd;
    if (subscription) onEnd.push(() => consumer.detach(keep.forMs));
  }

  const actual = session.space.typeOf(node.name);
  const resumable = (actual === 'queue' || actual === 'topic') && !browse && !source.dynamic && keepsAnything(keep);
  const unsettled = resumable ? link.keepUnsettled(keep, asked.unsettled) : undefined;
  const granted: Source = {
    address: node.name,
    durable: subscription?.durable ? (source.durable ?? 0) : 0,
    expiryPolicy: source.expiryPolicy ?? 'session-end',
    timeout: source.timeout ?? 0,
    defaultOutcome: source.defaultOutcome ?? { kind: 'released' },
    outcomes: source.outcomes ?? OUTCOMES,
    distributionMode: browse || (actual !== 'queue' && actual !== 'anycast') ? 'copy' : 'move',
  };
  if (source.dynamic) granted.dynamic = true;
  if (node.properties) granted.dynamicNodeProperties = node.properties;
  if (source.capabilities) granted.capabilities = source.capabilities;
  const inForce = filtersInForce(filters, actual);
  if (inForce) granted.filter = inForce;
  session.connection.write(
    {
      kind: 'attach',
      name: link.name,
      handle: link.handle,
      role: 'sender',
      sndSettleMode: asked.sndSettleMode ?? 2,
      rcvSettleMode: asked.rcvSettleMode ?? 0,
      source: granted,
      ...(asked.target && { target: asked.target }),
      ...(unsettled && { unsettled }),
      initialDeliveryCount: 0,
    },
    session.channel,
  );
  return undefined;
}

/** How much sooner than others the receiver wants messages, in the names that clients have for it. */
function priorityOf(properties: AmqpMap | undefined): number {
  const asked = properties?.get('rabbitmq:priority') ?? properties?.get('priority');
  const priority = asked instanceof Typed && !(asked.value instanceof Uint8Array) ? Number(asked.value) : 0;
  return Number.isSafeInteger(priority) ? priority : 0;
}

/** A receiver without a source asks for its link of before: the durable subscription of this name (part 2, section 2.6.3). */
function resumedSource(session: Session, linkName: string): Source | undefined {
  for (const capabilities of [['topic'], ['topic', 'shared'], ['topic', 'shared', 'global']]) {
    const source: Source = { durable: 2, expiryPolicy: 'never', capabilities };
    const subscription = subscriptionOf(session.connection.containerId, linkName, source, true);
    const known = subscription && session.space.subscriptionNamed(subscription.name);
    if (known && known.shared === subscription.shared)
      return { ...source, address: known.topic, ...(known.filter && { filter: selectorFilter(known.filter) }) };
  }
  return undefined;
}

/** How long what belongs to the link is kept, and from when on that counts (part 3, section 3.5.6). */
function keepOf(terminus: Source | Target): Keep {
  switch (terminus.expiryPolicy) {
    case 'never':
      return { until: 'never', forMs: Number.POSITIVE_INFINITY };
    case 'link-detach':
    case 'connection-close':
    case 'session-end':
      return { until: terminus.expiryPolicy, forMs: 1000 * (terminus.timeout ?? 0) };
    default:
      // The default is session-end; a link that asks for nothing wants nothing kept, and is not made to.
      return { until: 'link-detach', forMs: 1000 * (terminus.timeout ?? 0) };
  }
}

// ---- both

/** The type of address that the terminus' capabilities ask for; JMS clients have names of their own. */
function typeAsked(capabilities: readonly string[] | undefined): AddressType | undefined {
  for (const capability of capabilities ?? []) {
    if (Object.hasOwn(ADDRESS_TYPES, capability)) return capability as AddressType;
    if (capability === 'temporary-queue') return 'queue';
    if (capability === 'temporary-topic') return 'topic';
  }
  return undefined;
}

interface DynamicNode {
  readonly name: string;
  readonly properties: AmqpMap | undefined;
  readonly address: Address | undefined;
}

function createDynamic(session: Session, terminus: Source | Target): DynamicNode | Refusal {
  const lifetime = lifetimeOf(terminus.dynamicNodeProperties);
  const address = session.visit.createDynamic(typeAsked(terminus.capabilities) ?? 'queue', lifetime.lifetime);
  if (address instanceof Refusal) return address;
  const properties = new AmqpMap([[new AmqpSymbol('lifetime-policy'), new Described(new Typed('ulong', lifetime.descriptor), [])]]);
  return { name: address.name, properties, address };
}

/** Part 3, section 3.5.10 to 3.5.13: the lifetime policies by their descriptors. */
const LIFETIMES: readonly { code: bigint; name: string; lifetime: Lifetime }[] = [
  { code: 0x2bn, name: 'amqp:delete-on-close:list', lifetime: 'link-closed' },
  { code: 0x2cn, name: 'amqp:delete-on-no-links:list', lifetime: 'no-links' },
  { code: 0x2dn, name: 'amqp:delete-on-no-messages:list', lifetime: 'no-messages' },
  { code: 0x2en, name: 'amqp:delete-on-no-links-or-messages:list', lifetime: 'no-links-or-messages' },
];

function lifetimeOf(properties: AmqpMap | undefined): { lifetime: Lifetime; descriptor: bigint } {
  const policy = properties?.get('lifetime-policy');
  const descriptor = policy instanceof Described ? policy.descriptor : undefined;
  const wanted = LIFETIMES.find(
    ({ code, name }) =>
      (descriptor instanceof Typed && BigInt(descriptor.value as number | bigint) === code) ||
      (descriptor instanceof AmqpSymbol && descriptor.value === name),
  );
  const { lifetime, code } = wanted ?? LIFETIMES[0]!;
  return { lifetime, descriptor: code };
}
