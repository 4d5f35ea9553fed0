import {
  AmqpDecodeError,
  type AmqpMap,
  type Attach,
  ByteWriter,
  type DeliveryState,
  DeliveryTerms,
  type FlowReader,
  HeaderReader,
  readTo,
  type TransferReader,
} from '@angarium/codec-amqp';
import {
  emptyMessage,
  HEADER_UNREAD,
  type MessageStream,
  type Outcome,
  type PeerDescription,
  type Producer,
  type ProducerPort,
  Refusal,
  rejected,
  ttlUntil,
} from '@angarium/core';
import type { ListedLink } from '@angarium/transport';
import type { ProducerTo } from './anonymous-terminus.ts';
import { UNKNOWN_TRANSACTION } from './coordinator.ts';
import { type Link, type LinkEnd, stolen } from './link.ts';
import type { OpenTransaction } from './open-transaction.ts';
import { refusalError, stateOf } from './outcome-table.ts';
import { RECEIVED_DELIVERIES_MAX, ReceivedDeliveries } from './received-deliveries.ts';
import type { Session } from './session.ts';
import type { Keep } from './suspended-links.ts';
import { readUnsettledMap, tagText } from './unsettled-map.ts';
import { checkUserId, NOT_YET, userIdOf } from './user-id.ts';

/** Scratch for all links: a message is handed over before the next one is read. */
const message = emptyMessage();
const header = new HeaderReader();
const terms = new DeliveryTerms();
/** Which the message belongs to. */
let transaction: OpenTransaction | undefined;

/** A link on which the peer sends: a producer of an address. */
export class IncomingLink implements Link, ProducerPort {
  readonly session: Session;
  readonly name: string;
  readonly handle: number;
  readonly peerHandle: number;
  readonly sends = false;
  flowDue = false;
  /** Undone when the link ends: the dynamic address that it asked for. */
  onClosed: ((end: LinkEnd) => void) | undefined;
  askAgain: (() => Refusal | undefined) | undefined;
  /** Where it sends to; empty: its messages say so, or it is no address. */
  address = '';
  readonly #sinceMs: number;
  readonly #initialCount: number;
  /** What its messages may say of who has sent them. */
  readonly #userId: Uint8Array | undefined;
  /** The sender settles after it has heard the outcome (receiver settle mode second). */
  readonly #settlesSecond: boolean;
  readonly #presettled: boolean;
  #producer: Producer | undefined;
  /** The anonymous terminus: a producer for each message. */
  #anonymous: ProducerTo | undefined;
  #deliveryCount: number;
  #credit = 0;
  /** Credit that does not come from an address: given anew when half of it is used. */
  #ownCredit = 0;
  /** The highest delivery-count that any credit allowed: credit that was taken back may have been used before the peer heard. */
  #countMax: number;
  /** What outlives the link of the deliveries that its sender has not settled, if anything: their tags, by the ids that they have here. */
  #keep: Keep | undefined;
  #received: ReceivedDeliveries | undefined;
  readonly #tags = new Map<number, string>();
  readonly #steal = (): void => this.session.detach(this, stolen(this.name));
  #released = false;
  /** The delivery that is arriving in several frames. */
  #arriving: Arriving | undefined;

  constructor(session: Session, attach: Attach, handle = attach.handle) {
    this.session = session;
    this.name = attach.name;
    this.handle = handle;
    this.peerHandle = attach.handle;
    this.#userId = userIdOf(session.visit.principal);
    this.#settlesSecond = attach.rcvSettleMode === 1;
    this.#presettled = attach.sndSettleMode === 1;
    this.#deliveryCount = attach.initialDeliveryCount ?? 0;
    this.#countMax = this.#deliveryCount;
    this.#initialCount = this.#deliveryCount;
    this.#sinceMs = session.connection.nowMs;
  }

