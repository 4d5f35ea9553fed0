import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PACKET_SIZE_BYTES_LIMIT, PacketSplitter, putVariableInteger, REASON } from '../src/index.ts';
import { bytes, hex, refused } from './expect.ts';

/** Writes down what it is told of. */
class Witness {
  readonly told: string[] = [];
  onPacket: (body: string) => void = () => {};

  packet(first: number, within: Uint8Array, start: number, end: number): void {
    const body = hex(within.subarray(start, end));
    this.told.push(`${first.toString(16)} ${body}`);
    this.onPacket(body);
  }
}

function packet(first: number, body: Uint8Array): Uint8Array {
  const head = new Uint8Array(5);
  head[0] = first;
  const length = putVariableInteger(head, 1, body.length);
  return new Uint8Array(Buffer.concat([head.subarray(0, length), body]));
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Pushes `stream` cut at these places; each chunk is overwritten after the call, as its memory is used again. */
function pushCut(splitter: PacketSplitter, witness: Witness, stream: Uint8Array, cuts: number[]): void {
  const places = [0, ...cuts.map(cut => Math.min(cut, stream.length)).toSorted((a, b) => a - b), stream.length];
  for (let index = 1; index < places.length; index++) {
    const chunk = stream.slice(places[index - 1], places[index]);
    splitter.push(chunk, witness);
    chunk.fill(0xee);
  }
}

const anyPackets = fc.array(
  fc.record({
    first: fc.nat(0xff),
    body: fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.uint8Array({ minLength: 120, maxLength: 140 }),
      fc.uint8Array({ minLength: 400, maxLength: 500 }),
    ),
  }),
  { maxLength: 12 },
);

test('[2.1] packets come whole and in order, wherever the stream is cut', () => {
  fc.assert(
    fc.property(anyPackets, fc.array(fc.nat(3000), { maxLength: 30 }), (packets, cuts) => {
      const witness = new Witness();
      const splitter = new PacketSplitter(1000);
      pushCut(splitter, witness, joined(...packets.map(({ first, body }) => packet(first, body))), cuts);
      assert.deepEqual(
        witness.told,
        packets.map(({ first, body }) => `${first.toString(16)} ${hex(body)}`),
      );
      assert.equal(splitter.rest(), undefined);
    }),
    { numRuns: 500 },
  );
});

test('a stream that comes byte by byte makes the same packets', () => {
  const witness = new Witness();
  const stream = joined(packet(0xc0, bytes('')), packet(0x30, new Uint8Array(130)), packet(0x40, bytes('0001')));
  pushCut(
    new PacketSplitter(),
    witness,
    stream,
    Array.from(stream, (_, index) => index),
  );
  assert.deepEqual(witness.told, ['c0 ', `30 ${'00'.repeat(130)}`, '40 0001']);
});

test('a packet that lies whole in its chunk is given as it lies there, without a copy', () => {
  const chunk = joined(packet(0x30, bytes('aabb')), packet(0x30, new Uint8Array(300)));
  const given: [Uint8Array, number][] = [];
  new PacketSplitter().push(chunk, { packet: (_first, within, start) => given.push([within, start]) });
  assert.deepEqual(
    given.map(([, start]) => start),
    [2, 7],
  );
  for (const [within] of given) assert.equal(within, chunk);
});

test('a cut packet is put together once, in a buffer of its own size', () => {
  const sizes: number[] = [];
  const splitter = new PacketSplitter(100_000, size => {
    sizes.push(size);
    return new Uint8Array(size);
  });
  const witness = new Witness();
  const stream = packet(0x30, new Uint8Array(50_000));
  for (let at = 0; at < stream.length; at += 100) splitter.push(stream.subarray(at, at + 100), witness);
  assert.equal(witness.told.length, 1);
  assert.deepEqual(sizes, [50_000]);
});

test('[2.1.4] a remaining length has four bytes at most, wherever it is cut', () => {
  const stream = bytes('30ffffffff7f');
  for (let cut = 0; cut < 5; cut++) {
    refused(() => pushCut(new PacketSplitter(), new Witness(), stream, [cut]), REASON.malformedPacket, /more than four bytes/);
  }
  refused(() => new PacketSplitter().push(bytes('3080808080'), new Witness()), REASON.malformedPacket, /more than four bytes/);
});

test('[2.1.4] the largest remaining length is understood', () => {
  const splitter = new PacketSplitter(PACKET_SIZE_BYTES_LIMIT, size => {
    assert.equal(size, 268_435_455);
    return new Uint8Array(16);
  });
  splitter.push(bytes('30ffffff7f 01'), new Witness());
  assert.equal(hex(splitter.rest()!), '30ffffff7f01');
});

test('[3.1.2.11.4] a packet that is too large is refused as soon as its length is known', () => {
  for (const [max, stream] of [
    [10, '3009'],
    [201, '30c801'],
    [1000, '30ffffff7f'],
  ] as const) {
    for (let cut = 0; cut <= 3; cut++) {
      refused(() => pushCut(new PacketSplitter(max), new Witness(), bytes(stream), [cut]), REASON.packetTooLarge, /is larger than/);
    }
  }
});

test('the largest packet that was agreed is taken, its fixed header included', () => {
  const witness = new Witness();
  const stream = packet(0x30, new Uint8Array(197));
  new PacketSplitter(200).push(stream, witness);
  assert.equal(witness.told.length, 1);
  refused(() => new PacketSplitter(199).push(stream, witness), REASON.packetTooLarge);
});

test('[MQTT-1.5.5-1] a remaining length in more bytes than it needs is refused once 5.0 is spoken, and taken before', () => {
  for (const stream of ['c08000', 'c080808000', '3082800061 62'.replace(' ', '')]) {
    const witness = new Witness();
    new PacketSplitter().push(bytes(stream), witness);
    assert.equal(witness.told.length, 1);
    const strict = new PacketSplitter();
    strict.shortestLengths = true;
    refused(() => strict.push(bytes(stream), new Witness()), REASON.malformedPacket, /more bytes than it needs/);
  }
});

test('after stop nothing more is delivered, and the rest of the chunk can be had', () => {
  const witness = new Witness();
  const splitter = new PacketSplitter();
  witness.onPacket = () => splitter.stop();
  const behind = packet(0x30, bytes('02'));
  splitter.push(joined(packet(0x10, bytes('01')), behind), witness);
  splitter.push(packet(0x30, bytes('03')), witness);
  assert.deepEqual(witness.told, ['10 01']);
  assert.deepEqual(splitter.rest(), behind);
});

test('the beginning of a cut packet can be had', () => {
  for (const given of ['30', '3080', '30820161', '3003', '30036162']) {
    const splitter = new PacketSplitter();
    splitter.push(bytes(given), new Witness());
    assert.equal(hex(splitter.rest()!), given);
  }
});

test('a limit that is set while packets come holds from the next packet on', () => {
  const splitter = new PacketSplitter(100);
  const witness = new Witness();
  witness.onPacket = () => {
    splitter.packetSizeBytesMax = 4;
  };
  refused(() => splitter.push(joined(packet(0x10, new Uint8Array(50)), packet(0x30, bytes('010203'))), witness), REASON.packetTooLarge);
  assert.equal(witness.told.length, 1);
});
