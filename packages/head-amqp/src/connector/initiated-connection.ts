import type { Duplex } from 'node:stream';
import {
  type AmqpError,
  type Attach,
  type Begin,
  type Close,
  decodePerformative,
  decodeSaslFrame,
  FRAME_TYPE_AMQP,
  FRAME_TYPE_SASL,
  type Open,
  PROTOCOL_HEADER_AMQP,
  PROTOCOL_HEADER_SASL,
  PROTOCOL_ID_AMQP,
  PROTOCOL_ID_SASL,
  writeSaslFrame,
} from '@angarium/codec-amqp';
import { type AddressSpace, serverPrincipal, Visit } from '@angarium/core';
import type { Peer } from '@angarium/transport';
import { ourBegin, type Session } from '../session.ts';
import { type ConnectionHome, SymmetricConnection } from '../symmetric-connection.ts';
import { type LinkOwner, LinkSession } from './link-session.ts';
import { type Login, SaslClient, type SaslStep } from './sasl-client.ts';

export interface InitiatedConnectionOptions {
  readonly home: ConnectionHome;
  /** Whose addresses the links are of. */
  readonly space: AddressSpace;
  readonly login: Login;
  /** What the remote is told of us. */
  readonly open: { kind: 'open' } & Open;
  /** An error of the socket in words that say what to do. */
  readonly wordsOf: (error: Error) => string;
  /** The remote has opened too: links may come. */
  readonly onOpen: (open: Open) => void;
}

/** The protocol's highest channel (part 2, section 2.3.1). */
const CHANNEL_MAX = 0xffff;

/** A connection that we have begun: SASL as its client, our open, and sessions of ours alone, each with one link (part 2, sections 2.2 and 2.4; part 5). */
export class InitiatedConnection extends SymmetricConnection {
  readonly visit: Visit;
  readonly #open: { kind: 'open' } & Open;
  readonly #onOpen: (open: Open) => void;
  readonly #sasl: SaslClient;
  /** Sessions that the remote has not answered, by our channel. */
  readonly #begun = new Map<number, { readonly asked: Attach; readonly owner: LinkOwner }>();
  /** Our channels by those of the remote, until both ends have ended the session. */
  readonly #channels = new Map<number, number>();
  #remoteChannelMax = CHANNEL_MAX;
  #why: string | undefined;

  constructor(options: InitiatedConnectionOptions, socket: Duplex, peer: Peer) {
    super(options.home, socket, peer);
    this.visit = new Visit(options.space, serverPrincipal(options.space.name));
    this.#open = options.open;
    this.#onOpen = options.onOpen;
    this.#sasl = new SaslClient(options.login);
    socket.on('error', error => this.#because(options.wordsOf(error)));
    this.output.room(0).raw(PROTOCOL_HEADER_SASL);
    this.written();
  }

  /** Of the remote we know no user. */
  get user(): string {
    return '';
  }

  /** Why it is over, in words that say what to do; undefined where nobody has said. */
  get why(): string | undefined {
    return this.#why;
  }

  /** The first reason is the one; what follows comes of it. */
  #because(why: string): void {
    this.#why ??= why;
  }

  /** Links may be attached. */
  get isOpen(): boolean {
    return this.phase === 'open';
  }

  /** The password was sent as it is, for whoever listens to read. */
  get passwordInClear(): boolean {
    return this.#sasl.mechanism === 'PLAIN';
  }

  // ---- who we are

  header(protocolId: number, major: number, minor: number, revision: number): void {
    const version = major === 1 && minor === 0 && revision === 0;
    if (version && protocolId === PROTOCOL_ID_SASL && this.phase === 'header') this.phase = 'sasl';
    else if (version && protocolId === PROTOCOL_ID_AMQP && this.phase === 'authenticated') this.phase = 'opening';
    else {
      const says = `protocol ${protocolId}, version ${major}.${minor}.${revision}`;
      this.#giveUp(`the remote does not speak AMQP 1.0 with SASL at this port: it answers with ${says}`);
    }
  }

