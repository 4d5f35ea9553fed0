import type { PacketKind } from './packet-type.ts';

/** The reason codes of MQTT 5.0 by name (table 2-6). 0 has two more names: normal disconnection, and granted QoS 0. */
export const REASON = {
  success: 0x00,
  grantedQos1: 0x01,
  grantedQos2: 0x02,
  disconnectWithWill: 0x04,
  noMatchingSubscribers: 0x10,
  noSubscriptionExisted: 0x11,
  continueAuthentication: 0x18,
  reauthenticate: 0x19,
  unspecifiedError: 0x80,
  malformedPacket: 0x81,
  protocolError: 0x82,
  implementationSpecificError: 0x83,
  unsupportedProtocolVersion: 0x84,
  clientIdentifierNotValid: 0x85,
  badUserNameOrPassword: 0x86,
  notAuthorized: 0x87,
  serverUnavailable: 0x88,
  serverBusy: 0x89,
  banned: 0x8a,
  serverShuttingDown: 0x8b,
  badAuthenticationMethod: 0x8c,
  keepAliveTimeout: 0x8d,
  sessionTakenOver: 0x8e,
  topicFilterInvalid: 0x8f,
  topicNameInvalid: 0x90,
  packetIdentifierInUse: 0x91,
  packetIdentifierNotFound: 0x92,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  messageRateTooHigh: 0x96,
  quotaExceeded: 0x97,
  administrativeAction: 0x98,
  payloadFormatInvalid: 0x99,
  retainNotSupported: 0x9a,
  qosNotSupported: 0x9b,
  useAnotherServer: 0x9c,
  serverMoved: 0x9d,
  sharedSubscriptionsNotSupported: 0x9e,
  connectionRateExceeded: 0x9f,
  maximumConnectTime: 0xa0,
  subscriptionIdentifiersNotSupported: 0xa1,
  wildcardSubscriptionsNotSupported: 0xa2,
} as const;

/** The packets of MQTT 5.0 that carry a reason code, and the section that lists which. */
export const REASON_CODE_SECTIONS = {
  connack: '3.2.2.2',
  puback: '3.4.2.1',
  pubrec: '3.5.2.1',
  pubrel: '3.6.2.1',
  pubcomp: '3.7.2.1',
  suback: '3.9.3',
  unsuback: '3.11.3',
  disconnect: '3.14.2.1',
  auth: '3.15.2.1',
} as const satisfies Partial<Record<PacketKind, string>>;
export type ReasonedKind = keyof typeof REASON_CODE_SECTIONS;

export interface ReasonCode {
  /** As the specification writes it. */
  readonly name: string;
  /** The packets that may carry it; their sections stand in `REASON_CODE_SECTIONS`. */
  readonly packets: readonly ReasonedKind[];
  /** Where the code means something else than `name`. */
  readonly otherNames?: Readonly<Partial<Record<ReasonedKind, string>>>;
}

