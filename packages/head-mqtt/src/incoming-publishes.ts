import { PublishReader, REASON } from '@angarium/codec-mqtt';
import type { Outcome, PeerDescription, Producer, ProducerPort, Visit } from '@angarium/core';
import type { MqttConnection } from './connection.ts';
import { NOT_UNDER_WAY, publishReason, whyNot } from './outcome-table.ts';
import { type Destination, isStored, Publisher } from './publisher.ts';
import type { MqttSession } from './session.ts';
import { FORGED, saysAnother, userIdOf } from './user-id.ts';

/** Scratch for all connections. */
const publish = new PublishReader();
const text = new TextDecoder('utf-8', { fatal: true });

/** Tokens of publishes with QoS 2 are their packet identifiers with this beside. */
const TOKEN_QOS_2 = 0x10000;

/** Of clients of which nothing has ever waited; it stays empty. */
const NO_IDS = new Set<number>();

/** What a client publishes: checked, handed to its address, and acknowledged when the address says so. */
export class IncomingPublishes implements ProducerPort {
  readonly #connection: MqttConnection;
  readonly #session: MqttSession;
  readonly #publisher: Publisher;
  readonly #version: 4 | 5;
  readonly #userId: Buffer | undefined;
  /** Publishes with QoS 1 and 2 that are not over (MQTT 5.0, section 4.9), or that have no answer yet (3.1.1, where the next packet may be none of theirs). */
  #receiving = 0;
  /** Of what has been published and waits for room at its address. */
  #waitingBytes = 0;
  /** Packet identifiers of publishes with QoS 2 that wait: their messages are not here yet. */
  #waitingIds = NO_IDS;
  /** The client is not read until less is under way. */
  #withheld = false;

  constructor(connection: MqttConnection, session: MqttSession, visit: Visit, version: 4 | 5) {
    this.#connection = connection;
    this.#session = session;
    this.#version = version;
    this.#userId = userIdOf(visit.principal);
    this.#publisher = new Publisher(visit, this, session.inbox);
  }

  /** Addresses that the client has published to. */
  get addresses(): ReadonlyMap<string, Producer> {
    return this.#publisher.addresses;
  }

