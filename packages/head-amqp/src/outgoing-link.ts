import {
  AmqpMap,
  type Attach,
  type FlowReader,
  headerSize,
  symbol,
  TRANSFER_HEAD_BYTES_MAX,
  writeHeader,
  writeTransfer,
  writeTransferHead,
} from '@angarium/codec-amqp';
import {
  ACCEPTED,
  type Confirmation,
  type Consumer,
  type ConsumerPort,
  type DeliverySource,
  ENCODING_AMQP,
  HEADER_UNREAD,
  type Message,
  type MessageStream,
  NO_SOURCE,
  type Outcome,
  type PeerDescription,
  RELEASED,
  Refusal,
  rejected,
} from '@angarium/core';
import { appendBytes, type ListedLink } from '@angarium/transport';
import { type Link, type LinkEnd, stolen } from './link.ts';
import { outcomeOf, refusalError } from './outcome-table.ts';
import { PartialDelivery, type PartialDeliveryLink } from './partial-delivery.ts';
import { bytesOf, type ResumedDelivery, SentDeliveries, type SentDelivery } from './sent-deliveries.ts';
import type { Session } from './session.ts';
import { OFFSET_SECTION, placeOffset } from './stream-offset.ts';
import type { Keep } from './suspended-links.ts';
import { readUnsettledMap } from './unsettled-map.ts';

/** Why a consumer gets no deliveries for now; several may hold at once. */
export const PAUSED_UNSENT = 1;
/** A message is on its way frame by frame: another would mix with it. */
const PAUSED_PARTIAL = 2;
export const PAUSED_WINDOW = 4;
export const PAUSED_UNSETTLED = 8;
/** The peer gives back whatever it gets. */
export const PAUSED_RELEASED = 16;
/** Somebody has paused the forwarder whose link it is, or its connector. */
export const PAUSED_BY_HAND = 32;

const NOTHING = new Uint8Array(0);

/** A link on which we send: a consumer of an address. */
export class OutgoingLink implements Link, ConsumerPort, PartialDeliveryLink, Confirmation {
  readonly session: Session;
  readonly name: string;
  readonly handle: number;
  readonly peerHandle: number;
  /** The peer wants settled deliveries only. */
  readonly #presettled: boolean;
  /** Settled deliveries are made unsettled, since the peer wants none. */
  readonly #neverSettled: boolean;
  /** The peer forgets a delivery after we have settled it: one that it does not know has never come. */
  readonly #settledSecond: boolean;
  /** The largest message that the peer takes, in bytes. */
  readonly #messageSizeBytesMax: number;
  /** The outcome of a delivery that the peer settles without saying one (source: default-outcome). */
  readonly #defaultOutcome: Outcome;
  /** How long its subscription is kept when the link is lost or detached, in milliseconds. */
  keepMs = 0;
  /** Undone when the link ends: the dynamic address that it asked for. */
  onClosed: (() => void) | undefined;
  askAgain: (() => Refusal | undefined) | undefined;
  /** Where it receives from, and which messages. */
  address = '';
  selector: string | undefined;
  unsettled = 0;
  readonly #sinceMs: number;
  /** Credit that went back unused: the delivery-count has it. */
  #creditDrained = 0;
  #consumer: Consumer | undefined;
  #deliveryCount = 0;
  #credit = 0;
  #paused = 0;
  /** The tag of a delivery is its id and this: other than those of the link's deliveries that went before. */
  #tagBase: number;
  /** What of it outlives the link, if anything. */
  #keep: Keep | undefined;
  /** Deliveries of before that both ends know: each goes on when there is credit. */
  #resuming: ResumedDelivery[] = [];
  readonly #steal = (): void => this.session.detach(this, stolen(this.name));
  flowDue = false;
  #drained = false;
  /** Credit of a message that did not go out. */
  #creditUnused = false;
  /** The delivery that is on its way frame by frame. */
  #partial: PartialDelivery | undefined;

  constructor(session: Session, attach: Attach, handle = attach.handle) {
    this.session = session;
    this.name = attach.name;
    this.handle = handle;
    this.peerHandle = attach.handle;
    this.#sinceMs = session.connection.nowMs;
    this.#tagBase = -session.upcomingDeliveryId >>> 0;
    this.#settledSecond = attach.rcvSettleMode === 1;
    this.#presettled = attach.sndSettleMode === 1;
    this.#neverSettled = attach.sndSettleMode === 0;
    this.#messageSizeBytesMax = Number(attach.maxMessageSize ?? 0n) || Number.POSITIVE_INFINITY;
    this.#defaultOutcome = outcomeOf(attach.source?.defaultOutcome) ?? RELEASED;
  }

  readonly sends = true;

  get peerName(): string {
    return `${this.session.connection.containerId}/${this.name}`;
  }

  describePeer(): PeerDescription {
    return this.session.connection.describePeer(this.peerName);
  }

