import { ByteWriter, type Performative, writeTransferHead } from '@angarium/codec-amqp';
import { writeDataHead, writeDurableHeader } from '../messages.ts';
import { RawPeer, senderAttach } from '../raw-peer.ts';
import type { Target } from '../raw-socket.ts';
import { SendingCredit } from '../sending-credit.ts';
import type { Destination } from './destination.ts';

/** producer (u8), sequence (u32), and zeros up to about the size of a small business message. */
export const BODY_BYTES = 200;
/** The transfer's payload: durable header section (7), head of the data section (8), body. */
const PAYLOAD_BYTES = 7 + 8 + BODY_BYTES;
/** Messages that may be sent and not delivered, for one producer: the server's backlog stays about as large as this. */
const WAITING_MAX = 3000;
const BATCH_MAX = 100;

interface SendingLink {
  /** Sequence of the delivery with id 0 … of this life of the server. */
  readonly sequences: number[];
  readonly credit: SendingCredit;
}

/** All producers of a destination on one connection, a link each; they send as long as there is credit. Ends when the connection does. */
export async function produce(target: Target, destination: Destination, goesOn: () => boolean): Promise<RawPeer> {
  const peer = await RawPeer.connect(target);
  await peer.open({ containerId: `producers of ${destination.address}`, sessions: destination.producers.length });
  const links = destination.producers.map((): SendingLink => ({ sequences: [], credit: new SendingCredit() }));
  const writer = new ByteWriter(BATCH_MAX * (PAYLOAD_BYTES + 64));

  const send = (): void => {
    if (!goesOn() || peer.closed) return;
    destination.producers.forEach((ledger, producer) => {
      const link = links[producer]!;
      const count = Math.min(link.credit.room, WAITING_MAX - ledger.waiting + inDoubt[producer]!, BATCH_MAX);
      if (count <= 0) return;
      const first = ledger.send(count);
      link.credit.use(count);
      writer.length = 0;
      for (let sequence = first; sequence < first + count; sequence++) {
        const id = link.sequences.push(sequence) - 1;
        writeTransferHead(writer, producer, 0, id, id, 0, false, false, false, PAYLOAD_BYTES);
        writeDurableHeader(writer);
        writeDataHead(writer, BODY_BYTES);
        writer.u8(producer);
        writer.u32(sequence);
        writer.raw(PADDING);
      }
      peer.push(writer.bytes.slice(0, writer.length));
    });
    setImmediate(send);
  };
  // What earlier lives left in doubt is not under way any more.
  const inDoubt = destination.producers.map(({ waiting }) => waiting);

  peer.onPerformative = (performative: Performative, channel: number) => {
    const link = links[channel]!;
    link.credit.hear(performative);
    if (performative.kind !== 'disposition') return;
    const ledger = destination.producers[channel]!;
    for (let id = performative.first; id <= (performative.last ?? performative.first); id++) {
      if (performative.state?.kind === 'accepted') ledger.accept(link.sequences[id]!);
      else ledger.violate(`${link.sequences[id]} was ${performative.state?.kind}`);
    }
  };
  for (const [producer] of destination.producers.entries())
    await peer.say(senderAttach(destination.address, 0, `producer-${producer}`, destination.type), producer);
  send();
  return peer;
}

const PADDING = new Uint8Array(BODY_BYTES - 5);
