/**
 * Nanoseconds a call of what runs for each message: the least of many short rounds, as other work on the machine only ever adds.
 * Run with `node packages/codec-mqtt/bench/hot-path.ts`. Compare figures of one run with each other only; the first is the raw walk
 * over the bytes of a topic, which no reader can beat by much.
 */
import {
  AckReader,
  ByteWriter,
  decodePacket,
  decodeText,
  encodePacket,
  type MqttVersion,
  type Packet,
  PacketSplitter,
  PublishHead,
  PublishReader,
  TopicCache,
  writeAck,
  writePublishHead,
} from '../src/index.ts';

/** Many short rounds: on a busy machine some of them are not interrupted. */
const ROUNDS = 200;
const CALLS_A_ROUND = 20_000;

let sink = 0;

function measure(name: string, callsARound: number, run: (calls: number) => void, perCall = 1): void {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    run(callsARound);
    least = Math.min(least, ((performance.now() - begin) * 1e6) / callsARound / perCall);
  }
  console.log(`${name.padEnd(64)} ${least.toFixed(1).padStart(8)} ns`);
}

/** The body of a packet: all its packets here are shorter than 128 bytes, so that the fixed header has two. */
function bodyOf(packet: Packet, version: MqttVersion): Uint8Array {
  const writer = new ByteWriter(256, size => Buffer.allocUnsafe(size));
  encodePacket(writer, packet, version);
  return writer.bytes.slice(2, writer.length);
}

const payload = Buffer.alloc(16, 0x61);
const topic = 'sensors/hall7/temper';
const plain: Packet = { kind: 'publish', topic, qos: 0, duplicate: false, retain: false, payload };
const confirmed: Packet = { ...plain, qos: 1, packetId: 0x1234 };
const described: Packet = {
  ...confirmed,
  properties: { messageExpiryInterval: 60, contentType: 'application/json', userProperties: [['trace', '0123456789abcdef']] },
};
const reader = new PublishReader();

const topicBytes = Buffer.from(topic);
measure('walk over the 20 bytes of a topic', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    let sum = 0;
    for (let at = 0; at < topicBytes.length; at++) sum += topicBytes[at]!;
    sink += sum;
  }
});
for (const [name, packet, first, version] of [
  ['3.1.1, QoS 0', plain, 0x30, 4],
  ['3.1.1, QoS 1', confirmed, 0x32, 4],
  ['5.0, QoS 0, no properties', plain, 0x30, 5],
  ['5.0, QoS 1, three properties', described, 0x32, 5],
  ['3.1.1, QoS 0, a topic with two characters beyond ASCII', { ...plain, topic: 'sensoren/süd/wärme' }, 0x30, 4],
] as const) {
  const body = bodyOf(packet, version);
  measure(`PublishReader.read, ${name}`, CALLS_A_ROUND, calls => {
    for (let call = 0; call < calls; call++) {
      reader.read(first, body, 0, body.length, version);
      sink += reader.payloadStart;
    }
  });
}
const plainBody = bodyOf(plain, 4);
measure('decodePacket, the same, 3.1.1, QoS 0', CALLS_A_ROUND / 4, calls => {
  for (let call = 0; call < calls; call++) sink += decodePacket(0x30, plainBody, 0, plainBody.length, 4).kind.length;
});
measure('decodeText, 20 bytes', CALLS_A_ROUND / 4, calls => {
  for (let call = 0; call < calls; call++) sink += decodeText(topicBytes, 0, topicBytes.length).length;
});

const cache = new TopicCache(4096);
measure('TopicCache.text, 20 bytes that came before', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) sink += cache.text(topicBytes, 0, topicBytes.length).length;
});

const output = new ByteWriter(1 << 16, size => Buffer.allocUnsafe(size));
const head = new PublishHead();
head.topicBytes = topicBytes;
head.topicEnd = topicBytes.length;
measure('writePublishHead, 3.1.1, QoS 0', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    if (output.length > 60_000) output.length = 0;
    writePublishHead(output, head, 0, 4);
  }
});
head.qos = 1;
measure('writePublishHead, 5.0, QoS 1, and a payload of 16 bytes', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    if (output.length > 60_000) output.length = 0;
    head.packetId = call & 0xffff;
    writePublishHead(output, head, payload.length, 5);
    output.raw(payload, 0, payload.length);
  }
});

const acks = new AckReader();
const ack = Buffer.from('1234', 'hex');
measure('AckReader.read, puback', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    acks.read(0x40, ack, 0, 2, 5);
    sink += acks.packetId;
  }
});
measure('writeAck, puback', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    if (output.length > 60_000) output.length = 0;
    writeAck(output, 'puback', (call & 0x7fff) + 1, 0, 5);
  }
});

// A chunk as a socket gives it: 64 KiB of small packets, the last one of them cut.
const packetsAChunk = 1500;
const chunkWriter = new ByteWriter(1 << 16, size => Buffer.allocUnsafe(size));
for (let index = 0; index < packetsAChunk; index++) encodePacket(chunkWriter, plain, 4);
const whole = chunkWriter.bytes.subarray(0, chunkWriter.length);
const cut = [whole.subarray(0, 30_011), whole.subarray(30_011)];
const counter = {
  packet(first: number, _bytes: Uint8Array, start: number, end: number): void {
    sink += first + end - start;
  },
};
const splitter = new PacketSplitter(65_536);
measure(
  'PacketSplitter.push, a packet',
  20,
  calls => {
    for (let call = 0; call < calls; call++) splitter.push(whole, counter);
  },
  packetsAChunk,
);
measure(
  'PacketSplitter.push, a packet, one in 1500 is cut',
  20,
  calls => {
    for (let call = 0; call < calls; call++) for (const part of cut) splitter.push(part, counter);
  },
  packetsAChunk,
);
const onward = new PublishHead();
const relay = {
  packet(first: number, bytes: Uint8Array, start: number, end: number): void {
    reader.read(first, bytes, start, end, 4);
    if (output.length > 60_000) output.length = 0;
    onward.topicBytes = bytes;
    onward.topicStart = reader.topicStart;
    onward.topicEnd = reader.topicEnd;
    writePublishHead(output, onward, reader.payloadEnd - reader.payloadStart, 4);
    output.raw(bytes, reader.payloadStart, reader.payloadEnd);
  },
};
measure(
  'split, read and write again, a PUBLISH with QoS 0 and 16 bytes',
  20,
  calls => {
    for (let call = 0; call < calls; call++) splitter.push(whole, relay);
  },
  packetsAChunk,
);
if (sink === 0) throw new Error('nothing was measured');
