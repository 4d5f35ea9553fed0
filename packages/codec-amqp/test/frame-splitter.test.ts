import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  FrameSplitter,
  PROTOCOL_HEADER_AMQP,
  PROTOCOL_HEADER_SASL,
  PROTOCOL_HEADER_TLS,
  readProtocolHeader,
  writeHeartbeat,
  writeSaslFrame,
} from '../src/index.ts';
import { written } from './arbitraries.ts';
import { bytes, hex, refused } from './expect.ts';

/** Writes down what it is told of. */
class Witness {
  readonly told: string[] = [];
  onFrame: (body: string) => void = () => {};
  onHeader: (protocolId: number) => void = () => {};

  header(protocolId: number, major: number, minor: number, revision: number): void {
    this.told.push(`header ${protocolId} ${major}.${minor}.${revision}`);
    this.onHeader(protocolId);
  }

  frame(type: number, channel: number, within: Uint8Array, start: number, end: number): void {
    const body = hex(within.subarray(start, end));
    this.told.push(`frame ${type} ${channel} ${body}`);
    this.onFrame(body);
  }
}

function frame(type: number, channel: number, body: Uint8Array, extendedWords = 0): Uint8Array {
  const output = new Uint8Array(8 + extendedWords * 4 + body.length);
  const view = new DataView(output.buffer);
  view.setUint32(0, output.length);
  output[4] = 2 + extendedWords;
  output[5] = type;
  view.setUint16(6, channel);
  output.set(body, 8 + extendedWords * 4);
  return output;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Pushes `stream` cut at these places; each chunk is overwritten after the call, as its memory is used again. */
function pushCut(splitter: FrameSplitter, witness: Witness, stream: Uint8Array, cuts: number[]): void {
  const places = [0, ...cuts.map(cut => Math.min(cut, stream.length)).toSorted((a, b) => a - b), stream.length];
  for (let index = 1; index < places.length; index++) {
    const chunk = stream.slice(places[index - 1], places[index]);
    splitter.push(chunk, witness);
    chunk.fill(0xee);
  }
}

const anyFrames = fc.array(
  fc.record({
    type: fc.nat(1),
    channel: fc.nat(0xffff),
    body: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 200, maxLength: 500 })),
    extendedWords: fc.oneof(fc.constant(0), fc.nat(3)),
  }),
  { maxLength: 12 },
);

test('[2, 2.3] frames come whole and in order, wherever the stream is cut', () => {
  fc.assert(
    fc.property(anyFrames, fc.array(fc.nat(4000), { maxLength: 30 }), (frames, cuts) => {
      const parts = frames.map(({ type, channel, body, extendedWords }) => frame(type, channel, body, extendedWords));
      const witness = new Witness();
      pushCut(new FrameSplitter(1000), witness, joined(PROTOCOL_HEADER_AMQP, ...parts), cuts);
      const expected = frames.map(({ type, channel, body }) => `frame ${type} ${channel} ${hex(body)}`);
      assert.deepEqual(witness.told, ['header 0 1.0.0', ...expected]);
    }),
    { numRuns: 300 },
  );
});

test('[2, 2.2] [5, 5.3] SASL and AMQP may come in one chunk, cut anywhere, with a second header after the outcome', () => {
  const outcome = written(writer => writeSaslFrame(writer, { kind: 'sasl-outcome', code: 0 }));
  const open = frame(0, 3, bytes('0102'));
  const stream = joined(PROTOCOL_HEADER_SASL, outcome, PROTOCOL_HEADER_AMQP, open, frame(0, 0, bytes('')));
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second += 3) {
      const witness = new Witness();
      const splitter = new FrameSplitter(512);
      witness.onFrame = body => {
        if (body.startsWith('005344')) splitter.expectHeader();
      };
      pushCut(splitter, witness, stream, [first, second]);
      assert.deepEqual(witness.told, [
        'header 3 1.0.0',
        `frame 1 0 ${hex(outcome.subarray(8))}`,
        'header 0 1.0.0',
        'frame 0 3 0102',
        'frame 0 0 ',
      ]);
    }
  }
});

test('a stream that comes byte by byte makes the same frames', () => {
  const witness = new Witness();
  const stream = joined(PROTOCOL_HEADER_AMQP, frame(0, 1, bytes('aabb'), 2), written(writeHeartbeat));
  pushCut(
    new FrameSplitter(512),
    witness,
    stream,
    Array.from(stream, (_, index) => index),
  );
  assert.deepEqual(witness.told, ['header 0 1.0.0', 'frame 0 1 aabb', 'frame 0 0 ']);
});

