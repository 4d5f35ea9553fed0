import { ByteWriter, PROTOCOL_HEADER_AMQP, PROTOCOL_HEADER_SASL, writeFrame } from '@angarium/codec-amqp';
import { type Attack, type Field, whileItGoesOn } from '../attack.ts';
import type { RawPeer } from '../raw-peer.ts';

/** The slack that a timeout gets: the server looks at its connections about once a second, on a busy machine. */
const TIMEOUT_SLACK_MS = 5000;
const HALF_OPEN_CONNECTIONS = 1000;

/** How far a peer goes in order before it begins to send what it should not. */
type Prelude = 'nothing' | 'header' | 'sasl' | 'open';
const PRELUDES: readonly Prelude[] = ['nothing', 'header', 'sasl', 'open'];

async function begin(peer: RawPeer, prelude: Prelude): Promise<void> {
  if (prelude === 'header') await peer.send(PROTOCOL_HEADER_AMQP);
  if (prelude === 'sasl') await peer.send(PROTOCOL_HEADER_SASL);
  if (prelude === 'open') await peer.open();
}

/** The head of a frame with any numbers in it, and a body of zeros as long as what it announces, but for what is absurd. */
function frame(size: number, doff: number, type: number, channel: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(8, Math.min(size, 1024)));
  new DataView(bytes.buffer).setUint32(0, size);
  bytes[4] = doff;
  bytes[5] = type;
  bytes[6] = channel >>> 8;
  bytes[7] = channel;
  return bytes;
}

export const garbageBytes: Attack = {
  name: 'garbage-bytes',
  does: 'peers that send random bytes from the first one on, after the header, amid SASL, and after open',
  async run(field) {
    const times = await whileItGoesOn(field, async () => {
      for (const prelude of PRELUDES) {
        const peer = await field.connect();
        await begin(peer, prelude);
        // Whatever size the first four bytes announce, as many come, so that it is never just a frame that is not finished.
        for (let chunk = 0; chunk < 8; chunk++) await peer.send(field.random.bytes(field.random.between(8, 16_384)));
        peer.finish();
        await peer.gone();
      }
    });
    field.note(`${times * PRELUDES.length} connections`);
  },
};

export const frameTricks: Attack = {
  name: 'frame-tricks',
  does: 'frames of impossible size, data offset or type',
  async run(field) {
    const tricks: readonly Uint8Array[] = [
      frame(0x8000_0000, 2, 0, 0),
      frame(0xffff_ffff, 2, 0, 0),
      frame(65_537, 2, 0, 0),
      ...[0, 1, 3, 7].map(size => frame(size, 2, 0, 0)),
      frame(16, 0, 0, 0),
      frame(16, 1, 0, 0),
      frame(16, 5, 0, 0),
      frame(512, 255, 0, 0),
      frame(16, 2, 2, 0),
      frame(16, 2, 255, 0),
      frame(16, 2, 1, 0),
      frame(16, 2, 0, 0xffff),
    ];
    for (const trick of tricks) {
      for (const prelude of ['header', 'open'] as const) {
        const peer = await field.connect();
        await begin(peer, prelude);
        await peer.send(trick);
        await peer.until(() => peer.closeCondition !== undefined, 'close with an error');
        field.mustBeNamed(peer);
      }
    }
    field.note(`${tricks.length} tricks`);
  },
};

export const halfOpen: Attack = {
  name: 'half-open',
  does: `${HALF_OPEN_CONNECTIONS} peers that connect and say nothing, until they are cut`,
  async run(field) {
    const peers: RawPeer[] = [];
    for (let i = 0; i < HALF_OPEN_CONNECTIONS; i++) peers.push(await field.connect());
    await Promise.all(peers.map(peer => peer.gone(field.limits.handshakeTimeoutMs + TIMEOUT_SLACK_MS)));
    for (const peer of peers.slice(-3)) field.mustBeNamed(peer);
  },
};

export const cutShort: Attack = {
  name: 'cut-short',
  does: 'peers that fall silent amid a header, a SASL frame or a frame',
  async run(field) {
    const writer = new ByteWriter();
    writeFrame(writer, 0, { kind: 'open', containerId: 'silent' });
    const open = writer.bytes.slice(0, writer.length);
    const beginnings: readonly (readonly Uint8Array[])[] = [
      [PROTOCOL_HEADER_AMQP.subarray(0, 1)],
      [PROTOCOL_HEADER_AMQP.subarray(0, 7)],
      [PROTOCOL_HEADER_AMQP],
      [PROTOCOL_HEADER_AMQP, open.subarray(0, 3)],
      [PROTOCOL_HEADER_AMQP, open.subarray(0, open.length - 1)],
      [PROTOCOL_HEADER_AMQP, frame(65_536, 2, 0, 0).subarray(0, 8)],
      [PROTOCOL_HEADER_SASL],
      [PROTOCOL_HEADER_SASL, frame(32, 2, 1, 0).subarray(0, 12)],
    ];
    const peers: RawPeer[] = [];
    for (let round = 0; round < (field.long ? 100 : 5); round++) {
      for (const beginning of beginnings) {
        const peer = await field.connect();
        for (const bytes of beginning) await peer.send(bytes);
        peers.push(peer);
      }
    }
    await Promise.all(peers.map(peer => peer.gone(field.limits.handshakeTimeoutMs + TIMEOUT_SLACK_MS)));
    for (const peer of peers.slice(-beginnings.length)) field.mustBeNamed(peer);
  },
};

/** After open, silence amid a frame is silence all the same. */
export const silentAfterOpen: Attack = {
  name: 'silent-after-open',
  does: 'a peer that opens a connection, begins a frame, and says nothing more',
  async run(field) {
    if (!field.long) field.note(`takes ${field.limits.idleTimeoutMs} ms`);
    const peer = await field.connect();
    await peer.open();
    await peer.send(frame(1024, 2, 0, 0).subarray(0, 9));
    await peer.until(() => peer.closeCondition !== undefined, 'close for idling', field.limits.idleTimeoutMs + TIMEOUT_SLACK_MS);
    field.mustBeNamed(peer);
  },
};

export const churn: Attack = {
  name: 'churn',
  does: 'connections that come and go by the thousand, some with a link, some in the middle of a word',
  async run(field) {
    const connections = field.long ? 10_000 : 1000;
    const atOnce = 20;
    let left = connections;
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (left-- > 0) await comeAndGo(field);
      }),
    );
    field.note(`${connections} connections`);
  },
};

async function comeAndGo(field: Field): Promise<void> {
  using peer = await field.connect();
  const choice = field.random.below(4);
  if (choice === 0) return;
  if (choice === 1) return void peer.push(PROTOCOL_HEADER_AMQP.subarray(0, 5));
  await peer.open();
  if (choice === 3) await peer.attachSender('hostile-queue', 0);
}
