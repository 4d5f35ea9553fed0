import { ByteWriter, type Performative, writeFrame } from '@angarium/codec-amqp';
import { type Attack, type Field, HOSTILE_ANYCAST, HOSTILE_QUEUE, whileItGoesOn } from '../attack.ts';
import { transfersOf } from '../messages.ts';
import { creditFlow, type RawPeer } from '../raw-peer.ts';
import { SendingCredit } from '../sending-credit.ts';

/** Repeats these frames until the time is over, and answers how many frames went out. */
async function repeat(field: Field, peer: RawPeer, frames: readonly Performative[]): Promise<number> {
  const writer = new ByteWriter(65_536);
  while (writer.length < 32_768) for (const frame of frames) writeFrame(writer, 0, frame);
  const bytes = writer.bytes.slice(0, writer.length);
  const each = Math.round(bytes.length / (peer.encoded(frames).length / frames.length));
  const times = await whileItGoesOn(field, async () => {
    await peer.send(bytes);
    // The socket is asked whether the peer has been cut.
    await new Promise<void>(resolve => setImmediate(resolve));
  });
  return times * each;
}

const sessionFlow = { kind: 'flow', incomingWindow: 100, nextOutgoingId: 0, outgoingWindow: 100, nextIncomingId: 0 } as const;

export const flowFlood: Attack = {
  name: 'flow-flood',
  does: 'flows without end that ask for answers, flap the window, and drain',
  async run(field) {
    const peer = await field.connect();
    await peer.open();
    for (let handle = 0; handle < 200; handle++) await peer.attachReceiver(HOSTILE_QUEUE, handle, 0);
    const sent = await repeat(field, peer, [
      { ...sessionFlow, echo: true },
      { ...sessionFlow, incomingWindow: 0 },
      { ...sessionFlow, incomingWindow: 0xffff_ffff },
      { ...creditFlow(0, 0xffff_ffff), echo: true } as Performative,
      { ...creditFlow(1, 1), drain: true } as Performative,
      creditFlow(2, 0),
    ]);
    if (peer.closed) throw new Error(`the connection was closed: ${peer.closeCondition}`);
    await peer.say({ ...sessionFlow, handle: 12_345, linkCredit: 1 });
    await peer.until(() => peer.conditions.includes('amqp:session:unattached-handle'), 'the session to end');
    field.mustBeNamed(peer);
    field.note(`${sent} flows`);
  },
};

export const creditFlapping: Attack = {
  name: 'credit-flapping',
  does: 'a consumer that gives credit and takes it back without end, while many producers wait for it',
  async run(field) {
    const producers = await field.connect();
    await producers.open();
    for (let handle = 0; handle < 1000; handle++)
      await producers.say({
        kind: 'attach',
        name: `p-${handle}`,
        handle,
        role: 'sender',
        initialDeliveryCount: 0,
        target: { kind: 'target', address: HOSTILE_ANYCAST },
      });
    await producers.heardOf('attach', 1000);
    const consumer = await field.connect();
    await consumer.open();
    await consumer.attachReceiver(HOSTILE_ANYCAST, 0, 1000);
    await producers.heardOf('flow', 1000);
    const sent = await repeat(field, consumer, [creditFlow(0, 0), creditFlow(0, 1000)]);
    if (consumer.closed) throw new Error(`the connection was closed: ${consumer.closeCondition}`);
    field.note(`${sent} flows of the consumer, ${producers.count('flow')} to producers`);
  },
};

export const dispositionFlood: Attack = {
  name: 'disposition-flood',
  does: 'dispositions of all deliveries there could be, and of ones that were never sent',
  async run(field) {
    const peer = await field.connect();
    await peer.open();
    const accepted = { kind: 'accepted' } as const;
    const sent = await repeat(field, peer, [
      { kind: 'disposition', role: 'receiver', first: 0, last: 0xffff_ffff, settled: true, state: accepted },
      { kind: 'disposition', role: 'receiver', first: 12_345, settled: true, state: accepted },
      { kind: 'disposition', role: 'receiver', first: 0xffff_ffff, last: 0, settled: false, state: { kind: 'released' } },
      { kind: 'disposition', role: 'sender', first: 0, last: 0xffff_ffff, settled: true },
      { kind: 'disposition', role: 'receiver', first: 5, last: 1, state: { kind: 'received', sectionNumber: 0, sectionOffset: 0n } },
    ]);
    if (peer.closed) throw new Error(`the connection was closed: ${peer.closeCondition}`);
    field.note(`${sent} dispositions`);
  },
};

export const dispositionHoles: Attack = {
  name: 'disposition-holes',
  does: 'a consumer that settles all but its first and last delivery, and then settles what is between them again and again',
  async run(field) {
    const messages = 30_000;
    const consumer = await field.connect();
    await consumer.open();
    await consumer.attachReceiver(HOSTILE_ANYCAST, 0, 0x7fff_ffff);
    const producer = await field.connect();
    await producer.open();
    await producer.attachSender(HOSTILE_ANYCAST, 0);
    const credit = new SendingCredit();
    producer.onPerformative = frame => credit.hear(frame);
    await producer.say({ kind: 'flow', handle: 0, incomingWindow: 100, nextOutgoingId: 0, outgoingWindow: 100, echo: true });
    for (let id = 0; id < messages; ) {
      await producer.until(() => credit.room > 0, 'credit');
      const count = Math.min(credit.room, 500, messages - id);
      await producer.send(transfersOf({ handle: 0, firstId: id, count, payloadBytes: 16 }));
      credit.use(count);
      id += count;
    }
    await consumer.heardOf('transfer', messages);
    const accepted = { kind: 'accepted' } as const;
    const middle = { kind: 'disposition', role: 'receiver', first: 1, last: messages - 2, settled: true, state: accepted } as const;
    const sent = await repeat(field, consumer, [middle]);
    if (consumer.closed) throw new Error(`the connection was closed: ${consumer.closeCondition}`);
    field.note(`${sent} dispositions over ${messages} deliveries`);
  },
};
