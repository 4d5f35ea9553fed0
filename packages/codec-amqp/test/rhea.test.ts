/** rhea, another implementation of AMQP 1.0, as the oracle: each reads what the other writes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type AmqpError,
  AmqpMap,
  type DeliveryState,
  decodeMessage,
  decodePerformative,
  decodeSaslFrame,
  decodeValue,
  encodeMessage,
  encodeValue,
  type Flow,
  fromPlain,
  type Performative,
  type SaslFrame,
  STATE_ACCEPTED,
  symbol,
  Typed,
  uint,
  ulong,
  writeDisposition,
  writeFlow,
  writeFrame,
  writeSaslFrame,
  writeTransferHead,
} from '../src/index.ts';
import { anyFlow, anyUint, anyValue, written } from './arbitraries.ts';
import {
  frames,
  fromRhea,
  messages,
  outcomes,
  performatives,
  type RheaTyped,
  rheaCan,
  rheaReads,
  rheaWrites,
  terminus,
  toRhea,
  types,
} from './rhea.ts';

test('values that rhea writes are decoded as they were', () => {
  fc.assert(
    fc.property(anyValue.filter(rheaCan), value => {
      const bytes = rheaWrites(toRhea(value));
      assert.deepEqual(decodeValue(bytes, 0, bytes.length), { value, end: bytes.length });
    }),
    { numRuns: 500 },
  );
});

test('values that are encoded are read by rhea as they were', () => {
  fc.assert(
    fc.property(anyValue.filter(rheaCan), value => {
      assert.deepEqual(fromRhea(rheaReads(written(writer => encodeValue(writer, value)))), value);
    }),
    { numRuns: 500 },
  );
});

const error: AmqpError = {
  condition: 'amqp:not-found',
  description: 'no such address',
  info: new AmqpMap([['address', 'orders']]),
};
const rheaError = { condition: 'amqp:not-found', description: 'no such address', info: { address: 'orders' } };
const properties = new AmqpMap([
  [symbol('product'), 'angarium'],
  [symbol('version'), uint(1)],
]);
const rheaProperties = { product: 'angarium', version: 1 };

/** The same performative in both implementations' words. */
const PERFORMATIVES: [name: string, fields: Record<string, unknown>, performative: Performative][] = [
  [
    'open',
    {
      container_id: 'server',
      hostname: 'tenant',
      max_frame_size: 65_536,
      channel_max: 255,
      idle_time_out: 30_000,
      outgoing_locales: ['en-GB', 'de'],
      incoming_locales: ['en-GB'],
      offered_capabilities: ['ANONYMOUS-RELAY'],
      desired_capabilities: ['a', 'b', 'c'],
      properties: rheaProperties,
    },
    {
      kind: 'open',
      containerId: 'server',
      hostname: 'tenant',
      maxFrameSize: 65_536,
      channelMax: 255,
      idleTimeOutMs: 30_000,
      outgoingLocales: ['en-GB', 'de'],
      incomingLocales: ['en-GB'],
      offeredCapabilities: ['ANONYMOUS-RELAY'],
      desiredCapabilities: ['a', 'b', 'c'],
      properties,
    },
  ],
  ['open', { container_id: 'x' }, { kind: 'open', containerId: 'x' }],
  [
    'begin',
    {
      remote_channel: 3,
      next_outgoing_id: 0,
      incoming_window: 2048,
      outgoing_window: 0xffff_ffff,
      handle_max: 255,
      properties: rheaProperties,
    },
    {
      kind: 'begin',
      remoteChannel: 3,
      nextOutgoingId: 0,
      incomingWindow: 2048,
      outgoingWindow: 0xffff_ffff,
      handleMax: 255,
      properties,
    },
  ],
  [
    'flow',
    {
      next_incoming_id: 1,
      incoming_window: 2,
      next_outgoing_id: 3,
      outgoing_window: 4,
      handle: 5,
      delivery_count: 6,
      link_credit: 700,
      drain: true,
    },
    {
      kind: 'flow',
      nextIncomingId: 1,
      incomingWindow: 2,
      nextOutgoingId: 3,
      outgoingWindow: 4,
      handle: 5,
      deliveryCount: 6,
      linkCredit: 700,
      drain: true,
    },
  ],
  [
    'transfer',
    { handle: 0, delivery_id: 1000, delivery_tag: Buffer.from('tag'), message_format: 0, settled: false, more: true, batchable: true },
    {
      kind: 'transfer',
      handle: 0,
      deliveryId: 1000,
      deliveryTag: new Uint8Array(Buffer.from('tag')),
      messageFormat: 0,
      settled: false,
      more: true,
      batchable: true,
    },
  ],
  ['detach', { handle: 7, closed: true, error: rheaError }, { kind: 'detach', handle: 7, closed: true, error }],
  ['end', { error: rheaError }, { kind: 'end', error }],
  ['close', { error: rheaError }, { kind: 'close', error }],
  ['close', {}, { kind: 'close' }],
];

