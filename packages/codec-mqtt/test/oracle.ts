import { generate, parser } from 'mqtt-packet';
import { type MqttVersion, type Packet, type Properties, REASON } from '../src/index.ts';

/** A packet as mqtt-packet has it: loosely typed, as its published types leave out what it takes. */
export type Foreign = Record<string, unknown>;

/** Properties that mqtt-packet calls otherwise. */
const OTHER_NAMES: Readonly<Partial<Record<keyof Properties, string>>> = {
  subscriptionIdentifiers: 'subscriptionIdentifier',
  maximumQos: 'maximumQoS',
  subscriptionIdentifierAvailable: 'subscriptionIdentifiersAvailable',
};
const OUR_NAMES = new Map(Object.entries(OTHER_NAMES).map(([ours, theirs]) => [theirs, ours]));

export function foreignWrites(packet: Foreign, version: MqttVersion): Uint8Array {
  return new Uint8Array(generate(packet as unknown as Parameters<typeof generate>[0], { protocolVersion: version } as object));
}

export function foreignReads(stream: Uint8Array, version: MqttVersion): Foreign {
  const packets: Foreign[] = [];
  const reader = parser({ protocolVersion: version } as object);
  reader.on('packet', packet => packets.push(packet as unknown as Foreign));
  reader.on('error', error => {
    throw error;
  });
  reader.parse(Buffer.from(stream));
  if (packets.length !== 1) throw new Error(`mqtt-packet reads ${packets.length} packets`);
  return packets[0]!;
}

/**
 * Whether mqtt-packet can say this packet: it loses user properties with an empty value, takes what is empty in a CONNECT as absent, and
 * has no topic of length zero, no empty AUTH, and no bad authentication method in a DISCONNECT.
 */
export function foreignCan(packet: Packet): boolean {
  const properties = 'properties' in packet ? packet.properties : undefined;
  if (!pairsAreFull(properties)) return false;
  if (packet.kind === 'publish') return packet.topic !== '';
  if (packet.kind === 'auth') return properties !== undefined;
  if (packet.kind === 'disconnect') return packet.reasonCode !== REASON.badAuthenticationMethod;
  if (packet.kind !== 'connect') return true;
  const { clientId, userName, password, will } = packet;
  // 5.0 has passwords without a user name, which mqtt-packet does not.
  if (clientId === '' || userName === '' || (password !== undefined && userName === undefined) || password?.length === 0) return false;
  return will === undefined || (will.payload.length > 0 && pairsAreFull(will.properties));
}

function pairsAreFull(properties: Properties | undefined): boolean {
  return properties?.userProperties?.every(([name, value]) => name !== '__proto__' && value !== '') ?? true;
}

/** The packet with its user properties in the order of their names, which is all that mqtt-packet's objects keep. */
export function inForeignOrder(packet: Packet): Packet {
  const ordered = structuredClone(packet);
  const will = ordered.kind === 'connect' ? ordered.will : undefined;
  for (const properties of ['properties' in ordered ? ordered.properties : undefined, will?.properties]) {
    properties?.userProperties?.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  }
  return ordered;
}

export function toForeign(packet: Packet, version: MqttVersion): Foreign {
  const foreign: Foreign = { cmd: packet.kind };
  if ('properties' in packet && packet.properties !== undefined) foreign.properties = toForeignProperties(packet.properties);
  if ('packetId' in packet) foreign.messageId = packet.packetId;
  switch (packet.kind) {
    case 'connect': {
      const { will } = packet;
      Object.assign(foreign, { protocolId: 'MQTT', protocolVersion: packet.version, clean: packet.cleanStart, clientId: packet.clientId });
      foreign.keepalive = packet.keepAliveSeconds;
      if (packet.userName !== undefined) foreign.username = packet.userName;
      if (packet.password !== undefined) foreign.password = Buffer.from(packet.password);
      if (will !== undefined) {
        foreign.will = { topic: will.topic, payload: Buffer.from(will.payload), qos: will.qos, retain: will.retain };
        if (will.properties !== undefined) Object.assign(foreign.will as Foreign, { properties: toForeignProperties(will.properties) });
      }
      return foreign;
    }
    case 'connack':
      foreign.sessionPresent = packet.sessionPresent;
      foreign[version === 5 ? 'reasonCode' : 'returnCode'] = packet.reasonCode;
      return foreign;
    case 'publish':
      return {
        ...foreign,
        topic: packet.topic,
        payload: Buffer.from(packet.payload),
        qos: packet.qos,
        dup: packet.duplicate,
        retain: packet.retain,
      };
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
    case 'disconnect':
    case 'auth':
      return { ...foreign, reasonCode: packet.reasonCode };
    case 'subscribe':
      foreign.subscriptions = packet.subscriptions.map(({ filter, qos, noLocal, retainAsPublished, retainHandling }) =>
        version === 5 ? { topic: filter, qos, nl: noLocal, rap: retainAsPublished, rh: retainHandling } : { topic: filter, qos },
      );
      return foreign;
    case 'suback':
    case 'unsuback':
      return { ...foreign, granted: packet.reasonCodes };
    case 'unsubscribe':
      return { ...foreign, unsubscriptions: packet.filters };
    case 'pingreq':
    case 'pingresp':
      return foreign;
  }
}

