import { ByteWriter, PROTOCOL_HEADER_AMQP, writeFrame } from '@angarium/codec-amqp';
import { type Attack, type Field, HOSTILE_ANYCAST, HOSTILE_MULTICAST, HOSTILE_QUEUE } from '../attack.ts';
import { transfersOf } from '../messages.ts';
import { creditFlow, type RawPeer, receiverAttach, senderAttach } from '../raw-peer.ts';
import { SendingCredit } from '../sending-credit.ts';
import { megabytes } from '../siege.ts';

const TIMEOUT_SLACK_MS = 5000;
/** A heartbeat (part 2, section 2.4.5). */
const EMPTY_FRAME = Uint8Array.of(0, 0, 0, 8, 2, 0, 0, 0);

/** Well below the idle timeout of the server under attack. */
const HEARTBEAT_MS = 500;

/** A producer that sends as long as it has credit and time; answers how many messages it got rid of. */
async function produce(field: Field, address: string, payloadBytes: number, most: number, settled = false): Promise<number> {
  const peer = await field.connect();
  await peer.open();
  const credit = new SendingCredit();
  peer.onPerformative = frame => credit.hear(frame);
  await peer.attachSender(address, 0);
  let sent = 0;
  let saidAtMs = performance.now();
  while (sent < most && (field.goesOn || sent === 0) && !peer.closed) {
    // One that waits for credit is no silent peer.
    if (performance.now() - saidAtMs > HEARTBEAT_MS) {
      peer.push(EMPTY_FRAME);
      saidAtMs = performance.now();
    }
    const count = Math.min(credit.room, 64, most - sent);
    if (count > 0) {
      await peer.send(transfersOf({ handle: 0, firstId: sent, count, payloadBytes, settled }));
      credit.use(count);
      sent += count;
    }
    // Credit, and outcomes, are heard between.
    await new Promise<void>(resolve => setImmediate(resolve));
  }
  if (peer.closed) throw new Error(`the producer was cut: ${peer.closeCondition}`);
  return sent;
}

/** Says everything at once, since it will not hear an answer. */
async function deafConsumer(field: Field, address: string): Promise<RawPeer> {
  const peer = await field.connect({ reads: false });
  await peer.send(PROTOCOL_HEADER_AMQP);
  await peer.say([
    { kind: 'open', containerId: 'deaf', maxFrameSize: 65_536 },
    { kind: 'begin', nextOutgoingId: 0, incomingWindow: 0xffff_ffff, outgoingWindow: 10 },
    receiverAttach(address, 0, 'deaf'),
    creditFlow(0, 0xffff_fffe),
  ]);
  return peer;
}

export const neverReads: Attack = {
  name: 'never-reads',
  does: 'consumers with credit that never read, of a queue and of direct addresses, until they are cut',
  async run(field) {
    const deaf = [
      await deafConsumer(field, HOSTILE_QUEUE),
      await deafConsumer(field, HOSTILE_ANYCAST),
      await deafConsumer(field, HOSTILE_MULTICAST),
    ];
    const most = field.long ? 20_000 : 1500;
    const sent = await Promise.all(
      [HOSTILE_QUEUE, HOSTILE_ANYCAST, HOSTILE_MULTICAST].map(address => produce(field, address, 20_000, most)),
    );
    field.note(`${sent.join(', ')} messages of 20 kB`);
    if (!field.long) return;
    for (const peer of deaf) {
      // Only one that sends hears of its end, when it does not read.
      const poke = setInterval(() => peer.push(EMPTY_FRAME), 100);
      await peer.gone(field.limits.stallTimeoutMs + TIMEOUT_SLACK_MS).finally(() => clearInterval(poke));
      field.mustBeNamed(peer);
    }
  },
};

export const neverReadsAndSends: Attack = {
  name: 'never-reads-and-sends',
  does: 'a peer that asks without end and never reads an answer',
  async run(field) {
    const peer = await field.connect({ reads: false });
    await peer.send(PROTOCOL_HEADER_AMQP);
    await peer.say([
      { kind: 'open', containerId: 'deaf', maxFrameSize: 65_536 },
      { kind: 'begin', nextOutgoingId: 0, incomingWindow: 10, outgoingWindow: 10 },
    ]);
    const writer = new ByteWriter(65_536);
    for (let handle = 0; handle < 100; handle++) {
      writeFrame(writer, 0, senderAttach(HOSTILE_QUEUE, handle, `asking-${handle}-${'x'.repeat(200)}`));
      writeFrame(writer, 0, { kind: 'detach', handle, closed: true });
    }
    const bytes = writer.bytes.slice(0, writer.length);
    let sent = 0;
    // Until the server does not take any more of it, and cuts the peer: only one that sends hears of that.
    const cut = peer.gone(field.limits.stallTimeoutMs + 2 * TIMEOUT_SLACK_MS);
    while (sent < 1 << 28 && !peer.closed) {
      await peer.send(bytes);
      sent += bytes.length;
    }
    if (!peer.closed) throw new Error('the server read on and on');
    await cut;
    field.mustBeNamed(peer);
    field.note(`${megabytes(sent)} MB taken before it was not read any more`);
  },
};

export const neverSettles: Attack = {
  name: 'never-settles',
  does: 'consumers that grant 2^32-1 credit and never settle, of a queue and of an anycast address',
  async run(field) {
    const most = field.long ? 200_000 : 30_000;
    for (const address of [HOSTILE_QUEUE, HOSTILE_ANYCAST]) {
      const consumer = await field.connect();
      await consumer.open({ incomingWindow: 0xffff_ffff });
      await consumer.say([receiverAttach(address, 0, 'greedy'), { ...creditFlow(0, 0xffff_ffff), incomingWindow: 0xffff_ffff } as never]);
      const sent = await produce(field, address, 100, most);
      await consumer.until(() => consumer.count('transfer') > 0, 'a delivery for credit of 2^32-1');
      field.note(`${sent} sent, ${consumer.count('transfer')} delivered`);
    }
  },
};

export const slowMulticast: Attack = {
  name: 'slow-multicast',
  does: 'a consumer of a multicast address with hardly any credit, which does not hold the others',
  async run(field) {
    const slow = await field.connect();
    await slow.open();
    await slow.attachReceiver(HOSTILE_MULTICAST, 0, 1);
    const quick = await field.connect();
    await quick.open();
    await quick.attachReceiver(HOSTILE_MULTICAST, 0, 0x7fff_ffff);
    const sent = await produce(field, HOSTILE_MULTICAST, 1000, field.long ? 500_000 : 20_000, true);
    await quick.heardOf('transfer', sent);
    if (slow.count('transfer') !== 1) throw new Error(`the slow consumer got ${slow.count('transfer')} messages for one credit`);
    field.note(`${sent} messages, all of them to the quick one`);
  },
};
