import {
  type Auth,
  type Connect,
  decodePacket,
  type MqttVersion,
  type Packet,
  type Properties,
  REASON,
  readProtocolLevel,
} from '@angarium/codec-mqtt';
import { type Principal, Refusal } from '@angarium/core';
import { Authentication, type AuthenticationStep } from './authentication.ts';
import type { ClientOutput } from './client-output.ts';
import type { MqttConnection } from './connection.ts';
import { termsOf } from './connection-terms.ts';
import type { MqttHead } from './mqtt-head.ts';
import { MQTT_OUTCOMES, RETURN_CODES_311 } from './outcome-table.ts';

/** Longest reason in words, in UTF-16 units: a name in it can be much longer. */
const REASON_CHARACTERS_MAX = 500;

/** From CONNECT to CONNACK: who the client is, what it asks for, and what it gets. */
export class Handshake {
  version: MqttVersion = 4;
  principal: Principal | undefined;
  /** What the client has to say next; undefined: it is for us to say something. */
  awaits: 'CONNECT' | 'AUTH' | undefined = 'CONNECT';
  readonly #connection: MqttConnection;
  readonly #head: MqttHead;
  readonly #output: ClientOutput;
  readonly #authentication: Authentication;
  /** Until it is answered. */
  #connect: Connect | undefined;
  #problemInformation = true;

  constructor(connection: MqttConnection, head: MqttHead, output: ClientOutput) {
    this.#connection = connection;
    this.#head = head;
    this.#output = output;
    this.#authentication = new Authentication(head.access, connection.peer);
  }

