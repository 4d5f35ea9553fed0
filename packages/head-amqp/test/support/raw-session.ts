import type { AmqpError, Attach, Begin, Coordinator, DeliveryState, Flow, Source, Target, Transfer } from '@angarium/codec-amqp';
import { type Frame, type PerformativeOf, RawPeer } from './raw-peer.ts';

/** The window that a raw session announces when a test does not care. */
const WINDOW_FRAMES = 100_000;
/** Options of a server whose sessions begin with their widest window: for peers that send many frames and do not look at it. */
export const WIDE_WINDOW = { amqpStreamUnsentBytesMax: 1 << 30 } as const;
/** No test has a session of its own on this channel. */
const SPARE_CHANNEL = 254;

/** A session of a raw peer: knows what a flow has to say, and nothing else by itself. */
export class RawSession {
  readonly peer: RawPeer;
  readonly channel: number;
  readonly begin: Begin;
  readonly answer: PerformativeOf<'begin'>;
  nextDeliveryId: number;
  /** Transfer frames sent. */
  nextOutgoingId: number;
  #handles = 0;

  private constructor(peer: RawPeer, channel: number, begin: Begin, answer: PerformativeOf<'begin'>) {
    this.peer = peer;
    this.channel = channel;
    this.begin = begin;
    this.answer = answer;
    this.nextOutgoingId = begin.nextOutgoingId;
    this.nextDeliveryId = begin.nextOutgoingId;
  }

  static async begin(peer: RawPeer, begin: Partial<Begin> = {}, channel = 0): Promise<RawSession> {
    const whole: Begin = { nextOutgoingId: 0, incomingWindow: WINDOW_FRAMES, outgoingWindow: WINDOW_FRAMES, ...begin };
    peer.transfersByChannel.delete(channel);
    peer.write({ kind: 'begin', ...whole }, channel);
    const answer = await peer.next('begin', (_, answered) => answered === channel);
    return new RawSession(peer, channel, whole, answer);
  }

