import {
  parseSharedFilter,
  type Qos,
  REASON,
  RETAIN_DO_NOT_SEND,
  RETAIN_SEND_IF_NEW,
  refusePlainFilter,
  refuseTopicFilter,
  type Subscription,
} from '@angarium/codec-mqtt';
import {
  ACCEPTED,
  type AddressSpace,
  type Consumer,
  type ConsumerPort,
  type DeliverySource,
  ENCODING_MQTT,
  IN_DOUBT,
  type Inbox,
  type LivePort,
  MESSAGE_SIZE_BYTES_MAX_DEFAULT,
  type Message,
  MessageCollector,
  type MessageStream,
  RELEASED,
  Refusal,
  rejected,
} from '@angarium/core';
import type { MqttConnection } from './connection.ts';
import type { MqttLimits } from './limits.ts';
import { MQTT_OUTCOMES } from './outcome-table.ts';
import { PacketIds } from './packet-ids.ts';
import { publishedQos } from './stored-publish.ts';
import { combined, type SubscriptionDetails, SubscriptionOptions, type TopicOptions } from './subscription-options.ts';

/** Names of inboxes: a client's, and a shared group's. */
const SESSION_PREFIX = 'mqtt:';
const SHARE_PREFIX = 'mqtt-share:';
/** Marks of a session's inbox: packet identifiers with an offset that says what is noted. */
const MARK_SENT = 0;
const MARK_RELEASING = 0x10000;
const MARK_RECEIVED = 0x20000;
/** For ever, in the terms of the session expiry interval. */
export const EXPIRY_NEVER = 0xffff_ffff;

/** What a subscription takes from: an address that is no topic, or a group that shares one; topics come through the inbox. */
interface Attached {
  readonly consumer: Consumer;
  readonly leave: () => void;
}

/**
 * A client's session (section 4.1): its subscriptions, what waits for it, and what is under way both ways. It outlives its connection for as long
 * as the client has asked, and a restart with it.
 */
export class MqttSession implements ConsumerPort, LivePort {
  readonly clientId: string;
  readonly inbox: Inbox;
  readonly packetIds = new PacketIds();
  /** QoS 2: packet identifiers that the client has not released. */
  readonly #received = new Set<number>();
  readonly #space: AddressSpace;
  readonly #limits: MqttLimits;
  readonly #options: SubscriptionOptions;
  readonly #attached = new Map<string, Attached>();
  #consumer: Consumer;
  #connection: MqttConnection | undefined;
  #window = 0;
  #paused = false;
  /** Seconds; what happens when the connection ends. */
  expirySeconds: number;
  expiry: { cancel(): void } | undefined;
  /** Messages with QoS 0 that a slow client has missed. */
  missed = 0;

  constructor(clientId: string, inbox: Inbox, space: AddressSpace, limits: MqttLimits, expirySeconds: number) {
    this.clientId = clientId;
    this.inbox = inbox;
    this.#space = space;
    this.#limits = limits;
    this.expirySeconds = expirySeconds;
    this.#options = new SubscriptionOptions(inbox);
    this.#consumer = inbox.consume(this);
    this.#restoreMarks();
    this.#restoreAttached();
  }

  static inboxName(clientId: string): string {
    return SESSION_PREFIX + clientId;
  }

  static clientIdOf(inboxName: string): string | undefined {
    return inboxName.startsWith(SESSION_PREFIX) ? inboxName.slice(SESSION_PREFIX.length) : undefined;
  }

