import {
  parseSharedFilter,
  REASON,
  RETAIN_DO_NOT_SEND,
  RETAIN_SEND_IF_NEW,
  refusePlainFilter,
  refuseTopicFilter,
  type Subscription,
} from '@angarium/codec-mqtt';
import { type AddressSpace, type Consumer, type ConsumerOptions, type Inbox, Refusal, type Visit } from '@angarium/core';
import { AttachedPort } from './attached-port.ts';
import { GroupPort } from './group-port.ts';
import { MQTT_OUTCOMES } from './outcome-table.ts';
import type { MqttSession } from './session.ts';
import { combined, type SubscriptionDetails, SubscriptionOptions, type TopicOptions } from './subscription-options.ts';

/** How the inbox of a shared group is called. */
const SHARE_PREFIX = 'mqtt-share:';

/** Whether the inbox is that of a shared group, and no client's. */
export function isGroup({ name }: Inbox): boolean {
  return name.startsWith(SHARE_PREFIX);
}

/** What a subscription takes from: an address that is no topic, or a group that shares one; topics come through the inbox. */
interface Attached {
  readonly port: AttachedPort;
  readonly consumer: Consumer;
}

/** What a SUBSCRIBE of one filter comes to. */
export interface SubscribeResult {
  /** For the SUBACK. */
  readonly reasonCode: number;
  /** Retained messages are to follow. */
  readonly retained: boolean;
  /** Of a refusal. */
  readonly why?: string;
}

/** A session's subscriptions: patterns of its inbox, and what it consumes from beside that. They outlive a restart with the session. */
export class SessionSubscriptions {
  readonly #session: MqttSession;
  readonly #inbox: Inbox;
  readonly #space: AddressSpace;
  readonly #max: number;
  readonly #options: SubscriptionOptions;
  readonly #attached = new Map<string, Attached>();

  constructor(session: MqttSession, inbox: Inbox, space: AddressSpace, max: number) {
    this.#session = session;
    this.#inbox = inbox;
    this.#space = space;
    this.#max = max;
    this.#options = new SubscriptionOptions(inbox);
  }

  get size(): number {
    return this.#inbox.patterns.size + this.#attached.size;
  }

