import fc from 'fast-check';
import {
  AmqpArray,
  type AmqpError,
  AmqpMap,
  type AmqpMessage,
  AmqpSymbol,
  type AmqpValue,
  ByteWriter,
  type Coordinator,
  type DeliveryState,
  Described,
  type ElementType,
  type MessageId,
  type Performative,
  type SaslFrame,
  type Source,
  type Target,
  Typed,
  type TypedName,
  timestamp,
} from '../src/index.ts';

/** What `write` writes, as a plain copy. */
export function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(1);
  write(writer);
  return writer.bytes.slice(0, writer.length);
}

export const anyUint = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffff_ffff }), fc.constant(0xffff_ffff));
export const anyUlong = fc.oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));
const codePoint = fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }));
/** Any Unicode character; fast-check's own unit 'binary' takes a second to set up. */
const character = codePoint.map(point => String.fromCodePoint(point));
export const anyText = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: character, maxLength: 300 }));
export const anySymbol = fc.oneof(fc.string({ unit: 'binary-ascii', maxLength: 12 }), fc.string({ unit: 'binary-ascii', maxLength: 300 }));
export const anyBinary = fc.oneof(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ maxLength: 300 })).map(bytes => new Uint8Array(bytes));
export const anySymbols = fc.array(anySymbol, { maxLength: 4 });

const bytesOf = (size: number) => fc.uint8Array({ minLength: size, maxLength: size }).map(bytes => new Uint8Array(bytes));

/** The values of each type that `Typed` stands for. */
const typedValues: { readonly [Name in TypedName]: fc.Arbitrary<number | bigint | Uint8Array> } = {
  ubyte: fc.integer({ min: 0, max: 0xff }),
  ushort: fc.integer({ min: 0, max: 0xffff }),
  uint: anyUint,
  ulong: anyUlong,
  byte: fc.integer({ min: -0x80, max: 0x7f }),
  short: fc.integer({ min: -0x8000, max: 0x7fff }),
  int: fc.oneof(fc.integer({ min: -130, max: 130 }), fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff })),
  long: fc.oneof(fc.bigInt({ min: -130n, max: 130n }), fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })),
  float: fc.float(),
  double: fc.double(),
  decimal32: bytesOf(4),
  decimal64: bytesOf(8),
  decimal128: bytesOf(16),
  char: codePoint,
  timestamp: fc
    .oneof(fc.bigInt({ min: -8_640_000_000_000_000n, max: 8_640_000_000_000_000n }), fc.constantFrom(-(1n << 63n), (1n << 63n) - 1n))
    .map(value => timestamp(value).value),
  uuid: bytesOf(16),
};

export const TYPED_NAMES = Object.keys(typedValues) as TypedName[];

export function anyTyped(type: TypedName): fc.Arbitrary<Typed> {
  return typedValues[type].map(value => new Typed(type, value));
}

const anyScalar: fc.Arbitrary<AmqpValue> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  anyText,
  anyBinary,
  anySymbol.map(text => new AmqpSymbol(text)),
  ...TYPED_NAMES.map(anyTyped),
);

const { value, map, array } = fc.letrec<{ value: AmqpValue; list: AmqpValue[]; map: AmqpMap; array: AmqpArray; described: Described }>(
  tie => ({
    value: fc.oneof({ maxDepth: 3, depthSize: 'small' }, anyScalar, tie('list'), tie('map'), tie('array'), tie('described')),
    list: fc.array(tie('value'), { maxLength: 5 }),
    map: fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map(entries => new AmqpMap(entries)),
    array: fc
      .constantFrom<ElementType>(...TYPED_NAMES, 'null', 'boolean', 'string', 'symbol', 'binary', 'list', 'map')
      .chain(type =>
        fc
          .tuple(fc.array(elementOf(type, tie('list'), tie('map')), { maxLength: 5 }), fc.array(anyTyped('ulong'), { maxLength: 2 }))
          .map(([values, descriptors]) => new AmqpArray(type, values, descriptors)),
      ),
    described: fc
      .tuple(
        fc.oneof(
          anyTyped('ulong'),
          anySymbol.map(text => new AmqpSymbol(text)),
        ),
        tie('value'),
      )
      .map(([descriptor, inner]) => new Described(descriptor, inner)),
  }),
);

function elementOf(type: ElementType, list: fc.Arbitrary<AmqpValue[]>, mapOf: fc.Arbitrary<AmqpMap>): fc.Arbitrary<AmqpValue> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'string':
      return anyText;
    case 'symbol':
      return anySymbol.map(text => new AmqpSymbol(text));
    case 'binary':
      return anyBinary;
    case 'list':
      return list;
    case 'map':
      return mapOf;
    case 'array':
      return fc.array(fc.boolean()).map(values => new AmqpArray('boolean', values));
    default:
      return anyTyped(type);
  }
}

