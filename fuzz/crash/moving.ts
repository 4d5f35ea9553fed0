import {
  ByteWriter,
  encodeTransactionRequest,
  HeaderReader,
  type Performative,
  type TransferReader,
  writeTransfer,
} from '@angarium/codec-amqp';
import { writeDataHead, writeDurableHeader } from '../messages.ts';
import type { Random } from '../random.ts';
import { creditFlow, RawPeer, receiverAttach, senderAttach } from '../raw-peer.ts';
import type { Target } from '../raw-socket.ts';
import type { Discharge, TokenPlaces } from './token-places.ts';

export const QUEUES = ['crash-tokens-0', 'crash-tokens-1'] as const;
const CREDIT = 1000;
const CONTROL = 0;
const SENDER = 1;
const RECEIVER = 2;
/** Tokens that one transaction moves. */
const BATCH_MAX = 5;
/** One transaction of so many is rolled back. */
const ROLLBACK_EVERY = 5;
/** 00 53 75 b0 and the size. */
const DATA_HEAD_BYTES = 8;

export function tokenMessage(token: number): Uint8Array {
  const writer = new ByteWriter(32);
  writeDurableHeader(writer);
  writeDataHead(writer, 4);
  writer.u32(token);
  return writer.bytes.slice(0, writer.length);
}

const header = new HeaderReader();

export function tokenOf(bytes: Uint8Array, start: number, end: number): number {
  header.read(bytes, start, end);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(header.headerEnd + DATA_HEAD_BYTES);
}

interface Delivery {
  readonly id: number;
  readonly token: number;
}

/** Takes tokens from one queue and puts them into the other, some in each transaction, as fast as it can until the connection ends. */
export class TokenMover {
  readonly #peer: RawPeer;
  readonly #from: number;
  readonly #places: TokenPlaces;
  readonly #random: Random;
  #waiting: Delivery[] = [];
  #moving: Delivery[] = [];
  #nextId = 0;
  #received = 0;
  /** The request to the coordinator that is not answered; -1: none. */
  #requestId = -1;
  #rollsBack = false;
  #discharge: Discharge | undefined;

  private constructor(peer: RawPeer, from: number, places: TokenPlaces, random: Random) {
    this.#peer = peer;
    this.#from = from;
    this.#places = places;
    this.#random = random;
  }

  static async start(target: Target, from: number, places: TokenPlaces, random: Random): Promise<RawPeer> {
    const peer = await RawPeer.connect(target);
    await peer.open({ containerId: `mover from ${from}` });
    const mover = new TokenMover(peer, from, places, random);
    peer.onTransfer = (transfer, bytes, end) => mover.#take(transfer, bytes, end);
    peer.onPerformative = performative => mover.#hear(performative);
    await peer.say([
      { ...senderAttach('', CONTROL, 'control'), target: { kind: 'coordinator' } } as Performative,
      senderAttach(QUEUES[1 - from]!, SENDER, 'sender'),
      receiverAttach(QUEUES[from]!, RECEIVER, 'receiver'),
      creditFlow(RECEIVER, CREDIT),
    ]);
    return peer;
  }

  #take(transfer: TransferReader, bytes: Uint8Array, end: number): void {
    const token = tokenOf(bytes, transfer.payloadStart, end);
    this.#places.delivered(token, this.#from);
    this.#waiting.push({ id: transfer.deliveryId, token });
    if (++this.#received % (CREDIT / 2) === 0) this.#peer.push(this.#peer.encoded(creditFlow(RECEIVER, CREDIT, this.#received)));
    this.#begin();
  }

  #begin(): void {
    if (this.#requestId >= 0 || this.#waiting.length === 0) return;
    this.#moving = this.#waiting.splice(0, 1 + this.#random.below(BATCH_MAX));
    this.#request({ kind: 'declare' });
  }

  #request(request: Parameters<typeof encodeTransactionRequest>[1]): void {
    const payload = new ByteWriter(64);
    encodeTransactionRequest(payload, request);
    this.#requestId = this.#transfer(CONTROL, payload.bytes.subarray(0, payload.length));
  }

  #transfer(handle: number, payload: Uint8Array, txnId?: Uint8Array): number {
    const deliveryId = this.#nextId++;
    const deliveryTag = Uint8Array.of(deliveryId >>> 24, deliveryId >>> 16, deliveryId >>> 8, deliveryId);
    const writer = new ByteWriter(256);
    const state = txnId && ({ kind: 'transactional-state', txnId } as const);
    writeTransfer(writer, 0, { handle, deliveryId, deliveryTag, messageFormat: 0, settled: false, ...(state && { state }) }, payload);
    this.#peer.push(writer.bytes.slice(0, writer.length));
    return deliveryId;
  }

  #hear(performative: Performative): void {
    if (performative.kind !== 'disposition' || performative.role !== 'receiver') return;
    const { first, last = first, state } = performative;
    if (this.#requestId < first || this.#requestId > last) {
      if (state?.kind !== 'transactional-state' || state.outcome?.kind !== 'accepted')
        this.#places.violations.push(`a posted token was answered with ${JSON.stringify(state)}`);
      return;
    }
    this.#requestId = -1;
    if (state?.kind === 'declared') return this.#move(state.txnId);
    if (state?.kind === 'accepted') {
      this.#places.discharged(this.#discharge!, this.#rollsBack ? undefined : 1 - this.#from);
    } else this.#places.violations.push(`a request was answered with ${JSON.stringify(state)}`);
    this.#begin();
  }

  #move(txnId: Uint8Array): void {
    for (const { id, token } of this.#moving) {
      const state = { kind: 'transactional-state', txnId, outcome: { kind: 'accepted' } } as const;
      this.#peer.push(this.#peer.encoded({ kind: 'disposition', role: 'receiver', first: id, settled: true, state }));
      this.#transfer(SENDER, tokenMessage(token), txnId);
    }
    this.#rollsBack = this.#random.below(ROLLBACK_EVERY) === 0;
    this.#discharge = this.#places.discharging(this.#moving.map(({ token }) => token));
    this.#request({ kind: 'discharge', txnId, fail: this.#rollsBack });
  }
}
