/** The two versions by the level that a CONNECT names: 4 is MQTT 3.1.1, 5 is MQTT 5.0. */
export type MqttVersion = 4 | 5;

/** Quality of service: at most once, at least once, exactly once (section 4.3). */
export type Qos = 0 | 1 | 2;

/** The control packet types of section 2.1.2 (5.0) and 2.2.1 (3.1.1), which stand in the upper half of a packet's first byte. */
export const CONNECT = 1;
export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREC = 5;
export const PUBREL = 6;
export const PUBCOMP = 7;
export const SUBSCRIBE = 8;
export const SUBACK = 9;
export const UNSUBSCRIBE = 10;
export const UNSUBACK = 11;
export const PINGREQ = 12;
export const PINGRESP = 13;
export const DISCONNECT = 14;
export const AUTH = 15;

/** What a packet is called in code, by its type; type 0 is reserved. */
export const PACKET_KINDS = [
  'reserved',
  'connect',
  'connack',
  'publish',
  'puback',
  'pubrec',
  'pubrel',
  'pubcomp',
  'subscribe',
  'suback',
  'unsubscribe',
  'unsuback',
  'pingreq',
  'pingresp',
  'disconnect',
  'auth',
] as const;
export type PacketKind = Exclude<(typeof PACKET_KINDS)[number], 'reserved'>;

/**
 * The flags that the first byte of each type but PUBLISH has to have (table 2-2).
 *
 *     bit   7  6  5  4    3  2  1  0
 *           type          flags
 */
export const FLAGS_RESERVED: readonly number[] = [0, 0, 0, 0, 0, 0, 0b0010, 0, 0b0010, 0, 0b0010, 0, 0, 0, 0, 0];

/** The flags of a PUBLISH (section 3.3.1): DUP, two bits of QoS, RETAIN. */
export const FLAG_DUPLICATE = 0b1000;
export const FLAG_RETAIN = 0b0001;

/** The first byte of a packet of this type, but for PUBLISH. */
export function firstByte(type: number): number {
  return (type << 4) | FLAGS_RESERVED[type]!;
}
