import {
  type AmqpError,
  type AmqpMap,
  type Attach,
  type Begin,
  type ByteWriter,
  type DeliveryState,
  type Detach,
  DispositionReader,
  type FlowFields,
  FlowReader,
  TransferReader,
  writeFlow,
} from '@angarium/codec-amqp';
import { type AddressSpace, IN_DOUBT, type Message, type Outcome, RELEASED, type Visit } from '@angarium/core';
import { attach } from './attach.ts';
import { IncomingLink } from './incoming-link.ts';
import type { AmqpLimits } from './limits.ts';
import { type Link, stolen } from './link.ts';
import type { OpenTransaction } from './open-transaction.ts';
import { outcomeOf } from './outcome-table.ts';
import { OutgoingLink, PAUSED_UNSENT, PAUSED_UNSETTLED, PAUSED_WINDOW } from './outgoing-link.ts';
import { SettlementBatch, writeRanges } from './settlement-batch.ts';
import type { SymmetricConnection } from './symmetric-connection.ts';
import { UnsettledWindow } from './unsettled-window.ts';

/** A handle whose link we have detached: what is on its way is passed over until the peer has detached too. */
const DETACHED = Symbol('detached');

/** Part 4, section 4.4.3. */
const ACQUISITION_UNSUPPORTED: AmqpError = {
  condition: 'amqp:not-implemented',
  description: 'Deliveries cannot be acquired in a transaction: give credit without a txn-id, and the outcomes within the transaction.',
};

/** We send as much as the peer takes. */
const OUTGOING_WINDOW = 0x7fff_ffff;

/** Scratch for all sessions: one frame is read and worked on before the next. */
const transferReader = new TransferReader();
const flowReader = new FlowReader();
const dispositionReader = new DispositionReader();
const flowFields: FlowFields = {
  nextIncomingId: 0,
  incomingWindow: 0,
  nextOutgoingId: 0,
  outgoingWindow: OUTGOING_WINDOW,
  handle: -1,
  deliveryCount: -1,
  linkCredit: -1,
  available: -1,
  drain: false,
  echo: false,
};

/** How much one frame moves the mean size of frames: a sixteenth. */
const MEAN_SHIFT = 4;

/** The highest handle of a session; handles are indexes of an array. */
const HANDLE_MAX = 0xffff;

/**
 * The window to announce while frames are so large. All of it may come at once, as one message whose consumer takes nothing: so many frames that
 * they stay well below what may wait for one consumer.
 */
function framesOfWindow({ incomingWindowFrames, streamUnsentBytesMax }: AmqpLimits, frameBytesMean: number): number {
  return Math.max(1, Math.min(incomingWindowFrames, Math.floor(streamUnsentBytesMax / 2 / Math.max(1, frameBytesMean))));
}

/** The begin of a session of ours, or with a channel the answer to the peer's. */
export function ourBegin(limits: AmqpLimits, remoteChannel?: number): { kind: 'begin' } & Begin {
  return {
    kind: 'begin',
    ...(remoteChannel !== undefined && { remoteChannel }),
    nextOutgoingId: 0,
    incomingWindow: framesOfWindow(limits, limits.frameSizeBytesMax),
    outgoingWindow: OUTGOING_WINDOW,
    handleMax: HANDLE_MAX,
  };
}

