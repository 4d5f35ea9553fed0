/**
 * Mutates the corpus for a few seconds (`ANGARIUM_FUZZ_SECONDS`, 3 by default) from a random seed (`ANGARIUM_FUZZ_SEED` repeats one), and
 * asserts for every decoder: it throws nothing but its own error, never looks at bytes outside its span, ends quickly, agrees with the
 * other decoders of the same bytes, and whatever it decodes encodes and decodes to the same again.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  AmqpDecodeError,
  DispositionReader,
  decodeMessage,
  decodePerformative,
  decodeSaslFrame,
  decodeTransactionRequest,
  decodeValue,
  encodeMessage,
  encodeTransactionRequest,
  encodeValue,
  FlowReader,
  FrameSplitter,
  HeaderReader,
  isDisposition,
  isFlow,
  isTransfer,
  readTo,
  SectionScan,
  skipValue,
  TransferReader,
  toPlain,
  writeFrame,
  writeSaslFrame,
} from '../src/index.ts';
import { written } from './arbitraries.ts';
import { hex } from './expect.ts';

const SECONDS = Number(process.env.ANGARIUM_FUZZ_SECONDS ?? 3);
const SEED = Number(process.env.ANGARIUM_FUZZ_SEED ?? Math.floor(Math.random() * 0x1_0000_0000));
/** Far more than any input of this size takes; what is quadratic or worse takes longer. */
const INPUT_MS_MAX = 2000;
const INPUT_BYTES_MAX = 4096;

type Random = (below: number) => number;

