import {
  AmqpMap,
  ByteWriter,
  type DeliveryState,
  encodeTransactionRequest,
  type Performative,
  type TransactionRequest,
  writeTransfer,
} from '@angarium/codec-amqp';
import { type Attack, whileItGoesOn } from '../attack.ts';
import type { Random } from '../random.ts';
import { creditFlow, type RawPeer, receiverAttach, senderAttach } from '../raw-peer.ts';

const CONTROL = 0;
const SENDER = 1;
const RECEIVER = 2;
const STEPS = 300;
/** What one peer sends before it looks whether it has been ended. */
const STEPS_AT_ONCE = 20;
const ADDRESS = 'hostile-transactions';
/** Transactions that a peer has open about. */
const TRANSACTIONS = 6;
/** One transaction id of so many is made up. */
const UNKNOWN_EVERY = 200;

function encoded(request: TransactionRequest): Uint8Array {
  const writer = new ByteWriter(64);
  encodeTransactionRequest(writer, request);
  return writer.bytes.slice(0, writer.length);
}

const CONTROL_ATTACH = { ...senderAttach('', CONTROL, 'control'), target: { kind: 'coordinator' } } as Performative;

/** One peer's transfers, outcomes, requests, detaches and attaches, in any order. */
class Meddler {
  readonly #random: Random;
  readonly #writer = new ByteWriter(4096);
  #nextId = 0;
  #declared = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Some transactions to begin with. */
  begin(): Uint8Array {
    for (let i = 0; i < TRANSACTIONS; i++) this.#transfer(CONTROL, this.#declare(), undefined);
    return this.#writer.bytes.slice(0, this.#writer.length);
  }

  #declare(): Uint8Array {
    this.#declared++;
    return encoded({ kind: 'declare' });
  }

  /** The server counts transactions from 1 on, in four bytes. */
  #anyTransaction(): Uint8Array {
    const random = this.#random;
    if (random.below(UNKNOWN_EVERY) === 0) return random.bytes(random.below(6));
    return Uint8Array.of(0, 0, 0, Math.max(1, this.#declared - random.below(TRANSACTIONS)));
  }

  #anyState(): DeliveryState | undefined {
    const random = this.#random;
    const outcome = random.pick<DeliveryState | undefined>([
      undefined,
      { kind: 'accepted' },
      { kind: 'released' },
      { kind: 'rejected' },
      { kind: 'modified', deliveryFailed: true, undeliverableHere: random.below(2) === 0 },
      { kind: 'declared', txnId: random.bytes(4) },
    ]);
    if (random.below(4) === 0) return outcome;
    return { kind: 'transactional-state', txnId: this.#anyTransaction(), ...(outcome && { outcome }) };
  }

  #anyRequest(): Uint8Array {
    const random = this.#random;
    // Declared more often than discharged: some of those are not there any more.
    if (random.below(5) > 1) return this.#declare();
    const request = encoded({ kind: 'discharge', txnId: this.#anyTransaction(), fail: random.below(2) === 0 });
    if (random.below(20) === 0) request[random.below(request.length)] = random.below(256);
    return request;
  }

  steps(peer: RawPeer): Uint8Array {
    this.#writer.length = 0;
    for (let i = 0; i < STEPS_AT_ONCE; i++) this.#step(peer);
    return this.#writer.bytes.slice(0, this.#writer.length);
  }

  #step(peer: RawPeer): void {
    const random = this.#random;
    switch (random.below(8)) {
      case 0:
      case 1:
        return this.#transfer(CONTROL, this.#anyRequest(), undefined);
      case 2:
      case 3:
        return this.#transfer(SENDER, random.bytes(random.below(50)), this.#anyState());
      case 4:
      case 5: {
        const first = random.below(20);
        const state = this.#anyState();
        const last = first + random.below(3) * random.below(1000);
        return this.#say(peer, {
          kind: 'disposition',
          role: 'receiver',
          first,
          last,
          settled: random.below(2) === 0,
          ...(state && { state }),
        });
      }
      case 6:
        return this.#say(peer, {
          ...(creditFlow(RECEIVER, random.below(20)) as Performative & { kind: 'flow' }),
          drain: random.below(2) === 0,
        });
      default:
        if (random.below(10) > 0) return;
        this.#say(peer, { kind: 'detach', handle: CONTROL, closed: true });
        this.#say(peer, CONTROL_ATTACH);
    }
  }

  #say(peer: RawPeer, performative: Performative): void {
    this.#writer.raw(peer.encoded(performative));
  }

  #transfer(handle: number, payload: Uint8Array, state: DeliveryState | undefined): void {
    const deliveryId = this.#nextId++;
    const more = this.#random.below(20) === 0;
    const settled = this.#random.below(4) === 0;
    const transfer = {
      handle,
      deliveryId,
      deliveryTag: Uint8Array.of(deliveryId),
      messageFormat: 0,
      settled,
      more,
      ...(state && { state }),
    };
    writeTransfer(this.#writer, 0, transfer, payload);
    if (more) writeTransfer(this.#writer, 0, { handle, more: false, aborted: this.#random.below(2) === 0 }, payload);
  }
}