/** The fields of rhea's composite that say something, without its wrappers. */
function said(performative: Record<string, unknown>, names: string[]): Record<string, unknown> {
  return Object.fromEntries(names.map(name => [name, plain(performative[name])]));
}

/** rhea's own objects, for comparison by structure; one symbol of a multiple field stands for an array of one. */
function plain(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  return value === undefined ? value : JSON.parse(JSON.stringify(value));
}

for (const [name, fields, performative] of PERFORMATIVES) {
  test(`${name} with ${Object.keys(fields).length} fields means the same to rhea, both ways`, () => {
    const theirs = frames.write_frame(frames.amqp_frame(9, performatives[name]!(fields), Buffer.from('payload')));
    const decoded = decodePerformative(theirs, 8, theirs.length);
    assert.deepEqual(decoded.performative, performative);
    assert.equal(theirs.subarray(decoded.payloadStart).toString(), 'payload');
    const ours = frames.read_frame(Buffer.from(written(writer => writeFrame(writer, 9, performative))));
    assert.equal(ours.channel, 9);
    assert.deepEqual(said(ours.performative, Object.keys(fields)), said(fields, Object.keys(fields)));
  });
}

test('attach with source, target and outcomes means the same to rhea, both ways', () => {
  const performative: Performative = {
    kind: 'attach',
    name: 'link',
    handle: 2,
    role: 'receiver',
    sndSettleMode: 0,
    rcvSettleMode: 1,
    source: {
      address: 'orders',
      durable: 2,
      expiryPolicy: 'never',
      timeout: 60,
      dynamic: false,
      distributionMode: 'copy',
      filter: new AmqpMap([[symbol('selector'), "colour = 'red'"]]),
      outcomes: ['amqp:accepted:list', 'amqp:released:list'],
      capabilities: ['topic', 'shared'],
    },
    target: { kind: 'target', address: 'here', capabilities: ['queue', 'x'] },
    initialDeliveryCount: 0,
    maxMessageSize: 1_048_576n,
    properties,
  };
  const source = terminus.source!({
    address: 'orders',
    durable: 2,
    expiry_policy: 'never',
    timeout: 60,
    dynamic: false,
    distribution_mode: 'copy',
    filter: { selector: "colour = 'red'" },
    outcomes: ['amqp:accepted:list', 'amqp:released:list'],
    capabilities: ['topic', 'shared'],
  });
  const target = terminus.target!({ address: 'here', capabilities: ['queue', 'x'] });
  const fields = {
    name: 'link',
    handle: 2,
    role: true,
    snd_settle_mode: 0,
    rcv_settle_mode: 1,
    initial_delivery_count: 0,
    max_message_size: 1_048_576,
    properties: rheaProperties,
  };
  const theirs = frames.write_frame(
    frames.amqp_frame(0, performatives.attach!({ ...fields, source: source.described(), target: target.described() })),
  );
  assert.deepEqual(decodePerformative(theirs, 8, theirs.length).performative, performative);
  const frame = Buffer.from(written(writer => writeFrame(writer, 0, performative)));
  assert.deepEqual(said(frames.read_frame(frame).performative, Object.keys(fields)), said(fields, Object.keys(fields)));
  // The list of the attach is the only thing in the frame; its sixth and seventh fields are source and target.
  const list = (rheaReads(frame.subarray(8)) as unknown as { value: RheaTyped[] }).value;
  assert.deepEqual(fromRhea(list[5]!), fromRhea(rheaReads(rheaWrites(source.described()))));
  assert.deepEqual(fromRhea(list[6]!), fromRhea(rheaReads(rheaWrites(target.described()))));
});

