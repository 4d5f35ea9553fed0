import type { Duplex } from 'node:stream';
import {
  AmqpDecodeError,
  type AmqpMap,
  ByteWriter,
  decodePerformative,
  decodeSaslFrame,
  FRAME_TYPE_AMQP,
  FRAME_TYPE_SASL,
  type FrameReceiver,
  isDisposition,
  isFlow,
  isTransfer,
  type Open,
  type Performative,
  PROTOCOL_HEADER_AMQP,
  PROTOCOL_HEADER_SASL,
  PROTOCOL_ID_AMQP,
  PROTOCOL_ID_SASL,
  TRANSFER_HEAD_BYTES_MAX,
  writeFrame,
  writeHeartbeat,
} from '@angarium/codec-amqp';
import { type AddressSpace, ENCODING_AMQP, type Message, Principal, Refusal, type Task, type Visit } from '@angarium/core';
import type { ConnectionStatus, ListedConnection, Peer } from '@angarium/transport';
import { ConnectionOutput, ReportBudget } from '@angarium/transport';
import type { AmqpHead } from './amqp-head.ts';
import { connectionWill } from './connection-will.ts';
import { FairReading } from './fair-reading.ts';
import { Intake } from './intake.ts';
import type { AmqpLimits } from './limits.ts';
import { OpenTransactions } from './open-transactions.ts';
import { ourOpen } from './our-open.ts';
import { refusalError } from './outcome-table.ts';
import { FRAME_BYTES_MIN_MAX, refuseOpen, TICK_MS } from './refuse-open.ts';
import { SaslExchange, type SaslProgress } from './sasl-exchange.ts';
import { Session } from './session.ts';
import { CONTAINER_ID_INVALID, REFUSED_OPEN } from './sole-connection.ts';
import type { SuspendedLinks } from './suspended-links.ts';

/** Frames are never sent larger than this, whatever the peer takes: the room for one is one slab. */
const SENT_FRAME_BYTES_MAX = 65_536;

/**
 * How far a connection is. `deciding`: who the peer is, or what it asks for, is being looked into, and what it sends waits. `closing`: we have sent close and wait for the peer's; nothing more is taken from it.
 */
type Phase = 'header' | 'sasl' | 'deciding' | 'authenticated' | 'opening' | 'open' | 'closing' | 'closed';

/** What AMQP has besides what every connection has. */
export interface AmqpConnectionStatus extends ConnectionStatus {
  readonly sessions: number;
  /** Of senders and receivers. */
  readonly links: number;
}

/** One peer: protocol headers, SASL, open and close (part 2, sections 2.2 to 2.4; part 5), and its sessions by channel. */
export class AmqpConnection implements FrameReceiver, Task, ListedConnection {
  /** Waits for the end of the turn, where everything that was written goes to the socket. */
  deferred = false;
  readonly limits: AmqpLimits;
  readonly output: ConnectionOutput<ByteWriter>;
  readonly peer: Peer;
  /** The peer's, from its open. */
  containerId = '';
  linkCount = 0;
  /** Largest payload of a transfer frame to this peer, in bytes. */
  payloadBytesMax = FRAME_BYTES_MIN_MAX - TRANSFER_HEAD_BYTES_MAX;
  /** Too much is unsent: no deliveries, and nothing is read, until the peer has taken some. */
  blocked = false;
  /** Run when the connection ends; `failed`: not in order. */
  readonly onEnd: ((failed: boolean) => void)[] = [];
  readonly #head: AmqpHead;
  readonly #socket: Duplex;
  readonly #intake: Intake;
  #phase: Phase = 'header';
  #sasl: SaslExchange | undefined;
  #principal: Principal | undefined;
  #visit: Visit | undefined;
  #transactions: OpenTransactions | undefined;
  readonly #sessions: (Session | undefined)[] = [];
  /** Channels whose session we have ended with an error: frames are passed over until the peer has ended it too. */
  readonly #endedChannels = new Set<number>();
  #dirty: Session[] = [];
  #assemblyBytes = 0;
  #openSent = false;
  #closed = false;
  readonly #fairness: FairReading;
  readonly sinceMs: number;
  #receivedAtMs: number;
  #sentAtMs: number;
  #blockedAtMs = 0;
  #closingAtMs = 0;
  readonly #lines = new ReportBudget();
  /** A frame is to be sent at least this often; 0: no need. */
  #heartbeatMs = 0;