export const transactionTricks: Attack = {
  name: 'transaction-tricks',
  does: 'transactions that are used in every wrong order: unknown, discharged twice, amid a message, by links that are gone',
  async run(field) {
    const times = await whileItGoesOn(field, async () => {
      const peer = await field.connect();
      await peer.open();
      await peer.say([CONTROL_ATTACH, senderAttach(ADDRESS, SENDER, 'sender', 'queue'), receiverAttach(ADDRESS, RECEIVER, 'receiver')]);
      await peer.say(creditFlow(RECEIVER, 100));
      const meddler = new Meddler(field.random);
      await peer.send(meddler.begin());
      for (let step = 0; step < STEPS && !peer.closed; step += STEPS_AT_ONCE) await peer.send(meddler.steps(peer));
      peer.finish();
      await peer.gone();
    });
    field.note(`${times} connections`);
  },
};

export const resumptionTricks: Attack = {
  name: 'resumption-tricks',
  does: 'links that come again and again under the same names, with unsettled maps that are made up',
  async run(field) {
    const { random } = field;
    const kept = { expiryPolicy: 'link-detach', timeout: 60 } as const;
    const times = await whileItGoesOn(field, async () => {
      const peer = await field.connect();
      await peer.open({ containerId: 'resumer' });
      for (let round = 0; round < 10 && !peer.closed; round++) {
        const states = [null, undefined, 'text', random.bytes(3)];
        const entries = Array.from({ length: random.below(20) }, (): [Uint8Array, null | string | Uint8Array] => [
          random.below(3) === 0 ? random.bytes(random.below(40)) : Uint8Array.of(0, 0, 0, random.below(30)),
          random.below(30) === 0 ? (random.pick(states) ?? null) : null,
        ]);
        const unsettled = random.below(4) > 0 ? { unsettled: new AmqpMap(entries) } : {};
        const names = { name: `resumed-${random.below(3)}`, rcvSettleMode: random.below(2) as 0 | 1, ...unsettled };
        await peer.say([
          {
            kind: 'attach',
            role: 'receiver',
            ...names,
            handle: RECEIVER,
            source: { address: ADDRESS, ...kept },
            target: { kind: 'target' },
          },
          {
            kind: 'attach',
            role: 'sender',
            ...names,
            handle: SENDER,
            initialDeliveryCount: 0,
            source: {},
            target: { kind: 'target', address: ADDRESS, ...kept },
          },
          creditFlow(RECEIVER, random.below(30)),
        ]);
        const writer = new ByteWriter(1024);
        for (let id = 0; id < random.below(10); id++) {
          const deliveryTag = Uint8Array.of(0, 0, 0, random.below(30));
          const resume = random.below(2) === 0;
          writeTransfer(
            writer,
            0,
            { handle: SENDER, deliveryId: round * 10 + id, deliveryTag, messageFormat: 0, resume },
            random.bytes(random.below(30)),
          );
        }
        if (writer.length > 0) await peer.send(writer.bytes.slice(0, writer.length));
        const first = random.below(30);
        await peer.say([
          {
            kind: 'disposition',
            role: random.pick(['sender', 'receiver']),
            first,
            last: first + random.below(10),
            settled: random.below(2) === 0,
            state: { kind: 'accepted' },
          },
          ...[SENDER, RECEIVER].map((handle): Performative => ({ kind: 'detach', handle, closed: random.below(5) === 0 })),
        ]);
      }
      if (random.below(2) === 0) peer.finish();
      else peer[Symbol.dispose]();
      await peer.gone();
    });
    field.note(`${times} connections`);
  },
};