test('coordinators, which rhea knows as plain values, are decoded', () => {
  const described = types.described(toRhea(ulong(0x30)), toRhea([fromPlain(Symbol('amqp:local-transactions'))]));
  const theirs = frames.write_frame(frames.amqp_frame(0, performatives.attach!({ name: 't', handle: 0, role: false, target: described })));
  const { performative } = decodePerformative(theirs, 8, theirs.length);
  assert.deepEqual(performative.kind === 'attach' && performative.target, {
    kind: 'coordinator',
    capabilities: ['amqp:local-transactions'],
  });
});

const OUTCOMES: [name: string, fields: object, state: DeliveryState][] = [
  ['accepted', {}, STATE_ACCEPTED],
  ['released', {}, { kind: 'released' }],
  ['rejected', { error: rheaError }, { kind: 'rejected', error }],
  ['modified', { delivery_failed: true, undeliverable_here: false }, { kind: 'modified', deliveryFailed: true, undeliverableHere: false }],
  ['received', { section_number: 1, section_offset: 500 }, { kind: 'received', sectionNumber: 1, sectionOffset: 500n }],
];

for (const [name, fields, state] of OUTCOMES) {
  test(`a disposition with ${name} means the same to rhea, both ways`, () => {
    const given = { role: true, first: 1, last: 300, settled: true };
    const described = outcomes[name]!(fields).described();
    const theirs = frames.write_frame(frames.amqp_frame(0, performatives.disposition!({ ...given, state: described })));
    const expected = { kind: 'disposition', role: 'receiver', first: 1, last: 300, settled: true, state } as const;
    assert.deepEqual(decodePerformative(theirs, 8, theirs.length).performative, expected);
    for (const frame of [
      written(writer => writeFrame(writer, 0, expected)),
      written(writer => writeDisposition(writer, 0, 'receiver', 1, 300, true, state)),
    ]) {
      const { performative } = frames.read_frame(Buffer.from(frame));
      assert.deepEqual(said(performative, Object.keys(given)), given);
      const outcome = fromRhea(performative.state as RheaTyped);
      assert.deepEqual(outcome, fromRhea(rheaReads(rheaWrites(described))));
    }
  });
}

test('rhea reads the heads of transfers and the flows that are written the quick way', () => {
  fc.assert(
    fc.property(anyUint, anyUint, anyUint, fc.boolean(), fc.boolean(), (handle, deliveryId, tag, settled, more) => {
      const output = written(writer => {
        writeTransferHead(writer, 5, handle, deliveryId, tag, 0, settled, more, false, 4);
        writer.u32(0x6162_6364);
      });
      const { channel, performative, payload } = frames.read_frame(Buffer.from(output));
      const { delivery_tag: deliveryTag, message_format: format } = performative;
      assert.deepEqual([channel, format, payload?.toString(), (deliveryTag as Buffer).readUInt32BE()], [5, 0, 'abcd', tag]);
      const given = { handle, delivery_id: deliveryId, settled, more };
      assert.deepEqual(said(performative, Object.keys(given)), given);
    }),
  );
  fc.assert(
    fc.property(anyFlow, (flow: Flow) => {
      const absent = { nextIncomingId: -1, handle: -1, deliveryCount: -1, linkCredit: -1, available: -1, drain: false, echo: false };
      const { performative } = frames.read_frame(Buffer.from(written(writer => writeFlow(writer, 5, { ...absent, ...flow }))));
      assert.equal(performative.next_incoming_id ?? undefined, flow.nextIncomingId);
      assert.equal(performative.incoming_window, flow.incomingWindow);
      assert.equal(performative.link_credit ?? undefined, flow.linkCredit);
      assert.equal(performative.delivery_count ?? undefined, flow.deliveryCount);
      assert.equal(performative.drain, flow.drain ?? false);
    }),
  );
});