/** A session (part 2, section 2.5): windows of transfer frames both ways, links by handle, deliveries by id. */
export class Session {
  readonly connection: SymmetricConnection;
  /** Of the frames that we send, and of those of the peer. */
  readonly channel: number;
  readonly peerChannel: number;
  readonly limits: AmqpLimits;
  readonly unsettledWindow = new UnsettledWindow();
  /** Deliveries in the window whose outcome is part of a transaction. */
  readonly retiring = new Map<number, OpenTransaction>();
  /** Links whose sender settles last. */
  readonly keeping = new Set<IncomingLink>();
  /** Transfer frames that the peer takes now (part 2, section 2.5.6). */
  remoteIncomingWindow: number;
  readonly #links: (Link | typeof DETACHED | undefined)[] = [];
  /** Links that are attached, by direction and name: a link attached twice is taken over. */
  readonly byName = new Map<string, Link>();
  #nextIncomingId: number;
  /** Transfer frames that the peer may still send, and the window that it was told last. */
  #incomingWindow: number;
  #announcedWindow: number;
  /** Mean size of the peer's transfer frames, in bytes; until there are some, as large as they may be. */
  #frameBytesMean: number;
  #nextOutgoingId = 0;
  #nextDeliveryId = 0;
  readonly #settlements = new SettlementBatch();
  #settledAsSender: number[] = [];
  #flowLinks: Link[] = [];
  #sessionFlowDue = false;
  /** Links on which we send. */
  readonly #outgoing = new Set<OutgoingLink>();
  /**
   * Links are paused, since the peer's window is used up, or too much is unsettled. They go on at the end of the turn in which there is room
   * again: a peer that flaps its window, or settles one by one, does not make each of its frames a walk through all links.
   */
  #windowShut: boolean;
  #unsettledFull = false;
  /** Links whose streams are blocked; while there are any, the peer is asked to wait. */
  readonly #held = new Set<IncomingLink>();
  /** Registered for the end of this turn. */
  dirty = false;
  /** Run when the session ends: subscriptions that were to outlive their links until then. */
  readonly onEnd: (() => void)[] = [];
  #ended = false;

  /** `begin` is the peer's: it asks for a session and is answered here, or it has answered ours. */
  constructor(connection: SymmetricConnection, channel: number, begin: Begin, peerChannel = channel) {
    this.connection = connection;
    this.channel = channel;
    this.peerChannel = peerChannel;
    this.limits = connection.limits;
    this.remoteIncomingWindow = begin.incomingWindow;
    this.#windowShut = begin.incomingWindow === 0;
    this.#nextIncomingId = begin.nextOutgoingId;
    this.#frameBytesMean = this.limits.frameSizeBytesMax;
    this.#announcedWindow = this.#incomingWindow = framesOfWindow(this.limits, this.#frameBytesMean);
    if (begin.remoteChannel === undefined) connection.write(ourBegin(this.limits, channel), channel);
  }

  get visit(): Visit {
    return this.connection.visit;
  }

  get space(): AddressSpace {
    return this.connection.space;
  }

  get links(): number {
    return this.byName.size;
  }

  /** Links of receivers. */
  get receivers(): number {
    return this.#outgoing.size;
  }

  // ---- frames of the peer

  transfer(bytes: Uint8Array, start: number, end: number): void {
    transferReader.read(bytes, start, end);
    this.#nextIncomingId = (this.#nextIncomingId + 1) >>> 0;
    this.#frameBytesMean += (end - start - this.#frameBytesMean) >> MEAN_SHIFT;
    if (--this.#incomingWindow < 0) {
      this.fail('amqp:session:window-violation', `More transfer frames came than the incoming window of ${this.#announcedWindow} allows.`);
      return;
    }
    if (this.#incomingWindow <= this.#announcedWindow >> 1 && this.#held.size === 0) {
      this.#sessionFlowDue = true;
      this.#touch();
    }
    const link = this.#links[transferReader.handle];
    if (link instanceof IncomingLink) link.transfer(transferReader, bytes, end);
    else if (link === undefined) this.fail('amqp:session:unattached-handle', `There is no link at handle ${transferReader.handle}.`);
    else if (link !== DETACHED) this.fail('amqp:not-allowed', `The link at handle ${transferReader.handle} is not for sending to us.`);
  }