  /** Connects, opens and begins. */
  static async open(server: { readonly host: string; readonly port: number }, containerId = 'raw-peer'): Promise<RawSession> {
    return await RawSession.begin(await RawPeer.open(server, { containerId }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.peer[Symbol.asyncDispose]();
  }

  newHandle(): number {
    return this.#handles++;
  }

  attach(attach: Attach): void {
    this.peer.write({ kind: 'attach', ...attach }, this.channel);
  }

  async attached(name: string): Promise<PerformativeOf<'attach'>> {
    return await this.peer.next('attach', (attach, channel) => attach.name === name && channel === this.channel);
  }

  /** Attaches as sender, and waits for the answer. */
  async sender(target: string | Partial<Target> | Coordinator, attach: Partial<Attach> = {}): Promise<RawSender> {
    const handle = attach.handle ?? this.newHandle();
    const whole: Attach = {
      name: `sender-${handle}`,
      handle,
      role: 'sender',
      source: { address: 'raw-peer' },
      target: typeof target === 'string' ? { kind: 'target', address: target } : ({ kind: 'target', ...target } as Target | Coordinator),
      initialDeliveryCount: 0,
      ...attach,
    };
    this.attach(whole);
    return new RawSender(this, whole, await this.attached(whole.name));
  }

  /** Attaches as receiver, and waits for the answer. */
  async receiver(source: string | Source | undefined, attach: Partial<Attach> = {}): Promise<RawReceiver> {
    const handle = attach.handle ?? this.newHandle();
    const whole: Attach = {
      name: `receiver-${handle}`,
      handle,
      role: 'receiver',
      ...(source !== undefined && { source: typeof source === 'string' ? { address: source } : source }),
      target: { kind: 'target', address: 'raw-peer' },
      ...attach,
    };
    this.attach(whole);
    return new RawReceiver(this, whole, await this.attached(whole.name));
  }

  /** Next of the transfer frames that come. */
  get nextIncomingId(): number {
    return (this.answer.nextOutgoingId + (this.peer.transfersByChannel.get(this.channel) ?? 0)) >>> 0;
  }

  flow(flow: Partial<Flow> = {}): void {
    this.peer.write(
      {
        kind: 'flow',
        nextIncomingId: this.nextIncomingId,
        incomingWindow: WINDOW_FRAMES,
        nextOutgoingId: this.nextOutgoingId,
        outgoingWindow: WINDOW_FRAMES,
        ...flow,
      },
      this.channel,
    );
  }

  /** Sends a flow that asks for one, and answers the newest flow that came until the server had caught up. */
  async echo(flow: Partial<Flow> = {}): Promise<PerformativeOf<'flow'>> {
    const { peer, channel } = this;
    peer.flowByChannel.delete(channel);
    this.flow({ ...flow, echo: true });
    await this.caughtUp();
    const newest = peer.flowByChannel.get(channel);
    if (!newest) throw new Error('the server did not answer a flow that asks for an echo');
    const index = peer.received.findIndex(one => one.type === 'amqp' && one.performative === newest);
    if (index >= 0) peer.received.splice(index, 1);
    return newest;
  }

  /** Waits until the server has said all that it had to say about what was sent before: it answers begin at once, and end in a later turn. */
  async caughtUp(): Promise<void> {
    const { peer } = this;
    peer.write({ kind: 'begin', nextOutgoingId: 0, incomingWindow: 0, outgoingWindow: 0 }, SPARE_CHANNEL);
    await peer.next('begin', (_, channel) => channel === SPARE_CHANNEL);
    peer.write({ kind: 'end' }, SPARE_CHANNEL);
    await peer.next('end', (_, channel) => channel === SPARE_CHANNEL);
  }

  disposition(first: number, last: number, state?: DeliveryState, settled = true): void {
    this.peer.write({ kind: 'disposition', role: 'receiver', first, last, settled, ...(state && { state }) }, this.channel);
  }

  /** The error with which the server ends the session. */
  async endError(): Promise<AmqpError> {
    const { error } = await this.peer.next('end', (_, channel) => channel === this.channel);
    if (!error) throw new Error('the server ended the session without an error');
    return error;
  }

  async end(): Promise<void> {
    this.peer.write({ kind: 'end' }, this.channel);
    await this.peer.next('end', (_, channel) => channel === this.channel);
  }
}

class RawLink {
  readonly session: RawSession;
  readonly attach: Attach;
  readonly answer: PerformativeOf<'attach'>;

  constructor(session: RawSession, attach: Attach, answer: PerformativeOf<'attach'>) {
    this.session = session;
    this.attach = attach;
    this.answer = answer;
  }

  get handle(): number {
    return this.attach.handle;
  }

  /** The server's detach. */
  async detached(): Promise<PerformativeOf<'detach'>> {
    return await this.session.peer.next(
      'detach',
      (detach, channel) => detach.handle === this.answer.handle && channel === this.session.channel,
    );
  }

  /** The error of the server's detach. */
  async detachError(): Promise<AmqpError> {
    const { error } = await this.detached();
    if (!error) throw new Error('the server detached without an error');
    return error;
  }

  /** Detaches and waits for the server's. */
  async detach(closed = true): Promise<PerformativeOf<'detach'>> {
    this.session.peer.write({ kind: 'detach', handle: this.handle, closed }, this.session.channel);
    return await this.detached();
  }
}

/** A link on which the raw peer sends. */
export class RawSender extends RawLink {
  /** Waits for a flow of this link that gives credit. */
  async credit(): Promise<PerformativeOf<'flow'>> {
    return await this.session.peer.next(
      'flow',
      (flow, channel) => channel === this.session.channel && flow.handle === this.answer.handle && (flow.linkCredit ?? 0) > 0,
    );
  }

  /** Sends one message in one frame; answers its delivery-id. */
  send(payload: Uint8Array, transfer: Partial<Transfer> = {}): number {
    const { session } = this;
    const deliveryId = transfer.deliveryId ?? session.nextDeliveryId;
    session.nextDeliveryId = (deliveryId + 1) >>> 0;
    this.frame(payload, { deliveryId, deliveryTag: Uint8Array.of(deliveryId >>> 8, deliveryId), ...transfer });
    return deliveryId;
  }

  /** Sends a message in frames of `frameBytes` payload each. */
  sendInFrames(payload: Uint8Array, bytesPerFrame: number, transfer: Partial<Transfer> = {}): number {
    let deliveryId = -1;
    for (let at = 0; at < payload.length; at += bytesPerFrame) {
      const more = at + bytesPerFrame < payload.length;
      const part = payload.subarray(at, at + bytesPerFrame);
      if (at === 0) deliveryId = this.send(part, { ...transfer, more });
      else this.frame(part, { more });
    }
    return deliveryId;
  }

  /** Sends one transfer frame with just these fields. */
  frame(payload: Uint8Array, transfer: Partial<Transfer>): void {
    const { session } = this;
    session.nextOutgoingId = (session.nextOutgoingId + 1) >>> 0;
    session.peer.transfer({ handle: this.handle, ...transfer }, payload, session.channel);
  }

  /** The disposition that speaks of this delivery; it stays for those that ask about others in its range. */
  async disposition(deliveryId: number): Promise<PerformativeOf<'disposition'>> {
    const { peer, channel } = this.session;
    const found = await peer.frameOf('disposition', (one, on) => {
      const inRange = (deliveryId - one.first) >>> 0 <= ((one.last ?? one.first) - one.first) >>> 0;
      return one.role === 'receiver' && on === channel && inRange;
    });
    if ((found.performative.last ?? deliveryId) !== deliveryId) peer.received.unshift({ type: 'amqp', ...found });
    return found.performative;
  }

  async outcome(deliveryId: number): Promise<DeliveryState | undefined> {
    return (await this.disposition(deliveryId)).state;
  }

  /** Sends a message and answers what became of it. */
  async outcomeOf(payload: Uint8Array, transfer: Partial<Transfer> = {}): Promise<DeliveryState | undefined> {
    return await this.outcome(this.send(payload, transfer));
  }
}

export interface RawDelivery {
  readonly deliveryId: number;
  readonly tag: Uint8Array;
  readonly settled: boolean;
  readonly format: number;
  readonly payload: Uint8Array;
  readonly frames: readonly Frame<'transfer'>[];
  readonly aborted: boolean;
}

/** A link on which the raw peer receives. */
export class RawReceiver extends RawLink {
  /** Deliveries that began. */
  deliveryCount = 0;

  /** Grants credit; `received` deliveries count when a test has not asked for all of them. */
  grant(linkCredit: number, flow: Partial<Flow> = {}): void {
    this.session.flow({ handle: this.handle, deliveryCount: this.deliveryCount, linkCredit, ...flow });
  }

  async frame(): Promise<Frame<'transfer'>> {
    return await this.session.peer.frameOf(
      'transfer',
      (transfer, channel) => transfer.handle === this.answer.handle && channel === this.session.channel,
    );
  }

  /** The next delivery, whole or aborted. */
  async receive(): Promise<RawDelivery> {
    const frames = [await this.frame()];
    this.deliveryCount = (this.deliveryCount + 1) >>> 0;
    while (frames.at(-1)!.performative.more && !frames.at(-1)!.performative.aborted) frames.push(await this.frame());
    const first = frames[0]!.performative;
    return {
      deliveryId: first.deliveryId!,
      tag: first.deliveryTag!,
      settled: frames.some(({ performative }) => performative.settled === true),
      format: first.messageFormat ?? 0,
      payload: Buffer.concat(frames.map(({ payload }) => payload)),
      frames,
      aborted: frames.at(-1)!.performative.aborted === true,
    };
  }

  settle(delivery: { readonly deliveryId: number }, state?: DeliveryState, settled = true): void {
    this.session.disposition(delivery.deliveryId, delivery.deliveryId, state, settled);
  }

  /** The flow of this link that answers a drain or an echo. */
  async flowed(): Promise<PerformativeOf<'flow'>> {
    return await this.session.peer.next('flow', (flow, channel) => flow.handle === this.answer.handle && channel === this.session.channel);
  }
}
