import {
  ByteWriter,
  encodePacket,
  FLAGS_RESERVED,
  type MqttVersion,
  PACKET_KINDS,
  type Packet,
  PROPERTIES,
  type PropertyHolder,
  type PropertyType,
  REASON,
} from '@angarium/codec-mqtt';

/** What no client may send, and what the server has to say to it. */
export interface MalformedPacket {
  /** The kind of fault, for the test's name. */
  readonly fault: string;
  /** What is wrong in this very packet. */
  readonly what: string;
  readonly bytes: Uint8Array;
  /** It comes in place of CONNECT. */
  readonly first: boolean;
  /** Reason codes of MQTT 5.0 that say it; none where the version is not known yet. */
  readonly reasonCodes: readonly number[];
}

const { malformedPacket: MALFORMED, protocolError: PROTOCOL, topicFilterInvalid: FILTER, topicNameInvalid: NAME } = REASON;
/** Of a CONNECT's body, until its version is known. */
const CONNECT_VERSION_BYTES = 7;
const ANY = [MALFORMED, PROTOCOL, FILTER, NAME] as const;

type Kind = Packet['kind'];
/** Types that a client sends once it is let in. */
const SENT: readonly Kind[] = [
  'publish',
  'puback',
  'pubrec',
  'pubrel',
  'pubcomp',
  'subscribe',
  'unsubscribe',
  'pingreq',
  'disconnect',
  'auth',
];

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(' ', ''), 'hex');

function typeOf(kind: Kind): number {
  return PACKET_KINDS.indexOf(kind);
}

/** A packet with this first byte, and a remaining length that fits its body. */
function framed(first: number, body: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(first);
  writer.variableInteger(body.length);
  return Buffer.concat([writer.bytes.subarray(0, writer.length), body]);
}

