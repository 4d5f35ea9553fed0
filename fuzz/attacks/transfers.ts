import { type Attack, type Field, HOSTILE_ANYCAST, HOSTILE_QUEUE, whileItGoesOn } from '../attack.ts';
import { continuation, transfersOf } from '../messages.ts';
import { type RawPeer, senderAttach } from '../raw-peer.ts';
import { SendingCredit } from '../sending-credit.ts';
import { megabytes } from '../siege.ts';

const FRAME_PAYLOAD_BYTES = 60_000;
/** A socket that takes nothing for so long is not being read. */
const STILL_MS = 700;

async function sender(field: Field, address: string): Promise<RawPeer> {
  const peer = await field.connect();
  await peer.open();
  await peer.attachSender(address, 0);
  return peer;
}

export const endlessToQueue: Attack = {
  name: 'endless-to-queue',
  does: 'a message to a queue that never ends, until its link does',
  async run(field) {
    const peer = await sender(field, HOSTILE_QUEUE);
    await peer.send(transfersOf({ handle: 0, firstId: 0, count: 1, payloadBytes: 1000, more: true }));
    const more = continuation(0, FRAME_PAYLOAD_BYTES, true);
    let sent = 0;
    while (peer.conditions.length === 0 && !peer.closed && sent < 1 << 30) {
      await peer.send(more);
      sent += FRAME_PAYLOAD_BYTES;
      // What the server says is heard between frames.
      await new Promise<void>(resolve => setImmediate(resolve));
    }
    await peer.until(() => peer.conditions.some(condition => /size-exceeded|limit-exceeded/.test(condition)), 'the link to end');
    field.mustBeNamed(peer);
    field.note(`ended after ${megabytes(sent)} MB`);
  },
};

export const endlessToAnycast: Attack = {
  name: 'endless-to-anycast',
  does: 'a message to an anycast address that never ends, whose consumer reads all of it, and then one whose consumer stops reading',
  async run(field) {
    for (const reads of [true, false]) {
      const consumer = await field.connect({ reads });
      if (reads) await consumer.open();
      else await openUnread(consumer);
      if (reads) await consumer.attachReceiver(HOSTILE_ANYCAST, 0, 10);
      const peer = await sender(field, HOSTILE_ANYCAST);
      await peer.send(transfersOf({ handle: 0, firstId: 0, count: 1, payloadBytes: 1000, more: true }));
      const more = continuation(0, FRAME_PAYLOAD_BYTES, true);
      let sent = 0;
      let room = true;
      const most = field.long ? 1 << 30 : 1 << 26;
      // This peer does not mind the window that the server closes; the message is given up for a consumer that falls too far behind.
      while (room && !peer.closed && sent < most) {
        room = await Promise.race([peer.send(more).then(() => true), pause(STILL_MS)]);
        sent += FRAME_PAYLOAD_BYTES;
      }
      if (reads && !room) throw new Error(`nothing more was taken after ${megabytes(sent)} MB, though the consumer reads`);
      field.note(`${megabytes(sent)} MB to a consumer that ${reads ? 'reads' : 'does not'}`);
      peer[Symbol.dispose]();
      consumer[Symbol.dispose]();
    }
  },
};

function pause(ms: number): Promise<false> {
  return new Promise(resolve => {
    setTimeout(resolve, ms, false);
  });
}

/** Says everything at once, since it will not hear an answer. */
async function openUnread(peer: RawPeer): Promise<void> {
  await peer.send(Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 0, 1, 0, 0));
  await peer.say([
    { kind: 'open', containerId: 'deaf', maxFrameSize: 65_536 },
    { kind: 'begin', nextOutgoingId: 0, incomingWindow: 0x7fff_ffff, outgoingWindow: 10 },
    { kind: 'attach', name: 'deaf', handle: 0, role: 'receiver', source: { address: HOSTILE_ANYCAST }, target: { kind: 'target' } },
    {
      kind: 'flow',
      nextIncomingId: 0,
      incomingWindow: 0x7fff_ffff,
      nextOutgoingId: 0,
      outgoingWindow: 10,
      handle: 0,
      deliveryCount: 0,
      linkCredit: 100_000,
    },
  ]);
}

