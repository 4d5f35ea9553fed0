/** What an address space, or one user of it, may have and do at most; what is absent has no limit of this kind. */
export interface Limits {
  /** Connections at a time, of all protocols. */
  readonly connectionsMax?: number;
  /** New connections in a second, on average; twice as many at once. */
  readonly connectionsPerSecondMax?: number;
  /** Links at a time: AMQP's links, event streams, subscriptions over WebSockets. Those of an MQTT session have a limit of their own. */
  readonly linksMax?: number;
  /** MQTT sessions, those without a connection too; of an address space. */
  readonly sessionsMax?: number;
  /** Addresses; of an address space. */
  readonly addressesMax?: number;
  /** Messages stored, and their bytes; of an address space. */
  readonly messagesMax?: number;
  readonly bytesMax?: number;
  /** The largest message, in bytes; of an address space. */
  readonly messageSizeBytesMax?: number;
  /** What may come in in a second, on average; beyond, reading rests. */
  readonly messagesPerSecondMax?: number;
  readonly bytesPerSecondMax?: number;
}

export const NO_LIMITS: Limits = {};

/** Limits that mean something for a user too; the others are of an address space alone. */
export const LIMITS_OF_USERS = [
  'connectionsMax',
  'connectionsPerSecondMax',
  'linksMax',
  'messagesPerSecondMax',
  'bytesPerSecondMax',
] as const satisfies readonly (keyof Limits)[];
