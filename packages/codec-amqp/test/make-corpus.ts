/**
 * Writes the corpus that the fuzz test mutates: `node packages/codec-amqp/test/make-corpus.ts`. One file an input, of bytes as they come in:
 * bodies of frames, messages, values, whole streams, and evil ones of each. Inputs that were found by fuzzing are kept beside these as
 * `found-*.bin`; nothing is deleted.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import {
  AmqpArray,
  AmqpMap,
  type AmqpMessage,
  type AmqpValue,
  Described,
  encodeMessage,
  encodeTransactionRequest,
  encodeValue,
  fromPlain,
  type Performative,
  PROTOCOL_HEADER_AMQP,
  PROTOCOL_HEADER_SASL,
  type SaslFrame,
  STATE_ACCEPTED,
  symbol,
  Typed,
  timestamp,
  uint,
  ulong,
  writeFrame,
  writeHeartbeat,
  writeSaslFrame,
  writeTransferHead,
} from '../src/index.ts';
import { written } from './arbitraries.ts';
import { bytes, hex, list8, list32 } from './expect.ts';

const folder = new URL('corpus/', import.meta.url);
mkdirSync(folder, { recursive: true });

function keep(name: string, input: Uint8Array): void {
  writeFileSync(new URL(`${name}.bin`, folder), input);
}

const map = new AmqpMap([
  [symbol('product'), 'angarium'],
  [symbol('level'), uint(300)],
  [symbol('nested'), new AmqpMap([['a', [1, 'b', null].map(fromPlain)]])],
]);
const error = { condition: 'amqp:resource-limit-exceeded', description: 'the queue is full', info: map };
const tag = Uint8Array.of(0, 0, 1, 7);

const PERFORMATIVES: Record<string, Performative> = {
  open: {
    kind: 'open',
    containerId: 'container',
    hostname: 'tenant.example',
    maxFrameSize: 65_536,
    channelMax: 255,
    idleTimeOutMs: 30_000,
    outgoingLocales: ['en-GB'],
    incomingLocales: ['en-GB', 'de-DE'],
    offeredCapabilities: ['ANONYMOUS-RELAY', 'SHARED-SUBS'],
    desiredCapabilities: [],
    properties: map,
  },
  begin: {
    kind: 'begin',
    remoteChannel: 1,
    nextOutgoingId: 0,
    incomingWindow: 2048,
    outgoingWindow: 0xffff_ffff,
    handleMax: 1023,
    properties: map,
  },
  attach: {
    kind: 'attach',
    name: 'link-1',
    handle: 0,
    role: 'receiver',
    sndSettleMode: 2,
    rcvSettleMode: 0,
    source: {
      address: 'orders/#',
      durable: 2,
      expiryPolicy: 'never',
      timeout: 3600,
      dynamic: false,
      distributionMode: 'move',
      filter: new AmqpMap([[symbol('selector'), new Described(symbol('apache.org:selector-filter:string'), "colour = 'red'")]]),
      defaultOutcome: { kind: 'modified', deliveryFailed: true },
      outcomes: ['amqp:accepted:list', 'amqp:rejected:list', 'amqp:released:list', 'amqp:modified:list'],
      capabilities: ['topic'],
    },
    target: { kind: 'target', address: 'here', dynamicNodeProperties: map },
    unsettled: new AmqpMap([[tag, new Described(ulong(0x24), [])]]),
    initialDeliveryCount: 0,
    maxMessageSize: 1n << 20n,
    offeredCapabilities: ['x'],
  },
  coordinator: {
    kind: 'attach',
    name: 'transactions',
    handle: 1,
    role: 'sender',
    source: {},
    target: { kind: 'coordinator', capabilities: ['amqp:local-transactions', 'amqp:multi-txns-per-ssn'] },
    initialDeliveryCount: 0,
  },
  flow: {
    kind: 'flow',
    nextIncomingId: 1,
    incomingWindow: 2048,
    nextOutgoingId: 70_000,
    outgoingWindow: 2048,
    handle: 0,
    deliveryCount: 0xffff_ffff,
    linkCredit: 1000,
    available: 0,
    drain: false,
    echo: true,
    properties: map,
  },
  transfer: { kind: 'transfer', handle: 0, deliveryId: 70_000, deliveryTag: tag, messageFormat: 0, settled: false, more: false },
  'transfer-rare': {
    kind: 'transfer',
    handle: 3,
    deliveryId: 0,
    deliveryTag: new Uint8Array(32),
    messageFormat: 0x8000_0001,
    settled: true,
    more: true,
    rcvSettleMode: 1,
    state: { kind: 'transactional-state', txnId: Uint8Array.of(1, 2), outcome: STATE_ACCEPTED },
    resume: true,
    aborted: true,
    batchable: true,
  },
  'disposition-accepted': { kind: 'disposition', role: 'receiver', first: 5, last: 900, settled: true, state: STATE_ACCEPTED },
  'disposition-rejected': {
    kind: 'disposition',
    role: 'receiver',
    first: 5,
    settled: false,
    state: { kind: 'rejected', error },
    batchable: true,
  },
  'disposition-modified': {
    kind: 'disposition',
    role: 'receiver',
    first: 5,
    state: { kind: 'modified', undeliverableHere: true, messageAnnotations: map },
  },
  'disposition-received': {
    kind: 'disposition',
    role: 'sender',
    first: 5,
    state: { kind: 'received', sectionNumber: 1, sectionOffset: 1n << 40n },
  },
  'disposition-declared': { kind: 'disposition', role: 'receiver', first: 5, state: { kind: 'declared', txnId: Uint8Array.of(1, 2) } },
  detach: { kind: 'detach', handle: 0, closed: true, error },
  end: { kind: 'end', error },
  close: { kind: 'close', error },
  'close-empty': { kind: 'close' },
};

for (const [name, performative] of Object.entries(PERFORMATIVES)) {
  keep(`performative-${name}`, written(writer => writeFrame(writer, 0, performative)).subarray(8));
}

const SASL: Record<string, SaslFrame> = {
  mechanisms: { kind: 'sasl-mechanisms', mechanisms: ['ANONYMOUS', 'PLAIN', 'SCRAM-SHA-256'] },
  init: { kind: 'sasl-init', mechanism: 'PLAIN', initialResponse: new TextEncoder().encode('\0user\0word'), hostname: 'tenant' },
  challenge: { kind: 'sasl-challenge', challenge: new Uint8Array(40) },
  response: { kind: 'sasl-response', response: new Uint8Array(40) },
  outcome: { kind: 'sasl-outcome', code: 1, additionalData: new Uint8Array(3) },
};

for (const [name, frame] of Object.entries(SASL)) keep(`sasl-${name}`, written(writer => writeSaslFrame(writer, frame)).subarray(8));

const everyType: AmqpValue[] = [
  null,
  true,
  false,
  'text',
  'ü€😀',
  Uint8Array.of(1, 2, 3),
  symbol('symbol'),
  new Typed('ubyte', 1),
  new Typed('ushort', 2),
  uint(0),
  uint(3),
  uint(70_000),
  ulong(0),
  ulong(4),
  ulong(1n << 60n),
  new Typed('byte', -1),
  new Typed('short', -2),
  new Typed('int', -3),
  new Typed('int', -70_000),
  new Typed('long', -4n),
  new Typed('long', -(1n << 60n)),
  new Typed('float', 1.5),
  new Typed('double', Number.NaN),
  new Typed('decimal32', new Uint8Array(4)),
  new Typed('decimal64', new Uint8Array(8)),
  new Typed('decimal128', new Uint8Array(16)),
  new Typed('char', 0x1f600),
  timestamp(1_700_000_000_000),
  new Typed('uuid', new Uint8Array(16).fill(7)),
  [],
  new AmqpMap(),
  map,
  new AmqpArray('uint', [uint(1), uint(2)]),
  new AmqpArray('string', []),
  new AmqpArray('list', [[], [true]], [ulong(0x1234)]),
  new AmqpArray('array', [new AmqpArray('boolean', [true]), new AmqpArray('null', [null, null])]),
  new Described(ulong(0x1_0000_0001n), new Described(symbol('example:inner'), ['inner'])),
];
keep(
  'value-every-type',
  written(writer => encodeValue(writer, everyType)),
);
keep(
  'value-large',
  written(writer => encodeValue(writer, ['x'.repeat(300), new Uint8Array(300), Array.from({ length: 300 }, (_, index) => uint(index))])),
);

const MESSAGES: Record<string, AmqpMessage> = {
  data: {
    header: { durable: true, priority: 5, ttlMs: 60_000, firstAcquirer: true, deliveryCount: 1 },
    deliveryAnnotations: map,
    messageAnnotations: map,
    properties: {
      messageId: 'id-1',
      userId: Uint8Array.of(1),
      to: 'orders',
      subject: 'new',
      replyTo: 'replies',
      correlationId: ulong(5),
      contentType: 'application/json',
      contentEncoding: 'identity',
      absoluteExpiryTime: 1_800_000_000_000,
      creationTime: 1_700_000_000_000,
      groupId: 'group',
      groupSequence: 7,
      replyToGroupId: 'other',
    },
    applicationProperties: new AmqpMap([['colour', 'red']]),
    body: { kind: 'data', sections: [Uint8Array.of(1, 2, 3), new Uint8Array(300)] },
    footer: map,
  },
  value: { properties: { messageId: new Typed('uuid', new Uint8Array(16)) }, body: { kind: 'value', value: everyType } },
  sequence: { body: { kind: 'sequence', sections: [[], [true, 'x']] } },
  empty: { header: {}, body: { kind: 'none' } },
};

for (const [name, message] of Object.entries(MESSAGES))
  keep(
    `message-${name}`,
    written(writer => encodeMessage(writer, message)),
  );
keep(
  'message-declare',
  written(writer => encodeTransactionRequest(writer, { kind: 'declare' })),
);
keep(
  'message-discharge',
  written(writer => encodeTransactionRequest(writer, { kind: 'discharge', txnId: Uint8Array.of(1, 2), fail: true })),
);

const data = written(writer => encodeMessage(writer, MESSAGES.data!));
keep(
  'stream-whole',
  written(writer => {
    writer.raw(PROTOCOL_HEADER_SASL);
    for (const frame of Object.values(SASL)) writeSaslFrame(writer, frame);
    writer.raw(PROTOCOL_HEADER_AMQP);
    writeFrame(writer, 0, PERFORMATIVES.open!);
    writeHeartbeat(writer);
    writeFrame(writer, 1, PERFORMATIVES.attach!);
    for (let id = 0; id < 3; id++) {
      writeTransferHead(writer, 1, 0, id, id, 0, false, false, false, data.length);
      writer.raw(data);
    }
    writeFrame(writer, 0, PERFORMATIVES.close!);
  }),
);

const EVIL: Record<string, string> = {
  'list-count': 'd000000005ffffffff40',
  'list-size': 'd0ffffffff00000001',
  'array-zero-width': 'f000000005ffffffff40',
  'array-zero-width-many': `d0${'0000005c'}${'00000016'}${'e002ff41'.repeat(22)}`,
  'array-nested': `${'e0ff01'.repeat(60)}40`,
  descriptors: '00'.repeat(600),
  'descriptors-array': `f0000000ff00000001${'00'.repeat(251)}`,
  'list-nested': `${'d00000ffff00000001'.repeat(40)}40`,
  'map-odd': list8(3, '404040').replace('c0', 'c1'),
  'string-not-utf8': 'a104c328a0a1',
  'binary-size': 'b0ffffffff00',
  'transfer-symbolic': `00a312${hex(Buffer.from('amqp:transfer:list'))}${list32(5, '7000000000 70ffffffff b000000001 07 5200 5601')}`,
  'transfer-tag-33': `005314${list8(4, `4343a021${'00'.repeat(33)}43`)}`,
  'transfer-fields-255': '005314c002ff43',
  'transfer-vendor': '00800000468c0000001445',
  'disposition-state-nested': `005315${list8(5, `41434041 005334${list8(2, `a00101 005334${list8(2, 'a00101 00532445')}`)}`)}`,
  'message-order': '005377400053754000',
  'message-sequences': '00537645'.repeat(100),
  'frame-size': '414d51500001000000000007020000000000000802000000',
  'frame-doff': '414d5150000100000000000c0300000000000000000000080100000000000008ff000000',
};

for (const [name, input] of Object.entries(EVIL)) keep(`evil-${name}`, bytes(input));