/** Values of every type, nested a few levels deep. */
export const anyValue: fc.Arbitrary<AmqpValue> = fc.oneof(
  value,
  array,
  fc.array(elementOf('array', fc.constant([]), map), { maxLength: 3 }).map(values => new AmqpArray('array', values)),
);
export const anyMap: fc.Arbitrary<AmqpMap> = map;

function optional<T extends object>(fields: { [Key in keyof T]-?: fc.Arbitrary<NonNullable<T[Key]>> }, requiredKeys: (keyof T)[] = []) {
  return fc.record(fields, { requiredKeys, noNullPrototype: true }) as unknown as fc.Arbitrary<T>;
}

export const anyError = optional<AmqpError>({ condition: anySymbol, description: anyText, info: anyMap }, ['condition']);

const anyOutcome: fc.Arbitrary<DeliveryState> = fc.oneof(
  fc.constant<DeliveryState>({ kind: 'accepted' }),
  fc.constant<DeliveryState>({ kind: 'released' }),
  optional<DeliveryState & { kind: 'rejected' }>({ kind: fc.constant('rejected'), error: anyError }, ['kind']),
  optional<DeliveryState & { kind: 'modified' }>(
    { kind: fc.constant('modified'), deliveryFailed: fc.boolean(), undeliverableHere: fc.boolean(), messageAnnotations: anyMap },
    ['kind'],
  ),
);

export const anyState: fc.Arbitrary<DeliveryState> = fc.oneof(
  anyOutcome,
  fc.record({ kind: fc.constant('received' as const), sectionNumber: anyUint, sectionOffset: anyUlong }, { noNullPrototype: true }),
  fc.record({ kind: fc.constant('declared' as const), txnId: anyBinary }, { noNullPrototype: true }),
  optional<DeliveryState & { kind: 'transactional-state' }>(
    { kind: fc.constant('transactional-state'), txnId: anyBinary, outcome: anyOutcome },
    ['kind', 'txnId'],
  ),
  anyValue.map((inner): DeliveryState => ({ kind: 'unknown', value: new Described(new Typed('ulong', 0x1234_0000_0001n), inner) })),
);

const terminusFields = {
  address: anyText,
  durable: fc.constantFrom(0 as const, 1 as const, 2 as const),
  expiryPolicy: anySymbol,
  timeout: anyUint,
  dynamic: fc.boolean(),
  dynamicNodeProperties: anyMap,
  capabilities: anySymbols,
};

const anySource = optional<Source>({
  ...terminusFields,
  distributionMode: anySymbol,
  filter: anyMap,
  defaultOutcome: anyState,
  outcomes: anySymbols,
});

const anyTarget = fc.oneof(
  optional<Target>({ kind: fc.constant('target'), ...terminusFields }, ['kind']),
  optional<Coordinator>({ kind: fc.constant('coordinator'), capabilities: anySymbols }, ['kind']),
);

const capabilities = { offeredCapabilities: anySymbols, desiredCapabilities: anySymbols, properties: anyMap };
const anyRole = fc.constantFrom('sender' as const, 'receiver' as const);
const anyReceiverMode = fc.constantFrom(0 as const, 1 as const);
const anyUshort = fc.integer({ min: 0, max: 0xffff });

type Of<Kind extends Performative['kind']> = Extract<Performative, { kind: Kind }>;

export const anyTransfer = optional<Of<'transfer'>>(
  {
    kind: fc.constant('transfer'),
    handle: anyUint,
    deliveryId: anyUint,
    deliveryTag: fc.uint8Array({ maxLength: 32 }).map(bytes => new Uint8Array(bytes)),
    messageFormat: anyUint,
    settled: fc.boolean(),
    more: fc.boolean(),
    rcvSettleMode: anyReceiverMode,
    state: anyState,
    resume: fc.boolean(),
    aborted: fc.boolean(),
    batchable: fc.boolean(),
  },
  ['kind', 'handle'],
);

export const anyDisposition = optional<Of<'disposition'>>(
  {
    kind: fc.constant('disposition'),
    role: anyRole,
    first: anyUint,
    last: anyUint,
    settled: fc.boolean(),
    state: anyState,
    batchable: fc.boolean(),
  },
  ['kind', 'role', 'first'],
);

export const anyFlow = optional<Of<'flow'>>(
  {
    kind: fc.constant('flow'),
    nextIncomingId: anyUint,
    incomingWindow: anyUint,
    nextOutgoingId: anyUint,
    outgoingWindow: anyUint,
    handle: anyUint,
    deliveryCount: anyUint,
    linkCredit: anyUint,
    available: anyUint,
    drain: fc.boolean(),
    echo: fc.boolean(),
    properties: anyMap,
  },
  ['kind', 'incomingWindow', 'nextOutgoingId', 'outgoingWindow'],
);

