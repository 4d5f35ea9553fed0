import { type Qos, REASON } from '@angarium/codec-mqtt';
import {
  ACCEPTED,
  type AddressSpace,
  type Claimant,
  type Consumer,
  type ConsumerPort,
  type DeliverySource,
  ENCODING_MQTT,
  type Inbox,
  type LivePort,
  type Message,
  type MessageStream,
  type PeerDescription,
  RELEASED,
  Refusal,
  rejected,
  type Turn,
} from '@angarium/core';
import type { ListedLink } from '@angarium/transport';
import type { MqttConnection } from './connection.ts';
import type { DeliveryOrigin } from './delivery-origin.ts';
import type { MqttLimits } from './limits.ts';
import { MQTT_OUTCOMES, NOT_UNDER_WAY, subscriberOutcome } from './outcome-table.ts';
import { OwnDeliveries } from './own-deliveries.ts';
import { PacketIds } from './packet-ids.ts';
import { MARK_RECEIVED, MARK_RELEASING, MARK_STARTED } from './session-marks.ts';
import { SessionSubscriptions } from './session-subscriptions.ts';
import { publishedQos } from './stored-publish.ts';
import type { TopicOptions } from './subscription-options.ts';

/** How a client's inbox is called. */
const SESSION_PREFIX = 'mqtt:';
/** For ever, in the terms of the session expiry interval. */
export const EXPIRY_NEVER = 0xffff_ffff;

export interface MqttSessionOptions {
  readonly clientId: string;
  readonly inbox: Inbox;
  readonly space: AddressSpace;
  readonly limits: MqttLimits;
  readonly turn: Turn;
  /** How long it outlives its connection, in seconds. */
  readonly expirySeconds: number;
}

/**
 * A client's session (section 4.1): its subscriptions, what waits for it, and what is under way both ways. It outlives its connection for as long
 * as the client has asked, and a restart with it.
 */
export class MqttSession implements ConsumerPort, LivePort {
  readonly clientId: string;
  readonly inbox: Inbox;
  readonly packetIds = new PacketIds();
  readonly subscriptions: SessionSubscriptions;
  /** QoS 2: packet identifiers that the client has not released. */
  readonly #received = new Set<number>();
  readonly #space: AddressSpace;
  readonly #limits: MqttLimits;
  readonly #own: OwnDeliveries;
  readonly #consumer: Consumer;
  #connection: MqttConnection | undefined;
  #window = 0;
  #paused = false;
  /** Seconds; what happens when the connection ends. */
  expirySeconds: number;
  expiry: { cancel(): void } | undefined;
  /** Messages with QoS 0 that a slow client has missed. */
  missed = 0;

  constructor(options: MqttSessionOptions) {
    const { clientId, inbox, space, limits, turn, expirySeconds } = options;
    this.clientId = clientId;
    this.inbox = inbox;
    this.#space = space;
    this.#limits = limits;
    this.expirySeconds = expirySeconds;
    this.subscriptions = new SessionSubscriptions(this, inbox, space, limits.subscriptionsMax);
    this.#own = new OwnDeliveries(inbox, turn);
    this.#consumer = inbox.consume(this);
    for (const number of inbox.marks.keys()) {
      if (number >= MARK_STARTED) continue;
      if (number >= MARK_RECEIVED) this.#received.add(number - MARK_RECEIVED);
      else if (number >= MARK_RELEASING) this.packetIds.release(number - MARK_RELEASING);
    }
    this.#own.restore(this.packetIds);
    this.subscriptions.restore();
  }

  static inboxName(clientId: string): string {
    return SESSION_PREFIX + clientId;
  }

  static clientIdOf(inboxName: string): string | undefined {
    return inboxName.startsWith(SESSION_PREFIX) ? inboxName.slice(SESSION_PREFIX.length) : undefined;
  }

  get connection(): MqttConnection | undefined {
    return this.#connection;
  }

  /** Whose it is; undefined: it is from a time when sessions were nobody's. */
  get owner(): Claimant | undefined {
    return this.inbox.details.owner as Claimant | undefined;
  }

  get unsettled(): number {
    return this.packetIds.size;
  }

  get peerName(): string {
    return this.clientId;
  }