export const abortStorm: Attack = {
  name: 'abort-storm',
  does: 'deliveries that begin and are given up, to a queue and to an anycast address',
  async run(field) {
    const consumer = await field.connect();
    await consumer.open();
    await consumer.attachReceiver(HOSTILE_ANYCAST, 0, 0x7fff_ffff);
    let aborted = 0;
    for (const address of [HOSTILE_QUEUE, HOSTILE_ANYCAST]) {
      const peer = await sender(field, address);
      const rounds = field.long ? 100_000 : 900;
      const credit = new SendingCredit();
      peer.onPerformative = frame => credit.hear(frame);
      await peer.say({ kind: 'flow', handle: 0, incomingWindow: 100, nextOutgoingId: 0, outgoingWindow: 100, echo: true });
      for (let id = 0; id < rounds; id++) {
        await peer.until(() => (credit.room > 0 && credit.frames >= 3) || peer.conditions.length > 0, 'credit');
        credit.use(1, id % 3 === 0 ? 3 : 2);
        await peer.send(transfersOf({ handle: 0, firstId: id, count: 1, payloadBytes: 2000, more: true }));
        if (id % 3 === 0) await peer.send(continuation(0, 2000, true));
        await peer.send(continuation(0, 0, false, true));
        aborted++;
      }
      if (peer.conditions.length > 0) throw new Error(`refused: ${peer.conditions}`);
    }
    field.note(`${aborted} deliveries given up`);
  },
};

export const beyondCredit: Attack = {
  name: 'beyond-credit',
  does: 'messages without credit, and more frames than the window of the session',
  async run(field) {
    await whileItGoesOn(field, async () => {
      const early = await field.connect();
      await early.open();
      await early.say(senderAttach('hostile-anycast-without-consumer', 0, 'early', 'anycast'));
      await early.send(transfersOf({ handle: 0, firstId: 0, count: 10, payloadBytes: 100 }));
      await early.until(() => early.conditions.includes('amqp:link:transfer-limit-exceeded'), 'the link to end');
      field.mustBeNamed(early);
      const greedy = await sender(field, HOSTILE_QUEUE);
      await greedy.send(transfersOf({ handle: 0, firstId: 0, count: 5000, payloadBytes: 10 }));
      await greedy.until(() => greedy.conditions.length > 0, 'the link or session to end');
      field.mustBeNamed(greedy);
    });
  },
};

export const doubledIds: Attack = {
  name: 'doubled-ids',
  does: 'deliveries that all have the same delivery-id, or one of those under way',
  async run(field) {
    const peer = await sender(field, HOSTILE_QUEUE);
    for (let i = 0; i < 200; i++) await peer.send(transfersOf({ handle: 0, firstId: 7, count: 1, payloadBytes: 10, durable: true }));
    await peer.until(() => peer.closed || peer.conditions.length > 0 || peer.count('disposition') > 0, 'an outcome');
    const mixed = await sender(field, HOSTILE_QUEUE);
    await mixed.send(transfersOf({ handle: 0, firstId: 1, count: 1, payloadBytes: 10, more: true }));
    await mixed.send(transfersOf({ handle: 0, firstId: 2, count: 1, payloadBytes: 10 }));
    await mixed.until(() => mixed.conditions.includes('amqp:invalid-field'), 'the link to end');
    field.mustBeNamed(mixed);
  },
};

export const unfinishedEverywhere: Attack = {
  name: 'unfinished-everywhere',
  does: 'thousands of links with a message each that has begun and does not end',
  async run(field) {
    const links = field.long ? 8000 : 2000;
    const peer = await field.connect();
    await peer.open();
    for (let handle = 0; handle < links; handle++) await peer.say(senderAttach(HOSTILE_QUEUE, handle, `unfinished-${handle}`));
    await peer.heardOf('flow', links);
    for (let handle = 0; handle < links && !peer.closed && peer.conditions.length < 100; handle++)
      await peer.send(transfersOf({ handle, firstId: handle, count: 1, payloadBytes: FRAME_PAYLOAD_BYTES, more: true }));
    await peer.refused();
    field.mustBeNamed(peer);
    field.note(`${peer.conditions.length} of ${links} links refused`);
  },
};