const SASL: [name: string, fields: Record<string, unknown>, frame: SaslFrame][] = [
  ['sasl_mechanisms', { sasl_server_mechanisms: ['ANONYMOUS', 'PLAIN'] }, { kind: 'sasl-mechanisms', mechanisms: ['ANONYMOUS', 'PLAIN'] }],
  [
    'sasl_init',
    { mechanism: 'PLAIN', initial_response: Buffer.from('\0u\0p'), hostname: 'host' },
    { kind: 'sasl-init', mechanism: 'PLAIN', initialResponse: new Uint8Array(Buffer.from('\0u\0p')), hostname: 'host' },
  ],
  ['sasl_challenge', { challenge: Buffer.from('c') }, { kind: 'sasl-challenge', challenge: new Uint8Array([99]) }],
  ['sasl_response', { response: Buffer.from('r') }, { kind: 'sasl-response', response: new Uint8Array([114]) }],
  [
    'sasl_outcome',
    { code: 1, additional_data: Buffer.from('d') },
    { kind: 'sasl-outcome', code: 1, additionalData: new Uint8Array([100]) },
  ],
  ['sasl_outcome', { code: 0 }, { kind: 'sasl-outcome', code: 0 }],
];

for (const [name, fields, frame] of SASL) {
  test(`${name} with ${Object.keys(fields).length} fields means the same to rhea, both ways`, () => {
    const theirs = frames.write_frame(frames.sasl_frame(performatives[name]!(fields)));
    assert.deepEqual(decodeSaslFrame(theirs, 8, theirs.length), frame);
    const ours = frames.read_frame(Buffer.from(written(writer => writeSaslFrame(writer, frame))));
    assert.equal(ours.type, 1);
    assert.deepEqual(said(ours.performative, Object.keys(fields)), said(fields, Object.keys(fields)));
  });
}

test('a message means the same to rhea, both ways', () => {
  const fields = {
    durable: true,
    priority: 7,
    ttl: 60_000,
    first_acquirer: false,
    delivery_count: 2,
    delivery_annotations: { 'x-route': 'a' },
    message_annotations: { 'x-opt-key': 'k' },
    message_id: 'id-1',
    user_id: Buffer.from('user'),
    to: 'orders',
    subject: 'new',
    reply_to: 'replies',
    correlation_id: 'c-1',
    content_type: 'text/plain',
    content_encoding: 'identity',
    absolute_expiry_time: new Date(1_800_000_000_000),
    creation_time: new Date(1_700_000_000_000),
    group_id: 'g',
    group_sequence: 3,
    reply_to_group_id: 'rg',
    application_properties: { colour: 'red', count: 5, flag: true },
  };
  const names = Object.keys(fields);
  for (const [theirBody, ourBody] of [
    ['Hello, world', { kind: 'value', value: 'Hello, world' }],
    [messages.data_sections([Buffer.from('one'), Buffer.from('two')]), 'data'],
    [messages.sequence_sections([['a', 1], [true]]), 'sequence'],
  ] as const) {
    const theirs = messages.encode({ ...fields, body: theirBody });
    const message = decodeMessage(theirs);
    assert.equal(message.header?.ttlMs, 60_000);
    assert.equal(message.properties?.absoluteExpiryTime, 1_800_000_000_000);
    assert.equal(message.properties?.contentType, 'text/plain');
    assert.deepEqual(message.applicationProperties?.get('count'), new Typed('uint', 5));
    if (typeof ourBody === 'object') assert.deepEqual(message.body, ourBody);
    else assert.equal(message.body.kind, ourBody);
    // rhea writes the footer before the body, where it may not be, but reads it after the body.
    const footer = new AmqpMap([[symbol('check'), 'sum']]);
    const back = messages.decode(Buffer.from(written(writer => encodeMessage(writer, { ...message, footer }))));
    assert.deepEqual(said(back, names), said(fields, names));
    assert.deepEqual(back.footer, { check: 'sum' });
    assert.deepEqual(plain(back.body), plain(messages.decode(theirs).body));
  }
});
