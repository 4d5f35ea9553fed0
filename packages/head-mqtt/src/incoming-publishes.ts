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

/** What a client publishes: checked, handed to its address, and acknowledged when the address says so. */
export class IncomingPublishes implements ProducerPort {
  readonly #connection: MqttConnection;
  readonly #session: MqttSession;
  readonly #publisher: Publisher;
  readonly #version: 4 | 5;
  readonly #userId: Buffer | undefined;
  /** Publishes with QoS 1 and 2 that are not over. */
  #receiving = 0;

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
      // [MQTT-4.3.3-10]: it has come before, and is not handed over twice; it may be on its way to disk still.
      return this.#acknowledgeWhenDurable(packetId, REASON.success);
    }
    // [MQTT-3.3.4-9]
    if (++this.#receiving > receiveMaximum)
      return connection.disconnect(REASON.receiveMaximumExceeded, `more than ${receiveMaximum} publishes are unacknowledged`);
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
    const known = this.#session.forget(packetId);
    if (known && this.#receiving > 0) this.#receiving--;
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
    if (token >= TOKEN_QOS_2 && reasonCode < 0x80) return this.#received(packetId, reasonCode, why);
    this.#receiving--;
    if (token < TOKEN_QOS_2) return this.#connection.ack('puback', packetId, reasonCode, why);
    this.#session.forget(packetId);
    this.#connection.ack('pubrec', packetId, reasonCode, why);
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

  detach(): void {
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
