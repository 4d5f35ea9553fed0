import type { Duplex } from 'node:stream';
import {
  type AcknowledgementKind,
  type Auth,
  MqttDecodeError,
  type Packet,
  type PacketReceiver,
  PacketSplitter,
  type Properties,
  type Qos,
  REASON,
} from '@angarium/codec-mqtt';
import { ENCODING_MQTT, type Message, Meter, type Principal, type PrincipalFollower, type Refusal, type Visit } from '@angarium/core';
import {
  type ConnectionStatus,
  connectionClosed,
  connectionOpened,
  type ListedConnection,
  type ListedLink,
  type Peer,
  ReadGate,
  ReportBudget,
} from '@angarium/transport';
import { ClientOutput, type ClientOutputOwner } from './client-output.ts';
import { ClientPackets } from './client-packets.ts';
import type { Terms } from './connection-terms.ts';
import { Handshake } from './handshake.ts';
import type { MqttLimits } from './limits.ts';
import type { MqttHead } from './mqtt-head.ts';
import type { MqttSession } from './session.ts';
import type { TopicOptions } from './subscription-options.ts';

const allocate = (sizeBytes: number): Uint8Array => Buffer.allocUnsafeSlow(sizeBytes);

/** Longest wait for a client to close a connection that is over, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2000;

/** Bytes that count as a sign of life before their packet is whole. */
const PROGRESS_BYTES = 1024;

type Phase = 'handshake' | 'open' | 'closed';

/** One client: CONNECT to DISCONNECT, its packets both ways. */
export class MqttConnection implements PacketReceiver, ClientOutputOwner, ListedConnection, PrincipalFollower {
  readonly peer: Peer;
  readonly limits: MqttLimits;
  readonly sinceMs: number;
  readonly #head: MqttHead;
  readonly #stream: Duplex;
  readonly #output: ClientOutput;
  readonly #handshake: Handshake;
  #splitter: PacketSplitter;
  #phase: Phase = 'handshake';
  #clientId = '';
  #visit: Visit | undefined;
  #unfollow: (() => void) | undefined;
  #session: MqttSession | undefined;
  #packets: ClientPackets | undefined;
  #keepAliveMs = 0;
  #letIn = false;
  /** A will of the client is due when it goes without a word. */
  hasWill = false;
  #refillDue = false;
  #waiting: Uint8Array[] = [];
  #gone = false;
  /** When the client has last shown that it is there: by a packet, or by a good part of one. */
  #receivedAtMs: number;
  #unfinishedBytes = 0;
  #closedAtMs = 0;
  #missed = 0;
  readonly #lines = new ReportBudget();
  readonly #gate: ReadGate;
  /** Messages that the client has published. */
  messagesTaken = 0;
  /** What it has published waits: nothing more is read. */
  #withheld = false;