/** A whole packet of this kind, with nothing wrong. */
function sample(kind: Kind, version: MqttVersion): Packet {
  const userProperties: [string, string][] = [['k', 'v']];
  const properties = version === 5 ? { properties: { userProperties } } : {};
  const packetId = 1;
  switch (kind) {
    case 'publish':
      return { kind, topic: 'a/b', qos: 1, duplicate: false, retain: false, packetId, payload: new Uint8Array(0), ...properties };
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
      return { kind, packetId, reasonCode: 0, ...properties };
    case 'subscribe': {
      const subscription = { filter: 'a/b', qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
      return { kind, packetId, subscriptions: [subscription], ...properties };
    }
    case 'unsubscribe':
      return { kind, packetId, filters: ['a/b'], ...properties };
    case 'disconnect':
      return { kind, reasonCode: 0, ...properties };
    case 'auth':
      return { kind, reasonCode: 0x19, properties: { authenticationMethod: 'm', userProperties } };
    case 'connect': {
      const will = { topic: 'w', payload: new Uint8Array(1), qos: 1, retain: false, ...properties } as const;
      return {
        kind,
        version,
        cleanStart: true,
        keepAliveSeconds: 0,
        clientId: 'c',
        will,
        userName: 'u',
        password: new Uint8Array(1),
        ...properties,
      };
    }
    case 'pingreq':
      return { kind };
    default:
      throw new Error(`${kind} is for servers to send`);
  }
}

function encoded(packet: Packet, version: MqttVersion): Uint8Array {
  const writer = new ByteWriter();
  encodePacket(writer, packet, version);
  return writer.bytes.slice(0, writer.length);
}

/** The body of one of these small packets, whose remaining length has one byte. */
function bodyOf(kind: Kind, version: MqttVersion): Uint8Array {
  return encoded(sample(kind, version), version).subarray(2);
}

/** Bodies that may be shorter: those lengths are no fault. */
function mayEndAt(kind: Kind, length: number, version: MqttVersion): boolean {
  if (version === 4) return false;
  if (kind === 'disconnect' || kind === 'auth') return length === 0 || (length === 1 && kind === 'disconnect');
  return kind.startsWith('pub') && kind !== 'publish' && (length === 2 || length === 3);
}

/** Every packet that is malformed, or a protocol error by itself, type by type and fault by fault. */
export function malformedPackets(version: MqttVersion): MalformedPacket[] {
  const kinds = SENT.filter(kind => version === 5 || kind !== 'auth');
  return [
    ...[...kinds, 'connect' as const].flatMap(kind => [...wrongFlags(kind, version), ...wrongLengths(kind, version)]),
    ...remainingLengths(version),
    ...wrongTypes(version),
    ...zeroIdentifiers(version),
    ...wrongText(version),
    ...wrongConnects(version),
    ...wrongFilters(version),
    ...(version === 5 ? [...wrongProperties(), ...wrongReasonCodes()] : []),
  ];
}

function wrongFlags(kind: Kind, version: MqttVersion): MalformedPacket[] {
  const type = typeOf(kind);
  // Of a PUBLISH: QoS 3, and DUP with QoS 0.
  const wrong = (flags: number): boolean =>
    kind === 'publish' ? (flags & 6) === 6 || (flags & 0xe) === 8 : flags !== FLAGS_RESERVED[type];
  return Array.from({ length: 16 }, (_, flags) => flags)
    .filter(wrong)
    .map(flags => ({
      fault: 'reserved flags',
      what: `${kind} with the flags ${flags}`,
      bytes: framed((type << 4) | flags, bodyOf(kind, version)),
      first: kind === 'connect',
      reasonCodes: [MALFORMED],
    }));
}

function wrongLengths(kind: Kind, version: MqttVersion): MalformedPacket[] {
  const whole = bodyOf(kind, version);
  const first = encoded(sample(kind, version), version)[0]!;
  const shared = { first: kind === 'connect', reasonCodes: ANY };
  const cut = Array.from({ length: whole.length }, (_, length) => length)
    .filter(length => !mayEndAt(kind, length, version))
    .map(length => ({
      fault: 'bodies that are cut',
      what: `${kind} after ${length} bytes`,
      bytes: framed(first, whole.subarray(0, length)),
      ...shared,
      ...(kind === 'connect' && length < CONNECT_VERSION_BYTES && { reasonCodes: [] }),
    }));
  if (kind === 'publish') return cut;
  const longer = { fault: 'bytes after the last field', what: kind, bytes: framed(first, Buffer.concat([whole, hex('00')])), ...shared };
  return [...cut, longer];
}

function remainingLengths(version: MqttVersion): MalformedPacket[] {
  const fault = 'remaining lengths';
  const tooLong = { fault, what: 'of five bytes', bytes: hex('30 ff ff ff ff 01'), reasonCodes: [MALFORMED] };
  const first = { ...tooLong, what: 'of five bytes, of CONNECT', bytes: hex('10 ff ff ff ff 01'), first: true, reasonCodes: [] };
  const overlong = { fault, what: 'with more bytes than it needs', bytes: hex('c0 80 00'), first: false, reasonCodes: [MALFORMED] };
  return [{ ...tooLong, first: false }, first, ...(version === 5 ? [overlong] : [])];
}

function wrongTypes(version: MqttVersion): MalformedPacket[] {
  const fault = 'packets that are not for clients';
  const servers = [
    ['CONNACK', version === 5 ? '20 03 00 00 00' : '20 02 00 00'],
    ['SUBACK', version === 5 ? '90 04 00 01 00 00' : '90 03 00 01 00'],
    ['UNSUBACK', version === 5 ? 'b0 04 00 01 00 00' : 'b0 02 00 01'],
    ['PINGRESP', 'd0 00'],
  ] as const;
  return [
    ...servers.map(([what, bytes]) => ({ fault, what, bytes: hex(bytes), first: false, reasonCodes: [PROTOCOL] })),
    { fault, what: 'type 0', bytes: hex('00 00'), first: false, reasonCodes: [MALFORMED] },
    ...(version === 4 ? [{ fault, what: 'type 15', bytes: hex('f0 00'), first: false, reasonCodes: [MALFORMED] }] : []),
  ];
}

function zeroIdentifiers(version: MqttVersion): MalformedPacket[] {
  const kinds = ['publish', 'puback', 'pubrec', 'pubrel', 'pubcomp', 'subscribe', 'unsubscribe'] as const;
  return kinds.map(kind => {
    const bytes = encoded(sample(kind, version), version);
    // Of a PUBLISH it follows the topic's five bytes.
    bytes.fill(0, kind === 'publish' ? 7 : 2, kind === 'publish' ? 9 : 4);
    return { fault: 'packet identifiers of zero', what: kind, bytes, first: false, reasonCodes: [PROTOCOL] };
  });
}

/** Texts that are none: a byte that is not UTF-8, a surrogate, U+0000. */
const NO_TEXTS = ['0001 ff', '0003 ed a0 80', '0001 00'] as const;

function wrongText(version: MqttVersion): MalformedPacket[] {
  const none = version === 5 ? '00' : '';
  const level = `0004 4d515454 0${version}`;
  const places = (text: string): readonly (readonly [string, number, string, boolean])[] => [
    ['topic name', 0x30, text + none, false],
    ['topic filter of SUBSCRIBE', 0x82, `0001 ${none} ${text} 00`, false],
    ['topic filter of UNSUBSCRIBE', 0xa2, `0001 ${none} ${text}`, false],
    ['client identifier', 0x10, `${level} 02 0000 ${none} ${text}`, true],
    ['will topic', 0x10, `${level} 06 0000 ${none} 000163 ${none} ${text} 0000`, true],
    ['user name', 0x10, `${level} 82 0000 ${none} 000163 ${text}`, true],
    ...(version === 5
      ? ([
          ['name of a user property', 0x30, `000161 ${sized(`26 ${text} 000176`)}`, false],
          ['value of a user property', 0x30, `000161 ${sized(`26 000176 ${text}`)}`, false],
          ['content type', 0x30, `000161 ${sized(`03 ${text}`)}`, false],
          ['response topic', 0x30, `000161 ${sized(`08 ${text}`)}`, false],
          ['authentication method', 0x10, `${level} 02 0000 ${sized(`15 ${text}`)} 000163`, true],
        ] as const)
      : []),
  ];
  return NO_TEXTS.flatMap(text =>
    places(text).map(([what, type, body, first]) => ({
      fault: 'text that is none',
      what: `${what}: ${text}`,
      bytes: framed(type, hex(body)),
      first,
      reasonCodes: [MALFORMED],
    })),
  );
}

/** Short properties with their length before them. */
function sized(properties: string): string {
  return hex(properties).length.toString(16).padStart(2, '0') + properties;
}

function wrongConnects(version: MqttVersion): MalformedPacket[] {
  const none = version === 5 ? '00' : '';
  const rows: [string, string, number][] = [
    ['the reserved flag', `0${version} 03 0000 ${none} 000163`, MALFORMED],
    ['a will QoS without a will', `0${version} 0a 0000 ${none} 000163`, MALFORMED],
    ['a will to be retained without a will', `0${version} 22 0000 ${none} 000163`, MALFORMED],
    ['a will QoS of 3', `0${version} 1e 0000 ${none} 000163 ${none} 000177 0000`, MALFORMED],
    ['a will topic with a wildcard', `0${version} 06 0000 ${none} 000163 ${none} 000123 0000`, NAME],
    ['an empty will topic', `0${version} 06 0000 ${none} 000163 ${none} 0000 0000`, NAME],
  ];
  if (version === 4) rows.push(['a password without a user name', '04 42 0000 000163 000170', MALFORMED]);
  return rows.map(([what, rest, reasonCode]) => ({
    fault: 'CONNECT with',
    what,
    bytes: framed(0x10, hex(`0004 4d515454 ${rest}`)),
    first: true,
    reasonCodes: [reasonCode],
  }));
}

function wrongFilters(version: MqttVersion): MalformedPacket[] {
  const properties = version === 5 ? '00' : '';
  const text = (value: string): string => `${value.length.toString(16).padStart(4, '0')} ${Buffer.from(value).toString('hex')}`;
  const filters = ['', 'a#', '#/a', 'a/#/b', 'a+', '+a/b', ...(version === 5 ? ['$share/g', '$share//a', '$share/g/', '$share/g+/a'] : [])];
  const names = ['', 'a/+', '#', ...(version === 5 ? [] : ['+'])];
  const options = version === 5 ? ['03', '30', '40', '80'] : ['03', '04', '80'];
  return [
    ...filters.flatMap(filter => [
      { what: `SUBSCRIBE of “${filter}”`, bytes: framed(0x82, hex(`0001 ${properties} ${text(filter)} 00`)), reasonCodes: [FILTER] },
      { what: `UNSUBSCRIBE of “${filter}”`, bytes: framed(0xa2, hex(`0001 ${properties} ${text(filter)}`)), reasonCodes: [FILTER] },
    ]),
    ...names.map(name => ({
      what: `PUBLISH to “${name}”`,
      bytes: framed(0x30, hex(`${text(name)} ${properties}`)),
      // In 5.0 an empty name is one without the alias that it needs.
      reasonCodes: [name === '' && version === 5 ? PROTOCOL : NAME],
    })),
    ...options.map(option => ({
      what: `SUBSCRIBE with the options 0x${option}`,
      bytes: framed(0x82, hex(`0001 ${properties} 000161 ${option}`)),
      reasonCodes: [MALFORMED, PROTOCOL],
    })),
    ...(version === 5
      ? [
          {
            what: 'SUBSCRIBE of a shared filter without local',
            bytes: framed(0x82, hex(`0001 00 ${text('$share/g/a')} 04`)),
            reasonCodes: [PROTOCOL],
          },
        ]
      : []),
    { what: 'SUBSCRIBE of nothing', bytes: framed(0x82, hex(`0001 ${properties}`)), reasonCodes: [PROTOCOL] },
    { what: 'UNSUBSCRIBE of nothing', bytes: framed(0xa2, hex(`0001 ${properties}`)), reasonCodes: [PROTOCOL] },
  ].map(row => ({ fault: 'filters, names and options', first: false, ...row }));
}

/** The value of a property of each type; and one that it may not have. */
const VALUES = {
  bit: ['01', '02'],
  boolean: ['01', '02'],
  uint16: ['0001', undefined],
  uint32: ['00000001', undefined],
  positive16: ['0001', '0000'],
  positive32: ['00000001', '00000000'],
  text: ['0001 61', undefined],
  topic: ['0001 61', '0001 2b'],
  binary: ['0001 61', undefined],
  identifiers: ['01', '00'],
  pairs: ['0001 61 0001 62', undefined],
} as const satisfies Record<PropertyType, readonly [string, string | undefined]>;

/** The packet of each kind that has these properties. */
const HOLDERS: readonly { holder: PropertyHolder; with: (properties: string) => Uint8Array }[] = [
  { holder: 'connect', with: properties => framed(0x10, hex(`0004 4d515454 05 02 0000 ${sized(properties)} 000163`)) },
  { holder: 'will', with: properties => framed(0x10, hex(`0004 4d515454 05 06 0000 00 000163 ${sized(properties)} 000177 0000`)) },
  { holder: 'publish', with: properties => framed(0x30, hex(`000161 ${sized(properties)}`)) },
  ...(['puback', 'pubrec', 'pubrel', 'pubcomp'] as const).map(holder => ({
    holder,
    with: (properties: string) => framed((typeOf(holder) << 4) | FLAGS_RESERVED[typeOf(holder)]!, hex(`0001 00 ${sized(properties)}`)),
  })),
  { holder: 'subscribe', with: properties => framed(0x82, hex(`0001 ${sized(properties)} 000161 00`)) },
  { holder: 'unsubscribe', with: properties => framed(0xa2, hex(`0001 ${sized(properties)} 000161`)) },
  { holder: 'disconnect', with: properties => framed(0xe0, hex(`00 ${sized(properties)}`)) },
  { holder: 'auth', with: properties => framed(0xf0, hex(`19 ${sized(`15 0001 6d ${properties}`)}`)) },
];

function wrongProperties(): MalformedPacket[] {
  return HOLDERS.flatMap(({ holder, with: packetWith }) => {
    const first = holder === 'connect' || holder === 'will';
    const unknown = ['00', '7f', '8001'].map(id => ({
      fault: 'properties that there are not',
      what: `${id} in ${holder}`,
      bytes: packetWith(`${id} 00`),
      first,
      reasonCodes: [MALFORMED],
    }));
    const known = PROPERTIES.flatMap(({ id, name, type, holders }) => {
      const number = id.toString(16).padStart(2, '0');
      const [value, wrong] = VALUES[type];
      const property = `${number} ${value}`;
      const what = `${name} in ${holder}`;
      if (!holders.includes(holder))
        return [
          { fault: 'properties in packets that may not have them', what, bytes: packetWith(property), first, reasonCodes: [MALFORMED] },
        ];
      // The method is in every AUTH already.
      const again = holder === 'auth' && name === 'authenticationMethod' ? property : `${property} ${property}`;
      const once = type !== 'pairs' && !(type === 'identifiers' && holder === 'publish');
      return [
        ...(once ? [{ fault: 'properties that come twice', what, bytes: packetWith(again), first, reasonCodes: [PROTOCOL] }] : []),
        ...(wrong === undefined
          ? []
          : [
              {
                fault: 'values that a property may not have',
                what,
                bytes: packetWith(`${number} ${wrong}`),
                first,
                // A topic alias has a reason code of its own [MQTT-3.3.2-8].
                reasonCodes: name === 'topicAlias' ? [REASON.topicAliasInvalid] : [MALFORMED, PROTOCOL, NAME],
              },
            ]),
      ];
    });
    return [...unknown, ...known];
  });
}

function wrongReasonCodes(): MalformedPacket[] {
  return [
    ...(['40', '50', '62', '70'] as const).map(first => ({
      what: `acknowledgement 0x${first}`,
      bytes: framed(Number(`0x${first}`), hex('0001 01')),
    })),
    { what: 'DISCONNECT', bytes: framed(0xe0, hex('01')) },
    { what: 'AUTH', bytes: framed(0xf0, hex('01 04 15 0001 6d')) },
  ].map(row => ({ fault: 'reason codes that there are not', first: false, reasonCodes: [PROTOCOL, MALFORMED], ...row }));
}