  /** A packet that comes before the client is let in. Throws `MqttDecodeError`. */
  packet(first: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.awaits === 'AUTH') return this.#answered(decodePacket(first, bytes, start, end, this.version));
    if (this.awaits !== 'CONNECT') return;
    // [MQTT-3.1.0-1]
    if (first >> 4 !== 1) {
      this.#connection.report('warn', 'connection closed: the first packet is not CONNECT');
      return this.#connection.hangUp();
    }
    this.version = readProtocolLevel(bytes, start, end) === 5 ? 5 : 4;
    this.#output.version = this.version;
    this.#connecting(decodePacket(first, bytes, start, end, this.version) as Packet & { kind: 'connect' });
  }

  #connecting(connect: Connect): void {
    const { clientId, properties = {}, version, cleanStart } = connect;
    const { clientIdBytesMax } = this.#head.limits;
    this.#output.packetSizeBytesMax = properties.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    this.#problemInformation = properties.requestProblemInformation ?? true;
    if (Buffer.byteLength(clientId) > clientIdBytesMax || clientId.includes('\n'))
      return this.refuse(
        REASON.clientIdentifierNotValid,
        `the client identifier is longer than ${clientIdBytesMax} bytes, or has a line feed`,
      );
    // [MQTT-3.1.3-8] of 3.1.1
    if (clientId === '' && version === 4 && !cleanStart)
      return this.refuse(REASON.clientIdentifierNotValid, 'a session that is to be kept needs a client identifier');
    this.#connect = connect;
    this.#decide();
    this.#authentication.connect(connect, step => this.#authenticated(step));
  }

  /** What comes with and after this packet waits until it is answered. */
  #decide(): void {
    this.awaits = undefined;
    this.#connection.hold();
  }

  /** [MQTT-3.1.2-30]: a client that was challenged answers, or leaves. */
  #answered(packet: Packet): void {
    if (packet.kind === 'disconnect') return this.#connection.hangUp();
    if (packet.kind !== 'auth') return this.refuse(REASON.protocolError, `${packet.kind} came before the client was let in`);
    this.#decide();
    this.#authentication.auth(packet, step => this.#authenticated(step));
  }

  #authenticated(step: AuthenticationStep): void {
    if (this.#connection.closed) return;
    switch (step.kind) {
      case 'refused':
        return this.refuse(step.reasonCode, step.why);
      case 'challenge':
        this.awaits = 'AUTH';
        this.#output.packet(this.#auth(REASON.continueAuthentication, step.data));
        return this.#connection.goOn();
      case 'accepted':
        this.principal = step.principal;
        this.#accept(this.#connect!, step.data);
        // It may have a password, which nobody needs any more.
        this.#connect = undefined;
    }
  }

  /** AUTH of a client that is let in. [MQTT-4.12.1-2]: one that cannot say again who it is has to go. */
  authenticateAgain(auth: Auth): void {
    this.#authentication.auth(auth, step => {
      if (step.kind === 'refused') this.#connection.disconnect(step.reasonCode, step.why);
      else {
        if (step.kind === 'accepted') this.#connection.renew(step.principal);
        this.#connection.answer(this.#auth(step.kind === 'challenge' ? REASON.continueAuthentication : REASON.success, step.data));
      }
    });
  }

  #auth(reasonCode: number, data: Uint8Array | undefined): Packet {
    return { kind: 'auth', reasonCode, properties: this.#authenticationProperties(data) };
  }

  /** [MQTT-4.12.0-5] [MQTT-4.12.0-6] */
  #authenticationProperties(data: Uint8Array | undefined): Properties {
    const { method } = this.#authentication;
    if (method === undefined) return {};
    return { authenticationMethod: method, ...(data && { authenticationData: data }) };
  }

  #accept(connect: Connect, authenticationData: Uint8Array | undefined): void {
    const { cleanStart, properties: asked = {}, will } = connect;
    const { limits, broker, sessions, wills } = this.#head;
    const connection = this.#connection;
    const terms = termsOf(connect, limits, this.#head.randomName);
    const { clientId } = terms;
    const connack: Packet = { kind: 'connack', sessionPresent: false, reasonCode: REASON.success };
    if (this.version === 5) connack.properties = { ...terms.properties, ...this.#authenticationProperties(authenticationData) };
    if (!this.#output.fits(connack))
      return this.refuse(REASON.packetTooLarge, 'the answer would be larger than the maximum packet size of the client');
    const visit = broker.enter(this.principal!, this.#head.access.space({ peer: connection.peer }), connection);
    if (visit instanceof Refusal) return this.refuse(MQTT_OUTCOMES.refusals[visit.code].disconnect, visit.description);
    const { space } = visit;
    if (this.principal!.endedWhy !== undefined) return this.refuse(REASON.notAuthorized, this.principal!.endedWhy);
    if (sessions.isOfAnother(visit, clientId))
      return this.refuse(REASON.clientIdentifierNotValid, 'the client identifier is that of another user: choose another one');
    const beyond = connection.count(visit) ?? sessions.refuse(space, clientId);
    if (beyond) return this.refuse(MQTT_OUTCOMES.refusals[beyond.code].disconnect, beyond.description);
    const { session, present } = sessions.open(visit, clientId, cleanStart, terms.sessionExpirySeconds, connection);
    connack.sessionPresent = present;
    this.#output.openPublish(Math.min(asked.topicAliasMaximum ?? 0, limits.topicAliasMaximum));
    connection.enter(session, visit, terms);
    session.connect(connection, asked.receiveMaximum ?? 0xffff);
    const refused = wills.put(visit, clientId, will);
    if (refused) {
      connection.leave();
      return this.refuse(MQTT_OUTCOMES.refusals[refused.code].disconnect, refused.description);
    }
    connection.hasWill = will !== undefined;
    const connected = (): void => connection.letIn(connack);
    // A session that is kept, or a will, is on disk before the client may rely on it.
    if (will) space.wills.whenDurable(connected);
    else session.inbox.whenDurable(connected);
  }

  /** [MQTT-3.2.2-7]: CONNACK with the reason, and the end. */
  refuse(reasonCode: number, why: string): void {
    this.#connection.report('warn', `connection refused: ${why}`, { reasonCode });
    const code = this.version === 5 ? reasonCode : (RETURN_CODES_311[reasonCode] ?? -1);
    if (code >= 0)
      this.#output.packet({
        kind: 'connack',
        sessionPresent: false,
        reasonCode: code,
        ...(this.version === 5 && { properties: this.words(why) }),
      });
    this.#connection.hangUp();
  }

  /** Why, for a client that wants to hear it [MQTT-3.1.2-29]. */
  words(why: string): Properties {
    return this.#problemInformation ? { reasonString: why.slice(0, REASON_CHARACTERS_MAX).toWellFormed() } : {};
  }
}
