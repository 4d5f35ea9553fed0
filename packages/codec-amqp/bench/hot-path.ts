/**
 * Nanoseconds a call of what runs for each message: the least of several rounds, as other work on the machine only ever adds.
 * Run with `node packages/codec-amqp/bench/hot-path.ts`. Compare figures of one run with each other only; the last column is the ratio
 * to the raw walk over the same bytes (a sum of each byte), which no reader can beat by much.
 */
import {
  ByteWriter,
  DispositionReader,
  FlowReader,
  FrameSplitter,
  HeaderReader,
  headerSize,
  readTo,
  SectionScan,
  STATE_ACCEPTED,
  TransferReader,
  writeDisposition,
  writeFlow,
  writeHeader,
  writeTransferHead,
} from '../src/index.ts';

const ROUNDS = 9;
const CALLS_A_ROUND = 1_000_000;

let sink = 0;

function measure(name: string, callsARound: number, run: (calls: number) => void, perCall = 1): void {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    run(callsARound);
    least = Math.min(least, ((performance.now() - begin) * 1e6) / callsARound / perCall);
  }
  console.log(`${name.padEnd(52)} ${least.toFixed(1).padStart(8)} ns`);
}

function written(write: (writer: ByteWriter) => void, start = 8): Uint8Array {
  const writer = new ByteWriter(64, size => Buffer.allocUnsafe(size));
  write(writer);
  return writer.bytes.subarray(start, writer.length);
}

const payload = Buffer.alloc(64, 0x61);
const narrow = written(writer => {
  writeTransferHead(writer, 1, 3, 70_000, 70_000, 0, false, false, false, payload.length);
  writer.raw(payload);
});
// The same fields as rhea and others write them: a list with sizes of four bytes.
const wide = Buffer.concat([Buffer.from('005314d00000001400000006', 'hex'), narrow.subarray(6)]);
const reader = new TransferReader();
const bodies = [narrow, wide];

measure('walk over the bytes of a transfer', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) for (let at = 0; at < 22; at++) sink += narrow[at]!;
});
measure('TransferReader.read, list8', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    reader.read(narrow, 0, narrow.length);
    sink += reader.deliveryId + reader.payloadStart;
  }
});
measure('TransferReader.read, list8 and list32 by turns', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    const body = bodies[call & 1]!;
    reader.read(body, 0, body.length);
    sink += reader.deliveryId + reader.payloadStart;
  }
});

const output = new ByteWriter(1 << 16, size => Buffer.allocUnsafe(size));
measure('writeTransferHead', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    if (output.length > 60_000) output.length = 0;
    sink += writeTransferHead(output, 1, 3, call, call, 0, false, false, false, 0);
  }
});
measure('writeTransferHead and a payload of 64 bytes', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    if (output.length > 60_000) output.length = 0;
    sink += writeTransferHead(output, 1, 3, call, call, 0, false, false, false, payload.length);
    output.raw(payload, 0, payload.length);
  }
});

const disposition = written(writer => writeDisposition(writer, 1, 'receiver', 70_000, 70_063, true, STATE_ACCEPTED));
const dispositions = new DispositionReader();
measure('DispositionReader.read, accepted', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    dispositions.read(disposition, 0, disposition.length);
    sink += dispositions.last;
  }
});
measure('writeDisposition, accepted', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    if (output.length > 60_000) output.length = 0;
    writeDisposition(output, 1, 'receiver', call, call + 63, true, STATE_ACCEPTED);
  }
});

const flows = new FlowReader();
const flow = written(writer =>
  writeFlow(writer, 1, {
    nextIncomingId: 70_000,
    incomingWindow: 2048,
    nextOutgoingId: 1,
    outgoingWindow: 2048,
    handle: 3,
    deliveryCount: 70_000,
    linkCredit: 1000,
    available: -1,
    drain: false,
    echo: false,
  }),
);
measure('FlowReader.read', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    flows.read(flow, 0, flow.length);
    sink += flows.linkCredit;
  }
});
measure('writeFlow', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    if (output.length > 60_000) output.length = 0;
    flows.linkCredit = call;
    writeFlow(output, 1, flows);
  }
});

const header = written(writer => writeHeader(writer, true, 4, 60_000, false, 1), 0);
const headers = new HeaderReader();
measure('HeaderReader.read, with ttl and count', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    headers.read(header, 0, header.length);
    sink += headers.ttlMs;
  }
});
measure('HeaderReader.read, no header', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    headers.read(narrow, 0, narrow.length);
    sink += headers.headerEnd;
  }
});
measure('headerSize and writeHeader', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    if (output.length > 60_000) output.length = 0;
    sink += headerSize(true, 4, call, false, 0);
    writeHeader(output, true, 4, call, false, 0);
  }
});

// header, properties with a 'to' of 20 characters, one data section.
const message = Buffer.concat([
  header,
  Buffer.from('005373c019034040a114', 'hex'),
  Buffer.from('orders/europe/berlin'),
  Buffer.from('005375a040', 'hex'),
  payload,
]);
const scan = new SectionScan();
measure('SectionScan.scan, header, properties, data', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) {
    scan.scan(message, 0, message.length);
    sink += scan.bodyEnd;
  }
});
measure('readTo', CALLS_A_ROUND, calls => {
  for (let call = 0; call < calls; call++) sink += readTo(message, 0, message.length)!.length;
});

// A chunk as a socket gives it: 64 KiB of small frames, the last one of them cut.
const frame = written(writer => {
  writeTransferHead(writer, 1, 3, 70_000, 70_000, 0, false, false, false, payload.length);
  writer.raw(payload);
}, 0);
const chunk = Buffer.alloc(65_536);
const framesAChunk = 600;
for (let index = 0; index < framesAChunk; index++) chunk.set(frame, index * frame.length);
const whole = chunk.subarray(0, framesAChunk * frame.length);
const cut = [whole.subarray(0, 30_011), whole.subarray(30_011)];
const receiver = {
  header(): void {},
  frame(type: number, channel: number, _bytes: Uint8Array, start: number, end: number): void {
    sink += type + channel + end - start;
  },
};
const splitter = new FrameSplitter(65_536);
splitter.push(Buffer.from('AMQP\0\x01\0\0', 'latin1'), receiver);
measure(
  'FrameSplitter.push, a frame',
  2000,
  calls => {
    for (let call = 0; call < calls; call++) splitter.push(whole, receiver);
  },
  framesAChunk,
);
measure(
  'FrameSplitter.push, a frame, one in 600 is cut',
  2000,
  calls => {
    for (let call = 0; call < calls; call++) for (const part of cut) splitter.push(part, receiver);
  },
  framesAChunk,
);

const router = {
  header(): void {},
  frame(_type: number, channel: number, bytes: Uint8Array, start: number, end: number): void {
    reader.read(bytes, start, end);
    if (output.length > 60_000) output.length = 0;
    writeTransferHead(output, channel, 5, reader.deliveryId, reader.deliveryId, 0, false, false, false, end - reader.payloadStart);
    output.raw(bytes, reader.payloadStart, end);
  },
};
measure(
  'split, read and write again, a message of 64 bytes',
  2000,
  calls => {
    for (let call = 0; call < calls; call++) splitter.push(whole, router);
  },
  framesAChunk,
);
if (sink === 0) throw new Error('nothing was measured');
