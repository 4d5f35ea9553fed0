import fc from 'fast-check';
import {
  type Acknowledgement,
  type AcknowledgementKind,
  type MqttVersion,
  type Packet,
  PROPERTIES,
  type Properties,
  type PropertyHolder,
  type PropertyType,
  type Qos,
  REASON_CODES,
  type ReasonedKind,
  type RetainHandling,
  type Will,
} from '../src/index.ts';

/** A record as literals make it: with a prototype, as `deepEqual` looks at that too. */
function plainRecord<Fields>(model: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> }): fc.Arbitrary<Fields>;
function plainRecord<Fields, Required extends keyof Fields>(
  model: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
  constraints: { requiredKeys: Required[] },
): fc.Arbitrary<Partial<Fields> & Pick<Fields, Required>>;
function plainRecord<Fields>(
  model: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
  constraints: { requiredKeys?: (keyof Fields)[] } = {},
): fc.Arbitrary<Partial<Fields>> {
  return fc.record(model, { ...constraints, noNullPrototype: true } as { requiredKeys: (keyof Fields)[] });
}

const codePoint = fc.oneof(fc.integer({ min: 1, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }));
const character = codePoint.map(point => String.fromCodePoint(point));
/** Any text but for U+0000. */
export const anyText = fc.oneof(
  fc.string({ maxLength: 12 }).map(text => text.replaceAll('\0', '-')),
  fc.string({ unit: character, maxLength: 200 }),
);
export const anyBinary = fc.oneof(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ maxLength: 300 })).map(bytes => new Uint8Array(bytes));
export const anyTopicName = anyText.map(text => text.replaceAll(/[+#]/g, '/') || '/');
const anyLevel = fc.oneof(
  fc.constantFrom('', 'a', 'b', '$a', '+'),
  anyText.map(text => text.replaceAll(/[+#/]/g, '')),
);
export const anyPlainFilter = fc
  .tuple(fc.array(anyLevel, { minLength: 1, maxLength: 6 }), fc.boolean())
  .map(([levels, hash]) => (hash ? [...levels, '#'] : levels).join('/'))
  .map(filter => (filter === '' || filter === '$share' || filter.startsWith('$share/') ? '/' : filter));
const anySharedFilter = fc
  .tuple(
    anyText.map(text => text.replaceAll(/[+#/]/g, '') || 'share'),
    anyPlainFilter,
  )
  .map(([share, filter]) => `$share/${share}/${filter}`);
export const anyFilter = fc.oneof({ weight: 3, arbitrary: anyPlainFilter }, { weight: 1, arbitrary: anySharedFilter });

const anyQos = fc.constantFrom<Qos>(0, 1, 2);
const anyPacketId = fc.integer({ min: 1, max: 0xffff });
const anyUint32 = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffff_ffff }), fc.constant(0xffff_ffff));
const anyIdentifier = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 268_435_455 }), fc.constant(268_435_455));

const VALUES: { readonly [Type in PropertyType]: (holder: PropertyHolder) => fc.Arbitrary<unknown> } = {
  bit: () => fc.constantFrom(0, 1),
  boolean: () => fc.boolean(),
  uint16: () => fc.nat(0xffff),
  uint32: () => anyUint32,
  positive16: () => fc.integer({ min: 1, max: 0xffff }),
  positive32: () => anyUint32.map(value => value || 1),
  text: () => anyText,
  topic: () => anyTopicName,
  binary: () => anyBinary,
  identifiers: holder => fc.array(anyIdentifier, { minLength: 1, maxLength: holder === 'subscribe' ? 1 : 4 }),
  pairs: () => fc.array(fc.tuple(anyText, anyText), { minLength: 1, maxLength: 4 }),
};

const anyPropertiesOf = new Map<PropertyHolder, fc.Arbitrary<Properties | undefined>>();

/** Properties that this holder may have; `undefined` when there are none. */
export function anyProperties(holder: PropertyHolder): fc.Arbitrary<Properties | undefined> {
  let properties = anyPropertiesOf.get(holder);
  if (properties === undefined) {
    const rows = PROPERTIES.filter(({ holders }) => holders.includes(holder));
    const model = Object.fromEntries(rows.map(({ name, type }) => [name, VALUES[type](holder)]));
    properties = fc.option(plainRecord(model, { requiredKeys: [] }), { nil: undefined }).map(record => {
      const result = record as Properties | undefined;
      // Authentication data needs its method.
      if (result?.authenticationData !== undefined) result.authenticationMethod ??= 'method';
      return result === undefined || Object.keys(result).length === 0 ? undefined : result;
    });
    anyPropertiesOf.set(holder, properties);
  }
  return properties;
}

/** The fields, with properties of this holder when there are any and the version knows them. */
function withProperties<Fields extends object>(
  fields: fc.Arbitrary<Fields>,
  holder: PropertyHolder,
  version: MqttVersion,
): fc.Arbitrary<Fields & { properties?: Properties }> {
  if (version === 4) return fields;
  return fc
    .tuple(fields, anyProperties(holder))
    .map(([record, properties]) => (properties === undefined ? record : { ...record, properties }));
}

function anyReason(kind: ReasonedKind): fc.Arbitrary<number> {
  return fc.constantFrom(
    ...Object.entries(REASON_CODES)
      .filter(([, { packets }]) => packets.includes(kind))
      .map(([code]) => Number(code)),
  );
}

function anyAcknowledgement<Kind extends AcknowledgementKind>(
  kind: Kind,
  version: MqttVersion,
): fc.Arbitrary<{ kind: Kind } & Acknowledgement> {
  const reasonCode = version === 5 ? anyReason(kind) : fc.constant(0);
  return withProperties(plainRecord({ kind: fc.constant(kind), packetId: anyPacketId, reasonCode }), kind, version);
}

function anyConnect(version: MqttVersion): fc.Arbitrary<Packet> {
  const will: fc.Arbitrary<Will> = withProperties(
    plainRecord({ topic: anyTopicName, payload: anyBinary, qos: anyQos, retain: fc.boolean() }),
    'will',
    version,
  );
  const credentials =
    version === 5
      ? plainRecord({ userName: anyText, password: anyBinary }, { requiredKeys: [] })
      : fc.oneof(fc.constant({}), plainRecord({ userName: anyText, password: anyBinary }, { requiredKeys: ['userName'] }));
  const fields = fc
    .tuple(
      plainRecord({
        kind: fc.constant('connect' as const),
        version: fc.constant(version),
        cleanStart: fc.boolean(),
        keepAliveSeconds: fc.nat(0xffff),
        clientId: anyText,
      }),
      plainRecord({ will }, { requiredKeys: [] }),
      credentials,
    )
    .map(([head, maybeWill, maybeCredentials]) => ({ ...head, ...maybeWill, ...maybeCredentials }));
  return withProperties(fields, 'connect', version);
}

function anyConnack(version: MqttVersion): fc.Arbitrary<Packet> {
  const reasonCode = version === 5 ? anyReason('connack') : fc.nat(5);
  const fields = plainRecord({ kind: fc.constant('connack' as const), sessionPresent: fc.boolean(), reasonCode }).map(connack =>
    connack.reasonCode === 0 ? connack : { ...connack, sessionPresent: false },
  );
  return withProperties(fields, 'connack', version);
}

function anyPublish(version: MqttVersion): fc.Arbitrary<Packet> {
  const fields = plainRecord({
    kind: fc.constant('publish' as const),
    topic: anyTopicName,
    qos: anyQos,
    duplicate: fc.boolean(),
    retain: fc.boolean(),
    packetId: anyPacketId,
    payload: anyBinary,
  }).map(({ packetId, ...publish }) => (publish.qos === 0 ? { ...publish, duplicate: false } : { ...publish, packetId }));
  return withProperties(fields, 'publish', version).chain(publish =>
    publish.properties?.topicAlias === undefined
      ? fc.constant(publish)
      : fc.boolean().map(empty => (empty ? { ...publish, topic: '' } : publish)),
  );
}

function anySubscribe(version: MqttVersion): fc.Arbitrary<Packet> {
  const subscription =
    version === 5
      ? plainRecord({
          filter: anyFilter,
          qos: anyQos,
          noLocal: fc.boolean(),
          retainAsPublished: fc.boolean(),
          retainHandling: fc.constantFrom<RetainHandling>(0, 1, 2),
        }).map(each => (each.filter.startsWith('$share/') ? { ...each, noLocal: false } : each))
      : plainRecord({
          filter: anyFilter,
          qos: anyQos,
          noLocal: fc.constant(false),
          retainAsPublished: fc.constant(false),
          retainHandling: fc.constant<RetainHandling>(0),
        });
  const fields = plainRecord({
    kind: fc.constant('subscribe' as const),
    packetId: anyPacketId,
    subscriptions: fc.array(subscription, { minLength: 1, maxLength: 5 }),
  });
  return withProperties(fields, 'subscribe', version);
}

function anyAuth(): fc.Arbitrary<Packet> {
  const kind = fc.constant('auth' as const);
  return fc.oneof(
    plainRecord({ kind, reasonCode: fc.constant(0) }),
    plainRecord({
      kind,
      reasonCode: anyReason('auth'),
      properties: anyProperties('auth').map(properties => ({
        ...properties,
        authenticationMethod: properties?.authenticationMethod ?? 'SCRAM',
      })),
    }),
  );
}

/** Any packet of each kind that this version has, by its kind. */
export function packetsOf(version: MqttVersion): ReadonlyMap<Packet['kind'], fc.Arbitrary<Packet>> {
  const subackCode = version === 5 ? anyReason('suback') : fc.constantFrom(0, 1, 2, 0x80);
  const unsubackCodes = version === 5 ? fc.array(anyReason('unsuback'), { minLength: 1, maxLength: 5 }) : fc.constant<number[]>([]);
  const disconnectCode = version === 5 ? anyReason('disconnect') : fc.constant(0);
  const packets = new Map<Packet['kind'], fc.Arbitrary<Packet>>([
    ['connect', anyConnect(version)],
    ['connack', anyConnack(version)],
    ['publish', anyPublish(version)],
    ['puback', anyAcknowledgement('puback', version)],
    ['pubrec', anyAcknowledgement('pubrec', version)],
    ['pubrel', anyAcknowledgement('pubrel', version)],
    ['pubcomp', anyAcknowledgement('pubcomp', version)],
    ['subscribe', anySubscribe(version)],
    [
      'suback',
      withProperties(
        plainRecord({
          kind: fc.constant('suback' as const),
          packetId: anyPacketId,
          reasonCodes: fc.array(subackCode, { minLength: 1, maxLength: 5 }),
        }),
        'suback',
        version,
      ),
    ],
    [
      'unsubscribe',
      withProperties(
        plainRecord({
          kind: fc.constant('unsubscribe' as const),
          packetId: anyPacketId,
          filters: fc.array(anyFilter, { minLength: 1, maxLength: 5 }),
        }),
        'unsubscribe',
        version,
      ),
    ],
    [
      'unsuback',
      withProperties(
        plainRecord({ kind: fc.constant('unsuback' as const), packetId: anyPacketId, reasonCodes: unsubackCodes }),
        'unsuback',
        version,
      ),
    ],
    ['pingreq', fc.constant({ kind: 'pingreq' })],
    ['pingresp', fc.constant({ kind: 'pingresp' })],
    [
      'disconnect',
      withProperties(plainRecord({ kind: fc.constant('disconnect' as const), reasonCode: disconnectCode }), 'disconnect', version),
    ],
  ]);
  if (version === 5) packets.set('auth', anyAuth());
  return packets;
}

export const VERSIONS: readonly MqttVersion[] = [4, 5];
