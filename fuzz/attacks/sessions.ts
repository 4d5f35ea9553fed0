import { ByteWriter, type Performative, PROTOCOL_HEADER_AMQP, writeFrame, writeTransfer } from '@angarium/codec-amqp';
import { type Attack, type Field, HOSTILE_ANYCAST, HOSTILE_MULTICAST, HOSTILE_QUEUE, HOSTILE_TOPIC, whileItGoesOn } from '../attack.ts';
import { creditFlow, receiverAttach, senderAttach } from '../raw-peer.ts';

/** The frames of a client that means well, from open to close, one by one. */
function wellMeantFrames(address: string, containerId: string): Uint8Array[] {
  const frames: Uint8Array[] = [];
  const writer = new ByteWriter();
  const take = (): void => {
    frames.push(writer.bytes.slice(0, writer.length));
    writer.length = 0;
  };
  const say = (performative: Performative): void => {
    writeFrame(writer, 0, performative);
    take();
  };
  say({ kind: 'open', containerId, maxFrameSize: 65_536, channelMax: 10, idleTimeOutMs: 30_000 });
  say({ kind: 'begin', nextOutgoingId: 0, incomingWindow: 100, outgoingWindow: 100 });
  say(senderAttach(address, 0, 'sender'));
  say(receiverAttach(address, 1, 'receiver'));
  say(creditFlow(1, 10));
  for (let id = 0; id < 3; id++) {
    // An amqp-value section with a string.
    const payload = Uint8Array.from([0x00, 0x53, 0x77, 0xa1, 3, 0x61, 0x62, 0x63]);
    writeTransfer(writer, 0, { handle: 0, deliveryId: id, deliveryTag: Uint8Array.of(id), settled: id === 2 }, payload);
    take();
  }
  say({ kind: 'disposition', role: 'receiver', first: 0, last: 1, settled: true, state: { kind: 'accepted' } });
  say({ kind: 'flow', incomingWindow: 100, nextOutgoingId: 3, outgoingWindow: 100, echo: true });
  say({ kind: 'detach', handle: 0, closed: true });
  say({ kind: 'detach', handle: 1, closed: true });
  say({ kind: 'end' });
  say({ kind: 'close' });
  return frames;
}

const ADDRESSES = [HOSTILE_QUEUE, HOSTILE_ANYCAST, HOSTILE_MULTICAST, HOSTILE_TOPIC];

async function sendAndEnd(field: Field, frames: readonly Uint8Array[]): Promise<void> {
  const peer = await field.connect();
  await peer.send(PROTOCOL_HEADER_AMQP);
  for (const frame of frames) await peer.send(frame);
  peer.finish();
  await peer.gone();
}

/** Runs some at a time: each waits for its end, which is a round trip. */
async function several(field: Field, make: () => readonly Uint8Array[]): Promise<number> {
  return await whileItGoesOn(field, async () => {
    await Promise.all(Array.from({ length: 20 }, () => sendAndEnd(field, make())));
  });
}

export const illegalOrder: Attack = {
  name: 'illegal-order',
  does: 'the frames of a good session in any other order, some left out and some twice',
  async run(field) {
    const { random } = field;
    const times = await several(field, () => {
      const frames = wellMeantFrames(random.pick(ADDRESSES), 'disorderly');
      const opened = random.below(4) > 0;
      const rest = random.shuffled(opened ? frames.slice(random.pick([1, 2])) : frames);
      while (random.below(3) === 0) rest.splice(random.below(rest.length), 1);
      while (random.below(3) === 0) rest.splice(random.below(rest.length), 0, random.pick(rest));
      return opened ? [...frames.slice(0, frames.length > rest.length ? 2 : 1), ...rest] : rest;
    });
    field.note(`${times * 20} sessions`);
  },
};

export const mutations: Attack = {
  name: 'mutations',
  does: 'the bytes of a good session with some of them changed, left out, doubled or moved',
  async run(field) {
    const { random } = field;
    const times = await several(field, () => {
      const frames = wellMeantFrames(random.pick(ADDRESSES), 'mutant');
      for (let change = random.between(1, 4); change > 0; change--) {
        const at = random.between(1, frames.length - 1);
        frames[at] = mutated(frames[at]!, field);
      }
      return frames;
    });
    field.note(`${times * 20} sessions`);
  },
};

function mutated(frame: Uint8Array, { random }: Field): Uint8Array {
  const bytes = [...frame];
  // Mostly the frame's size is kept true, so that what is inside is what gets looked at.
  const inside = (): number => random.between(random.below(10) === 0 ? 0 : Math.min(8, bytes.length), Math.max(0, bytes.length - 1));
  for (let change = random.between(1, 3); change > 0 && bytes.length > 0; change--) {
    const at = Math.min(inside(), bytes.length - 1);
    switch (random.below(5)) {
      case 0:
        bytes[at] = bytes[at]! ^ (1 << random.below(8));
        break;
      case 1:
        bytes[at] = random.pick([0x00, 0x40, 0x45, 0xc0, 0xd0, 0xf0, 0xff, 0x80, 0x7f]);
        break;
      case 2:
        bytes.splice(at, random.between(1, 4));
        break;
      case 3:
        bytes.splice(at, 0, ...random.bytes(random.between(1, 8)));
        break;
      case 4:
        bytes.splice(at, 0, ...bytes.slice(at, at + random.between(1, 16)));
        break;
    }
  }
  const changed = Uint8Array.from(bytes);
  if (random.below(10) > 0 && changed.length >= 8) new DataView(changed.buffer).setUint32(0, changed.length);
  return changed;
}

export const sessionStorm: Attack = {
  name: 'session-storm',
  does: 'sessions that begin and end without pause, on every channel and beyond',
  async run(field) {
    const most = field.long ? 1_000_000 : 50_000;
    const peer = await field.connect();
    await peer.open({ sessions: 0 });
    const round = new ByteWriter(65_536);
    for (let channel = 0; channel < 256; channel++) {
      writeFrame(round, channel, { kind: 'begin', nextOutgoingId: 0, incomingWindow: 10, outgoingWindow: 10 });
      writeFrame(round, channel, { kind: 'end' });
    }
    const bytes = round.bytes.slice(0, round.length);
    let begun = 0;
    while (begun < most && !peer.closed) {
      await peer.send(bytes);
      begun += 256;
    }
    await peer.until(() => peer.count('end') === begun, `${begun} ends`, 120_000);
    await peer.say({ kind: 'begin', nextOutgoingId: 0, incomingWindow: 10, outgoingWindow: 10 }, 256);
    await peer.until(() => peer.closeCondition === 'amqp:connection:framing-error', 'channel 256 to be refused');
    field.mustBeNamed(peer);
    field.note(`${begun} sessions`);
  },
};
