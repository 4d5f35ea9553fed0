import type { Duplex } from 'node:stream';
import {
  AckReader,
  ByteWriter,
  type Connect,
  decodePacket,
  encodePacket,
  MqttDecodeError,
  type Packet,
  type PacketReceiver,
  PacketSplitter,
  type Properties,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  type Qos,
  REASON,
  readProtocolLevel,
  writeAck,
} from '@angarium/codec-mqtt';
import { type AddressSpace, ENCODING_MQTT, type Message, type Task } from '@angarium/core';
import { ConnectionOutput, type Identity, type Peer, ReportBudget } from '@angarium/transport';
import { IncomingPublishes } from './incoming-publishes.ts';
import { keepAliveSeconds, type MqttLimits } from './limits.ts';
import type { MqttHead } from './mqtt-head.ts';
import { RETURN_CODES_311 } from './outcome-table.ts';
import { OutgoingPublish } from './outgoing-publish.ts';
import { EXPIRY_NEVER, type MqttSession } from './session.ts';
import type { TopicOptions } from './subscription-options.ts';

const ackReader = new AckReader();
const allocate = (sizeBytes: number): Uint8Array => Buffer.allocUnsafeSlow(sizeBytes);

type Phase = 'connect' | 'authenticating' | 'open' | 'closed';

/** One client: CONNECT to DISCONNECT, its packets both ways. */
export class MqttConnection implements PacketReceiver, Task {
  deferred = false;
  readonly peer: Peer;
  readonly limits: MqttLimits;
  readonly output: ConnectionOutput<ByteWriter>;
  /** Too much is unsent: nothing is delivered, and nothing is read, until the client has taken some. */
  blocked = false;
  readonly #head: MqttHead;
  readonly #stream: Duplex;
  #splitter: PacketSplitter;
  #phase: Phase = 'connect';
  #version: 4 | 5 = 4;
  #clientId = '';
  #identity: Identity | undefined;
  #space: AddressSpace | undefined;
  #session: MqttSession | undefined;
  #publishes: IncomingPublishes | undefined;
  #outgoing: OutgoingPublish | undefined;
  #keepAliveMs = 0;
  #hasWill = false;
  #problemInformation = true;
  /** The largest packet that the client takes. */
  #packetSizeBytesMax = Number.POSITIVE_INFINITY;
  #refillDue = false;
  #waiting: Uint8Array[] = [];
  #gone = false;
  #receivedAtMs: number;
  #blockedAtMs = 0;
  #closedAtMs = 0;
  #missed = 0;
  readonly #lines = new ReportBudget();