  describePeer(): PeerDescription {
    return this.#connection?.visit.describePeer(this.clientId) ?? { protocol: 'MQTT', name: this.clientId };
  }

  /** Its subscriptions as administrators see them; credit, and what is under way, are those of all of them together. */
  *links(sinceMs: number): Iterable<ListedLink> {
    const { inbox, unsettled } = this;
    const common = { role: 'consumer', sinceMs, unsettled, oldestUnsettled: this.packetIds.oldest, pausedWhy: this.#pausedWhy } as const;
    for (const pattern of inbox.patterns.values())
      yield {
        ...common,
        identity: pattern,
        name: pattern.pattern,
        address: pattern.pattern,
        standing: this.#consumer.standing,
        available: this.#consumer.available,
        ...(inbox.patterns.size === 1 && { delivered: inbox.counters.out }),
      };
    for (const { filter, address, port, consumer } of this.subscriptions.attached())
      yield { ...common, identity: port, name: filter, address, standing: consumer.standing, available: consumer.available };
  }

  get #pausedWhy(): string | undefined {
    if (!this.#paused) return undefined;
    if (this.#connection?.blocked) return 'its connection does not read what it is sent';
    return `it takes no more than ${this.packetIds.size} at a time that it has not acknowledged (receive maximum)`;
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

  /** The connection is gone. What was under way goes back to where it came from; its own comes again under the same identifiers. */
  disconnect(): void {
    this.#connection = undefined;
    this.inbox.live = undefined;
    this.#consumer.grant(0, false);
    this.subscriptions.grant(0);
    this.packetIds.interrupt();
  }

  /** The session ends for good. */
  close(): void {
    this.expiry?.cancel();
    this.subscriptions.leaveAll();
    this.#consumer.detach(0);
    this.#own.end();
    this.#space.inboxes.end(this.inbox);
  }

  // ---- to the client

  /** As much credit as the client's receive maximum leaves. */
  refill(): void {
    const credit = this.#credit();
    if (credit === 0) return;
    this.#consumer.grant(credit, false);
    this.subscriptions.grant(credit);
    if (this.#paused) this.#pause(false);
  }

  #credit(): number {
    return Math.max(0, this.#window - this.packetIds.size);
  }

  /** A further consumer, beside the inbox's. */
  attached(consumer: Consumer): void {
    if (this.#connection) consumer.grant(this.#credit(), false);
  }

  #pause(paused: boolean): void {
    this.#paused = paused;
    if (paused) this.#consumer.pause();
    else this.#consumer.resume();
    this.subscriptions.pause(paused);
  }

  /** The connection has too much unsent, or no more so. */
  setBlocked(blocked: boolean): void {
    if (blocked) this.#pause(true);
    else this.refill();
  }

  /** From the inbox: a topic that one or more subscriptions match. */
  deliver(message: Message, source: DeliverySource, token: number): MessageStream | undefined {
    // It may have come while the client still might have it.
    if (this.#connection && !this.#connection.visit.may('receive', message.topic)) {
      source.settle(token, ACCEPTED);
      this.#connection.refillLater();
      return undefined;
    }
    this.send(message, source, token, this.subscriptions.optionsOf(message.topic), this.#own);
    return undefined;
  }

  send(message: Message, source: DeliverySource, token: number, options: TopicOptions, origin: DeliveryOrigin): void {
    const connection = this.#connection;
    if (!connection) {
      source.settle(token, RELEASED);
      return;
    }
    if (message.encoding !== ENCODING_MQTT) {
      const translated = connection.translate(message);
      if (translated) this.send(translated, source, token, options, origin);
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
    if (origin.again.size > 0) this.packetIds.passOver(origin, token);
    const taken = this.packetIds.take({ source, token, qos, origin });
    const packetId = Math.abs(taken);
    if (taken > 0) origin.begun(token, packetId, qos);
    if (!connection.publish(message, qos, packetId, taken < 0, options)) {
      // [MQTT-3.1.2-25]: too large for this client, so it is done with.
      this.packetIds.settle(packetId);
      source.settle(token, ACCEPTED);
      origin.over(token, packetId);
      connection.refillLater();
      return;
    }
    if (this.packetIds.size >= this.#window && !this.#paused) this.#pause(true);
  }

  deliverLive(message: Message): boolean {
    const connection = this.#connection;
    if (!connection) return false;
    if (connection.blocked) {
      this.missed++;
      this.inbox.counters.dropped++;
      connection.missed();
      return false;
    }
    this.inbox.counters.out++;
    const translated = connection.translate(message);
    return translated !== undefined && connection.publish(translated, 0, 0, false, this.subscriptions.optionsOf(message.topic));
  }

  drained(): void {}

  /** The inbox is gone. */
  end(refusal: Refusal): void {
    this.#connection?.disconnect(MQTT_OUTCOMES.refusals[refusal.code].disconnect, refusal.description);
  }

  /** An address that the client consumes from is gone, and the subscription with it: the client is told in the one way there is. */
  lost(filter: string, refusal: Refusal): void {
    this.subscriptions.lost(filter);
    this.end(refusal);
  }

  /** `why` is the client's reason string. */
  puback(packetId: number, reasonCode: number, why: string | undefined): void {
    const inFlight = this.packetIds.get(packetId);
    // [MQTT-4.8.1]: an acknowledgement of nothing says nothing.
    if (inFlight?.qos !== 1) return;
    this.packetIds.settle(packetId);
    inFlight.source.settle(inFlight.token, subscriberOutcome(reasonCode, why));
    inFlight.origin.over(inFlight.token, packetId);
  }

  pubrec(packetId: number, reasonCode: number, why: string | undefined): void {
    const inFlight = this.packetIds.get(packetId);
    if (inFlight?.qos !== 2) {
      if (this.packetIds.releasing.has(packetId)) this.#connection?.ack('pubrel', packetId, REASON.success);
      else this.#connection?.ack('pubrel', packetId, REASON.packetIdentifierNotFound, NOT_UNDER_WAY);
      return;
    }
    const { source, token, origin } = inFlight;
    const received = reasonCode < 0x80;
    this.packetIds.settle(packetId);
    if (received) {
      this.packetIds.release(packetId);
      // Before the message is over: where the log is torn between, it is known that the client has it.
      this.inbox.mark(MARK_RELEASING + packetId, 1);
    }
    source.settle(token, subscriberOutcome(reasonCode, why));
    origin.over(token, packetId);
    if (received) this.#connection?.ack('pubrel', packetId, REASON.success);
  }

  pubcomp(packetId: number): void {
    if (this.packetIds.released(packetId)) this.inbox.unmark(MARK_RELEASING + packetId);
  }

  // ---- from the client, QoS 2

  /** False: this identifier is under way already, the message has come before [MQTT-4.3.3-10]. */
  receive(packetId: number): boolean {
    if (this.#received.has(packetId)) return false;
    this.#received.add(packetId);
    return true;
  }

  /** The message is here for good: that is known over a restart, too. Answers whether it was known already. */
  keepReceived(packetId: number): boolean {
    if (!this.inbox.kept || this.inbox.marks.has(MARK_RECEIVED + packetId)) return true;
    this.inbox.mark(MARK_RECEIVED + packetId, 1);
    return false;
  }

  /** The message is not here after all, though its identifier is under way. */
  dropReceived(packetId: number): void {
    this.inbox.unmark(MARK_RECEIVED + packetId);
  }

  /** The identifier is free again; false when it was. */
  forget(packetId: number): boolean {
    if (!this.#received.delete(packetId)) return false;
    this.inbox.unmark(MARK_RECEIVED + packetId);
    return true;
  }

  // ---- retained messages

  /** Those of a new subscription: with QoS 0 at once, others through the inbox. */
  sendRetained(filter: string, granted: Qos): void {
    const { retained, serverStatus } = this.#space;
    serverStatus?.visit(filter, message => this.deliverLive(message));
    retained.read(retained.matching(filter), message => {
      if (granted === 0 || publishedQos(message) === 0) this.deliverLive(message);
      else {
        message.durable = true;
        this.inbox.store(message);
      }
    });
  }

  /** How long the session is kept, from now on. */
  keep(expirySeconds: number, owner = this.owner): void {
    this.expirySeconds = expirySeconds;
    this.inbox.define({ ...this.inbox.details, expirySeconds, ...(owner && { owner }) });
  }
}