  *listed(): Iterable<ListedLink> {
    const common = { name: this.name, role: 'producer', sinceMs: this.#sinceMs } as const;
    const delivered = (this.#deliveryCount - this.#initialCount) >>> 0;
    if (this.address !== '') yield { ...common, identity: this, address: this.address, standing: this.#producer?.standing, delivered };
    for (const [address, producer] of this.#anonymous?.producers ?? [])
      yield { ...common, identity: producer, address, standing: producer.standing };
  }

  /** `ownCredit`: the producer gives none itself. */
  start(producer: Producer, ownCredit = 0): void {
    this.#producer = producer;
    this.#grantOwn(ownCredit);
  }

  /** The anonymous terminus: the message says where it goes. */
  startAnonymous(producerTo: ProducerTo, credit: number): void {
    this.#anonymous = producerTo;
    this.#grantOwn(credit);
  }

  #grantOwn(credit: number): void {
    this.#ownCredit = credit;
    if (credit > 0) this.grant(credit);
  }

  describePeer(): PeerDescription {
    const { connection } = this.session;
    return connection.describePeer(`${connection.containerId}/${this.name}`);
  }

  // ---- credit

  grant(credit: number): void {
    this.#credit = credit;
    const count = (this.#deliveryCount + credit) >>> 0;
    if (((count - this.#countMax) | 0) > 0) this.#countMax = count;
    this.session.flowDue(this);
  }

  /** A message came to nothing before its address heard of it: the credit that it used is given again. */
  #regrant(): void {
    if (this.#producer) this.grant(this.#credit + 1);
  }

  flow(flow: FlowReader): void {
    if (flow.echo) this.session.flowDue(this);
  }

  writeFlow(): void {
    this.session.writeLinkFlow(this.handle, this.#deliveryCount, this.#credit, -1, false);
  }

  // ---- transfers

  /** Part 2, section 2.7.5. */
  transfer(transfer: TransferReader, bytes: Uint8Array, end: number): void {
    const arriving = this.#arriving;
    if (arriving) {
      this.#continue(arriving, transfer, bytes, end);
      return;
    }
    if (transfer.deliveryId < 0) {
      this.session.detach(this, { condition: 'amqp:invalid-field', description: 'The first transfer of a delivery has no delivery-id.' });
      return;
    }
    this.#deliveryCount = (this.#deliveryCount + 1) >>> 0;
    if (((this.#deliveryCount - this.#countMax) | 0) > 0) {
      const description = `A message came without credit: wait for a flow with link-credit before sending on link ${this.name}.`;
      this.session.detach(this, { condition: 'amqp:link:transfer-limit-exceeded', description });
      return;
    }
    if (this.#credit > 0) this.#credit--;
    if (transfer.aborted) return this.#regrant();
    if (transfer.resume) return this.#resumed(transfer, bytes);
    if (!this.#enterTransaction(transfer.state)) return;
    const settled = transfer.settled === 1 || this.#presettled;
    if (this.#received && !settled && transaction === undefined && !this.#keepTag(this.#received, transfer, bytes)) return;
    this.#take(transfer.deliveryId, settled, transfer.messageFormat, transfer.more, bytes, transfer.payloadStart, end);
    if (this.#ownCredit > 0 && this.#credit <= this.#ownCredit >> 1) this.grant(this.#ownCredit);
  }

  // ---- deliveries that outlive the link (part 2, section 2.6.13)

  /** What its sender has not settled is kept for a link of its name; answers our map of what an earlier one has left. */
  keepUnsettled(keep: Keep, theirs: AmqpMap | undefined): AmqpMap | undefined {
    this.#keep = keep;
    const { session } = this;
    const { suspendedLinks } = session.connection;
    const key = session.keyOf(this);
    const left = theirs ? suspendedLinks.takeOver(key) : suspendedLinks.take(key);
    suspendedLinks.attached(key, this.#steal);
    session.keeping.add(this);
    if (!theirs || !(left instanceof ReceivedDeliveries)) {
      left?.giveUp();
      this.#received = new ReceivedDeliveries();
      return undefined;
    }
    this.#received = left;
    left.keepOnly(readUnsettledMap(theirs));
    left.onDecidedLate = (tag, state) => {
      for (const [deliveryId, known] of this.#tags) if (known === tag) this.settleWith(deliveryId, state);
    };
    return left.unsettled;
  }

  /** False: there are more than a session may have, and the link has ended. */
  #keepTag(received: ReceivedDeliveries, { deliveryId, tagStart, tagEnd }: TransferReader, bytes: Uint8Array): boolean {
    const most = Math.min(this.session.limits.unsettledMax, RECEIVED_DELIVERIES_MAX);
    if (received.size >= most) {
      const description = `The sender has left ${most} deliveries unsettled on link ${this.name}: settle some first.`;
      this.session.detach(this, { condition: 'amqp:resource-limit-exceeded', description });
      return false;
    }
    const tag = tagText(bytes, tagStart, tagEnd);
    received.add(tag);
    this.#tags.set(deliveryId, tag);
    return true;
  }

  /** A delivery of before goes on. Its message was taken then: what comes of it now is passed over. One that is not known is ignored (section 2.7.5). */
  #resumed({ deliveryId, settled, messageFormat, more, tagStart, tagEnd }: TransferReader, bytes: Uint8Array): void {
    this.#regrant();
    if (more)
      this.#arrive({
        deliveryId,
        settled: settled === 1,
        format: messageFormat,
        transaction: undefined,
        assembly: undefined,
        stream: undefined,
      });
    const tag = tagText(bytes, tagStart, tagEnd);
    const received = this.#received;
    if (!received?.has(tag)) return;
    if (settled === 1) return received.forget(tag);
    this.#tags.set(deliveryId, tag);
    const state = received.state(tag);
    if (state) this.settleWith(deliveryId, state);
  }

  /** The sender knows what became of these: nothing of them has to be kept. */
  settledBySender(first: number, last: number): void {
    const width = (last - first) >>> 0;
    if (width < this.#tags.size) for (let distance = 0; distance <= width; distance++) this.#forget((first + distance) >>> 0);
    else for (const deliveryId of this.#tags.keys()) if ((deliveryId - first) >>> 0 <= width) this.#forget(deliveryId);
  }

  #forget(deliveryId: number): void {
    const tag = this.#tags.get(deliveryId);
    if (tag === undefined || !this.#tags.delete(deliveryId)) return;
    this.#received?.forget(tag);
  }

  #decided(deliveryId: number, outcome: Outcome): void {
    const tag = this.#tags.get(deliveryId);
    if (tag === undefined) return;
    const state = stateOf(outcome);
    this.#received!.decide(tag, state);
    if (this.#released) this.#received!.onDecidedLate?.(tag, state);
  }

  #suspend(keep: Keep, received: ReceivedDeliveries, closed: boolean): void {
    const { session } = this;
    const { suspendedLinks } = session.connection;
    session.keeping.delete(this);
    suspendedLinks.detached(session.keyOf(this), this.#steal);
    if (!closed && received.size > 0) suspendedLinks.suspend(session.keyOf(this), received, keep, session);
  }

  // ---- transactions

  /** Part 4, section 4.4.1: the state of a transfer says which transaction it belongs to. False: there is no such one, and the link has ended. */
  #enterTransaction(state: DeliveryState | undefined): boolean {
    transaction = undefined;
    if (state?.kind !== 'transactional-state') return true;
    transaction = this.session.connection.transactions.find(state.txnId);
    if (transaction === undefined) this.session.detach(this, UNKNOWN_TRANSACTION);
    return transaction !== undefined;
  }

  #take(deliveryId: number, settled: boolean, format: number, more: boolean, bytes: Uint8Array, start: number, end: number): void {
    message.bytes = bytes;
    message.start = start;
    message.end = end;
    message.settled = settled;
    message.format = format;
    message.more = more;
    const forged = this.#userId && checkUserId(this.#userId, bytes, start, end, more);
    const producer = forged === NOT_YET ? undefined : (forged ?? this.#producer ?? this.#producerTo(bytes, start, end, more));
    if (producer === undefined || (more && !(producer instanceof Refusal) && producer.brokered)) {
      const assembly = new ByteWriter(2 * (end - start));
      this.#arrive({ deliveryId, settled, format, transaction, assembly, stream: undefined });
      if (!this.#gather(assembly, bytes, start, end)) return;
      if (producer !== undefined && !(producer instanceof Refusal)) this.#checkSize(assembly, producer);
      return;
    }
    if (producer instanceof Refusal) {
      this.#refuse(deliveryId, settled, producer);
      this.#regrant();
      if (more) this.#arrive({ deliveryId, settled, format, transaction, assembly: undefined, stream: undefined });
      return;
    }
    const stream = this.#send(producer, deliveryId);
    if (more) this.#arrive({ deliveryId, settled, format, transaction, assembly: undefined, stream });
  }

  /** The anonymous terminus' producer for this message; undefined while its address may still be to come. */
  #producerTo(bytes: Uint8Array, start: number, end: number, more: boolean): Producer | Refusal | undefined {
    try {
      const to = readTo(bytes, start, end);
      return to === undefined && more ? undefined : this.#anonymous!(to, bytes, start, end);
    } catch (error) {
      if (!(error instanceof AmqpDecodeError)) throw error;
      // Sections that are cut by the frame's end cannot be read yet.
      return more ? undefined : new Refusal('message-malformed', `The message cannot be decoded: ${error.message}.`);
    }
  }

  /** Hands `message` over. */
  #send(producer: Producer, deliveryId: number): MessageStream | undefined {
    this.session.connection.messagesTaken++;
    if (!producer.brokered) {
      message.headerSize = HEADER_UNREAD;
      if (transaction === undefined) return producer.send(message, deliveryId);
      this.#post(transaction, producer, deliveryId);
      this.#regrant();
      return undefined;
    }
    const size = message.end - message.start;
    if (size > producer.messageSizeBytesMax) {
      this.#tooLarge(producer.messageSizeBytesMax);
      return undefined;
    }
    try {
      header.read(message.bytes, message.start, message.end);
      terms.read(message.bytes, header.headerEnd, message.end);
    } catch (error) {
      if (!(error instanceof AmqpDecodeError)) throw error;
      this.#refuse(deliveryId, message.settled, new Refusal('message-malformed', `The message cannot be decoded: ${error.message}.`));
      this.#regrant();
      return undefined;
    }
    message.headerSize = header.headerEnd - message.start;
    message.durable = header.durable;
    message.priority = header.priority;
    // A duration that is said counts before an instant: it does not ask two clocks to agree.
    message.ttlMs = header.ttlMs === 0 && terms.expiryMs > 0 ? ttlUntil(terms.expiryMs, Date.now()) : header.ttlMs;
    message.deliveryCount = header.deliveryCount;
    message.grouped = terms.grouped;
    // A time that is said counts before a delay.
    if (terms.timeMs >= 0) message.deliverAtMs = terms.timeMs;
    else message.deliverAtMs = terms.delayMs > 0 ? Date.now() + terms.delayMs : 0;
    message.origin = this.session.connection;
    if (transaction === undefined) return producer.send(message, deliveryId);
    this.#post(transaction, producer, deliveryId);
    return undefined;
  }

  /** The message waits for its transaction; its sender hears what it will come to. */
  #post({ work, accepted }: OpenTransaction, producer: Producer, deliveryId: number): void {
    const refusal = work.post(producer, message);
    if (refusal) this.#refuse(deliveryId, message.settled, refusal);
    else if (!message.settled) this.settleWith(deliveryId, accepted);
  }

  #refuse(deliveryId: number, settled: boolean, refusal: Refusal): void {
    // Nobody hears of a settled one: the discharge says it.
    if (transaction && settled) transaction.work.doom(refusal);
    else if (transaction) this.settleWith(deliveryId, transaction.refused(refusal));
    else if (settled)
      this.session.report('warn', `settled message dropped: ${refusal.description}`, { link: this.name, code: refusal.code });
    else this.settle(deliveryId, rejected(refusal));
  }

  // ---- deliveries in several frames

  #arrive(arriving: Arriving): void {
    this.#arriving = arriving;
    if (arriving.transaction) arriving.transaction.arriving++;
  }

  #arrived(): void {
    if (this.#arriving?.transaction) this.#arriving.transaction.arriving--;
    this.#arriving = undefined;
  }

  /** Adds bytes to an unfinished message; the link ends when its connection has too many of those. */
  #gather(assembly: ByteWriter, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.session.assembling(end - start)) {
      assembly.raw(bytes, start, end);
      return true;
    }
    const description = `Unfinished messages of this connection have more than ${this.session.limits.assemblyBytesMax} bytes: send one after the other.`;
    this.session.detach(this, { condition: 'amqp:resource-limit-exceeded', description });
    return false;
  }

  #continue(arriving: Arriving, transfer: TransferReader, bytes: Uint8Array, end: number): void {
    if (transfer.deliveryId >= 0 && transfer.deliveryId !== arriving.deliveryId) {
      const description = `Delivery ${transfer.deliveryId} begins before delivery ${arriving.deliveryId} of the same link has ended.`;
      this.session.detach(this, { condition: 'amqp:invalid-field', description });
      return;
    }
    const { payloadStart: start, more, aborted } = transfer;
    if (aborted) {
      this.#dropArriving();
      if (arriving.assembly) this.#regrant();
      return;
    }
    const { assembly, stream, deliveryId } = arriving;
    transaction = arriving.transaction;
    if (transaction?.over) return this.session.detach(this, UNKNOWN_TRANSACTION);
    if (assembly === undefined && !more) this.#arrived();
    if (stream) {
      stream.push(bytes, start, end, more);
      if (more && stream.blocked) {
        stream.onUnblocked = () => this.session.unhold(this);
        this.session.hold(this);
      }
      return;
    }
    if (!assembly) return;
    if (!this.#gather(assembly, bytes, start, end)) return;
    if (this.#producer && !this.#checkSize(assembly, this.#producer)) return;
    if (more) return;
    this.#arrived();
    this.session.assembling(-assembly.length);
    const settled = arriving.settled || transfer.settled === 1;
    this.#take(deliveryId, settled, arriving.format, false, assembly.bytes, 0, assembly.length);
  }

  #checkSize(assembly: ByteWriter, producer: Producer): boolean {
    const most = producer.messageSizeBytesMax;
    if (most === 0 || assembly.length <= most) return true;
    this.#tooLarge(most);
    return false;
  }

  #tooLarge(most: number): void {
    const words = this.session.connection.space.limits.sizeWords(most);
    const description = `A message on link ${this.name} is larger than ${most} bytes: send smaller ones, or raise ${words}.`;
    const refusal = new Refusal('message-too-large', description);
    this.session.visit.tell(this.address, refusal);
    this.end(refusal);
  }

  #dropArriving(): void {
    const arriving = this.#arriving;
    this.#arrived();
    if (arriving?.stream) {
      arriving.stream.abort();
      this.session.unhold(this);
    }
    if (arriving?.assembly) this.session.assembling(-arriving.assembly.length);
    if (arriving) this.settledBySender(arriving.deliveryId, arriving.deliveryId);
  }

  // ---- outcomes

  settle(token: number, outcome: Outcome): void {
    if (this.#received) this.#decided(token, outcome);
    if (this.#released) return;
    this.session.settleAsReceiver(token, outcome, !this.#settlesSecond);
  }

  /** The same, for states that are no outcome of the core's. */
  settleWith(token: number, state: DeliveryState): void {
    if (this.#released) return;
    this.session.settleAsReceiverWith(token, state, !this.#settlesSecond);
  }

  // ---- the end

  end(refusal: Refusal): void {
    this.session.detach(this, refusalError(refusal));
  }

  release(end: LinkEnd): void {
    this.#released = true;
    this.#dropArriving();
    const producer = this.#producer;
    this.#producer = undefined;
    // What is being written yet has its outcome soon, which somebody may ask for.
    if (this.#received && !end.closed) this.#received.whenDecided(() => producer?.detach());
    else producer?.detach();
    if (this.#keep && this.#received) this.#suspend(this.#keep, this.#received, end.closed);
    this.onClosed?.(end);
    this.onClosed = undefined;
  }
}

/** Credit of a sender to the anonymous terminus, in messages. */
export const ANONYMOUS_CREDIT = 1000;

interface Arriving {
  readonly deliveryId: number;
  readonly settled: boolean;
  readonly format: number;
  readonly transaction: OpenTransaction | undefined;
  /** For brokered addresses: what has come so far. */
  readonly assembly: ByteWriter | undefined;
  /** For direct ones: where it goes on to. Neither: the message was refused, and the rest of it is passed over. */
  readonly stream: MessageStream | undefined;
}