  flow(bytes: Uint8Array, start: number, end: number): void {
    const flow = flowReader;
    flow.read(bytes, start, end);
    // Part 2, section 2.5.6: before the peer has seen our begin it cannot say next-incoming-id, and ours was the initial one.
    const nextIncoming = Math.max(flow.nextIncomingId, 0);
    const window = flow.incomingWindow + ((nextIncoming - this.#nextOutgoingId) | 0);
    this.remoteIncomingWindow = Math.max(0, window);
    if (this.remoteIncomingWindow === 0) this.#shutWindow();
    else if (this.#windowShut) this.#touch();
    if (flow.handle >= 0) {
      const link = this.#links[flow.handle];
      if (link === undefined) this.fail('amqp:session:unattached-handle', `There is no link at handle ${flow.handle}.`);
      else if (link !== DETACHED) {
        if (flow.inTransaction) this.detach(link, ACQUISITION_UNSUPPORTED);
        else link.flow(flow);
      }
    } else if (flow.echo) {
      this.#sessionFlowDue = true;
      this.#touch();
    }
  }

  disposition(bytes: Uint8Array, start: number, end: number): void {
    const disposition = dispositionReader;
    disposition.read(bytes, start, end);
    // What a sender settles of its own deliveries is news to those links alone that keep them until then.
    if (!disposition.role) {
      if (disposition.settled) for (const link of this.keeping) link.settledBySender(disposition.first, disposition.last);
      return;
    }
    const { first, last, settled, state } = disposition;
    const outcome = outcomeOf(state);
    if (state?.kind === 'transactional-state') this.connection.transactions.retire(this, disposition, state);
    else if (settled)
      this.unsettledWindow.take(first, last, (link, source, token) => source.settle(token, link.outcomeWhenSettled(outcome)));
    else if (outcome)
      this.unsettledWindow.take(first, last, (link, source, token, deliveryId) =>
        source.settleConfirmed(token, link.outcomeWhenSettled(outcome), link, deliveryId),
      );
    if (this.#unsettledFull) this.#touch();
  }

  attach(performative: Attach): void {
    const { handle } = performative;
    if (handle > HANDLE_MAX)
      return this.connection.fail('amqp:connection:framing-error', `Handle ${handle} is beyond handle-max ${HANDLE_MAX}.`);
    if (this.#links[handle] !== undefined) return this.fail('amqp:session:handle-in-use', `Handle ${handle} has a link already.`);
    const sends = performative.role === 'receiver';
    const existing = this.byName.get(nameKey(performative.name, sends));
    if (existing) this.detach(existing, stolen(performative.name));
    const link = sends ? new OutgoingLink(this, performative) : new IncomingLink(this, performative);
    this.join(link);
    attach(link, performative);
  }

  /** The link is there; what the peer says of its handle is for it. */
  protected join(link: Link): void {
    this.#links[link.peerHandle] = link;
    this.byName.set(nameKey(link.name, link.sends), link);
    if (link instanceof OutgoingLink) this.#outgoing.add(link);
    this.connection.linkCount++;
    this.connection.gate.meter?.add('links', 1);
  }

  /** The peer detaches. */
  detached({ handle, closed = false, error }: Detach): void {
    const link = this.#links[handle];
    if (link === undefined) return this.fail('amqp:session:unattached-handle', `There is no link at handle ${handle}.`);
    this.#links[handle] = undefined;
    if (link === DETACHED) return;
    this.#drop(link, closed, RELEASED, error !== undefined);
    this.connection.write({ kind: 'detach', handle: link.handle, closed }, this.channel);
  }

  // ---- links

  /** We detach: the peer's frames for this handle are passed over until it has detached too. */
  detach(link: Link, error: AmqpError): void {
    if (this.#links[link.peerHandle] !== link) return;
    this.#links[link.peerHandle] = DETACHED;
    // Not the peer's wish: a subscription of it is kept as for a link that is lost.
    this.#drop(link, false, RELEASED, false);
    this.report('info', `link detached: ${error.description ?? error.condition}`, { link: link.name, condition: error.condition });
    this.connection.write({ kind: 'detach', handle: link.handle, closed: true, error }, this.channel);
  }

  #drop(link: Link, closed: boolean, outcome: Outcome, failed: boolean): void {
    this.connection.linkCount--;
    this.connection.gate.meter?.add('links', -1);
    this.byName.delete(nameKey(link.name, link.sends));
    if (link instanceof OutgoingLink) this.#outgoing.delete(link);
    link.release({ closed, failed, outcome });
  }

  /** Under which what the link leaves is kept: who it belongs to, and its name. */
  keyOf({ name, sends }: Link): string {
    const { space, user, containerId } = this.connection;
    return JSON.stringify([space.name, user, containerId, nameKey(name, sends)]);
  }

  // ---- sending

  /** The id of the delivery that is sent next. */
  get upcomingDeliveryId(): number {
    return this.#nextDeliveryId;
  }

  nextDeliveryId(): number {
    const id = this.#nextDeliveryId;
    this.#nextDeliveryId = (id + 1) >>> 0;
    return id;
  }

  /** The message in AMQP's encoding; undefined: it cannot be read. */
  translate(message: Message): Message | undefined {
    const translated = this.connection.translate(message);
    if (!translated) this.report('warn', 'message that cannot be translated to AMQP rejected', { topic: message.topic });
    return translated;
  }

  get payloadBytesMax(): number {
    return this.connection.payloadBytesMax;
  }

  get unsentBytes(): number {
    return this.connection.output.unsentBytes;
  }

  get blocked(): boolean {
    return this.connection.blocked;
  }

  transferRoom(sizeBytes: number): ByteWriter {
    return this.connection.output.room(sizeBytes);
  }

  /** A transfer frame was written. */
  transferSent(): void {
    this.#nextOutgoingId = (this.#nextOutgoingId + 1) >>> 0;
    this.connection.written();
    if (--this.remoteIncomingWindow === 0) this.#shutWindow();
    if (this.#unsettledFull || this.unsettledWindow.size < this.limits.unsettledMax) return;
    this.#unsettledFull = true;
    for (const link of this.#outgoing) link.pause(PAUSED_UNSETTLED);
  }

  #shutWindow(): void {
    if (this.#windowShut) return;
    this.#windowShut = true;
    for (const link of this.#outgoing) link.pause(PAUSED_WINDOW);
  }

  /** The window opened: it may be used up again before all links have had their turn. */
  #openWindow(): void {
    this.#windowShut = false;
    for (const link of this.#outgoing) {
      link.pump();
      if (this.#windowShut) return;
      link.unpause(PAUSED_WINDOW);
    }
  }

  #makeUnsettledRoom(): void {
    this.#unsettledFull = false;
    for (const link of this.#outgoing) {
      if (this.#unsettledFull) return;
      link.unpause(PAUSED_UNSETTLED);
    }
  }

  /** The connection has too much unsent, or no more so. */
  setBlocked(blocked: boolean): void {
    for (const link of this.#outgoing) {
      if (blocked) {
        link.pause(PAUSED_UNSENT);
        continue;
      }
      link.pump();
      // What went out may have been too much again, and all links are paused already.
      if (this.connection.blocked) return;
      link.unpause(PAUSED_UNSENT);
    }
  }

  /** A link that attaches while the session cannot send begins paused. */
  pauseNew(link: OutgoingLink): void {
    if (this.connection.blocked) link.pause(PAUSED_UNSENT);
    if (this.#windowShut) link.pause(PAUSED_WINDOW);
    if (this.#unsettledFull) link.pause(PAUSED_UNSETTLED);
  }

  // ---- streams

  /** The link's stream is blocked: the peer is asked to send nothing more. What is on its way still comes, and fits the window that it had. */
  hold(link: IncomingLink): void {
    if (this.#held.has(link)) return;
    this.#held.add(link);
    this.#sessionFlowDue = true;
    this.#touch();
  }

  unhold(link: IncomingLink): void {
    if (!this.#held.delete(link) || this.#held.size > 0) return;
    this.#sessionFlowDue = true;
    this.#touch();
  }

  /** Counts bytes of unfinished messages; false, and not counted, when there would be too many. */
  assembling(bytes: number): boolean {
    return this.connection.assembling(bytes);
  }

  // ---- settlements and flows, written at the end of the turn

  settleAsReceiver(deliveryId: number, outcome: Outcome, settled: boolean): void {
    if (this.#ended) return;
    this.#settlements.add(deliveryId, outcome, settled);
    this.#touch();
  }

  settleAsReceiverWith(deliveryId: number, state: DeliveryState, settled: boolean): void {
    if (this.#ended) return;
    this.#settlements.addState(deliveryId, state, settled);
    this.#touch();
  }

  settleAsSender(deliveryId: number): void {
    if (this.#ended) return;
    this.#settledAsSender.push(deliveryId);
    this.#touch();
  }

  flowDue(link: Link): void {
    if (link.flowDue) return;
    link.flowDue = true;
    this.#flowLinks.push(link);
    this.#touch();
  }

  #touch(): void {
    if (!this.dirty) this.connection.touch(this);
  }

  /** The end of the turn: what has gathered is written. */
  flush(): void {
    this.dirty = false;
    if (this.#ended) return;
    if (this.#windowShut && this.remoteIncomingWindow > 0) this.#openWindow();
    if (this.#unsettledFull && this.unsettledWindow.size < this.limits.unsettledMax) this.#makeUnsettledRoom();
    const { output } = this.connection;
    if (!this.#settlements.empty) this.#settlements.write(output.room(0), this.channel);
    if (this.#settledAsSender.length > 0) {
      // The peer knows the outcome: it was its own.
      writeRanges(output.room(0), this.channel, 'sender', Uint32Array.from(this.#settledAsSender), true, undefined);
      this.#settledAsSender = [];
    }
    if (this.#flowLinks.length > 0) {
      const links = this.#flowLinks;
      this.#flowLinks = [];
      for (const link of links) {
        link.flowDue = false;
        if (this.#links[link.peerHandle] === link) link.writeFlow();
      }
    }
    if (this.#sessionFlowDue) this.writeLinkFlow(-1, -1, -1, -1, false);
  }

  /** Tells the peer properties of a link on which we send. */
  writeLinkProperties(handle: number, deliveryCount: number, linkCredit: number, properties: AmqpMap): void {
    const windows = {
      nextIncomingId: this.#nextIncomingId,
      incomingWindow: this.#held.size === 0 ? this.#incomingWindow : 0,
      nextOutgoingId: this.#nextOutgoingId,
      outgoingWindow: flowFields.outgoingWindow,
    };
    this.connection.write({ kind: 'flow', ...windows, handle, deliveryCount, linkCredit, properties }, this.channel);
  }

  /** Writes a flow of a link, or with handle -1 of the session; either says our windows anew. */
  writeLinkFlow(handle: number, deliveryCount: number, linkCredit: number, available: number, drain: boolean): void {
    this.#sessionFlowDue = false;
    if (this.#held.size === 0) this.#announcedWindow = this.#incomingWindow = framesOfWindow(this.limits, this.#frameBytesMean);
    flowFields.nextIncomingId = this.#nextIncomingId;
    flowFields.incomingWindow = this.#held.size === 0 ? this.#incomingWindow : 0;
    flowFields.nextOutgoingId = this.#nextOutgoingId;
    flowFields.handle = handle;
    flowFields.deliveryCount = deliveryCount;
    flowFields.linkCredit = linkCredit;
    flowFields.available = available;
    flowFields.drain = drain;
    writeFlow(this.connection.output.room(64), this.channel, flowFields);
  }

  // ---- the end

  /** The peer broke a rule of the session: it ends with an error, the connection goes on. */
  fail(condition: string, description: string): void {
    this.connection.failSession(this, { condition, description });
  }

  /** The peer ends it. */
  endedByPeer(error: AmqpError | undefined): void {
    this.release(false, error !== undefined);
  }

  /** The session is over; `lost`: the connection broke; `failed`: it did not end in order. */
  release(lost: boolean, failed: boolean = lost): void {
    if (this.#ended) return;
    for (const link of this.#links)
      if (link !== undefined && link !== DETACHED) this.#drop(link, false, lost ? IN_DOUBT : RELEASED, failed);
    this.#ended = true;
    for (const run of this.onEnd) run();
  }

  report(level: 'debug' | 'info' | 'warn', what: string, details: Record<string, unknown> = {}): void {
    this.connection.report(level, what, details);
  }
}

function nameKey(name: string, sends: boolean): string {
  return sends ? `>${name}` : `<${name}`;
}
