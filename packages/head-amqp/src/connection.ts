import type { Duplex } from 'node:stream';
import {
  type AmqpMap,
  type Begin,
  decodePerformative,
  decodeSaslFrame,
  FRAME_TYPE_AMQP,
  FRAME_TYPE_SASL,
  type Open,
  PROTOCOL_HEADER_AMQP,
  PROTOCOL_HEADER_SASL,
  PROTOCOL_ID_AMQP,
  PROTOCOL_ID_SASL,
} from '@angarium/codec-amqp';
import { Meter, Principal, type PrincipalFollower, Refusal, type Visit } from '@angarium/core';
import {
  type ConnectionStatus,
  connectionClosed,
  connectionOpened,
  type ListedConnection,
  type ListedLink,
  type Peer,
} from '@angarium/transport';
import type { AmqpHead } from './amqp-head.ts';
import { connectionWill } from './connection-will.ts';
import { ourOpen } from './our-open.ts';
import { refusalError } from './outcome-table.ts';
import { SaslExchange, type SaslProgress } from './sasl-exchange.ts';
import { Session } from './session.ts';
import { CONTAINER_ID_INVALID, REFUSED_OPEN } from './sole-connection.ts';
import { SymmetricConnection } from './symmetric-connection.ts';

/** What AMQP has besides what every connection has. */
export interface AmqpConnectionStatus extends ConnectionStatus {
  readonly sessions: number;
  /** Of senders and receivers. */
  readonly links: number;
}

/** A connection that a peer has begun: protocol headers, SASL, and the peer's open (part 2, sections 2.2 and 2.4; part 5). */
export class AmqpConnection extends SymmetricConnection implements ListedConnection, PrincipalFollower {
  readonly #head: AmqpHead;
  #sasl: SaslExchange | undefined;
  #principal: Principal | undefined;
  #visit: Visit | undefined;
  #openSent = false;

  constructor(head: AmqpHead, socket: Duplex, peer: Peer) {
    super(head, socket, peer);
    this.#head = head;
  }

  /** Who the peer is, in the address space that it has entered. */
  get visit(): Visit {
    return this.#visit!;
  }

  get user(): string {
    return this.#principal!.user;
  }

  get addressSpace(): string {
    return this.#visit?.space.name ?? '';
  }

  status(): AmqpConnectionStatus {
    const sessions = this.sessions.filter(session => session !== undefined);
    return {
      protocol: 'AMQP 1.0',
      client: this.containerId,
      user: this.#principal?.user,
      peer: this.peer.address,
      addressSpace: this.addressSpace,
      since: new Date(this.sinceMs).toISOString(),
      subscriptions: sessions.reduce((sum, { receivers }) => sum + receivers, 0),
      unsettled: sessions.reduce((sum, { unsettledWindow }) => sum + unsettledWindow.size, 0),
      unsentBytes: this.output.unsentBytes,
      sessions: sessions.length,
      links: this.linkCount,
    };
  }

  *links(): Iterable<ListedLink> {
    for (const session of this.sessions) for (const link of session?.byName.values() ?? []) yield* link.listed();
  }

  // ---- who the peer is

  header(protocolId: number, major: number, minor: number, revision: number): void {
    const version = major === 1 && minor === 0 && revision === 0;
    if (this.phase === 'header' && protocolId === PROTOCOL_ID_SASL && version) {
      this.output.room(0).raw(PROTOCOL_HEADER_SASL);
      this.phase = 'sasl';
      this.#sasl = new SaslExchange(this.output, this.#head.access, this.peer);
      this.#sasl.offer();
      this.written();
      return;
    }
    if (this.phase === 'header') {
      // Part 2, section 2.2: a peer that goes without SASL says nothing of who it is.
      const nameless = this.#head.access.nameless({ peer: this.peer });
      if (nameless instanceof Principal) this.#principal = nameless;
    }
    if (protocolId === PROTOCOL_ID_AMQP && version && this.#principal !== undefined) {
      this.output.room(0).raw(PROTOCOL_HEADER_AMQP);
      this.phase = 'opening';
      this.written();
      return;
    }
    this.report('warn', 'connection refused: its protocol header is none that is taken here', { protocolId, major, minor, revision });
    this.refuseHeader();
  }

  /** Part 2, section 2.2: the header that we would take, and the end. */
  protected refuseHeader(): void {
    this.output.room(0).raw(this.phase === 'header' ? PROTOCOL_HEADER_SASL : PROTOCOL_HEADER_AMQP);
    this.hangUp();
  }