  /** The peer is told by a property of a flow whether it is the single active consumer, under the name that RabbitMQ has for it. */
  activated(active: boolean): void {
    const properties = new AmqpMap([[symbol('rabbitmq:active'), active]]);
    this.session.writeLinkProperties(this.handle, this.#deliveryCount, this.#credit, properties);
  }

  start(consumer: Consumer): void {
    this.#consumer = consumer;
  }

  *listed(): Iterable<ListedLink> {
    const { name, address, selector, unsettled } = this;
    yield {
      identity: this,
      name,
      role: 'consumer',
      address,
      selector,
      sinceMs: this.#sinceMs,
      standing: this.#consumer?.standing,
      delivered: (this.#deliveryCount - this.#creditDrained) >>> 0,
      unsettled,
      oldestUnsettled: unsettled > 0 ? this.session.unsettledWindow.oldestOf(this) : undefined,
      available: this.#consumer?.available ?? 0,
      pausedWhy: this.#pausedWhy,
    };
  }

  get #pausedWhy(): string | undefined {
    const { session } = this;
    if (this.#paused & PAUSED_UNSENT) return `its connection does not read: ${session.unsentBytes} bytes wait for it`;
    if (this.#paused & PAUSED_WINDOW) return 'the incoming window of its session is used up: the client takes no transfers';
    if (this.#paused & PAUSED_UNSETTLED)
      return `its session has ${session.unsettledWindow.size} unsettled deliveries, as many as it may have (unsettledMax)`;
    if (this.#paused & PAUSED_BY_HAND) return 'it is paused, and ends when what is under way is settled';
    if (this.#paused & PAUSED_RELEASED) return 'the remote gives back whatever it gets';
    return this.#paused & PAUSED_PARTIAL ? 'a message is on its way to it that takes several frames' : undefined;
  }

  // ---- deliveries of before (part 2, section 2.6.13)

  /** Deliveries that are unsettled when the link ends are kept for one of its name; answers our map of those that it goes on with now. */
  keepUnsettled(keep: Keep, theirs: AmqpMap | undefined): AmqpMap | undefined {
    this.#keep = keep;
    const { suspendedLinks } = this.session.connection;
    const key = this.session.keyOf(this);
    const left = theirs ? suspendedLinks.takeOver(key) : suspendedLinks.take(key);
    suspendedLinks.attached(key, this.#steal);
    if (!theirs || !(left instanceof SentDeliveries)) {
      left?.giveUp();
      return undefined;
    }
    const { unsettled } = left;
    this.#tagBase = (left.nextTag - this.session.upcomingDeliveryId) >>> 0;
    this.#resuming = left.resume(readUnsettledMap(theirs), this.#settledSecond ? RELEASED : undefined);
    return unsettled;
  }

  /**
   * Each delivery that both ends know gets an id of this session. One that its receiver has decided is settled by us when that is safe; one that
   * it has not is taken back, and comes again as a new one.
   */
  #resume(): void {
    const { session } = this;
    while (this.#resuming.length > 0 && this.#credit > 0 && session.remoteIncomingWindow > 0 && !session.blocked && !this.#partial) {
      const { tag, source, token, state } = this.#resuming.shift()!;
      const deliveryId = session.nextDeliveryId();
      this.#deliveryCount = (this.#deliveryCount + 1) >>> 0;
      this.#credit--;
      const transfer = { handle: this.handle, deliveryId, deliveryTag: bytesOf(tag), messageFormat: 0, settled: false, resume: true };
      writeTransfer(session.transferRoom(0), session.channel, { ...transfer, ...(state ? { state } : { aborted: true }) }, NOTHING);
      session.transferSent();
      const outcome = outcomeOf(state);
      if (outcome) source.settleConfirmed(token, outcome, this, deliveryId);
      else source.settle(token, RELEASED);
    }
  }

  // ---- credit

  flow(flow: FlowReader): void {
    if (flow.linkCredit >= 0) {
      // Part 2, section 2.6.7: link-credit-snd := delivery-count-rcv + link-credit-rcv - delivery-count-snd.
      const base = Math.max(flow.deliveryCount, 0);
      const credit = flow.linkCredit + ((base - this.#deliveryCount) | 0);
      this.#credit = Math.max(credit, 0);
      this.#resume();
      this.#consumer?.grant(this.#credit, flow.drain);
    }
    if (flow.echo) this.session.flowDue(this);
  }

  drained(): void {
    this.#deliveryCount = (this.#deliveryCount + this.#credit) >>> 0;
    this.#creditDrained += this.#credit;
    this.#credit = 0;
    this.#drained = true;
    this.session.flowDue(this);
  }

  writeFlow(): void {
    if (this.#creditUnused) {
      this.#creditUnused = false;
      this.#consumer?.grant(this.#credit, false);
    }
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
    if (this.#paused === 0) this.#consumer?.resume();
  }

  // ---- deliveries

  deliver(sent: Message, source: DeliverySource, token: number): MessageStream | undefined {
    const session = this.session;
    const message = sent.encoding === ENCODING_AMQP ? sent : session.translate(sent);
    if (message === undefined)
      return this.refuse(source, token, new Refusal('message-malformed', 'The message cannot be translated to AMQP.'));
    const unread = message.headerSize === HEADER_UNREAD;
    const offsetBytes = message.offset < 0 ? 0 : placeOffset(message);
    const bodyStart = unread ? message.start : message.start + message.headerSize;
    const headerBytes = unread
      ? 0
      : headerSize(message.durable, message.priority, message.ttlMs, message.firstAcquirer, message.deliveryCount);
    const payloadBytes = headerBytes + offsetBytes + message.end - bodyStart;
    if (payloadBytes > this.#messageSizeBytesMax) {
      this.#tooLarge(payloadBytes, source, token);
      return undefined;
    }
    const settled = this.#presettled || (source === NO_SOURCE && !this.#neverSettled);
    const deliveryId = session.nextDeliveryId();
    const tag = (deliveryId + this.#tagBase) >>> 0;
    this.#deliveryCount = (this.#deliveryCount + 1) >>> 0;
    this.#credit--;
    if (!settled) session.unsettledWindow.add(deliveryId, this, source, token);

    let stream: MessageStream | undefined;
    if (!message.more && payloadBytes <= session.payloadBytesMax && session.remoteIncomingWindow > 0) {
      const writer = session.transferRoom(TRANSFER_HEAD_BYTES_MAX + payloadBytes);
      writeTransferHead(writer, session.channel, this.handle, deliveryId, tag, message.format, settled, false, false, payloadBytes);
      if (headerBytes > 0)
        writeHeader(writer, message.durable, message.priority, message.ttlMs, message.firstAcquirer, message.deliveryCount);
      if (offsetBytes > 0) appendBytes(writer, OFFSET_SECTION, 0, offsetBytes);
      appendBytes(writer, message.bytes, bodyStart, message.end);
      session.transferSent();
    } else {
      const partial = new PartialDelivery(this, deliveryId, tag, message.format, settled, message.more, payloadBytes);
      if (headerBytes > 0)
        writeHeader(partial.rest, message.durable, message.priority, message.ttlMs, message.firstAcquirer, message.deliveryCount);
      if (offsetBytes > 0) partial.rest.raw(OFFSET_SECTION, 0, offsetBytes);
      partial.rest.raw(message.bytes, bodyStart, message.end);
      this.#partial = partial;
      this.pause(PAUSED_PARTIAL);
      partial.pump();
      if (message.more) stream = partial;
    }
    if (settled && source !== NO_SOURCE) source.settle(token, ACCEPTED);
    return stream;
  }

  /** The message does not go out; the credit that its address thinks is used is given again. */
  protected refuse(source: DeliverySource, token: number, refusal: Refusal): undefined {
    source.settle(token, rejected(refusal));
    this.#creditUnused = true;
    this.session.flowDue(this);
  }

  /** Part 2, section 2.7.3: the peer takes no message of this size. It goes back, and the peer is told why it gets no more. */
  #tooLarge(sizeBytes: number, source: DeliverySource, token: number): void {
    const description = `The next message has ${sizeBytes} bytes, and max-message-size is ${this.#messageSizeBytesMax}: attach with a larger one.`;
    this.session.detach(this, { condition: 'amqp:link:message-size-exceeded', description });
    source.settle(token, RELEASED);
  }

  // ---- a delivery that goes out frame by frame

  /** Goes on with it: there is room again, in the peer's window or in the socket. */
  pump(): void {
    this.#partial?.pump();
    this.#resume();
  }

  partialEnded(): void {
    this.#partial = undefined;
    this.unpause(PAUSED_PARTIAL);
  }

  partialGivenUp(deliveryId: number, unsentBytes: number): void {
    this.session.report('warn', 'message given up for a consumer that is too slow for it', { link: this.name, unsentBytes });
    this.session.unsettledWindow.take(deliveryId, deliveryId, (_link, source, token) => source.settle(token, RELEASED));
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
    this.#partial?.drop();
    this.#partial = undefined;
    const unsettled: SentDelivery[] = this.#resuming.splice(0);
    this.session.unsettledWindow.takeAll(this, (source, token, deliveryId) =>
      unsettled.push({ tag: (deliveryId + this.#tagBase) >>> 0, source, token }),
    );
    const left = new SentDeliveries(unsettled, (this.session.upcomingDeliveryId + this.#tagBase) >>> 0, end.outcome);
    if (!this.#keep || end.closed || unsettled.length === 0) left.giveUp();
    consumer?.detach(end.closed ? 0 : this.keepMs);
    if (this.#keep) this.#suspend(this.#keep, left, !end.closed && unsettled.length > 0);
    this.onClosed?.();
    this.onClosed = undefined;
  }

  #suspend(keep: Keep, left: SentDeliveries, any: boolean): void {
    const { session } = this;
    const { suspendedLinks } = session.connection;
    suspendedLinks.detached(session.keyOf(this), this.#steal);
    if (any) suspendedLinks.suspend(session.keyOf(this), left, keep, session);
  }
}
