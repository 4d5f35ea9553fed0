import {
  type Attach,
  ByteWriter,
  type FlowReader,
  headerSize,
  TRANSFER_HEAD_BYTES_MAX,
  writeHeader,
  writeTransferHead,
} from '@angarium/codec-amqp';
import {
  ACCEPTED,
  type Confirmation,
  type Consumer,
  type ConsumerPort,
  type DeliverySource,
  HEADER_UNREAD,
  type Message,
  type MessageStream,
  NO_SOURCE,
  type Outcome,
  RELEASED,
  type Refusal,
} from '@angarium/core';
import { outcomeOf, refusalError } from './conditions.ts';
import type { Link, LinkEnd } from './link.ts';
import type { Session } from './session.ts';

/** Why a consumer gets no deliveries for now; several may hold at once. */
export const PAUSED_UNSENT = 1;
/** A message is on its way frame by frame: another would mix with it. */
const PAUSED_PARTIAL = 2;
export const PAUSED_WINDOW = 4;
export const PAUSED_UNSETTLED = 8;

/** A link on which we send: a consumer of an address. */
export class OutgoingLink implements Link, ConsumerPort, MessageStream, Confirmation {
  readonly session: Session;
  readonly name: string;
  readonly handle: number;
  /** The peer wants settled deliveries only. */
  readonly #presettled: boolean;
  /** Settled deliveries are made unsettled, since the peer wants none. */
  readonly #neverSettled: boolean;
  /** The outcome of a delivery that the peer settles without saying one (source: default-outcome). */
  readonly #defaultOutcome: Outcome;
  /** How long its subscription is kept when the link is lost or detached, in milliseconds. */
  keepMs = 0;
  /** Undone when the link ends: the dynamic address that it asked for. */
  onClosed: (() => void) | undefined;
  onUnblocked: (() => void) | undefined;
  unsettled = 0;
  #consumer: Consumer | undefined;
  #deliveryCount = 0;
  #credit = 0;
  #paused = 0;
  #tag = 0;
  flowDue = false;
  #drained = false;
  /** The delivery that is on its way frame by frame: its id, bytes that are not in frames yet, and whether more will come. */
  #partial: PartialDelivery | undefined;

  constructor(session: Session, attach: Attach) {
    this.session = session;
    this.name = attach.name;
    this.handle = attach.handle;
    this.#presettled = attach.sndSettleMode === 1;
    this.#neverSettled = attach.sndSettleMode === 0;
    this.#defaultOutcome = outcomeOf(attach.source?.defaultOutcome) ?? RELEASED;
  }

  readonly sends = true;

  start(consumer: Consumer): void {
    this.#consumer = consumer;
  }

  // ---- credit