  #restoreMarks(): void {
    for (const [number, { value }] of this.inbox.marks) {
      if (number >= MARK_RECEIVED) this.#received.add(number - MARK_RECEIVED);
      else if (number >= MARK_RELEASING) this.packetIds.release(number - MARK_RELEASING);
      else this.packetIds.reserve(number - MARK_SENT, value);
    }
  }

  /** Groups and addresses that are consumed from beside the inbox, as of before a restart. An address may be gone meanwhile. */
  #restoreAttached(): void {
    for (const [filter, details] of Object.entries(attachedOf(this.inbox))) {
      if (parseSharedFilter(filter).share !== undefined) this.#joinGroup(filter, details);
      else this.#attachAddress(filter, details);
    }
  }

  get connection(): MqttConnection | undefined {
    return this.#connection;
  }

  get unsettled(): number {
    return this.packetIds.size;
  }

  // ---- the connection comes and goes

  /** The client is here; it takes `window` publishes with QoS 1 and 2 at a time. */
  connect(connection: MqttConnection, window: number): void {
    this.#connection = connection;
    this.#window = Math.min(window, this.#limits.sendMaximum);
    this.expiry?.cancel();
    this.expiry = undefined;
    this.inbox.live = this;
  }

  /** After CONNACK: what was under way comes again [MQTT-4.4.0-1], in order [MQTT-4.6.0-1]. */
  resume(): void {
    for (const packetId of this.packetIds.releasing) this.#connection?.ack('pubrel', packetId, REASON.success);
    // The window may have been full when the last connection broke.
    this.#pause(false);
    this.refill();
  }

  /** The connection is gone. Its deliveries go back to where they came from; its own come again under the same identifiers. */
  disconnect(): void {
    this.#connection = undefined;
    this.inbox.live = undefined;
    this.#consumer.grant(0, false);
    for (const { consumer } of this.#attached.values()) consumer.grant(0, false);
    for (const { source, token, own } of this.packetIds.interrupt()) source.settle(token, own ? RELEASED : IN_DOUBT);
  }

  /** The session ends for good. */
  close(): void {
    this.expiry?.cancel();
    for (const { leave } of this.#attached.values()) leave();
    this.#attached.clear();
    this.#consumer.detach(0);
    this.#space.endInbox(this.inbox);
  }

  // ---- to the client

  /** As much credit as the client's receive maximum leaves. */
  refill(): void {
    const credit = Math.max(0, this.#window - this.packetIds.size);
    if (credit === 0) return;
    this.#consumer.grant(credit, false);
    for (const { consumer } of this.#attached.values()) consumer.grant(credit, false);
    if (this.#paused) this.#pause(false);
  }

  #pause(paused: boolean): void {
    this.#paused = paused;
    const consumers = [this.#consumer, ...[...this.#attached.values()].map(({ consumer }) => consumer)];
    for (const consumer of consumers) {
      if (paused) consumer.pause();
      else consumer.resume();
    }
  }

  /** The connection has too much unsent, or no more so. */
  setBlocked(blocked: boolean): void {
    if (blocked) this.#pause(true);
    else this.refill();
  }

  /** From the inbox: a topic that one or more subscriptions match. */
  deliver(message: Message, source: DeliverySource, token: number): MessageStream | undefined {
    this.send(message, source, token, this.#options.of(message.topic), true);
    return undefined;
  }

  send(message: Message, source: DeliverySource, token: number, options: TopicOptions, own: boolean): void {
    const connection = this.#connection;
    if (!connection) {
      source.settle(token, RELEASED);
      return;
    }
    if (message.encoding !== ENCODING_MQTT) {
      const translated = connection.translate(message);
      if (translated) this.send(translated, source, token, options, own);
      else source.settle(token, rejected(new Refusal('message-malformed', 'The message cannot be translated to MQTT.')));
      return;
    }
    const qos = Math.min(publishedQos(message), options.qos) as Qos;
    if (qos === 0) {
      connection.publish(message, 0, 0, false, options);
      source.settle(token, ACCEPTED);
      connection.refillLater();
      return;
    }
    if (own) for (const packetId of this.packetIds.passOver(token)) this.inbox.unmark(MARK_SENT + packetId);
    const taken = this.packetIds.take({ source, token, qos, own });
    const packetId = Math.abs(taken);
    if (qos === 2 && own) this.inbox.mark(MARK_SENT + packetId, token);
    if (!connection.publish(message, qos, packetId, taken < 0, options)) {
      // [MQTT-3.1.2-25]: too large for this client, so it is done with.
      this.packetIds.settle(packetId);
      if (own) this.inbox.unmark(MARK_SENT + packetId);
      source.settle(token, ACCEPTED);
      connection.refillLater();
      return;
    }
    if (this.packetIds.size >= this.#window && !this.#paused) this.#pause(true);
  }

  deliverLive(message: Message): void {
    const connection = this.#connection;
    if (!connection) return;
    if (connection.blocked) {
      this.missed++;
      connection.missed();
      return;
    }
    const translated = connection.translate(message);
    if (translated) connection.publish(translated, 0, 0, false, this.#options.of(message.topic));
  }

  drained(): void {}

  /** The inbox is gone. */
  end(refusal: Refusal): void {
    this.#connection?.disconnect(MQTT_OUTCOMES.refusals[refusal.code].disconnect, refusal.description);
  }

  puback(packetId: number, reasonCode: number): void {
    const inFlight = this.packetIds.get(packetId);
    // [MQTT-4.8.1]: an acknowledgement of nothing says nothing.
    if (inFlight?.qos !== 1) return;
    this.packetIds.settle(packetId);
    inFlight.source.settle(inFlight.token, reasonCode < 0x80 ? ACCEPTED : { kind: 'rejected' });
  }

  pubrec(packetId: number, reasonCode: number): void {
    const inFlight = this.packetIds.get(packetId);
    if (inFlight?.qos !== 2) {
      const known = this.packetIds.releasing.has(packetId);
      this.#connection?.ack('pubrel', packetId, known ? REASON.success : REASON.packetIdentifierNotFound);
      return;
    }
    this.packetIds.settle(packetId);
    if (inFlight.own) this.inbox.unmark(MARK_SENT + packetId);
    if (reasonCode >= 0x80) {
      inFlight.source.settle(inFlight.token, { kind: 'rejected' });
      return;
    }
    this.packetIds.release(packetId);
    this.inbox.mark(MARK_RELEASING + packetId, 1);
    inFlight.source.settle(inFlight.token, ACCEPTED);
    this.#connection?.ack('pubrel', packetId, REASON.success);
  }

  pubcomp(packetId: number): void {
    if (this.packetIds.released(packetId)) this.inbox.unmark(MARK_RELEASING + packetId);
  }

  // ---- from the client, QoS 2

  /** False: this identifier is under way already, the message has come before [MQTT-4.3.3-10]. */
  receive(packetId: number): boolean {
    if (this.#received.has(packetId)) return false;
    this.#received.add(packetId);
    this.inbox.mark(MARK_RECEIVED + packetId, 1);
    return true;
  }

  /** The identifier is free again; false when it was. */
  forget(packetId: number): boolean {
    if (!this.#received.delete(packetId)) return false;
    this.inbox.unmark(MARK_RECEIVED + packetId);
    return true;
  }

  // ---- subscriptions

  /** Answers the reason code of the SUBACK, and whether retained messages are to follow. */
  subscribe(subscription: Subscription, identifier: number, version: 4 | 5): { reasonCode: number; retained: boolean; why?: string } {
    const { filter } = subscription;
    const refusal = version === 5 || filter.startsWith('$share/') ? refuseTopicFilter(filter) : refusePlainFilter(filter);
    if (refusal) return { reasonCode: REASON.topicFilterInvalid, retained: false, why: `The filter ${refusal}.` };
    if (this.inbox.patterns.size + this.#attached.size >= this.#limits.subscriptionsMax)
      return {
        reasonCode: REASON.quotaExceeded,
        retained: false,
        why: `There are ${this.#limits.subscriptionsMax} subscriptions already.`,
      };
    const details: SubscriptionDetails = { qos: subscription.qos, retainAsPublished: subscription.retainAsPublished, identifier };
    const { share } = parseSharedFilter(filter);
    if (share !== undefined) {
      this.#joinGroup(filter, details);
      this.#remember(filter, details);
      return { reasonCode: subscription.qos, retained: false };
    }
    const type = this.#space.typeOf(filter);
    if (type !== undefined && type !== 'topic') {
      const refused = this.#attachAddress(filter, details);
      if (refused) return { reasonCode: MQTT_OUTCOMES.refusals[refused.code].subscribe, retained: false, why: refused.description };
      this.#remember(filter, details);
      return { reasonCode: subscription.qos, retained: false };
    }
    const existed = this.inbox.subscribe(filter, { stored: subscription.qos > 0, noLocal: subscription.noLocal, details: { ...details } });
    this.#options.changed();
    const { retainHandling } = subscription;
    const retained = retainHandling !== RETAIN_DO_NOT_SEND && !(retainHandling === RETAIN_SEND_IF_NEW && existed);
    return { reasonCode: subscription.qos, retained };
  }

  unsubscribe(filter: string): boolean {
    const attached = this.#attached.get(filter);
    if (attached) {
      this.#attached.delete(filter);
      attached.leave();
      this.#remember(filter, undefined);
      return true;
    }
    const existed = this.inbox.unsubscribe(filter);
    if (existed) this.#options.changed();
    return existed;
  }

  /** The retained messages of a new subscription: with QoS 0 at once, others through the inbox. */
  sendRetained(filter: string, granted: Qos): void {
    const { retained } = this.#space;
    retained.read(retained.matching(filter), message => {
      if (granted === 0 || publishedQos(message) === 0) this.deliverLive(message);
      else {
        message.durable = true;
        this.inbox.store(message);
      }
    });
  }

  /** An address that is no topic: a consumer of its own. */
  #attachAddress(name: string, details: SubscriptionDetails): Refusal | undefined {
    this.#attached.get(name)?.leave();
    const port = new AttachedPort(this, combined([details]), name);
    const consumer = this.#space.attachConsumer(name, undefined, port, {});
    if (consumer instanceof Refusal) return consumer;
    this.#attached.set(name, { consumer, leave: () => consumer.detach(0) });
    if (this.#connection) consumer.grant(Math.max(0, this.#window - this.packetIds.size), false);
    return undefined;
  }

  /** A shared subscription: a consumer of the group's inbox, which is there as long as anybody is in the group. */
  #joinGroup(filter: string, details: SubscriptionDetails): void {
    this.#attached.get(filter)?.leave();
    const shared = parseSharedFilter(filter);
    const name = SHARE_PREFIX + filter;
    let group = this.#space.inboxes.get(name);
    if (!group) {
      group = this.#space.createInbox(name, { kept: this.inbox.kept, prefersLive: false, details: {} });
      group.subscribe(shared.filter, { stored: true, noLocal: false, details: {} });
    }
    const members = group;
    const consumer = group.consume(new AttachedPort(this, combined([details]), undefined));
    this.#attached.set(filter, {
      consumer,
      leave: () => {
        consumer.detach(0);
        if (members.queue.consumers === 0) this.#space.endInbox(members);
      },
    });
    if (this.#connection) consumer.grant(Math.max(0, this.#window - this.packetIds.size), false);
  }

  /** What is consumed from beside the inbox stands in the inbox's details. */
  #remember(filter: string, details: SubscriptionDetails | undefined): void {
    const attached = { ...attachedOf(this.inbox) };
    if (details) attached[filter] = details;
    else delete attached[filter];
    this.inbox.define({ ...this.inbox.details, attached });
  }

  /** How long the session is kept, from now on. */
  keep(expirySeconds: number): void {
    this.expirySeconds = expirySeconds;
    this.inbox.define({ ...this.inbox.details, expirySeconds });
  }
}

function attachedOf(inbox: Inbox): Record<string, SubscriptionDetails> {
  return (inbox.details.attached as Record<string, SubscriptionDetails> | undefined) ?? {};
}

/** What comes from an address or a group, not from the inbox: one subscription's options hold for all of it. */
class AttachedPort implements ConsumerPort {
  readonly #session: MqttSession;
  readonly #options: TopicOptions;
  /** The address's name, which is the topic of what comes from it; undefined: messages have a topic of their own. */
  readonly #address: string | undefined;

  constructor(session: MqttSession, options: TopicOptions, address: string | undefined) {
    this.#session = session;
    this.#options = options;
    this.#address = address;
  }

  /** The message may be its sender's scratch: it goes back as it came. */
  #send(message: Message, source: DeliverySource, token: number): void {
    const { topic } = message;
    if (this.#address !== undefined) message.topic = this.#address;
    this.#session.send(message, source, token, this.#options, false);
    message.topic = topic;
  }

  get unsettled(): number {
    return this.#session.unsettled;
  }

  deliver(message: Message, source: DeliverySource, token: number): MessageStream | undefined {
    if (!message.more) {
      this.#send(message, source, token);
      return undefined;
    }
    // A PUBLISH says its length first, so a message that is still arriving has to be whole.
    return new MessageCollector(message, MESSAGE_SIZE_BYTES_MAX_DEFAULT, whole => {
      if (whole) this.#send(whole, source, token);
      else source.settle(token, RELEASED);
    });
  }

  drained(): void {}

  end(refusal: Refusal): void {
    this.#session.connection?.disconnect(MQTT_OUTCOMES.refusals[refusal.code].disconnect, refusal.description);
  }
}
