import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { AckReader, decodePacket, MqttDecodeError, type MqttVersion, type Packet, PacketSplitter, PublishReader } from '../src/index.ts';
import { packetsOf, VERSIONS } from './arbitraries.ts';
import { encoded } from './expect.ts';

const FUZZ_MS = 1000;
const CORPUS = new URL('corpus/', import.meta.url);

const publishReader = new PublishReader();
const ackReader = new AckReader();

/** The packets that a stream makes until it is refused; each is checked in every way. Throws whatever is not a refusal. */
function digest(stream: Uint8Array, version: MqttVersion): Packet[] {
  const packets: Packet[] = [];
  const splitter = new PacketSplitter(1 << 20);
  const receiver = {
    packet: (first: number, within: Uint8Array, start: number, end: number): void => {
      // A copy of its own, with other bytes around it than in the stream: what is read beyond the end would differ.
      const body = new Uint8Array(end - start + 32).fill(0x23);
      body.set(within.subarray(start, end), 16);
      const bodyEnd = 16 + end - start;
      const outcome = outcomeOf(() => decodePacket(first, within, start, end, version));
      assert.deepEqual(
        outcomeOf(() => decodePacket(first, body, 16, bodyEnd, version)),
        outcome,
      );
      const refusal = typeof outcome === 'string';
      if (first >> 4 === 3)
        assert.equal(typeof outcomeOf(() => publishReader.read(first, body, 16, bodyEnd, version)) === 'string', refusal);
      if (first >> 4 > 3 && first >> 4 < 8) {
        assert.equal(typeof outcomeOf(() => ackReader.read(first, body, 16, bodyEnd, version)) === 'string', refusal);
      }
      if (!refusal) packets.push(outcome as Packet);
    },
  };
  outcomeOf(() => splitter.push(stream, receiver));
  return packets;
}

/** What a call answers, or the text of its refusal; any other error is thrown. */
function outcomeOf(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    if (error instanceof MqttDecodeError) return `${error.reasonCode} ${error.message}`;
    throw error;
  }
}

function checked(stream: Uint8Array, version: MqttVersion): number {
  const packets = digest(stream, version);
  for (const packet of packets) {
    const own = packet.kind === 'connect' ? packet.version : version;
    assert.deepEqual(digest(encoded(packet, own), own), [packet]);
  }
  return packets.length;
}

test('the corpus makes nothing but packets that come back the same, and refusals', () => {
  const files = readdirSync(CORPUS).filter(name => name.endsWith('.hex'));
  assert.ok(files.length > 0);
  for (const file of files) {
    for (const line of readFileSync(new URL(file, CORPUS), 'utf8').split('\n')) {
      const stream = new Uint8Array(Buffer.from(line.replaceAll(/#.*|\s/g, ''), 'hex'));
      for (const version of VERSIONS) checked(stream, version);
    }
  }
});

for (const version of VERSIONS) {
  test(`version ${version}: damaged packets make nothing but packets and refusals`, () => {
    const anyPacket = fc.oneof(...packetsOf(version).values());
    const damage = fc.tuple(fc.nat(200), fc.nat(0xff), fc.constantFrom('set', 'insert', 'remove', 'cut'));
    const stream = fc
      .tuple(fc.array(anyPacket, { minLength: 1, maxLength: 3 }), fc.array(damage, { maxLength: 3 }))
      .map(([packets, damages]) => {
        const bytes = packets.flatMap(packet => [...encoded(packet, version)]);
        for (const [place, byte, how] of damages) {
          const at = place % Math.max(bytes.length, 1);
          if (how === 'set') bytes[at] = byte;
          else if (how === 'insert') bytes.splice(at, 0, byte);
          else if (how === 'remove') bytes.splice(at, 1);
          else bytes.length = at;
        }
        return new Uint8Array(bytes);
      });
    let packets = 0;
    fc.assert(
      fc.property(fc.oneof(stream, fc.uint8Array({ maxLength: 60 })), bytes => {
        packets += checked(bytes, version);
      }),
      { numRuns: 100_000, interruptAfterTimeLimit: FUZZ_MS, markInterruptAsFailure: false },
    );
    assert.ok(packets > 100, `${packets} packets came through`);
  });
}