test('a frame that lies whole in its chunk is given as it lies there, without a copy', () => {
  const chunk = joined(PROTOCOL_HEADER_AMQP, frame(0, 1, bytes('aabb')));
  let given: Uint8Array | undefined;
  new FrameSplitter(512).push(chunk, {
    header: () => {},
    frame: (_type, _channel, within) => {
      given = within;
    },
  });
  assert.equal(given, chunk);
});

test('a cut frame is put together once, in a buffer of its own size', () => {
  const sizes: number[] = [];
  const splitter = new FrameSplitter(100_000, size => {
    sizes.push(size);
    return new Uint8Array(size);
  });
  const witness = new Witness();
  const stream = joined(PROTOCOL_HEADER_AMQP, frame(0, 1, new Uint8Array(50_000)));
  for (let at = 0; at < stream.length; at += 100) splitter.push(stream.subarray(at, at + 100), witness);
  assert.equal(witness.told.length, 2);
  assert.deepEqual(sizes, [50_008]);
});

const WRONG_FRAMES: [name: string, head: string][] = [
  ['larger than agreed', '00000201 02000000'],
  ['of 4 GB', 'ffffffff 02000000'],
  ['smaller than its header', '00000007 02000000'],
  ['whose body begins within the header', '00000008 01000000'],
  ['whose body begins after its end', '00000008 03000000'],
];

for (const [name, head] of WRONG_FRAMES) {
  test(`[2, 2.3.1] a frame ${name} is a framing error`, () => {
    const stream = joined(PROTOCOL_HEADER_AMQP, bytes(head));
    for (const cut of [0, 9, 10, 12, 13, 15]) {
      refused(() => pushCut(new FrameSplitter(512), new Witness(), stream, [cut]), 'amqp:connection:framing-error');
    }
  });
}

test('a frame that is too large is refused as soon as its size is known', () => {
  const splitter = new FrameSplitter(512);
  splitter.push(joined(PROTOCOL_HEADER_AMQP, bytes('0000')), new Witness());
  refused(() => splitter.push(bytes('0201'), new Witness()), 'amqp:connection:framing-error', /513 bytes is larger than 512/);
});

test('the largest frame that was agreed is taken', () => {
  const witness = new Witness();
  new FrameSplitter(512).push(joined(PROTOCOL_HEADER_AMQP, frame(0, 0, new Uint8Array(504))), witness);
  assert.equal(witness.told.length, 2);
});

test('[2, 2.2] a stream that does not begin with AMQP is refused at its first wrong byte', () => {
  for (const [given, rest] of [
    ['47', ''],
    ['414d', '5251'],
    ['414d51', '51'],
  ]) {
    const splitter = new FrameSplitter(512);
    const push = () => {
      splitter.push(bytes(given!), new Witness());
      if (rest !== '') splitter.push(bytes(rest!), new Witness());
    };
    refused(push, 'amqp:connection:framing-error', /does not speak AMQP/);
  }
});

test('after stop nothing more is delivered, and the rest of the chunk can be had', () => {
  const witness = new Witness();
  const splitter = new FrameSplitter(512);
  witness.onFrame = () => splitter.stop();
  const behind = frame(0, 2, bytes('02'));
  splitter.push(joined(PROTOCOL_HEADER_AMQP, frame(0, 1, bytes('01')), behind), witness);
  splitter.push(frame(0, 3, bytes('03')), witness);
  assert.deepEqual(witness.told, ['header 0 1.0.0', 'frame 0 1 01']);
  assert.deepEqual(splitter.rest(), behind);
});

test('stop works for a frame that was put together, and from a header for what follows it', () => {
  const witness = new Witness();
  const splitter = new FrameSplitter(512);
  witness.onHeader = () => splitter.stop();
  splitter.push(PROTOCOL_HEADER_TLS.subarray(0, 5), witness);
  splitter.push(joined(PROTOCOL_HEADER_TLS.subarray(5), bytes('1603')), witness);
  assert.deepEqual(witness.told, ['header 2 1.0.0']);
  assert.deepEqual(splitter.rest(), bytes('1603'));
});

test('what is left of a cut frame can be had, and nothing when all was delivered', () => {
  const splitter = new FrameSplitter(512);
  splitter.push(PROTOCOL_HEADER_AMQP, new Witness());
  assert.equal(splitter.rest(), undefined);
  splitter.push(bytes('00000009020000'), new Witness());
  assert.deepEqual(splitter.rest(), bytes('00000009020000'));
});

test('[2, 2.2] a protocol header is read from eight bytes that begin with AMQP only', () => {
  assert.deepEqual(readProtocolHeader(joined(bytes('ff'), PROTOCOL_HEADER_SASL), 1), { protocolId: 3, major: 1, minor: 0, revision: 0 });
  assert.equal(readProtocolHeader(PROTOCOL_HEADER_AMQP, 1), undefined);
  assert.equal(readProtocolHeader(bytes('414d515100010000'), 0), undefined);
});