  /** A PUBLISH with this first byte and body. Throws `MqttDecodeError`. */
  take(first: number, bytes: Uint8Array, start: number, end: number): void {
    publish.read(first, bytes, start, end, this.#version);
    const connection = this.#connection;
    connection.messagesTaken++;
    const { receiveMaximum, topicAliasMaximum } = connection.limits;
    const { qos, packetId, topicAlias } = publish;
    // [MQTT-3.3.4-6]
    if (publish.subscriptionIdentifiers > 0)
      return connection.disconnect(REASON.protocolError, 'a client may not send subscription identifiers');
    if (topicAlias > topicAliasMaximum)
      return connection.disconnect(REASON.topicAliasInvalid, `topic alias ${topicAlias} is beyond ${topicAliasMaximum}`);
    const destination = this.#publisher.find(publish, bytes);
    if (!destination) return connection.disconnect(REASON.protocolError, `topic alias ${topicAlias} stands for nothing yet`);
    if (publish.payloadFormatIndicator === 1 && !isText(bytes, publish.payloadStart, publish.payloadEnd))
      return this.#refuse(destination.topic, REASON.payloadFormatInvalid, 'its payload is said to be text, and is not UTF-8');
    if (this.#userId && saysAnother(this.#userId, bytes, publish.propertiesStart, publish.propertiesEnd))
      return this.#refuse(destination.topic, REASON.notAuthorized, FORGED);
    if (qos === 0) return this.#publisher.send(destination, publish, bytes, 0);
    if (qos === 2 && !this.#session.receive(packetId)) {
      // [MQTT-4.3.3-10]: it has come before, and is not handed over twice; it may be on its way to disk still, or wait for room.
      if (this.#waitingIds.has(packetId)) return;
      return this.#acknowledgeWhenDurable(packetId, REASON.success);
    }
    // [MQTT-3.3.4-9]
    if (++this.#receiving > receiveMaximum && this.#version === 5)
      return connection.disconnect(REASON.receiveMaximumExceeded, `more than ${receiveMaximum} publishes are unacknowledged`);
    if (this.#receiving >= receiveMaximum) this.#withholdIfDue();
    if (qos === 1) this.#publisher.send(destination, publish, bytes, packetId);
    else this.#sendOnce(destination, bytes, packetId);
  }

  /** The packet that was read is not handed over. */
  #refuse(topic: string, reasonCode: number, why: string): void {
    const { qos, packetId } = publish;
    this.#connection.report('warn', `message refused: ${why}`, { topic });
    if (qos > 0) this.#connection.ack(qos === 1 ? 'puback' : 'pubrec', packetId, reasonCode, why);
  }

  /** QoS 2. The message and that it has come are one unit in the log: torn between, it would be lost, or come twice. */
  #sendOnce(destination: Destination, bytes: Uint8Array, packetId: number): void {
    const { inbox } = this.#session;
    if (!isStored(destination)) return this.#publisher.send(destination, publish, bytes, packetId | TOKEN_QOS_2);
    inbox.beginUnit();
    this.#session.keepReceived(packetId);
    this.#publisher.send(destination, publish, bytes, packetId | TOKEN_QOS_2);
    inbox.endUnit();
  }

  /** PUBREL: the client knows that we have the message. */
  release(packetId: number): void {
    const known = !this.#waitingIds.has(packetId) && this.#session.forget(packetId);
    if (known && this.#version === 5 && this.#receiving > 0) this.#over();
    if (known) this.#connection.ack('pubcomp', packetId, REASON.success);
    else this.#connection.ack('pubcomp', packetId, REASON.packetIdentifierNotFound, NOT_UNDER_WAY);
  }

  settle(token: number, outcome: Outcome): void {
    const packetId = token & 0xffff;
    const reasonCode = publishReason(outcome);
    const why = whyNot(outcome);
    if (outcome.kind === 'rejected') this.#connection.report('info', `publish refused: ${why}`, { packetId });
    // What was sent with QoS 0 has no identifier, and nobody to tell.
    if (packetId === 0) return;
    const received = token >= TOKEN_QOS_2 && reasonCode < 0x80;
    if (!received || this.#version === 4) this.#over();
    if (received) return this.#received(packetId, reasonCode, why);
    if (token < TOKEN_QOS_2) return this.#connection.ack('puback', packetId, reasonCode, why);
    this.#session.forget(packetId);
    this.#connection.ack('pubrec', packetId, reasonCode, why);
  }

  // ---- waiting for room

  waits(token: number, sizeBytes: number): void {
    this.#waitingBytes += sizeBytes;
    if (token >= TOKEN_QOS_2) {
      if (this.#waitingIds === NO_IDS) this.#waitingIds = new Set();
      this.#waitingIds.add(token & 0xffff);
      this.#session.dropReceived(token & 0xffff);
    }
    this.#withholdIfDue();
  }

  /** As in `#sendOnce`, that it has come is written with it. */
  waited(token: number, sizeBytes: number): void {
    this.#waitingBytes -= sizeBytes;
    if (token >= TOKEN_QOS_2 && this.#waitingIds.delete(token & 0xffff)) this.#session.keepReceived(token & 0xffff);
    this.#readOnIfDue();
  }

  /** A client of MQTT 5.0 keeps to the receive maximum itself: as long as its bytes are few, what else it says is heard. */
  #withholdIfDue(): void {
    const { receiveMaximum, waitingBytesMax } = this.#connection.limits;
    if (this.#withheld || (this.#waitingBytes <= waitingBytesMax && (this.#version === 5 || this.#receiving < receiveMaximum))) return;
    this.#withheld = true;
    this.#connection.withholdReading(true);
  }

  #readOnIfDue(): void {
    if (!this.#withheld) return;
    const { receiveMaximum, waitingBytesMax } = this.#connection.limits;
    if (this.#waitingBytes > waitingBytesMax / 2 || (this.#version === 4 && this.#receiving > receiveMaximum / 2)) return;
    this.#withheld = false;
    this.#connection.withholdReading(false);
  }

  /** One publish less is under way. */
  #over(): void {
    this.#receiving--;
    if (this.#withheld) this.#readOnIfDue();
  }

  /** QoS 2: the address has the message. Of what a direct address took, that it has come is noted only now, since it may have come to nothing. */
  #received(packetId: number, reasonCode: number, why: string | undefined): void {
    if (this.#session.keepReceived(packetId)) this.#connection.ack('pubrec', packetId, reasonCode, why);
    else this.#acknowledgeWhenDurable(packetId, reasonCode, why);
  }

  #acknowledgeWhenDurable(packetId: number, reasonCode: number, why?: string): void {
    this.#session.inbox.whenDurable(() => this.#connection.ack('pubrec', packetId, reasonCode, why));
  }

  grant(): void {}

  describePeer(): PeerDescription {
    return this.#session.describePeer();
  }

  end(): void {}

  askAgain(): void {
    this.#publisher.askAgain();
  }

  /** What waits is not stored: the client sends it again [MQTT-4.4.0-1], and it comes for the first time then. */
  detach(): void {
    for (const packetId of this.#waitingIds) this.#session.forget(packetId);
    this.#waitingIds = NO_IDS;
    this.#publisher.detach();
  }
}

function isText(bytes: Uint8Array, start: number, end: number): boolean {
  try {
    text.decode(bytes.subarray(start, end));
    return true;
  } catch {
    return false;
  }
}