  constructor(head: MqttHead, stream: Duplex, peer: Peer) {
    this.#head = head;
    this.#stream = stream;
    this.peer = peer;
    this.limits = head.limits;
    this.sinceMs = head.turn.nowMs;
    this.#output = new ClientOutput(stream, head.slabs, head.turn, head.limits, this);
    this.#handshake = new Handshake(this, head, this.#output);
    this.#splitter = new PacketSplitter(this.limits.packetSizeBytesMax, allocate);
    this.#receivedAtMs = this.sinceMs;
    this.#gate = new ReadGate({ pause: () => stream.pause(), take: chunk => this.#receive(chunk), resume: () => this.#readOn() });
    stream.on('data', (chunk: Buffer) => this.#receive(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)));
    stream.on('drain', () => this.#output.drained());
    stream.on('error', error => this.report('debug', `connection error: ${error.message}`));
    stream.on('close', () => this.#lost());
  }

  get addressSpace(): string {
    return this.#visit?.space.name ?? '';
  }

  status(): ConnectionStatus {
    return {
      protocol: this.#handshake.version === 5 ? 'MQTT 5.0' : 'MQTT 3.1.1',
      client: this.#clientId,
      user: this.#handshake.principal?.user,
      peer: this.peer.address,
      addressSpace: this.addressSpace,
      since: new Date(this.sinceMs).toISOString(),
      subscriptions: this.#session?.subscriptions.size ?? 0,
      unsettled: this.#session?.unsettled ?? 0,
      unsentBytes: this.#output.unsentBytes,
    };
  }

  *links(): Iterable<ListedLink> {
    const { sinceMs, messagesTaken } = this;
    const addresses = this.#packets?.addresses ?? [];
    // MQTT has no credit for who publishes.
    for (const [address, producer] of addresses)
      yield {
        identity: producer,
        name: address,
        role: 'producer',
        address,
        sinceMs,
        standing: undefined,
        ...(this.#packets?.addresses.size === 1 && { delivered: messagesTaken }),
      };
    yield* this.#session?.links(sinceMs) ?? [];
  }

  // ---- reading

  #receive(chunk: Uint8Array): void {
    if (this.#phase === 'closed') return;
    const admitted = this.#gate.admit(chunk);
    if (admitted === undefined) return;
    // Bytes that trickle in put no time limit off; a client that sends a large packet cannot say meanwhile that it is there.
    if (this.#phase === 'open' && chunk.length >= PROGRESS_BYTES) this.#receivedAtMs = this.#head.turn.nowMs;
    if (this.#held) {
      this.#waiting.push(admitted);
      this.#stream.pause();
      this.#gate.taken(admitted.length, 0);
      return;
    }
    const before = this.messagesTaken;
    try {
      this.#splitter.push(admitted, this);
    } catch (error) {
      if (!(error instanceof MqttDecodeError)) throw error;
      this.#refusePacket(error);
      return;
    }
    this.#gate.taken(admitted.length, this.messagesTaken - before);
    const { cutBytes } = this.#splitter;
    if (cutBytes !== this.#unfinishedBytes) this.#countUnfinished(cutBytes);
  }

  #countUnfinished(bytes: number): void {
    const before = this.#unfinishedBytes;
    this.#unfinishedBytes = bytes;
    if (this.#head.unfinished.change(before, bytes)) return;
    const { unfinishedBytesMax } = this.limits;
    this.#refusePacket(
      new MqttDecodeError(
        REASON.quotaExceeded,
        `unfinished packets have more than ${unfinishedBytesMax} bytes in all: send it again later`,
      ),
    );
  }

  /** [MQTT-4.13.1-1]: a malformed packet closes the connection, with a word to a client that understands it. */
  #refusePacket(error: MqttDecodeError): void {
    if (this.#phase === 'open') this.disconnect(error.reasonCode, error.message);
    else this.#handshake.refuse(error.reasonCode, error.message);
  }

  packet(first: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#phase === 'open') {
      this.#receivedAtMs = this.#head.turn.nowMs;
      return this.#packets!.take(first, bytes, start, end);
    }
    if (this.#phase === 'handshake') this.#handshake.packet(first, bytes, start, end);
  }

  #readOn(): void {
    if (!this.#held && !this.#output.blocked && !this.#gate.resting && !this.#withheld) this.#stream.resume();
  }

  /** Too much of what the client has published waits for room, or for its acknowledgement, or no more so. */
  withholdReading(withheld: boolean): void {
    this.#withheld = withheld;
    if (withheld) this.#stream.pause();
    else this.#readOn();
  }

  // ---- the handshake

  /** It is for us to say something: what comes waits. */
  get #held(): boolean {
    return this.#phase === 'handshake' && this.#handshake.awaits === undefined;
  }

  get closed(): boolean {
    return this.#phase === 'closed';
  }

  /** What comes behind this packet waits. */
  hold(): void {
    this.#head.strangers.set(this, false);
    this.#receivedAtMs = this.#head.turn.nowMs;
    this.#splitter.stop();
  }

  /** What has waited is taken. */
  goOn(): void {
    queueMicrotask(() => {
      if (this.closed || this.#held) return;
      if (this.#phase === 'handshake') this.#head.strangers.set(this, true);
      const rest = this.#splitter.rest();
      this.#splitter = new PacketSplitter(this.limits.packetSizeBytesMax, allocate);
      this.#splitter.shortestLengths = this.#handshake.version === 5;
      const chunks = rest ? [rest, ...this.#waiting] : this.#waiting;
      this.#waiting = [];
      this.#readOn();
      for (const chunk of chunks) this.#receive(chunk);
    });
  }

  /** It counts in its space, and for its user, from now on. */
  count(visit: Visit): Refusal | undefined {
    const meter = new Meter(visit);
    this.#gate.enter(meter);
    meter.add('connections', 1);
    return meter.refuse('connections');
  }

  /** The client has this session from now on, though it does not know yet. */
  enter(session: MqttSession, visit: Visit, { clientId, keepAliveSeconds }: Terms): void {
    this.#clientId = clientId;
    // [MQTT-3.1.2-22]
    this.#keepAliveMs = keepAliveSeconds * 1500;
    this.#visit = visit;
    this.#unfollow = visit.principal.follow(this);
    this.#session = session;
    this.#packets = new ClientPackets(this, session, visit, this.#handshake.version);
    const lost = session.subscriptions.askAgain(visit);
    if (lost.length > 0) this.report('info', 'subscriptions of before that the user may have no more have ended', { filters: lost });
  }

  // ---- what becomes of who the client is

  get visit(): Visit {
    return this.#visit!;
  }

  /** The client has said again who it is: the same one, perhaps for longer. */
  renew(principal: Principal): void {
    this.#unfollow?.();
    this.#unfollow = principal.follow(this);
    this.#visit!.renew(principal);
    this.rightsChanged();
  }

  /** What it publishes next is asked anew. That a subscription has ended can only be said by ending the connection. */
  rightsChanged(): void {
    this.#packets?.askAgain();
    const lost = this.#session?.subscriptions.askAgain(this.visit) ?? [];
    if (lost.length > 0) this.principalEnded(`its user may no longer receive ${lost.join(', ')}`);
  }

  principalEnded(why: string): void {
    if (this.#phase === 'open') this.disconnect(REASON.notAuthorized, why);
    else if (!this.closed) {
      this.leave();
      this.#handshake.refuse(REASON.notAuthorized, why);
    }
  }

  letIn(connack: Packet): void {
    if (this.#phase !== 'handshake') return;
    this.#phase = 'open';
    this.#letIn = true;
    this.#output.packet(connack);
    this.#head.report(connectionOpened(this));
    this.#session!.resume();
    this.goOn();
  }

  authenticateAgain(auth: Auth): void {
    this.#handshake.authenticateAgain(auth);
  }

  // ---- to the client

  /** `why` says in words what a reason code other than success means here. */
  ack(kind: AcknowledgementKind, packetId: number, reasonCode: number, why?: string): void {
    if (this.#phase !== 'open') return;
    if (why === undefined || this.#handshake.version === 4) this.#output.ack(kind, packetId, reasonCode);
    else this.#output.packet({ kind, packetId, reasonCode, properties: this.words(why) });
  }

  /** Why, for a client that wants to hear it [MQTT-3.1.2-29]. */
  words(why: string): Properties {
    return this.#handshake.words(why);
  }

  /** An answer that has waited for the disk: it comes to nothing when the client has gone meanwhile. */
  answer(packet: Packet): boolean {
    if (this.#phase !== 'open') return false;
    this.#output.packet(packet);
    return true;
  }

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
    return this.#output.publish(message, qos, packetId, duplicate, retain, options);
  }

  /** A message with QoS 0 was left out because the client is slow. */
  missed(): void {
    if (this.#missed++ === 0) this.report('warn', 'messages with QoS 0 are left out: the client does not take what it is sent');
  }

  get blocked(): boolean {
    return this.#output.blocked;
  }

  setBlocked(blocked: boolean): void {
    if (blocked) this.#stream.pause();
    else {
      this.#missed = 0;
      this.#readOn();
    }
    this.#session?.setBlocked(blocked);
  }

  /** The client has room for more, or took something without a word: its session gives credit again when this turn ends. */
  refillLater(): void {
    this.#refillDue = true;
    this.#output.later();
  }

  beforeFlush(): void {
    if (!this.#refillDue) return;
    this.#refillDue = false;
    if (this.#phase === 'open' && !this.#output.blocked) this.#session!.refill();
  }

  // ---- time

  tick(nowMs: number): void {
    const { connectTimeoutMs, stallTimeoutMs } = this.limits;
    if (this.#visit && this.#phase === 'open' && nowMs >= (this.#visit.principal.expiresAtMs ?? Number.POSITIVE_INFINITY))
      return this.principalEnded('what has proved who the user is has run out');
    if (this.#phase === 'closed') {
      if (nowMs - this.#closedAtMs > CLOSE_TIMEOUT_MS) this.#stream.destroy();
      return;
    }
    const { blocked, blockedAtMs } = this.#output;
    // It is we who do not read: its silence is counted from when we do again.
    if (this.#gate.resting || this.#withheld) this.#receivedAtMs = nowMs;
    const silentMs = nowMs - this.#receivedAtMs;
    if (blocked && nowMs - blockedAtMs > stallTimeoutMs) this.cut('the client takes nothing of what it is sent', { stallTimeoutMs });
    else if (this.#phase === 'handshake' && this.#handshake.awaits !== undefined && silentMs > connectTimeoutMs)
      this.cut(`no ${this.#handshake.awaits} came in time`, { connectTimeoutMs });
    else if (this.#phase === 'open' && this.#keepAliveMs > 0 && !blocked && silentMs > this.#keepAliveMs)
      this.disconnect(REASON.keepAliveTimeout, `nothing came for ${this.#keepAliveMs} ms`);
    else if (this.#unfinishedBytes > 0 && !blocked && silentMs > stallTimeoutMs)
      this.disconnect(REASON.unspecifiedError, `a packet was begun, and not gone on with for ${stallTimeoutMs} ms`);
  }

  cut(why: string, details: Record<string, unknown>): void {
    this.report('warn', `connection cut: ${why}`, details);
    this.#stream.destroy();
  }

  // ---- the end

  /** Section 3.14.4: the client leaves in order. */
  goodbye(reasonCode: number, properties: Properties | undefined): void {
    const session = this.#session!;
    const expirySeconds = properties?.sessionExpiryInterval;
    if (expirySeconds !== undefined) {
      // Section 3.14.2.2.2: a session that was to end cannot be kept after all.
      if (session.expirySeconds === 0 && expirySeconds > 0)
        return this.disconnect(REASON.protocolError, 'a session expiry interval of zero cannot be raised by DISCONNECT');
      session.keep(Math.min(expirySeconds, this.limits.sessionExpirySecondsMax));
    }
    // [MQTT-3.14.4-3]
    if (reasonCode === REASON.success && this.hasWill) {
      this.#head.wills.cancel(this.#visit!.space, this.#clientId);
      this.hasWill = false;
    }
    this.leave();
    this.hangUp();
  }

  /** The client is told why, where its version can say so, and the connection ends. */
  disconnect(reasonCode: number, why: string): void {
    if (this.#phase === 'closed') return;
    this.report('info', `connection closed: ${why}`, { reasonCode });
    if (this.#handshake.version === 5 && this.#phase === 'open')
      this.#output.packet({ kind: 'disconnect', reasonCode, properties: this.#handshake.words(why) });
    this.leave();
    this.hangUp();
  }

  closeByAdministrator(why: string): void {
    if (this.#phase === 'open') this.disconnect(REASON.administrativeAction, why);
    else if (!this.closed) this.#handshake.refuse(REASON.serverUnavailable, why);
  }

  /** Another connection of the same client takes the session over, or ends it: then a will does not wait for its delay (section 3.1.4). */
  takeOver(ends: boolean): void {
    const session = this.#session;
    this.#session = undefined;
    this.#unfollow?.();
    session?.disconnect();
    this.#packets?.detach();
    if (this.hasWill) this.#head.wills.due(this.#visit!.space, this.#clientId, ends ? 0 : (session?.expirySeconds ?? 0));
    this.hasWill = false;
    this.disconnect(REASON.sessionTakenOver, 'another connection of this client identifier has come');
  }

  /** The session is left, and the will is due if it was not cancelled. */
  leave(): void {
    const session = this.#session;
    if (!session) return;
    this.#session = undefined;
    this.#unfollow?.();
    this.#packets?.detach();
    session.disconnect();
    if (this.hasWill) this.#head.wills.due(this.#visit!.space, this.#clientId, session.expirySeconds);
    this.#head.sessions.left(this.#visit!.space, session);
  }

  hangUp(): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#closedAtMs = this.#head.turn.nowMs;
    this.#splitter.stop();
    this.#output.run();
    this.#stream.end();
  }

  #lost(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#phase = 'closed';
    this.#head.unfinished.change(this.#unfinishedBytes, 0);
    this.#gate.meter?.add('connections', -1);
    if (this.#letIn) this.#head.report(connectionClosed(this, this.#head.turn.nowMs));
    this.leave();
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
