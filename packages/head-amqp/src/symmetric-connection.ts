import type { Duplex } from 'node:stream';
import {
  AmqpDecodeError,
  type AmqpError,
  type AmqpMap,
  type Begin,
  ByteWriter,
  type Close,
  decodePerformative,
  FRAME_TYPE_AMQP,
  type FrameReceiver,
  isDisposition,
  isFlow,
  isTransfer,
  type Open,
  type Performative,
  TRANSFER_HEAD_BYTES_MAX,
  writeFrame,
  writeHeartbeat,
} from '@angarium/codec-amqp';
import {
  type AddressSpace,
  type Broker,
  ENCODING_AMQP,
  type Message,
  type PeerDescription,
  type Report,
  type Task,
  type Turn,
  type Visit,
} from '@angarium/core';
import { ConnectionOutput, type Peer, ReadGate, ReportBudget, type SlabPool } from '@angarium/transport';
import { FairReading } from './fair-reading.ts';
import { Intake } from './intake.ts';
import type { AmqpLimits } from './limits.ts';
import { OpenTransactions } from './open-transactions.ts';
import type { Session } from './session.ts';
import type { SuspendedLinks } from './suspended-links.ts';

/** Frames are never sent larger than this, whatever the peer takes: the room for one is one slab. */
const SENT_FRAME_BYTES_MAX = 65_536;
/** How often connections are looked at for heartbeats and timeouts, in milliseconds. */
export const TICK_MS = 500;
/** Every peer takes frames of this size before it has said more (part 2, section 2.4.1). */
const FRAME_BYTES_MIN_MAX = 512;
/** The shortest idle-time-out that heartbeats can keep, in milliseconds (part 2, section 2.4.5). */
const IDLE_TIME_OUT_MS_MIN = 2 * TICK_MS;

/**
 * How far a connection is. `deciding`: who the peer is, or what it asks for, is being looked into, and what it sends waits. `closing`: we have
 * sent close and wait for the peer's; nothing more is taken from it.
 */
export type Phase = 'header' | 'sasl' | 'deciding' | 'authenticated' | 'opening' | 'open' | 'closing' | 'closed';

/** What a connection shares with others of its kind. */
export interface ConnectionHome {
  readonly broker: Broker;
  readonly turn: Turn;
  readonly report: Report;
  readonly limits: AmqpLimits;
  readonly slabs: SlabPool;
  readonly suspendedLinks: SuspendedLinks;
  /** The connection is gone. */
  forget(connection: SymmetricConnection): void;
}

/**
 * What a connection is whoever began it, since from open on both ends may do the same (part 2, section 2.4): sessions by channel, one write a turn,
 * heartbeats, and the end. Who is who, and what the peer may begin, is said by those that extend it.
 */
export abstract class SymmetricConnection implements FrameReceiver, Task {
  /** Waits for the end of the turn, where everything that was written goes to the socket. */
  deferred = false;
  readonly limits: AmqpLimits;
  readonly output: ConnectionOutput<ByteWriter>;
  readonly peer: Peer;
  /** The peer's, from its open. */
  containerId = '';
  linkCount = 0;
  /** Messages that the peer has sent. */
  messagesTaken = 0;
  readonly gate: ReadGate;
  /** Largest payload of a transfer frame to this peer, in bytes. */
  payloadBytesMax = FRAME_BYTES_MIN_MAX - TRANSFER_HEAD_BYTES_MAX;
  /** Too much is unsent: no deliveries, and nothing is read, until the peer has taken some. */
  blocked = false;
  /** Run when the connection ends; `failed`: not in order. */
  readonly onEnd: ((failed: boolean) => void)[] = [];
  readonly sinceMs: number;
  protected phase: Phase = 'header';
  protected readonly intake: Intake;
  /** By the channels of the peer. */
  protected readonly sessions: (Session | undefined)[] = [];
  readonly #home: ConnectionHome;
  readonly #socket: Duplex;
  #transactions: OpenTransactions | undefined;
  /** Channels whose session we have ended with an error: frames are passed over until the peer has ended it too. */
  readonly #endedChannels = new Set<number>();
  #dirty: Session[] = [];
  #assemblyBytes = 0;
  #closed = false;
  readonly #fairness: FairReading;
  #receivedAtMs: number;
  #sentAtMs: number;
  #blockedAtMs = 0;
  #closingAtMs = 0;
  readonly #lines = new ReportBudget();
  /** A frame is to be sent at least this often; 0: no need. */
  #heartbeatMs = 0;