/** xorshift32, for runs that can be repeated. */
function randomFrom(seed: number): Random {
  let state = seed >>> 0 || 1;
  return below => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

type Result = { readonly value: unknown } | { readonly refusal: string };

/** What `decode` answers, or the refusal; any other error is a failure. */
function attempt(decode: () => unknown): Result {
  try {
    return { value: decode() };
  } catch (error) {
    if (error instanceof AmqpDecodeError) return { refusal: `${error.condition}: ${error.message}` };
    throw error;
  }
}

type Decoder = (bytes: Uint8Array, start: number, end: number) => unknown;

/** Every decoder with an answer that can be compared: offsets are counted from the start. */
const DECODERS: Readonly<Record<string, Decoder>> = {
  decodeValue: (bytes, start, end) => {
    const decoded = decodeValue(bytes, start, end);
    return { value: decoded.value, size: decoded.end - start };
  },
  skipValue: (bytes, start, end) => skipValue(bytes, start, end) - start,
  decodePerformative: (bytes, start, end) => {
    const { performative, payloadStart } = decodePerformative(bytes, start, end);
    return { performative, payload: payloadStart - start };
  },
  decodeSaslFrame,
  decodeMessage: (bytes, start, end) => ownBody(decodeMessage(bytes, start, end)),
  decodeTransactionRequest,
  readTo,
  isTransfer,
  isDisposition,
  isFlow,
  TransferReader: (bytes, start, end) => {
    transfers.read(bytes, start, end);
    const { payloadStart, tagStart, tagEnd, handle, deliveryId, messageFormat, settled, more } = transfers;
    const { rcvSettleMode, state, resume, aborted, batchable } = transfers;
    const tag = hex(bytes.subarray(tagStart, tagEnd));
    const payload = payloadStart - start;
    return { handle, deliveryId, tag, messageFormat, settled, more, rcvSettleMode, state, resume, aborted, batchable, payload };
  },
  DispositionReader: (bytes, start, end) => {
    dispositions.read(bytes, start, end);
    const { role, first, last, settled, state, batchable } = dispositions;
    return { role, first, last, settled, state, batchable };
  },
  FlowReader: (bytes, start, end) => {
    flows.read(bytes, start, end);
    const { incomingWindow, nextOutgoingId, outgoingWindow, handle, linkCredit } = flows;
    return { incomingWindow, nextOutgoingId, outgoingWindow, handle, linkCredit };
  },
  HeaderReader: (bytes, start, end) => {
    headers.read(bytes, start, end);
    const { durable, priority, ttlMs, firstAcquirer, deliveryCount, headerEnd } = headers;
    return { durable, priority, ttlMs, firstAcquirer, deliveryCount, size: headerEnd - start };
  },
  SectionScan: (bytes, start, end) => {
    scan.scan(bytes, start, end);
    return Object.values(scan).map(place => (typeof place === 'number' && place >= 0 ? place - start : place));
  },
};

const transfers = new TransferReader();
const dispositions = new DispositionReader();
const flows = new FlowReader();
const headers = new HeaderReader();
const scan = new SectionScan();

/** Data sections are views of the input, whose neighbours are different ones each time: copies can be compared. */
function ownBody(message: ReturnType<typeof decodeMessage>): ReturnType<typeof decodeMessage> {
  const { body } = message;
  return body.kind === 'data' ? { ...message, body: { kind: 'data', sections: body.sections.map(data => data.slice()) } } : message;
}

function check(input: Uint8Array, random: Random): void {
  const begin = performance.now();
  const results = new Map<string, Result>();
  const embedded = new Uint8Array(input.length + 48);
  for (const [name, decode] of Object.entries(DECODERS)) {
    const result = attempt(() => decode(input, 0, input.length));
    results.set(name, result);
    for (const neighbour of [0x00, 0x43]) {
      embedded.fill(neighbour);
      embedded.set(input, 16);
      const other = attempt(() => decode(embedded, 16, 16 + input.length));
      assert.deepEqual(other, result, `${name} looks at bytes outside its span`);
    }
  }
  checkAgreement(results);
  checkRoundTrips(results);
  checkSplitter(input, random);
  const tookMs = performance.now() - begin;
  assert.ok(tookMs < INPUT_MS_MAX, `took ${tookMs} ms`);
}

function answerOf<T>(results: Map<string, Result>, name: string): T | undefined {
  const result = results.get(name)!;
  return 'value' in result ? (result.value as T) : undefined;
}

/** The quick readers accept what the decoder of performatives accepts, and nothing else; skipping a value finds the end that decoding finds. */
function checkAgreement(results: Map<string, Result>): void {
  const decoded = answerOf<{ size: number }>(results, 'decodeValue');
  if (decoded !== undefined) assert.equal(answerOf(results, 'skipValue'), decoded.size);
  const body = answerOf<ReturnType<typeof decodePerformative> & { payload: number }>(results, 'decodePerformative');
  const performative = body?.performative;
  const transfer = answerOf<{ handle: number; payload: number }>(results, 'TransferReader');
  assert.equal(transfer !== undefined, performative?.kind === 'transfer');
  if (performative?.kind === 'transfer') {
    assert.equal(answerOf(results, 'isTransfer'), true);
    assert.deepEqual(transfer, {
      handle: performative.handle,
      deliveryId: performative.deliveryId ?? -1,
      tag: hex(performative.deliveryTag ?? new Uint8Array()),
      messageFormat: performative.messageFormat ?? 0,
      settled: performative.settled === undefined ? -1 : Number(performative.settled),
      more: performative.more ?? false,
      rcvSettleMode: performative.rcvSettleMode ?? -1,
      state: performative.state,
      resume: performative.resume ?? false,
      aborted: performative.aborted ?? false,
      batchable: performative.batchable ?? false,
      payload: body!.payload,
    });
  }
  assert.equal(answerOf(results, 'DispositionReader') !== undefined, performative?.kind === 'disposition');
  // The reader of flows passes over the properties without a look into them.
  if (performative?.kind === 'flow') assert.ok(answerOf(results, 'FlowReader') !== undefined);
  const message = answerOf<ReturnType<typeof decodeMessage>>(results, 'decodeMessage');
  if (message !== undefined) {
    assert.ok(answerOf(results, 'SectionScan') !== undefined);
    assert.ok(answerOf(results, 'HeaderReader') !== undefined);
    assert.equal(answerOf(results, 'readTo'), message.properties?.to);
  }
}

function checkRoundTrips(results: Map<string, Result>): void {
  const decoded = answerOf<ReturnType<typeof decodeValue>>(results, 'decodeValue');
  if (decoded !== undefined) {
    toPlain(decoded.value);
    const again = written(writer => encodeValue(writer, decoded.value));
    assert.deepEqual(decodeValue(again, 0, again.length), { value: decoded.value, end: again.length });
  }
  const body = answerOf<ReturnType<typeof decodePerformative>>(results, 'decodePerformative');
  if (body !== undefined) {
    const again = written(writer => writeFrame(writer, 0, body.performative));
    assert.deepEqual(decodePerformative(again, 8, again.length), { performative: body.performative, payloadStart: again.length });
  }
  const frame = answerOf<ReturnType<typeof decodeSaslFrame>>(results, 'decodeSaslFrame');
  if (frame !== undefined) {
    const again = written(writer => writeSaslFrame(writer, frame));
    assert.deepEqual(decodeSaslFrame(again, 8, again.length), frame);
  }
  const message = answerOf<ReturnType<typeof decodeMessage>>(results, 'decodeMessage');
  if (message !== undefined) assert.deepEqual(decodeMessage(written(writer => encodeMessage(writer, message))), message);
  const request = answerOf<ReturnType<typeof decodeTransactionRequest>>(results, 'decodeTransactionRequest');
  if (request !== undefined) {
    const again = written(writer => encodeTransactionRequest(writer, request));
    assert.deepEqual(decodeTransactionRequest(again, 0, again.length), request);
  }
}

/** The stream means the same, wherever it is cut. */
function checkSplitter(input: Uint8Array, random: Random): void {
  assert.deepEqual(
    split(input, () => 1 + random(20)),
    split(input, () => input.length),
  );
}

function split(input: Uint8Array, size: () => number): string[] {
  const told: string[] = [];
  const splitter = new FrameSplitter(INPUT_BYTES_MAX);
  const receiver = {
    header: (...fields: number[]) => void told.push(`header ${fields}`),
    frame: (type: number, channel: number, bytes: Uint8Array, start: number, end: number) => {
      const body = hex(bytes.subarray(start, end));
      told.push(`frame ${type} ${channel} ${body}`);
      if (body.startsWith('005344')) splitter.expectHeader();
    },
  };
  const result = attempt(() => {
    for (let at = 0; at < input.length; ) {
      const end = Math.min(input.length, at + size());
      splitter.push(input.slice(at, end), receiver);
      at = end;
    }
  });
  return 'refusal' in result ? [...told, result.refusal] : told;
}

/** Bytes that mean something to the decoders. */
const TELLING = [
  0x00, 0x01, 0x40, 0x41, 0x43, 0x45, 0x50, 0x52, 0x53, 0x56, 0x70, 0x80, 0xa0, 0xa1, 0xa3, 0xb0, 0xc0, 0xc1, 0xd0, 0xe0, 0xf0, 0xff,
];

function mutate(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  let input: Uint8Array = corpus[random(corpus.length)]!.slice();
  for (let left = 1 + random(4); left > 0; left--) {
    const at = random(input.length + 1);
    const until = Math.min(input.length, at + random(16));
    switch (random(7)) {
      case 0:
        if (at < input.length) input[at] = input[at]! ^ (1 << random(8));
        break;
      case 1:
        if (at < input.length) input[at] = TELLING[random(TELLING.length)]!;
        break;
      case 2:
        if (at < input.length) input[at] = input[at]! + random(5) - 2;
        break;
      case 3:
        input = joined(input.subarray(0, at), input.subarray(until));
        break;
      case 4:
        input = joined(input.subarray(0, until), input.subarray(at));
        break;
      case 5:
        input = joined(input.subarray(0, at), Uint8Array.of(TELLING[random(TELLING.length)]!), input.subarray(at));
        break;
      default: {
        const other = corpus[random(corpus.length)]!;
        const from = random(other.length + 1);
        input = joined(input.subarray(0, at), other.subarray(from, from + random(40)), input.subarray(until));
      }
    }
  }
  return input.subarray(0, INPUT_BYTES_MAX);
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

const folder = new URL('corpus/', import.meta.url);
const names = readdirSync(folder).filter(name => name.endsWith('.bin'));
const corpus = names.map(name => new Uint8Array(readFileSync(new URL(name, folder))));

test('every input of the corpus is decoded or refused', () => {
  assert.ok(corpus.length > 40);
  const random = randomFrom(1);
  for (const [index, input] of corpus.entries()) {
    try {
      check(input, random);
    } catch (error) {
      throw new Error(`${names[index]}: ${String(error)}`, { cause: error });
    }
  }
});

test('what the corpus holds is taken by the decoder that its name says', () => {
  const decoders = { performative: 'decodePerformative', sasl: 'decodeSaslFrame', message: 'decodeMessage', value: 'decodeValue' };
  for (const [prefix, decoder] of Object.entries(decoders)) {
    const inputs = corpus.filter((_, index) => names[index]!.startsWith(`${prefix}-`));
    assert.ok(inputs.length > 1);
    for (const input of inputs) assert.doesNotThrow(() => DECODERS[decoder]!(input, 0, input.length));
  }
});

test(`mutations of the corpus, for ${SECONDS} s from seed ${SEED}`, () => {
  const random = randomFrom(SEED);
  const end = performance.now() + SECONDS * 1000;
  let inputs = 0;
  while (performance.now() < end) {
    const input = mutate(corpus, random);
    inputs++;
    try {
      check(input, random);
    } catch (error) {
      throw new Error(`ANGARIUM_FUZZ_SEED=${SEED}, input ${inputs}: ${hex(input)}: ${String(error)}`, { cause: error });
    }
  }
  assert.ok(inputs > 0);
});