  flow(flow: FlowReader): void {
    if (flow.linkCredit >= 0) {
      // Part 2, section 2.6.7: link-credit-snd := delivery-count-rcv + link-credit-rcv - delivery-count-snd.
      const base = Math.max(flow.deliveryCount, 0);
      const credit = flow.linkCredit + ((base - this.#deliveryCount) | 0);
      this.#credit = Math.max(credit, 0);
      this.#consumer?.grant(this.#credit, flow.drain);
    }
    if (flow.echo) this.session.flowDue(this);
  }

  drained(): void {
    this.#deliveryCount = (this.#deliveryCount + this.#credit) >>> 0;
    this.#credit = 0;
    this.#drained = true;
    this.session.flowDue(this);
  }

  writeFlow(): void {
    this.session.writeLinkFlow(this.handle, this.#deliveryCount, this.#credit, this.#consumer?.available ?? 0, this.#drained);
    this.#drained = false;
  }

  pause(reason: number): void {
    if (this.#paused === 0) this.#consumer?.pause();
    this.#paused |= reason;
  }

  unpause(reason: number): void {
    if ((this.#paused & reason) === 0) return;
    this.#paused &= ~reason;
    if (reason === PAUSED_UNSENT) this.#tellUnblocked();
    if (this.#paused === 0) this.#consumer?.resume();
  }

  // ---- deliveries

  deliver(message: Message, source: DeliverySource, token: number): MessageStream | undefined {
    const session = this.session;
    const settled = this.#presettled || (source === NO_SOURCE && !this.#neverSettled);
    const deliveryId = session.nextDeliveryId();
    this.#deliveryCount = (this.#deliveryCount + 1) >>> 0;
    this.#credit--;
    if (!settled) session.unsettledWindow.add(deliveryId, this, source, token);

    const unread = message.headerSize === HEADER_UNREAD;
    const bodyStart = unread ? message.start : message.start + message.headerSize;
    const headerBytes = unread
      ? 0
      : headerSize(message.durable, message.priority, message.ttlMs, message.firstAcquirer, message.deliveryCount);
    const payloadBytes = headerBytes + message.end - bodyStart;
    if (!message.more && payloadBytes <= session.payloadBytesMax && session.remoteIncomingWindow > 0) {
      const writer = session.transferRoom(TRANSFER_HEAD_BYTES_MAX + payloadBytes);
      writeTransferHead(writer, session.channel, this.handle, deliveryId, this.#tag, message.format, settled, false, false, payloadBytes);
      if (headerBytes > 0)
        writeHeader(writer, message.durable, message.priority, message.ttlMs, message.firstAcquirer, message.deliveryCount);
      copyBytes(message.bytes, bodyStart, message.end, writer);
      this.#tag = (this.#tag + 1) >>> 0;
      session.transferSent();
    } else {
      const rest = new ByteWriter(headerBytes + message.end - bodyStart);
      if (headerBytes > 0)
        writeHeader(rest, message.durable, message.priority, message.ttlMs, message.firstAcquirer, message.deliveryCount);
      rest.raw(message.bytes, bodyStart, message.end);
      this.#partial = { deliveryId, format: message.format, settled, begun: false, rest, at: 0, more: message.more };
      this.pause(PAUSED_PARTIAL);
      this.pump();
    }
    if (settled && source !== NO_SOURCE) source.settle(token, ACCEPTED);
    return message.more ? this : undefined;
  }

  /** Puts what is there of the partial delivery into frames, as far as the session's window goes. */
  pump(): void {
    const partial = this.#partial;
    if (!partial) return;
    const { session } = this;
    const { rest } = partial;
    while (session.remoteIncomingWindow > 0) {
      const left = rest.length - partial.at;
      // A frame that is not the last one is sent when it is full, or when nothing is left to wait for.
      if (left === 0 && partial.more) break;
      const size = Math.min(left, session.payloadBytesMax);
      const more = partial.more || size < left;
      const writer = session.transferRoom(TRANSFER_HEAD_BYTES_MAX + size);
      const tag = partial.begun ? -1 : this.#tag;
      writeTransferHead(writer, session.channel, this.handle, partial.deliveryId, tag, partial.format, partial.settled, more, false, size);
      writer.raw(rest.bytes, partial.at, partial.at + size);
      partial.begun = true;
      partial.at += size;
      session.transferSent();
      if (!more) {
        this.#endPartial();
        return;
      }
    }
    if (partial.at === rest.length) {
      rest.length = 0;
      partial.at = 0;
    }
    this.#tellUnblocked();
  }

  #endPartial(): void {
    this.#tag = (this.#tag + 1) >>> 0;
    this.#partial = undefined;
    this.#tellUnblocked();
    this.unpause(PAUSED_PARTIAL);
  }

  #tellUnblocked(): void {
    if (this.onUnblocked === undefined || this.blocked) return;
    const run = this.onUnblocked;
    this.onUnblocked = undefined;
    run();
  }

  // ---- a message that is forwarded while it arrives

  push(bytes: Uint8Array, start: number, end: number, more: boolean): void {
    const partial = this.#partial;
    if (!partial) return;
    const unsent = this.session.unsentBytes + partial.rest.length - partial.at;
    if (unsent > this.session.limits.streamUnsentBytesMax) {
      this.session.report('warn', 'message given up for a consumer that is too slow for it', { link: this.name, unsentBytes: unsent });
      this.#giveUp();
      return;
    }
    partial.rest.raw(bytes, start, end);
    partial.more = more;
    this.pump();
  }

  abort(): void {
    const partial = this.#partial;
    if (!partial) return;
    this.#writeAbort(partial);
    this.session.unsettledWindow.take(partial.deliveryId, partial.deliveryId, () => {});
    this.#endPartial();
  }

  #giveUp(): void {
    const partial = this.#partial!;
    this.#writeAbort(partial);
    this.session.unsettledWindow.take(partial.deliveryId, partial.deliveryId, (_link, source, token) => source.settle(token, RELEASED));
    this.#endPartial();
  }

  /** Part 2, section 2.7.5: an aborted delivery counts as settled at both ends. One of which nothing was sent begins and ends at once. */
  #writeAbort(partial: PartialDelivery): void {
    const { session } = this;
    const writer = session.transferRoom(TRANSFER_HEAD_BYTES_MAX);
    const tag = partial.begun ? -1 : this.#tag;
    writeTransferHead(writer, session.channel, this.handle, partial.deliveryId, tag, partial.format, partial.settled, false, true, 0);
    session.transferSent();
  }

  get blocked(): boolean {
    return this.#partial !== undefined && (this.session.blocked || this.session.remoteIncomingWindow <= 0);
  }

  // ---- outcomes

  /** What a delivery comes to that the peer settles without an outcome. */
  outcomeWhenSettled(outcome: Outcome | undefined): Outcome {
    return outcome ?? this.#defaultOutcome;
  }

  /** The outcome of a delivery whose peer settles second is safe: we settle, and the peer may. */
  confirmed(deliveryId: number): void {
    this.session.settleAsSender(deliveryId);
  }

  // ---- the end

  end(refusal: Refusal): void {
    this.session.detach(this, refusalError(refusal));
  }

  release(end: LinkEnd): void {
    const consumer = this.#consumer;
    this.#consumer = undefined;
    // What was not even sent to its end cannot have been processed.
    if (this.#partial && !this.#partial.settled)
      this.session.unsettledWindow.take(this.#partial.deliveryId, this.#partial.deliveryId, (_link, source, token) =>
        source.settle(token, RELEASED),
      );
    this.#partial = undefined;
    this.#tellUnblocked();
    this.session.unsettledWindow.takeAll(this, (source, token) => source.settle(token, end.outcome));
    consumer?.detach(end.closed ? 0 : this.keepMs);
    this.onClosed?.();
    this.onClosed = undefined;
  }
}

interface PartialDelivery {
  readonly deliveryId: number;
  readonly format: number;
  readonly settled: boolean;
  /** A first frame was sent. */
  begun: boolean;
  readonly rest: ByteWriter;
  at: number;
  more: boolean;
}

/** Short runs are copied in a loop: `set` with a subarray makes an object. The room is there. */
function copyBytes(from: Uint8Array, start: number, end: number, writer: ByteWriter): void {
  const { bytes } = writer;
  let at = writer.length;
  writer.length = at + end - start;
  if (end - start > 64) bytes.set(from.subarray(start, end), at);
  else for (let i = start; i < end; i++) bytes[at++] = from[i]!;
}