  constructor(head: MqttHead, stream: Duplex, peer: Peer) {
    this.#head = head;
    this.#stream = stream;
    this.peer = peer;
    this.limits = head.limits;
    this.output = new ConnectionOutput(stream, head.slabs, allocate => new ByteWriter(0, allocate));
    this.#splitter = new PacketSplitter(this.limits.packetSizeBytesMax, allocate);
    this.#receivedAtMs = head.turn.nowMs;
    stream.on('data', (chunk: Buffer) => this.#receive(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)));
    stream.on('drain', () => this.#drained());
    stream.on('error', error => this.report('debug', `connection error: ${error.message}`));
    stream.on('close', () => this.#lost());
  }

  status(): { peer: string; user: string | undefined; clientId: string; version: string; addressSpace: string; unsentBytes: number } {
    return {
      peer: this.peer.address,
      user: this.#identity?.user,
      clientId: this.#clientId,
      version: this.#version === 5 ? '5.0' : '3.1.1',
      addressSpace: this.#space?.name ?? '',
      unsentBytes: this.output.unsentBytes,
    };
  }

  // ---- reading

  #receive(chunk: Uint8Array): void {
    if (this.#phase === 'closed') return;
    // Until CONNECT is whole, bytes that trickle in do not put its time limit off.
    if (this.#phase !== 'connect') this.#receivedAtMs = this.#head.turn.nowMs;
    if (this.#phase === 'authenticating') {
      this.#waiting.push(chunk);
      this.#stream.pause();
      return;
    }
    try {
      this.#splitter.push(chunk, this);
    } catch (error) {
      if (!(error instanceof MqttDecodeError)) throw error;
      this.#refusePacket(error);
    }
  }

  /** [MQTT-4.13.1-1]: a malformed packet closes the connection, with a word to a client that understands it. */
  #refusePacket(error: MqttDecodeError): void {
    if (this.#phase === 'open') this.disconnect(error.reasonCode, error.message);
    else this.#refuseConnect(error.reasonCode, error.message);
  }

  packet(first: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#phase === 'open') return this.#open(first, bytes, start, end);
    if (this.#phase !== 'connect') return;
    // [MQTT-3.1.0-1]
    if (first >> 4 !== 1) {
      this.report('warn', 'connection closed: the first packet is not CONNECT');
      return this.#hangUp();
    }
    const level = readProtocolLevel(bytes, start, end);
    this.#version = level === 5 ? 5 : 4;
    if (level !== 4 && level !== 5)
      return this.#refuseConnect(REASON.unsupportedProtocolVersion, `protocol level ${level} is not spoken here`);
    this.#connect(decodePacket(first, bytes, start, end, this.#version) as Packet & { kind: 'connect' });
  }

  #open(first: number, bytes: Uint8Array, start: number, end: number): void {
    const type = first >> 4;
    if (type === PUBLISH) return this.#publishes!.take(first, bytes, start, end);
    if (type >= PUBACK && type <= PUBCOMP) return this.#acknowledged(first, bytes, start, end);
    const packet = decodePacket(first, bytes, start, end, this.#version);
    switch (packet.kind) {
      case 'pingreq':
        return this.#write({ kind: 'pingresp' });
      case 'subscribe':
        return this.#subscribe(packet);
      case 'unsubscribe':
        return this.#unsubscribe(packet);
      case 'disconnect':
        return this.#goodbye(packet.reasonCode, packet.properties);
      case 'connect':
        // [MQTT-3.1.0-2]
        return this.disconnect(REASON.protocolError, 'a second CONNECT came');
      case 'auth':
        return this.disconnect(REASON.protocolError, 'AUTH came without an authentication method in CONNECT');
      default:
        return this.disconnect(REASON.protocolError, `${packet.kind} is for servers to send`);
    }
  }

  // ---- connect

  #connect(connect: Connect): void {
    const { clientId, properties = {}, version } = connect;
    // What came in one chunk with CONNECT waits, with what follows, until it is answered.
    this.#splitter.stop();
    this.#receivedAtMs = this.#head.turn.nowMs;
    this.#packetSizeBytesMax = properties.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    this.#problemInformation = properties.requestProblemInformation ?? true;
    if (properties.authenticationMethod !== undefined)
      return this.#refuseConnect(
        REASON.badAuthenticationMethod,
        `the authentication method ${properties.authenticationMethod} is not offered`,
      );
    if (Buffer.byteLength(clientId) > this.limits.clientIdBytesMax || clientId.includes('\n'))
      return this.#refuseConnect(
        REASON.clientIdentifierNotValid,
        `the client identifier is longer than ${this.limits.clientIdBytesMax} bytes`,
      );
    // [MQTT-3.1.3-8] of 3.1.1
    if (clientId === '' && version === 4 && !connect.cleanStart)
      return this.#refuseConnect(REASON.clientIdentifierNotValid, 'a session that is to be kept needs a client identifier');
    this.#phase = 'authenticating';
    const { userName, password } = connect;
    const mechanisms = this.#head.access.mechanisms(this.peer);
    const anonymous = userName === undefined && password === undefined;
    // Credentials mean nothing where there are no users, as mosquitto has it: anonymous access takes everybody.
    const mechanism = mechanisms.includes('PLAIN') && !anonymous ? 'PLAIN' : 'ANONYMOUS';
    if (!mechanisms.includes(mechanism)) return this.#refuseConnect(REASON.notAuthorized, 'this server wants a user name and a password');
    const credentials = { user: userName ?? '', password: new TextDecoder().decode(password) };
    this.#head.access.authenticate(mechanism, credentials, this.peer, identity => {
      if (this.#phase !== 'authenticating') return;
      if (!identity) return this.#refuseConnect(REASON.badUserNameOrPassword, 'user name or password is wrong');
      this.#identity = identity;
      this.#accept(connect);
    });
  }

  #accept(connect: Connect): void {
    const { properties = {}, version } = connect;
    const { limits } = this;
    const space = this.#head.broker.space(undefined);
    this.#space = space;
    const assigned = connect.clientId === '';
    this.#clientId = assigned ? this.#head.randomName() : connect.clientId;
    const asked = version === 5 ? (properties.sessionExpiryInterval ?? 0) : connect.cleanStart ? 0 : EXPIRY_NEVER;
    const expirySeconds = Math.min(asked, limits.sessionExpirySecondsMax);
    const { session, present } = this.#head.sessions.open(space, this.#clientId, connect.cleanStart, expirySeconds, this);
    this.#session = session;
    this.#hasWill = connect.will !== undefined;
    this.#head.wills.put(space, this.#clientId, connect.will);
    this.#publishes = new IncomingPublishes(this, session, space, version);
    const keepAlive = keepAliveSeconds(connect.keepAliveSeconds, limits);
    // [MQTT-3.1.2-22]
    this.#keepAliveMs = keepAlive * 1500;
    this.#outgoing = new OutgoingPublish(
      this.output,
      version,
      this.#packetSizeBytesMax,
      Math.min(properties.topicAliasMaximum ?? 0, limits.topicAliasMaximum),
    );
    session.connect(this, properties.receiveMaximum ?? 0xffff);
    const answer: Properties = {
      receiveMaximum: limits.receiveMaximum,
      maximumPacketSize: limits.packetSizeBytesMax,
      topicAliasMaximum: limits.topicAliasMaximum,
    };
    if (assigned) answer.assignedClientIdentifier = this.#clientId;
    if (keepAlive !== connect.keepAliveSeconds) answer.serverKeepAlive = keepAlive;
    if (version === 5 && expirySeconds !== asked) answer.sessionExpiryInterval = expirySeconds;
    if (properties.requestResponseInformation) answer.responseInformation = `response/${this.#clientId}/`;
    const connected = (): void => {
      if (this.#phase !== 'authenticating') return;
      this.#phase = 'open';
      this.#write({ kind: 'connack', sessionPresent: present, reasonCode: REASON.success, ...(version === 5 && { properties: answer }) });
      session.resume();
      this.#takeWaiting();
    };
    // A session that is kept, or a will, is on disk before the client may rely on it.
    if (session.inbox.kept || connect.will) session.inbox.whenDurable(connected);
    else connected();
  }

