import { HeaderReader, type Performative, type TransferReader } from '@angarium/codec-amqp';
import type { Random } from '../random.ts';
import { creditFlow, RawPeer } from '../raw-peer.ts';
import type { Target } from '../raw-socket.ts';
import type { Destination } from './destination.ts';

const CREDIT = 2000;
/** Deliveries left unsettled at most, before a consumer settles all it has. */
const UNSETTLED_MAX = 1500;
/** 00 53 75 b0 and the size. */
const DATA_HEAD_BYTES = 8;
const DRAIN_TIMEOUT_MS = 60_000;

/**
 * A consumer that accepts without settling and hears from the server that its acknowledgement is safe (receiver settle mode second; AMQP
 * 1.0 part 2, section 2.6.12): what was confirmed so must never come again.
 */
export class CrashConsumer {
  readonly peer: RawPeer;
  readonly #destination: Destination;
  readonly #random: Random;
  readonly #header = new HeaderReader();
  /** By delivery-id: producer and sequence. */
  readonly #under = new Map<number, { producer: number; sequence: number }>();
  #received = 0;
  #granted = CREDIT;
  #firstOwed = -1;
  #lastOwed = -1;
  #draining = false;
  #drained = false;

  private constructor(peer: RawPeer, destination: Destination, random: Random) {
    this.peer = peer;
    this.#destination = destination;
    this.#random = random;
  }

  static async attach(target: Target, destination: Destination, index: number, random: Random): Promise<CrashConsumer> {
    const peer = await RawPeer.connect(target);
    await peer.open({ containerId: `consumer ${index} of ${destination.address}` });
    const consumer = new CrashConsumer(peer, destination, random);
    peer.onTransfer = (transfer, bytes, end) => consumer.#take(transfer, bytes, end);
    peer.onPerformative = performative => consumer.#hear(performative);
    const durable = destination.type === 'topic';
    await peer.say([
      {
        kind: 'attach',
        name: 'crash-consumer',
        handle: 0,
        role: 'receiver',
        sndSettleMode: 0,
        rcvSettleMode: 1,
        source: {
          address: destination.address,
          capabilities: [destination.type],
          ...(durable && { durable: 2 as const, expiryPolicy: 'never' }),
        },
        target: { kind: 'target' },
      },
      creditFlow(0, CREDIT),
    ]);
    await peer.until(() => peer.closed || peer.count('attach') > 0, 'attach');
    if (peer.conditions.length > 0) throw new Error(`the consumer was refused: ${peer.conditions}`);
    return consumer;
  }

  #take(transfer: TransferReader, bytes: Uint8Array, end: number): void {
    this.#header.read(bytes, transfer.payloadStart, end);
    const body = this.#header.headerEnd + DATA_HEAD_BYTES;
    const producer = bytes[body]!;
    const sequence = new DataView(bytes.buffer, bytes.byteOffset).getUint32(body + 1);
    this.#destination.producers[producer]!.deliver(sequence, this.#header);
    this.#received++;
    this.#under.set(transfer.deliveryId, { producer, sequence });
    if (this.#firstOwed < 0) this.#firstOwed = transfer.deliveryId;
    this.#lastOwed = transfer.deliveryId;
    const owed = this.#lastOwed - this.#firstOwed + 1;
    // Now and then, so that at any moment some are not acknowledged, some are, and some are confirmed.
    if (owed > UNSETTLED_MAX || this.#random.below(200) === 0 || this.#draining) this.settle();
    if (!this.#draining && this.#granted - this.#received < CREDIT / 2) {
      this.#granted = this.#received + CREDIT;
      this.peer.push(this.peer.encoded(creditFlow(0, CREDIT, this.#received)));
    }
  }

  /** Accepts everything that has come so far. */
  settle(): void {
    if (this.#firstOwed < 0) return;
    const range = { first: this.#firstOwed, last: this.#lastOwed };
    this.#firstOwed = -1;
    this.peer.push(this.peer.encoded({ kind: 'disposition', role: 'receiver', ...range, settled: false, state: { kind: 'accepted' } }));
  }

  #hear(performative: Performative): void {
    if (performative.kind === 'flow' && performative.handle === 0 && performative.linkCredit === 0 && this.#draining) this.#drained = true;
    if (performative.kind !== 'disposition' || performative.role !== 'sender' || performative.settled !== true) return;
    for (let id = performative.first; id <= (performative.last ?? performative.first); id++) {
      const message = this.#under.get(id);
      if (!message) continue;
      this.#under.delete(id);
      this.#destination.producers[message.producer]!.confirm(message.sequence);
    }
  }

  /** Takes everything that is there, acknowledges it, and waits until all of that is confirmed. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.settle();
    await this.peer.say({ ...(creditFlow(0, 0x7fff_ffff, this.#received) as Performative & { kind: 'flow' }), drain: true });
    await this.peer.until(() => this.#drained, `${this.#destination.address} to be drained`, DRAIN_TIMEOUT_MS);
    this.settle();
    await this.peer.until(() => this.#under.size === 0, 'all acknowledgements to be confirmed', DRAIN_TIMEOUT_MS);
  }
}