export const anyPerformative: fc.Arbitrary<Performative> = fc.oneof(
  optional<Of<'open'>>(
    {
      kind: fc.constant('open'),
      containerId: anyText,
      hostname: anyText,
      maxFrameSize: anyUint,
      channelMax: anyUshort,
      idleTimeOutMs: anyUint,
      outgoingLocales: anySymbols,
      incomingLocales: anySymbols,
      ...capabilities,
    },
    ['kind', 'containerId'],
  ),
  optional<Of<'begin'>>(
    {
      kind: fc.constant('begin'),
      remoteChannel: anyUshort,
      nextOutgoingId: anyUint,
      incomingWindow: anyUint,
      outgoingWindow: anyUint,
      handleMax: anyUint,
      ...capabilities,
    },
    ['kind', 'nextOutgoingId', 'incomingWindow', 'outgoingWindow'],
  ),
  optional<Of<'attach'>>(
    {
      kind: fc.constant('attach'),
      name: anyText,
      handle: anyUint,
      role: anyRole,
      sndSettleMode: fc.constantFrom(0 as const, 1 as const, 2 as const),
      rcvSettleMode: anyReceiverMode,
      source: anySource,
      target: anyTarget,
      unsettled: anyMap,
      incompleteUnsettled: fc.boolean(),
      initialDeliveryCount: anyUint,
      maxMessageSize: anyUlong,
      ...capabilities,
    },
    ['kind', 'name', 'handle', 'role'],
  ),
  anyFlow,
  anyTransfer,
  anyDisposition,
  optional<Of<'detach'>>({ kind: fc.constant('detach'), handle: anyUint, closed: fc.boolean(), error: anyError }, ['kind', 'handle']),
  optional<Of<'end'>>({ kind: fc.constant('end'), error: anyError }, ['kind']),
  optional<Of<'close'>>({ kind: fc.constant('close'), error: anyError }, ['kind']),
);

type SaslOf<Kind extends SaslFrame['kind']> = Extract<SaslFrame, { kind: Kind }>;

export const anySaslFrame: fc.Arbitrary<SaslFrame> = fc.oneof(
  optional<SaslOf<'sasl-mechanisms'>>({ kind: fc.constant('sasl-mechanisms'), mechanisms: anySymbols }, ['kind', 'mechanisms']),
  optional<SaslOf<'sasl-init'>>({ kind: fc.constant('sasl-init'), mechanism: anySymbol, initialResponse: anyBinary, hostname: anyText }, [
    'kind',
    'mechanism',
  ]),
  optional<SaslOf<'sasl-challenge'>>({ kind: fc.constant('sasl-challenge'), challenge: anyBinary }, ['kind', 'challenge']),
  optional<SaslOf<'sasl-response'>>({ kind: fc.constant('sasl-response'), response: anyBinary }, ['kind', 'response']),
  optional<SaslOf<'sasl-outcome'>>(
    {
      kind: fc.constant('sasl-outcome'),
      code: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const, 4 as const),
      additionalData: anyBinary,
    },
    ['kind', 'code'],
  ),
);

const anyMessageId: fc.Arbitrary<MessageId> = fc.oneof(anyTyped('ulong'), anyTyped('uuid'), anyBinary, anyText);
const anyInstant = fc.integer({ min: -8_640_000_000_000_000, max: 8_640_000_000_000_000 });

export const anyMessage: fc.Arbitrary<AmqpMessage> = optional<AmqpMessage>(
  {
    header: optional<NonNullable<AmqpMessage['header']>>({
      durable: fc.boolean(),
      priority: fc.integer({ min: 0, max: 255 }),
      ttlMs: anyUint,
      firstAcquirer: fc.boolean(),
      deliveryCount: anyUint,
    }),
    deliveryAnnotations: anyMap,
    messageAnnotations: anyMap,
    properties: optional<NonNullable<AmqpMessage['properties']>>({
      messageId: anyMessageId,
      userId: anyBinary,
      to: anyText,
      subject: anyText,
      replyTo: anyText,
      correlationId: anyMessageId,
      contentType: anySymbol,
      contentEncoding: anySymbol,
      absoluteExpiryTime: anyInstant,
      creationTime: anyInstant,
      groupId: anyText,
      groupSequence: anyUint,
      replyToGroupId: anyText,
    }),
    applicationProperties: anyMap,
    body: fc.oneof(
      fc.constant<AmqpMessage['body']>({ kind: 'none' }),
      anyValue.map((inner): AmqpMessage['body'] => ({ kind: 'value', value: inner })),
      fc.array(anyBinary, { minLength: 1, maxLength: 3 }).map((sections): AmqpMessage['body'] => ({ kind: 'data', sections })),
      fc
        .array(fc.array(anyValue, { maxLength: 3 }), { minLength: 1, maxLength: 3 })
        .map((sections): AmqpMessage['body'] => ({ kind: 'sequence', sections })),
    ),
    footer: anyMap,
  },
  ['body'],
);