  constructor(head: AmqpHead, socket: Duplex, peer: Peer) {
    this.#head = head;
    this.#socket = socket;
    this.peer = peer;
    this.limits = head.limits;
    this.output = new ConnectionOutput(socket, head.slabs, allocate => new ByteWriter(0, allocate));
    this.#intake = new Intake(socket, this.limits.frameSizeBytesMax, chunk => this.#receive(chunk));
    this.#fairness = new FairReading(head.turn, socket, () => this.#readOn());
    this.sinceMs = this.#receivedAtMs = this.#sentAtMs = head.turn.nowMs;
    socket.on('drain', () => this.#drained());
    socket.on('error', error => this.report('debug', `connection error: ${error.message}`));
    socket.on('close', () => this.#lost());
  }

  /** Who the peer is, in the address space that it has entered. */
  get visit(): Visit {
    return this.#visit!;
  }

  get space(): AddressSpace {
    return this.#visit!.space;
  }

  get user(): string {
    return this.#principal!.user;
  }

  get transactions(): OpenTransactions {
    this.#transactions ??= new OpenTransactions(this.space, this.limits.transactionsPerConnectionMax);
    return this.#transactions;
  }

  get suspendedLinks(): SuspendedLinks {
    return this.#head.suspendedLinks;
  }

  status(): AmqpConnectionStatus {
    const sessions = this.#sessions.filter(session => session !== undefined);
    return {
      protocol: 'AMQP 1.0',
      client: this.containerId,
      user: this.#principal?.user,
      peer: this.peer.address,
      addressSpace: this.#visit?.space.name ?? '',
      since: new Date(this.sinceMs).toISOString(),
      subscriptions: sessions.reduce((sum, { receivers }) => sum + receivers, 0),
      unsettled: sessions.reduce((sum, { unsettledWindow }) => sum + unsettledWindow.size, 0),
      unsentBytes: this.output.unsentBytes,
      sessions: sessions.length,
      links: this.linkCount,
    };
  }

  // ---- reading

  #receive(chunk: Uint8Array): void {
    this.#receivedAtMs = this.#head.turn.nowMs;
    if (this.#phase === 'closed') return;
    try {
      this.#intake.push(chunk, this);
    } catch (error) {
      if (!(error instanceof AmqpDecodeError)) throw error;
      this.fail(error.condition, `${error.message}.`);
    }
  }

  header(protocolId: number, major: number, minor: number, revision: number): void {
    const version = major === 1 && minor === 0 && revision === 0;
    if (this.#phase === 'header' && protocolId === PROTOCOL_ID_SASL && version) {
      this.output.room(0).raw(PROTOCOL_HEADER_SASL);
      this.#phase = 'sasl';
      this.#sasl = new SaslExchange(this.output, this.#head.access, this.peer);
      this.#sasl.offer();
      this.written();
      return;
    }
    if (this.#phase === 'header') {
      // Part 2, section 2.2: a peer that goes without SASL says nothing of who it is.
      const nameless = this.#head.access.nameless({ peer: this.peer });
      if (nameless instanceof Principal) this.#principal = nameless;
    }
    if (protocolId === PROTOCOL_ID_AMQP && version && this.#principal !== undefined) {
      this.output.room(0).raw(PROTOCOL_HEADER_AMQP);
      this.#phase = 'opening';
      this.written();
      return;
    }
    this.report('warn', 'connection refused: its protocol header is none that is taken here', { protocolId, major, minor, revision });
    this.#refuseHeader();
  }

  /** Part 2, section 2.2: the header that we would take, and the end. */
  #refuseHeader(): void {
    this.output.room(0).raw(this.#phase === 'header' ? PROTOCOL_HEADER_SASL : PROTOCOL_HEADER_AMQP);
    this.#hangUp();
  }

  frame(type: number, channel: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#phase === 'open' && type === FRAME_TYPE_AMQP) {
      if (start === end) return;
      const session = this.#sessions[channel];
      if (session !== undefined) {
        if (isTransfer(bytes, start, end)) return session.transfer(bytes, start, end);
        if (isDisposition(bytes, start, end)) return session.disposition(bytes, start, end);
        if (isFlow(bytes, start, end)) return session.flow(bytes, start, end);
      }
      this.#perform(decodePerformative(bytes, start, end).performative, channel);
      return;
    }
    if (this.#phase === 'sasl' && type === FRAME_TYPE_SASL) return this.#saslFrame(bytes, start, end);
    if (this.#phase === 'opening' && type === FRAME_TYPE_AMQP) {
      if (start === end) return;
      const { performative } = decodePerformative(bytes, start, end);
      if (performative.kind === 'open') return this.#opened(performative);
      return this.fail('amqp:not-allowed', `The first frame must be open, and was ${performative.kind}.`);
    }
    if (this.#phase === 'closing' && type === FRAME_TYPE_AMQP) {
      if (start !== end && decodePerformative(bytes, start, end).performative.kind === 'close') this.#hangUp();
      return;
    }
    if (this.#phase !== 'closed') this.fail('amqp:connection:framing-error', `A frame of type ${type} has no place here.`);
  }

  #saslFrame(bytes: Uint8Array, start: number, end: number): void {
    this.#head.strangers.set(this, false);
    this.#phase = 'deciding';
    // What follows waits until it is decided, which may take a moment: hashing is meant to be slow.
    this.#intake.hold();
    this.#sasl!.answer(decodeSaslFrame(bytes, start, end), progress => this.#authenticated(progress));
  }

  #authenticated(progress: SaslProgress): void {
    if (this.#phase !== 'deciding') return;
    this.written();
    if (progress.kind === 'refused') {
      this.report('warn', `authentication failed: ${progress.why}`);
      return this.#hangUp();
    }
    if (progress.kind === 'accepted') {
      this.#principal = progress.principal;
      this.#sasl = undefined;
    }
    this.#head.strangers.set(this, true);
    this.#phase = progress.kind === 'accepted' ? 'authenticated' : 'sasl';
    this.#intake.goOn(progress.kind === 'accepted' ? 'header' : 'frame');
  }

  // ---- connection and sessions

  #opened(open: Open): void {
    this.#head.strangers.set(this, false);
    const wrong = refuseOpen(open);
    if (wrong) return this.fail(wrong.condition, wrong.description);
    this.containerId = open.containerId;
    const visit = this.#head.broker.enter(this.#principal!, open.hostname);
    if (visit instanceof Refusal) return this.fail(refusalError(visit).condition, visit.description);
    this.#visit = visit;
    this.payloadBytesMax = Math.min(open.maxFrameSize ?? SENT_FRAME_BYTES_MAX, SENT_FRAME_BYTES_MAX) - TRANSFER_HEAD_BYTES_MAX;
    // Twice as often as asked, so that a late turn does no harm.
    this.#heartbeatMs = (open.idleTimeOutMs ?? 0) / 2;
    const release = this.#head.soleConnections.claim(visit.space, open);
    if (!release) return this.#refuseContainer();
    this.onEnd.push(release);
    const will = connectionWill(open, this);
    if (will instanceof Refusal) return this.fail(refusalError(will).condition, will.description);
    if (will === undefined) {
      this.#phase = 'open';
      return this.#sendOpen();
    }
    this.onEnd.push(failed => will.end(failed));
    // It is on disk before the peer may rely on it.
    this.#phase = 'deciding';
    this.#intake.hold();
    will.whenDurable(() => {
      if (this.#phase !== 'deciding') return;
      this.#phase = 'open';
      this.#sendOpen();
      this.#intake.goOn('frame');
    });
  }

  #sendOpen(more?: AmqpMap): void {
    if (this.#openSent) return;
    this.#openSent = true;
    this.write(ourOpen(this.#head, more));
  }

  #refuseContainer(): void {
    this.#sendOpen(REFUSED_OPEN);
    const description = `Another connection of ${this.containerId} is open: choose another container-id, or close that one.`;
    this.close('amqp:invalid-field', description, CONTAINER_ID_INVALID);
  }

  #perform(performative: Performative, channel: number): void {
    this.#fairness.count();
    const session = this.#sessions[channel];
    if (session === undefined) {
      if (performative.kind === 'begin') return this.#begin(performative, channel);
      if (performative.kind === 'close') return this.#closedByPeer(performative);
      if (this.#endedChannels.has(channel)) {
        if (performative.kind === 'end') this.#endedChannels.delete(channel);
        return;
      }
      return this.fail('amqp:not-allowed', `There is no session on channel ${channel}, and ${performative.kind} needs one.`);
    }
    switch (performative.kind) {
      case 'attach':
        return session.attach(performative);
      case 'detach':
        if (performative.error)
          this.report('debug', `the peer detached: ${performative.error.description ?? performative.error.condition}`);
        return session.detached(performative.handle, performative.closed ?? false, performative.error !== undefined);
      case 'end':
        this.#sessions[channel] = undefined;
        session.release(false, performative.error !== undefined);
        return this.write({ kind: 'end' }, channel);
      case 'close':
        return this.#closedByPeer(performative);
      case 'begin':
        return this.fail('amqp:not-allowed', `Channel ${channel} has a session already.`);
      case 'open':
        return this.fail('amqp:not-allowed', 'The connection is open already.');
      default:
        return this.fail('amqp:not-allowed', `${performative.kind} has no place here.`);
    }
  }

  #begin(begin: Performative & { kind: 'begin' }, channel: number): void {
    const { channelMax } = this.limits;
    if (channel > channelMax) return this.fail('amqp:connection:framing-error', `Channel ${channel} is beyond channel-max ${channelMax}.`);
    if (begin.remoteChannel !== undefined)
      return this.fail('amqp:not-allowed', 'A begin with remote-channel answers one of ours, and we have sent none.');
    this.#endedChannels.delete(channel);
    this.#sessions[channel] = new Session(this, channel, begin);
  }

  failSession(session: Session, error: { condition: string; description: string }): void {
    if (this.#sessions[session.channel] !== session) return;
    this.report('warn', `session ended: ${error.description}`, { condition: error.condition });
    this.#sessions[session.channel] = undefined;
    this.#endedChannels.add(session.channel);
    session.release(true);
    this.write({ kind: 'end', error }, session.channel);
  }

  translate(message: Message): Message | undefined {
    return this.#head.broker.encodings.translate(message, ENCODING_AMQP);
  }

  // ---- writing

  write(performative: Performative, channel = 0): void {
    // Only the peer's open says how large a frame may be; what comes before the answer to it fits every peer.
    writeFrame(this.output.room(0), channel, performative);
    this.written();
  }

  /** Something was written: it goes out at the end of this turn. Beyond the limit the peer gets no more deliveries and is not read. */
  written(): void {
    if (!this.deferred) this.#head.turn.deferLast(this);
    if (!this.blocked && this.output.unsentBytes > this.limits.unsentBytesMax) this.#block();
  }

  #block(): void {
    this.blocked = true;
    this.#blockedAtMs = this.#head.turn.nowMs;
    this.#socket.pause();
    for (const session of this.#sessions) session?.setBlocked(true);
  }

  #drained(): void {
    if (!this.blocked || this.output.unsentBytes > this.limits.unsentBytesMax / 2) return;
    this.blocked = false;
    this.#readOn();
    for (const session of this.#sessions) session?.setBlocked(false);
  }

  #readOn(): void {
    if (!this.blocked && !this.#intake.held) this.#socket.resume();
  }

  touch(session: Session): void {
    session.dirty = true;
    this.#dirty.push(session);
    if (!this.deferred) this.#head.turn.deferLast(this);
  }

  /** The end of the turn. */
  run(): void {
    if (this.#dirty.length > 0) {
      const dirty = this.#dirty;
      this.#dirty = [];
      for (const session of dirty) session.flush();
    }
    this.#sentAtMs = this.#head.turn.nowMs;
    if (this.#socket.destroyed) return;
    this.output.flush();
    // A socket that took everything at once says no 'drain'.
    if (this.blocked && this.output.unsentBytes === 0) this.#drained();
  }

  assembling(bytes: number): boolean {
    if (bytes > 0 && this.#assemblyBytes + bytes > this.limits.assemblyBytesMax) return false;
    this.#assemblyBytes += bytes;
    return true;
  }

  // ---- time

  /** Called every `TICK_MS`: heartbeats, and peers that are silent, stuck or late. */
  tick(nowMs: number): void {
    const { handshakeTimeoutMs, idleTimeoutMs, closeTimeoutMs, stallTimeoutMs } = this.limits;
    if (this.#phase === 'closing' || this.#phase === 'closed') {
      if (nowMs - this.#closingAtMs > closeTimeoutMs) this.#socket.destroy();
      return;
    }
    if (this.blocked && nowMs - this.#blockedAtMs > stallTimeoutMs)
      return this.cut('the peer takes nothing of what it is sent', { unsentBytes: this.output.unsentBytes, stallTimeoutMs });
    if (this.#phase !== 'open') {
      if (nowMs - this.sinceMs > handshakeTimeoutMs) this.cut('it did not get as far as open in time', { handshakeTimeoutMs });
      return;
    }
    if (idleTimeoutMs > 0 && nowMs - this.#receivedAtMs > idleTimeoutMs && !this.blocked)
      return this.fail(
        'amqp:resource-limit-exceeded',
        `Nothing came for ${idleTimeoutMs} ms: send frames at least as often as the idle-time-out says.`,
      );
    // The next look may be a tick away.
    if (this.#heartbeatMs > 0 && nowMs - this.#sentAtMs + TICK_MS >= this.#heartbeatMs) {
      writeHeartbeat(this.output.room(8));
      this.written();
    }
  }

  // ---- the end

  /** The peer broke a rule, or has to go: it is told why, and the connection ends. */
  fail(condition: string, description: string): void {
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    this.report('warn', `connection closed: ${description}`, { condition });
    this.close(condition, description);
  }

  closeByAdministrator(why: string): void {
    this.close('amqp:connection:forced', why);
  }

  /** Closes with an error, without a line in the log. */
  close(condition: string, description: string, info?: AmqpMap): void {
    if (this.#phase === 'closing' || this.#phase === 'closed') return;
    const phase = this.#phase;
    this.#releaseSessions(true);
    if (phase === 'header' || phase === 'authenticated') return this.#refuseHeader();
    if (phase !== 'open' && phase !== 'opening') return this.#hangUp();
    this.#sendOpen();
    this.write({ kind: 'close', error: { condition, description, ...(info && { info }) } });
    this.#phase = 'closing';
    this.#closingAtMs = this.#head.turn.nowMs;
    if (this.blocked) this.#drained();
  }

  /** With an error the peer does not leave in order: its wills are due. */
  #closedByPeer({ error }: Performative & { kind: 'close' }): void {
    this.#releaseSessions(false, error !== undefined);
    this.write({ kind: 'close' });
    this.#hangUp();
  }

  /** Sends what is written and ends the socket; cut when the peer does not end it too. */
  #hangUp(): void {
    this.#phase = 'closed';
    this.#closingAtMs = this.#head.turn.nowMs;
    this.#intake.hold();
    this.run();
    this.#socket.end();
  }

  #lost(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#phase = 'closed';
    this.#releaseSessions(true);
    this.#head.forget(this);
  }

  #releaseSessions(lost: boolean, failed: boolean = lost): void {
    for (const session of this.#sessions) session?.release(lost, failed);
    this.#sessions.length = 0;
    for (const run of this.onEnd.splice(0)) run(failed);
  }

  cut(why: string, details: Record<string, unknown>): void {
    this.report('warn', `connection cut: ${why}`, details);
    this.#socket.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  report(level: 'debug' | 'info' | 'warn', what: string, details: Record<string, unknown> = {}): void {
    const more = this.#lines.take(this.#head.turn.nowMs);
    if (more) this.#head.report({ level, what, peer: this.peer.address, containerId: this.containerId, ...details, ...more });
  }
}