  #takeWaiting(): void {
    queueMicrotask(() => {
      if (this.#phase !== 'open') return;
      const rest = this.#splitter.rest();
      this.#splitter = new PacketSplitter(this.limits.packetSizeBytesMax, allocate);
      this.#splitter.shortestLengths = this.#version === 5;
      const chunks = rest ? [rest, ...this.#waiting] : this.#waiting;
      this.#waiting = [];
      this.#stream.resume();
      for (const chunk of chunks) this.#receive(chunk);
    });
  }

  /** [MQTT-3.2.2-7]: CONNACK with the reason, and the end. */
  #refuseConnect(reasonCode: number, why: string): void {
    this.report('warn', `connection refused: ${why}`, { reasonCode });
    const code = this.#version === 5 ? reasonCode : (RETURN_CODES_311[reasonCode] ?? -1);
    if (code >= 0) {
      const properties: Properties = this.#problemInformation ? { reasonString: why } : {};
      this.#write({ kind: 'connack', sessionPresent: false, reasonCode: code, ...(this.#version === 5 && { properties }) });
    }
    this.#hangUp();
  }

  // ---- acknowledgements

  ack(kind: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp', packetId: number, reasonCode: number): void {
    if (this.#phase !== 'open') return;
    writeAck(this.output.room(8), kind, packetId, reasonCode, this.#version);
    this.#written();
  }

  #acknowledged(first: number, bytes: Uint8Array, start: number, end: number): void {
    ackReader.read(first, bytes, start, end, this.#version);
    const { packetId, reasonCode } = ackReader;
    const session = this.#session!;
    switch (ackReader.type) {
      case PUBACK:
        session.puback(packetId, reasonCode);
        break;
      case PUBREC:
        session.pubrec(packetId, reasonCode);
        break;
      case PUBCOMP:
        session.pubcomp(packetId);
        break;
      case PUBREL:
        return this.#publishes!.release(packetId);
    }
    this.refillLater();
  }

  // ---- subscriptions

  #subscribe(packet: Packet & { kind: 'subscribe' }): void {
    const session = this.#session!;
    const identifier = packet.properties?.subscriptionIdentifiers?.[0] ?? 0;
    const reasonCodes: number[] = [];
    const retained: { filter: string; qos: Qos }[] = [];
    for (const subscription of packet.subscriptions) {
      const result = session.subscribe(subscription, identifier, this.#version);
      if (result.why) this.report('info', `subscription refused: ${result.why}`, { filter: subscription.filter });
      // 3.1.1 has one code for every refusal (section 3.9.3).
      reasonCodes.push(result.reasonCode < 0x80 || this.#version === 5 ? result.reasonCode : 0x80);
      if (result.retained) retained.push({ filter: subscription.filter, qos: subscription.qos });
    }
    session.inbox.whenDurable(() => {
      if (this.#phase !== 'open') return;
      this.#write({ kind: 'suback', packetId: packet.packetId, reasonCodes });
      for (const { filter, qos } of retained) session.sendRetained(filter, qos);
      session.refill();
    });
  }

  #unsubscribe({ packetId, filters }: Packet & { kind: 'unsubscribe' }): void {
    const session = this.#session!;
    const reasonCodes = filters.map(filter => (session.unsubscribe(filter) ? REASON.success : REASON.noSubscriptionExisted));
    session.inbox.whenDurable(() => {
      if (this.#phase === 'open') this.#write({ kind: 'unsuback', packetId, reasonCodes: this.#version === 5 ? reasonCodes : [] });
    });
  }

  // ---- publishes to the client

  /** The message in MQTT's encoding; undefined, with a line in the log: it cannot be read. */
  translate(message: Message): Message | undefined {
    const translated = this.#head.broker.encodings.translate(message, ENCODING_MQTT);
    if (!translated) this.report('warn', 'message that cannot be translated to MQTT left out', { topic: message.topic });
    return translated;
  }

  /** False: it is larger than the client takes. */
  publish(message: Message, qos: Qos, packetId: number, duplicate: boolean, options: TopicOptions): boolean {
    if (this.#phase !== 'open') return true;
    // [MQTT-3.3.1-8], 12 and 13: the flag stays for those who ask for it, and for what is sent because it was retained.
    const retain = message.fromRetained || (message.retained && options.retainAsPublished);
    const written = this.#outgoing!.write(message, qos, packetId, duplicate, retain, options);
    if (written) this.#written();
    else this.report('info', 'message left out: it is larger than this client takes', { topic: message.topic });
    return written;
  }

  /** A message with QoS 0 was left out because the client is slow. */
  missed(): void {
    if (this.#missed++ === 0) this.report('warn', 'messages with QoS 0 are left out: the client does not take what it is sent');
  }

  // ---- writing

  #write(packet: Packet): void {
    const output = this.output.room(0);
    const start = output.length;
    encodePacket(output, packet, this.#version);
    // [MQTT-3.2.2-19] [MQTT-3.14.2-3]: a packet larger than the client takes goes without its words.
    if (output.length - start > this.#packetSizeBytesMax && 'properties' in packet && packet.properties?.reasonString) {
      output.length = start;
      encodePacket(output, { ...packet, properties: {} }, this.#version);
    }
    this.#written();
  }

  #written(): void {
    if (!this.deferred) this.#head.turn.deferLast(this);
    if (!this.blocked && this.output.unsentBytes > this.limits.unsentBytesMax) {
      // A busy turn can gather as much by itself: only what the socket does not take either makes the client a slow one.
      if (!this.#stream.destroyed) this.output.flush();
      if (this.output.unsentBytes <= this.limits.unsentBytesMax) return;
      this.blocked = true;
      this.#blockedAtMs = this.#head.turn.nowMs;
      this.#stream.pause();
      this.#session?.setBlocked(true);
    }
  }

  /** The client has room for more, or took something without a word: its session gives credit again when this turn ends. */
  refillLater(): void {
    this.#refillDue = true;
    if (!this.deferred) this.#head.turn.deferLast(this);
  }

  #drained(): void {
    if (!this.blocked || this.output.unsentBytes > this.limits.unsentBytesMax / 2) return;
    this.blocked = false;
    this.#missed = 0;
    if (this.#phase !== 'authenticating') this.#stream.resume();
    this.#session?.setBlocked(false);
  }

  run(): void {
    if (this.#refillDue) {
      this.#refillDue = false;
      if (this.#phase === 'open' && !this.blocked) this.#session!.refill();
    }
    if (this.#stream.destroyed) return;
    this.output.flush();
    if (this.blocked && this.output.unsentBytes === 0) this.#drained();
  }

  // ---- time

  tick(nowMs: number): void {
    const { connectTimeoutMs, stallTimeoutMs } = this.limits;
    if (this.#phase === 'closed') {
      if (nowMs - this.#closedAtMs > 2000) this.#stream.destroy();
      return;
    }
    if (this.blocked && nowMs - this.#blockedAtMs > stallTimeoutMs) {
      this.report('warn', 'connection cut: the client takes nothing of what it is sent', { stallTimeoutMs });
      this.#stream.destroy();
    } else if (this.#phase === 'connect' && nowMs - this.#receivedAtMs > connectTimeoutMs) {
      this.report('warn', 'connection cut: no CONNECT came in time', { connectTimeoutMs });
      this.#stream.destroy();
    } else if (this.#phase === 'open' && this.#keepAliveMs > 0 && !this.blocked && nowMs - this.#receivedAtMs > this.#keepAliveMs)
      this.disconnect(REASON.keepAliveTimeout, `nothing came for ${this.#keepAliveMs} ms`);
  }

  // ---- the end

  /** Section 3.14.4: the client leaves in order. */
  #goodbye(reasonCode: number, properties: Properties | undefined): void {
    const session = this.#session!;
    const expirySeconds = properties?.sessionExpiryInterval;
    if (expirySeconds !== undefined) {
      // [MQTT-3.14.2-2]: a session that was to end cannot be kept after all.
      if (session.expirySeconds === 0 && expirySeconds > 0)
        return this.disconnect(REASON.protocolError, 'a session expiry interval of zero cannot be raised by DISCONNECT');
      session.keep(Math.min(expirySeconds, this.limits.sessionExpirySecondsMax));
    }
    // [MQTT-3.14.4-3]
    if (reasonCode === REASON.success && this.#hasWill) {
      this.#head.wills.cancel(this.#space!, this.#clientId);
      this.#hasWill = false;
    }
    this.#leave();
    this.#hangUp();
  }

  /** The client is told why, where its version can say so, and the connection ends. */
  disconnect(reasonCode: number, why: string): void {
    if (this.#phase === 'closed') return;
    this.report('info', `connection closed: ${why}`, { reasonCode });
    if (this.#version === 5 && this.#phase === 'open') {
      const properties: Properties = this.#problemInformation ? { reasonString: why } : {};
      this.#write({ kind: 'disconnect', reasonCode, properties });
    }
    this.#leave();
    this.#hangUp();
  }

  /** Another connection of the same client takes the session over, or ends it: then a will does not wait for its delay (section 3.1.4). */
  takeOver(ends: boolean): void {
    const session = this.#session;
    this.#session = undefined;
    session?.disconnect();
    this.#publishes?.detach();
    if (this.#hasWill) this.#head.wills.due(this.#space!, this.#clientId, ends ? 0 : (session?.expirySeconds ?? 0));
    this.#hasWill = false;
    this.disconnect(REASON.sessionTakenOver, 'another connection of this client identifier has come');
  }

  /** The session is left, and the will is due if it was not cancelled. */
  #leave(): void {
    const session = this.#session;
    if (!session) return;
    this.#session = undefined;
    this.#publishes?.detach();
    session.disconnect();
    if (this.#hasWill) this.#head.wills.due(this.#space!, this.#clientId, session.expirySeconds);
    this.#head.sessions.left(this.#space!, session);
  }

  #hangUp(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#closedAtMs = this.#head.turn.nowMs;
    this.#splitter.stop();
    this.run();
    this.#stream.end();
  }

  #lost(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#phase = 'closed';
    this.#leave();
    this.#head.forget(this);
  }

  destroy(): void {
    this.#stream.destroy();
  }

  report(level: 'debug' | 'info' | 'warn', what: string, details: Record<string, unknown> = {}): void {
    const more = this.#lines.take(this.#head.turn.nowMs);
    if (more) this.#head.report({ level, what, peer: this.peer.address, clientId: this.#clientId, ...details, ...more });
  }
}