  constructor(home: ConnectionHome, socket: Duplex, peer: Peer) {
    this.#home = home;
    this.#socket = socket;
    this.peer = peer;
    this.limits = home.limits;
    this.output = new ConnectionOutput(socket, home.slabs, allocate => new ByteWriter(0, allocate));
    this.intake = new Intake(socket, this.limits.frameSizeBytesMax, chunk => this.#receive(chunk));
    this.#fairness = new FairReading(home.turn, socket, () => this.#readOn());
    this.gate = new ReadGate({ pause: () => socket.pause(), take: chunk => this.#receive(chunk), resume: () => this.#readOn() });
    this.sinceMs = this.#receivedAtMs = this.#sentAtMs = home.turn.nowMs;
    socket.on('drain', () => this.#drained());
    socket.on('error', error => this.report('debug', `connection error: ${error.message}`));
    socket.on('close', () => this.lost());
  }

  /** Who the peer is, in which address space; of a connection that we have begun, the server itself. */
  abstract get visit(): Visit;

  get space(): AddressSpace {
    return this.visit.space;
  }

  get nowMs(): number {
    return this.#home.turn.nowMs;
  }

  abstract get user(): string;

  /** For people; `name`: what the peer calls itself, and its link. */
  describePeer(name: string): PeerDescription {
    return { protocol: 'AMQP 1.0', name, user: this.user, from: this.peer.address };
  }

  abstract header(protocolId: number, major: number, minor: number, revision: number): void;
  /** A frame that comes before the connection is open. False: it has no place there. */
  protected abstract frameBeforeOpen(type: number, bytes: Uint8Array, start: number, end: number): boolean;
  /** The peer begins a session, or answers that we have. */
  protected abstract begun(begin: Begin, channel: number): void;
  /** What is sent first when the connection ends before it could begin. */
  protected abstract refuseHeader(): void;
  /** Sends our open, if that was not done. */
  protected abstract sendOpen(): void;

  get transactions(): OpenTransactions {
    this.#transactions ??= new OpenTransactions(this.space, this.limits.transactionsPerConnectionMax);
    return this.#transactions;
  }

  get suspendedLinks(): SuspendedLinks {
    return this.#home.suspendedLinks;
  }

  // ---- reading

  #receive(chunk: Uint8Array): void {
    this.#receivedAtMs = this.#home.turn.nowMs;
    if (this.phase === 'closed') return;
    const admitted = this.gate.admit(chunk);
    if (admitted === undefined) return;
    const before = this.messagesTaken;
    try {
      this.intake.push(admitted, this);
    } catch (error) {
      if (!(error instanceof AmqpDecodeError)) throw error;
      this.fail(error.condition, `${error.message}.`);
    }
    this.gate.taken(admitted.length, this.messagesTaken - before);
  }

  frame(type: number, channel: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.phase === 'open' && type === FRAME_TYPE_AMQP) {
      if (start === end) return;
      const session = this.sessions[channel];
      if (session !== undefined) {
        if (isTransfer(bytes, start, end)) return session.transfer(bytes, start, end);
        if (isDisposition(bytes, start, end)) return session.disposition(bytes, start, end);
        if (isFlow(bytes, start, end)) return session.flow(bytes, start, end);
      }
      this.#perform(decodePerformative(bytes, start, end).performative, channel);
      return;
    }
    if (this.phase === 'closing' && type === FRAME_TYPE_AMQP) {
      if (start !== end && decodePerformative(bytes, start, end).performative.kind === 'close') this.hangUp();
      return;
    }
    if (this.phase === 'closed' || this.frameBeforeOpen(type, bytes, start, end)) return;
    this.fail('amqp:connection:framing-error', `A frame of type ${type} has no place here.`);
  }

  /** What the peer's open says of frames and time; false: it asks for what cannot be had, and the connection ends. */
  protected takeOpen({ containerId, maxFrameSize, idleTimeOutMs = 0 }: Open): boolean {
    if (maxFrameSize !== undefined && maxFrameSize < FRAME_BYTES_MIN_MAX) {
      this.fail('amqp:invalid-field', `max-frame-size ${maxFrameSize} is below ${FRAME_BYTES_MIN_MAX}.`);
      return false;
    }
    if (idleTimeOutMs > 0 && idleTimeOutMs < IDLE_TIME_OUT_MS_MIN) {
      this.fail('amqp:resource-limit-exceeded', `idle-time-out ${idleTimeOutMs} ms is below ${IDLE_TIME_OUT_MS_MIN} ms.`);
      return false;
    }
    this.containerId = containerId;
    this.payloadBytesMax = Math.min(maxFrameSize ?? SENT_FRAME_BYTES_MAX, SENT_FRAME_BYTES_MAX) - TRANSFER_HEAD_BYTES_MAX;
    // Twice as often as asked, so that a late turn does no harm.
    this.#heartbeatMs = idleTimeOutMs / 2;
    return true;
  }

  // ---- sessions

  #perform(performative: Performative, channel: number): void {
    this.#fairness.count();
    const session = this.sessions[channel];
    if (session === undefined) {
      if (performative.kind === 'begin') return this.begun(performative, channel);
      if (performative.kind === 'close') return this.closedByPeer(performative);
      if (this.#endedChannels.has(channel)) {
        if (performative.kind !== 'end') return;
        this.#endedChannels.delete(channel);
        return this.channelFree(channel);
      }
      return this.fail('amqp:not-allowed', `There is no session on channel ${channel}, and ${performative.kind} needs one.`);
    }
    switch (performative.kind) {
      case 'attach':
        return session.attach(performative);
      case 'detach':
        if (performative.error)
          this.report('debug', `the peer detached: ${performative.error.description ?? performative.error.condition}`);
        return session.detached(performative);
      case 'end':
        this.sessions[channel] = undefined;
        session.endedByPeer(performative.error);
        this.write({ kind: 'end' }, session.channel);
        return this.channelFree(channel);
      case 'close':
        return this.closedByPeer(performative);
      case 'begin':
        return this.fail('amqp:not-allowed', `Channel ${channel} has a session already.`);
      case 'open':
        return this.fail('amqp:not-allowed', 'The connection is open already.');
      default:
        return this.fail('amqp:not-allowed', `${performative.kind} has no place here.`);
    }
  }

  /** The session is there; what the peer says on this channel is for it. */
  protected join(session: Session): void {
    this.#endedChannels.delete(session.peerChannel);
    this.sessions[session.peerChannel] = session;
  }

  failSession(session: Session, error: { condition: string; description: string }): void {
    if (this.sessions[session.peerChannel] !== session) return;
    this.report('warn', `session ended: ${error.description}`, { condition: error.condition });
    this.endSession(session, error);
  }

  /** We end the session; with an error its deliveries are in doubt. */
  endSession(session: Session, error?: AmqpError): void {
    if (this.sessions[session.peerChannel] !== session) return;
    this.sessions[session.peerChannel] = undefined;
    this.#endedChannels.add(session.peerChannel);
    session.release(error !== undefined);
    this.write({ kind: 'end', ...(error && { error }) }, session.channel);
  }

  /** A session of ours is over at both ends: its channel may be had again. */
  protected channelFree(_peerChannel: number): void {}

  translate(message: Message): Message | undefined {
    return this.#home.broker.encodings.translate(message, ENCODING_AMQP);
  }

  // ---- writing

  write(performative: Performative, channel = 0): void {
    // Only the peer's open says how large a frame may be; what comes before the answer to it fits every peer.
    writeFrame(this.output.room(0), channel, performative);
    this.written();
  }

  /** Something was written: it goes out at the end of this turn. Beyond the limit the peer gets no more deliveries and is not read. */
  written(): void {
    if (!this.deferred) this.#home.turn.deferLast(this);
    if (!this.blocked && this.output.unsentBytes > this.limits.unsentBytesMax) this.#block();
  }

  #block(): void {
    this.blocked = true;
    this.#blockedAtMs = this.#home.turn.nowMs;
    this.#socket.pause();
    for (const session of this.sessions) session?.setBlocked(true);
  }