  protected frameBeforeOpen(type: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.phase === 'sasl' && type === FRAME_TYPE_SASL) this.#saslFrame(bytes, start, end);
    else if (this.phase === 'opening' && type === FRAME_TYPE_AMQP) {
      if (start === end) return true;
      const { performative } = decodePerformative(bytes, start, end);
      if (performative.kind === 'open') this.#opened(performative);
      else this.fail('amqp:not-allowed', `The first frame must be open, and was ${performative.kind}.`);
    } else return false;
    return true;
  }

  #saslFrame(bytes: Uint8Array, start: number, end: number): void {
    this.#head.strangers.set(this, false);
    this.phase = 'deciding';
    // What follows waits until it is decided, which may take a moment: hashing is meant to be slow.
    this.intake.hold();
    this.#sasl!.answer(decodeSaslFrame(bytes, start, end), progress => this.#authenticated(progress));
  }

  #authenticated(progress: SaslProgress): void {
    if (this.phase !== 'deciding') return;
    this.written();
    if (progress.kind === 'refused') {
      this.report('warn', `authentication failed: ${progress.why}`);
      return this.hangUp();
    }
    if (progress.kind === 'accepted') {
      this.#principal = progress.principal;
      this.#sasl = undefined;
    }
    this.#head.strangers.set(this, true);
    this.phase = progress.kind === 'accepted' ? 'authenticated' : 'sasl';
    this.intake.goOn(progress.kind === 'accepted' ? 'header' : 'frame');
  }

  // ---- open

  #opened(open: Open): void {
    this.#head.strangers.set(this, false);
    if (!this.takeOpen(open)) return;
    const visit = this.#head.broker.enter(this.#principal!, this.#spaceOf(open), this);
    if (visit instanceof Refusal) return this.fail(refusalError(visit).condition, visit.description);
    this.#visit = visit;
    const { endedWhy } = visit.principal;
    if (endedWhy !== undefined) return this.principalEnded(endedWhy);
    this.onEnd.push(visit.principal.follow(this));
    const meter = new Meter(visit);
    this.gate.enter(meter);
    meter.add('connections', 1);
    this.onEnd.push(() => meter.add('connections', -1));
    const beyond = meter.refuse('connections');
    if (beyond) return this.fail(refusalError(beyond).condition, beyond.description);
    const release = this.#head.soleConnections.claim(visit.space, open);
    if (!release) return this.#refuseContainer();
    this.onEnd.push(release);
    const will = connectionWill(open, this);
    if (will instanceof Refusal) return this.fail(refusalError(will).condition, will.description);
    if (will === undefined) return this.#letIn();
    this.onEnd.push(failed => will.end(failed));
    // It is on disk before the peer may rely on it.
    this.phase = 'deciding';
    this.intake.hold();
    will.whenDurable(() => {
      if (this.phase !== 'deciding') return;
      this.#letIn();
      this.intake.goOn('frame');
    });
  }

  #letIn(): void {
    const { report, turn } = this.#head;
    this.phase = 'open';
    this.sendOpen();
    report(connectionOpened(this));
    this.onEnd.push(() => report(connectionClosed(this, turn.nowMs)));
  }

  // ---- what becomes of who the peer is

  rightsChanged(): void {
    for (const session of this.sessions) if (session !== undefined) askAgain(session);
  }

  principalEnded(why: string): void {
    this.fail('amqp:unauthorized-access', `The connection is closed: ${why}.`);
  }

  override tick(nowMs: number): void {
    if (this.#visit !== undefined && nowMs >= (this.#principal?.expiresAtMs ?? Number.POSITIVE_INFINITY))
      this.principalEnded('what has proved who the user is has run out');
    super.tick(nowMs);
  }

  protected sendOpen(more?: AmqpMap): void {
    if (this.#openSent) return;
    this.#openSent = true;
    this.write(ourOpen(this.#head, more));
  }

  /** The address space that the peer means, if it says so. */
  #spaceOf({ hostname }: Open): string | undefined {
    return this.#head.access.space({ peer: this.peer, ...(hostname !== undefined && { hostname }) });
  }

  #refuseContainer(): void {
    this.sendOpen(REFUSED_OPEN);
    const description = `Another connection of ${this.containerId} is open: choose another container-id, or close that one.`;
    this.close('amqp:invalid-field', description, CONTAINER_ID_INVALID);
  }

  protected begun(begin: Begin, channel: number): void {
    const { channelMax } = this.limits;
    if (channel > channelMax) return this.fail('amqp:connection:framing-error', `Channel ${channel} is beyond channel-max ${channelMax}.`);
    if (begin.remoteChannel !== undefined)
      return this.fail('amqp:not-allowed', 'A begin with remote-channel answers one of ours, and we have sent none.');
    this.join(new Session(this, channel, begin));
  }
}

/** Links that the peer may have no longer end; the others go on. */
function askAgain(session: Session): void {
  for (const link of [...session.byName.values()]) {
    const refusal = link.askAgain?.();
    if (refusal) session.detach(link, refusalError(refusal));
  }
}