/** Every reason code of MQTT 5.0 (section 2.4, table 2-6), by its number. */
export const REASON_CODES: Readonly<Record<number, ReasonCode>> = {
  0: {
    name: 'Success',
    packets: ['connack', 'puback', 'pubrec', 'pubrel', 'pubcomp', 'suback', 'unsuback', 'disconnect', 'auth'],
    otherNames: { disconnect: 'Normal disconnection', suback: 'Granted QoS 0' },
  },
  1: { name: 'Granted QoS 1', packets: ['suback'] },
  2: { name: 'Granted QoS 2', packets: ['suback'] },
  4: { name: 'Disconnect with Will Message', packets: ['disconnect'] },
  16: { name: 'No matching subscribers', packets: ['puback', 'pubrec'] },
  17: { name: 'No subscription existed', packets: ['unsuback'] },
  24: { name: 'Continue authentication', packets: ['auth'] },
  25: { name: 'Re-authenticate', packets: ['auth'] },
  128: { name: 'Unspecified error', packets: ['connack', 'puback', 'pubrec', 'suback', 'unsuback', 'disconnect'] },
  129: { name: 'Malformed Packet', packets: ['connack', 'disconnect'] },
  130: { name: 'Protocol Error', packets: ['connack', 'disconnect'] },
  131: { name: 'Implementation specific error', packets: ['connack', 'puback', 'pubrec', 'suback', 'unsuback', 'disconnect'] },
  132: { name: 'Unsupported Protocol Version', packets: ['connack'] },
  133: { name: 'Client Identifier not valid', packets: ['connack'] },
  134: { name: 'Bad User Name or Password', packets: ['connack'] },
  135: { name: 'Not authorized', packets: ['connack', 'puback', 'pubrec', 'suback', 'unsuback', 'disconnect'] },
  136: { name: 'Server unavailable', packets: ['connack'] },
  137: { name: 'Server busy', packets: ['connack', 'disconnect'] },
  138: { name: 'Banned', packets: ['connack'] },
  139: { name: 'Server shutting down', packets: ['disconnect'] },
  140: { name: 'Bad authentication method', packets: ['connack', 'disconnect'] },
  141: { name: 'Keep Alive timeout', packets: ['disconnect'] },
  142: { name: 'Session taken over', packets: ['disconnect'] },
  143: { name: 'Topic Filter invalid', packets: ['suback', 'unsuback', 'disconnect'] },
  144: { name: 'Topic Name invalid', packets: ['connack', 'puback', 'pubrec', 'disconnect'] },
  145: { name: 'Packet Identifier in use', packets: ['puback', 'pubrec', 'suback', 'unsuback'] },
  146: { name: 'Packet Identifier not found', packets: ['pubrel', 'pubcomp'] },
  147: { name: 'Receive Maximum exceeded', packets: ['disconnect'] },
  148: { name: 'Topic Alias invalid', packets: ['disconnect'] },
  149: { name: 'Packet too large', packets: ['connack', 'disconnect'] },
  150: { name: 'Message rate too high', packets: ['disconnect'] },
  151: { name: 'Quota exceeded', packets: ['connack', 'puback', 'pubrec', 'suback', 'disconnect'] },
  152: { name: 'Administrative action', packets: ['disconnect'] },
  153: { name: 'Payload format invalid', packets: ['connack', 'puback', 'pubrec', 'disconnect'] },
  154: { name: 'Retain not supported', packets: ['connack', 'disconnect'] },
  155: { name: 'QoS not supported', packets: ['connack', 'disconnect'] },
  156: { name: 'Use another server', packets: ['connack', 'disconnect'] },
  157: { name: 'Server moved', packets: ['connack', 'disconnect'] },
  158: { name: 'Shared Subscriptions not supported', packets: ['suback', 'disconnect'] },
  159: { name: 'Connection rate exceeded', packets: ['connack', 'disconnect'] },
  160: { name: 'Maximum connect time', packets: ['disconnect'] },
  161: { name: 'Subscription Identifiers not supported', packets: ['suback', 'disconnect'] },
  162: { name: 'Wildcard Subscriptions not supported', packets: ['suback', 'disconnect'] },
};

/** Return codes of MQTT 3.1.1: CONNACK's (table 3.1) by number; a SUBACK has 0, 1, 2 and 0x80 (section 3.9.3). */
export const CONNECT_RETURN_CODES = [
  'Connection Accepted',
  'Connection Refused, unacceptable protocol version',
  'Connection Refused, identifier rejected',
  'Connection Refused, Server unavailable',
  'Connection Refused, bad user name or password',
  'Connection Refused, not authorized',
] as const;

/** For each code, which packets may carry it: a bit for each kind, in the order of `REASON_CODE_SECTIONS`. */
const carriers = new Uint16Array(256);
const bitOf = new Map(Object.keys(REASON_CODE_SECTIONS).map((kind, index) => [kind, 1 << index]));
for (const [code, { packets }] of Object.entries(REASON_CODES)) {
  for (const kind of packets) carriers[Number(code)]! |= bitOf.get(kind)!;
}

/** Whether a packet of this kind may carry this reason code in MQTT 5.0. */
export function mayCarry(kind: ReasonedKind, reasonCode: number): boolean {
  return (carriers[reasonCode]! & bitOf.get(kind)!) !== 0;
}

/** What a reason code means in a packet of this kind: 'Granted QoS 0'; a code that it may not carry is named by its number. */
export function reasonCodeName(kind: ReasonedKind, reasonCode: number): string {
  const row = REASON_CODES[reasonCode];
  if (row === undefined) return `0x${reasonCode.toString(16).toUpperCase().padStart(2, '0')}`;
  return row.otherNames?.[kind] ?? row.name;
}