  #drained(): void {
    if (!this.blocked || this.output.unsentBytes > this.limits.unsentBytesMax / 2) return;
    this.blocked = false;
    this.#readOn();
    for (const session of this.sessions) session?.setBlocked(false);
  }

  #readOn(): void {
    if (!this.blocked && !this.intake.held && !this.gate.resting) this.#socket.resume();
  }

  touch(session: Session): void {
    session.dirty = true;
    this.#dirty.push(session);
    if (!this.deferred) this.#home.turn.deferLast(this);
  }

  /** The end of the turn. */
  run(): void {
    if (this.#dirty.length > 0) {
      const dirty = this.#dirty;
      this.#dirty = [];
      for (const session of dirty) session.flush();
    }
    this.#sentAtMs = this.#home.turn.nowMs;
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
    if (this.phase === 'closing' || this.phase === 'closed') {
      if (nowMs - this.#closingAtMs > closeTimeoutMs) this.#socket.destroy();
      return;
    }
    if (this.blocked && nowMs - this.#blockedAtMs > stallTimeoutMs)
      return this.cut('the peer takes nothing of what it is sent', { unsentBytes: this.output.unsentBytes, stallTimeoutMs });
    if (this.phase !== 'open') {
      if (nowMs - this.sinceMs > handshakeTimeoutMs) this.cut('it did not get as far as open in time', { handshakeTimeoutMs });
      return;
    }
    // It is we who do not read: its silence is counted from when we do again.
    if (this.gate.resting) this.#receivedAtMs = nowMs;
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
    if (this.phase === 'closing' || this.phase === 'closed') return;
    this.report('warn', `connection closed: ${description}`, { condition });
    this.close(condition, description);
  }

  closeByAdministrator(why: string): void {
    this.close('amqp:connection:forced', why);
  }

  /** Closes with an error, without a line in the log. */
  close(condition: string, description: string, info?: AmqpMap): void {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    const phase = this.phase;
    this.#releaseSessions(true);
    if (phase === 'header' || phase === 'authenticated') return this.refuseHeader();
    if (phase !== 'open' && phase !== 'opening') return this.hangUp();
    this.sendOpen();
    this.write({ kind: 'close', error: { condition, description, ...(info && { info }) } });
    this.phase = 'closing';
    this.#closingAtMs = this.#home.turn.nowMs;
    if (this.blocked) this.#drained();
  }

  /** With an error the peer does not leave in order: its wills are due. */
  protected closedByPeer({ error }: Close): void {
    this.#releaseSessions(false, error !== undefined);
    this.write({ kind: 'close' });
    this.hangUp();
  }

  /** Sends what is written and ends the socket; cut when the peer does not end it too. */
  protected hangUp(): void {
    this.phase = 'closed';
    this.#closingAtMs = this.#home.turn.nowMs;
    this.intake.hold();
    this.run();
    this.#socket.end();
  }

  /** The socket is gone; called once. */
  protected lost(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.phase = 'closed';
    this.#releaseSessions(true);
    this.#home.forget(this);
  }

  #releaseSessions(lost: boolean, failed: boolean = lost): void {
    for (const session of this.sessions) session?.release(lost, failed);
    this.sessions.length = 0;
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
    const more = this.#lines.take(this.#home.turn.nowMs);
    if (more) this.#home.report({ level, what, peer: this.peer.address, containerId: this.containerId, ...details, ...more });
  }
}