  /** What is consumed from beside the inbox, by filter. */
  *attached(): Iterable<Attached & { readonly filter: string; readonly address: string }> {
    for (const [filter, attached] of this.#attached) yield { filter, address: parseSharedFilter(filter).filter, ...attached };
  }

  /** Of what comes through the inbox. */
  optionsOf(topic: string): TopicOptions {
    return this.#options.of(topic);
  }

  /** Groups and addresses that are consumed from, as of before a restart. An address may be gone meanwhile. */
  restore(): void {
    for (const [filter, details] of Object.entries(attachedOf(this.#inbox))) {
      const attached = parseSharedFilter(filter).share !== undefined ? this.#joinGroup(filter, details) : this.#attach(filter, details);
      if (attached instanceof Refusal) this.#remember(filter, undefined);
    }
  }

  /** The session's place in this group; undefined: it is none of its members. */
  memberOf(group: Inbox): GroupPort | undefined {
    const port = this.#attached.get(group.name.slice(SHARE_PREFIX.length))?.port;
    return port instanceof GroupPort ? port : undefined;
  }

  grant(credit: number): void {
    for (const { consumer } of this.#attached.values()) consumer.grant(credit, false);
  }

  pause(paused: boolean): void {
    for (const { consumer } of this.#attached.values()) {
      if (paused) consumer.pause();
      else consumer.resume();
    }
  }

  /** The session ends. */
  leaveAll(): void {
    for (const { port, consumer } of this.#attached.values()) this.#leave(port, consumer);
    this.#attached.clear();
  }

  subscribe(subscription: Subscription, identifier: number, version: 4 | 5, visit: Visit): SubscribeResult {
    const { filter, qos, noLocal, retainAsPublished, retainHandling } = subscription;
    const refusal = version === 5 || filter.startsWith('$share/') ? refuseTopicFilter(filter) : refusePlainFilter(filter);
    if (refusal) return { reasonCode: REASON.topicFilterInvalid, retained: false, why: `The filter ${refusal}.` };
    // [MQTT-3.8.4-3]: one that is there is replaced, which needs no room.
    if (this.size >= this.#max && !this.#inbox.patterns.has(filter) && !this.#attached.has(filter))
      return { reasonCode: REASON.quotaExceeded, retained: false, why: `There are ${this.#max} subscriptions already.` };
    const unauthorized = visit.refuseToReceive(parseSharedFilter(filter).filter);
    if (unauthorized) return refused(unauthorized);
    const details: SubscriptionDetails = { qos, retainAsPublished, identifier };
    // Topics of another space do not come through the inbox, which is in this one.
    const type = this.#space.names.imports.has(filter) ? 'imported' : this.#space.typeOf(filter);
    const shared = parseSharedFilter(filter).share !== undefined;
    if (!shared && (type === undefined || type === 'topic')) return this.#subscribeTopics(filter, noLocal, retainHandling, details);
    const attached = this.#replace(filter, details) ?? (shared ? this.#joinGroup(filter, details) : this.#attach(filter, details));
    if (attached instanceof Refusal) return refused(attached);
    // The name was a topic's before it was this address's.
    this.#unsubscribeTopics(filter);
    this.#remember(filter, details);
    return { reasonCode: qos, retained: false };
  }

  #subscribeTopics(filter: string, noLocal: boolean, retainHandling: number, details: SubscriptionDetails): SubscribeResult {
    const existed = this.#inbox.subscribe(filter, { stored: details.qos > 0, noLocal, details: { ...details } });
    this.#options.changed();
    const retained = retainHandling !== RETAIN_DO_NOT_SEND && !(retainHandling === RETAIN_SEND_IF_NEW && existed);
    return { reasonCode: details.qos, retained };
  }

  unsubscribe(filter: string): boolean {
    const attached = this.#attached.get(filter);
    if (!attached) return this.#unsubscribeTopics(filter);
    this.#forget(filter);
    this.#leave(attached.port, attached.consumer);
    return true;
  }

  #unsubscribeTopics(filter: string): boolean {
    const existed = this.#inbox.unsubscribe(filter);
    if (existed) this.#options.changed();
    return existed;
  }

  /** Ends the subscriptions that this client may have no more, and answers them. */
  askAgain(visit: Visit): string[] {
    const lost = [...this.#inbox.patterns.keys(), ...this.#attached.keys()].filter(filter =>
      visit.refuseToReceive(parseSharedFilter(filter).filter),
    );
    for (const filter of lost) this.unsubscribe(filter);
    return lost;
  }

  /** What was consumed from is gone. */
  lost(filter: string): void {
    if (this.#attached.has(filter)) this.#forget(filter);
  }

  #forget(filter: string): void {
    this.#attached.delete(filter);
    this.#remember(filter, undefined);
  }

  /** A subscription that is there stays where it is, and gets the new options. */
  #replace(filter: string, details: SubscriptionDetails): AttachedPort | undefined {
    const port = this.#attached.get(filter)?.port;
    if (port) port.options = combined([details]);
    return port;
  }

  /** An address that is no topic: a consumer of its own. */
  #attach(name: string, details: SubscriptionDetails): AttachedPort | Refusal {
    const port = new AttachedPort(this.#session, name, combined([details]));
    const consumer = this.#space.attachConsumer(name, undefined, port, this.#reader);
    return consumer instanceof Refusal ? consumer : this.#add(name, port, consumer);
  }

  /** Of a stream, a session that is kept has a reader that is kept, too; another one gets what comes from now on. */
  get #reader(): ConsumerOptions {
    const { kept, name } = this.#inbox;
    return kept ? { subscription: { name, durable: true, shared: false } } : {};
  }

  /** A shared subscription: a consumer of the group's inbox, which is there as long as anybody is in the group. */
  #joinGroup(filter: string, details: SubscriptionDetails): AttachedPort {
    const name = SHARE_PREFIX + filter;
    let group = this.#space.inboxes.all.get(name);
    if (!group) {
      group = this.#space.inboxes.create(name, { kept: this.#inbox.kept, prefersLive: false, details: {} });
      group.subscribe(parseSharedFilter(filter).filter, { stored: true, noLocal: false, details: {} });
    }
    const port = new GroupPort(this.#session, filter, combined([details]), group);
    return this.#add(filter, port, group.consume(port));
  }

  #add(filter: string, port: AttachedPort, consumer: Consumer): AttachedPort {
    this.#attached.set(filter, { port, consumer });
    this.#session.attached(consumer);
    return port;
  }

  #leave(port: AttachedPort, consumer: Consumer): void {
    consumer.detach(0);
    if (!(port instanceof GroupPort)) return;
    for (const packetId of port.abandon()) this.#session.packetIds.unreserve(packetId);
    if (port.group.queue.consumers === 0) this.#space.inboxes.end(port.group);
  }

  /** What is consumed from beside the inbox stands in the inbox's details. */
  #remember(filter: string, details: SubscriptionDetails | undefined): void {
    const attached = { ...attachedOf(this.#inbox) };
    if (details) attached[filter] = details;
    else delete attached[filter];
    this.#inbox.define({ ...this.#inbox.details, attached });
  }
}

function refused(refusal: Refusal): SubscribeResult {
  return { reasonCode: MQTT_OUTCOMES.refusals[refusal.code].subscribe, retained: false, why: refusal.description };
}

function attachedOf(inbox: Inbox): Record<string, SubscriptionDetails> {
  return (inbox.details.attached as Record<string, SubscriptionDetails> | undefined) ?? {};
}