  protected frameBeforeOpen(type: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.phase === 'sasl' && type === FRAME_TYPE_SASL) {
      this.phase = 'deciding';
      this.#sasl.take(decodeSaslFrame(bytes, start, end), step => this.#stepped(step));
      return true;
    }
    if (this.phase !== 'opening' || type !== FRAME_TYPE_AMQP) return false;
    if (start === end) return true;
    const { performative } = decodePerformative(bytes, start, end);
    if (performative.kind === 'open') this.#opened(performative);
    else if (performative.kind === 'close') this.closedByPeer(performative);
    else this.fail('amqp:not-allowed', `The first frame must be open, and was ${performative.kind}.`);
    return true;
  }

  #stepped(step: SaslStep): void {
    if (this.phase !== 'deciding') return;
    if (step.kind === 'failed') return this.#giveUp(step.why);
    if (step.kind === 'answer') {
      this.phase = 'sasl';
      writeSaslFrame(this.output.room(0), step.frame);
      return this.written();
    }
    this.phase = 'authenticated';
    this.intake.expectHeader();
    this.output.room(0).raw(PROTOCOL_HEADER_AMQP);
    // The remote takes what follows the header when it has sent its own.
    this.write(this.#open);
  }

  #giveUp(why: string): void {
    this.#because(why);
    this.hangUp();
  }

  /** Nothing was begun that could be refused. */
  protected refuseHeader(): void {
    this.hangUp();
  }

  /** It was sent behind the header. */
  protected sendOpen(): void {}

  #opened(open: Open): void {
    if (!this.takeOpen(open)) return;
    this.#remoteChannelMax = open.channelMax ?? CHANNEL_MAX;
    this.phase = 'open';
    // A server that is about to refuse a connection opens and closes it (AMQP JMS mapping): there is nothing to do meanwhile.
    if (open.properties?.get('amqp:connection-establishment-failed') !== true) this.#onOpen(open);
  }

  // ---- sessions and links

  /** Begins a session for one link of ours, as `asked` with the handle 0. False: the remote has no more sessions for us. */
  attach(asked: Attach, owner: LinkOwner): boolean {
    const channel = this.#freeChannel();
    if (channel > Math.min(this.#remoteChannelMax, this.limits.channelMax)) return false;
    this.#begun.set(channel, { asked, owner });
    this.write(ourBegin(this.limits), channel);
    return true;
  }

  /** The owner of a session that is not there yet wants it no more. */
  abandon(owner: LinkOwner): void {
    for (const [channel, begun] of this.#begun) if (begun.owner === owner) this.#begun.set(channel, { ...begun, owner: NOBODY });
  }

  #freeChannel(): number {
    const taken = new Set([...this.#begun.keys(), ...this.#channels.values()]);
    let channel = 0;
    while (taken.has(channel)) channel++;
    return channel;
  }

  protected begun({ remoteChannel, ...begin }: Begin, peerChannel: number): void {
    const asked = remoteChannel === undefined ? undefined : this.#begun.get(remoteChannel);
    if (remoteChannel === undefined || asked === undefined)
      return this.fail('amqp:not-allowed', 'This end of the connection begins sessions, and the other only answers.');
    this.#begun.delete(remoteChannel);
    this.#channels.set(peerChannel, remoteChannel);
    const session = new LinkSession(this, remoteChannel, { ...begin, remoteChannel }, peerChannel, asked);
    this.join(session);
    if (asked.owner === NOBODY) return this.endSession(session);
    asked.owner.begun(session);
    session.attachOurs();
  }

  override endSession(session: Session, error?: AmqpError): void {
    super.endSession(session, error);
  }

  protected override channelFree(peerChannel: number): void {
    this.#channels.delete(peerChannel);
  }

  // ---- the end

  override fail(condition: string, description: string): void {
    this.#because(`the remote broke the protocol: ${description}`);
    super.fail(condition, description);
  }

  override cut(why: string, details: Record<string, unknown>): void {
    this.#because(why);
    super.cut(why, details);
  }

  /** We end it in order; `why` is for our own status. */
  leave(condition: string, why: string): void {
    this.#because(why);
    this.close(condition, why);
  }

  protected override closedByPeer(close: Close): void {
    const { condition, description } = close.error ?? {};
    const words = condition === undefined ? '' : `: ${condition}${description ? `: ${description}` : ''}`;
    this.#because(`the remote closed the connection${words}`);
    super.closedByPeer(close);
  }

  protected override lost(): void {
    for (const { owner } of this.#begun.values()) owner.ended(undefined);
    this.#begun.clear();
    super.lost();
  }
}

/** Of a session that nobody wants any more. */
const NOBODY: LinkOwner = {
  begun() {},
  answered: () => undefined,
  ended() {},
};