function toForeignProperties(properties: Properties): Foreign {
  const foreign: Foreign = {};
  for (const [name, value] of Object.entries(properties)) {
    const theirs = OTHER_NAMES[name as keyof Properties] ?? name;
    if (name === 'userProperties') {
      const groups: Record<string, string[]> = {};
      for (const [key, text] of value as [string, string][]) groups[key] = [...(Object.hasOwn(groups, key) ? groups[key]! : []), text];
      foreign[theirs] = groups;
    } else if (name === 'payloadFormatIndicator') {
      foreign[theirs] = value === 1;
    } else {
      foreign[theirs] = value instanceof Uint8Array ? Buffer.from(value) : value;
    }
  }
  return foreign;
}

/** What mqtt-packet has read, as a packet of ours. */
export function fromForeign(foreign: Foreign, version: MqttVersion): Packet {
  const packet: Foreign = { kind: foreign.cmd };
  const set = (name: string, value: unknown): void => {
    if (value !== undefined) packet[name] = value;
  };
  const kind = foreign.cmd as Packet['kind'];
  if (foreign.messageId !== undefined && (kind !== 'publish' || foreign.qos !== 0)) packet.packetId = foreign.messageId;
  const properties = foreign.properties as Foreign | undefined;
  if (properties !== undefined && Object.keys(properties).length > 0) packet.properties = fromForeignProperties(properties);
  switch (kind) {
    case 'connect': {
      set('version', foreign.protocolVersion);
      set('cleanStart', foreign.clean);
      set('keepAliveSeconds', foreign.keepalive);
      set('clientId', foreign.clientId);
      set('userName', foreign.username);
      set('password', plain(foreign.password));
      const will = foreign.will as Foreign | undefined;
      if (will !== undefined) {
        const { topic, payload, qos, retain } = will;
        const ours: Foreign = { topic, payload: plain(payload), qos, retain };
        if (Object.keys((will.properties as Foreign | undefined) ?? {}).length > 0)
          ours.properties = fromForeignProperties(will.properties as Foreign);
        packet.will = ours;
      }
      break;
    }
    case 'connack':
      packet.sessionPresent = foreign.sessionPresent;
      packet.reasonCode = foreign[version === 5 ? 'reasonCode' : 'returnCode'];
      break;
    case 'publish':
      Object.assign(packet, {
        topic: foreign.topic,
        payload: plain(foreign.payload),
        qos: foreign.qos,
        duplicate: foreign.dup,
        retain: foreign.retain,
      });
      break;
    case 'puback':
    case 'pubrec':
    case 'pubrel':
    case 'pubcomp':
    case 'disconnect':
    case 'auth':
      packet.reasonCode = foreign.reasonCode ?? 0;
      break;
    case 'subscribe':
      packet.subscriptions = (foreign.subscriptions as Foreign[]).map(({ topic, qos, nl, rap, rh }) => ({
        filter: topic,
        qos,
        noLocal: nl ?? false,
        retainAsPublished: rap ?? false,
        retainHandling: rh ?? 0,
      }));
      break;
    case 'suback':
    case 'unsuback':
      packet.reasonCodes = foreign.granted ?? [];
      break;
    case 'unsubscribe':
      packet.filters = foreign.unsubscriptions;
      break;
    case 'pingreq':
    case 'pingresp':
      break;
  }
  return packet as unknown as Packet;
}

function fromForeignProperties(foreign: Foreign): Properties {
  const properties: Foreign = {};
  for (const [theirs, value] of Object.entries(foreign)) {
    const name = OUR_NAMES.get(theirs) ?? theirs;
    if (name === 'userProperties') {
      properties[name] = Object.entries(value as Record<string, string | string[]>).flatMap(([key, texts]) =>
        [texts].flat().map(text => [key, text]),
      );
    } else if (name === 'subscriptionIdentifiers') {
      properties[name] = [value].flat();
    } else {
      properties[name] = name === 'payloadFormatIndicator' ? Number(value) : plain(value);
    }
  }
  return properties as Properties;
}

function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? new Uint8Array(value) : value;
}
