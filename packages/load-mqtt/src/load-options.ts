import type { LoadTarget } from '@angarium/load';

export type LoadMode = 'flow' | 'ping' | 'idle';
export type Qos = 0 | 1 | 2;

/** What is to be done, to which server. */
export interface LoadOptions extends LoadTarget {
  /** flow: publishers to subscribers of one topic; ping: round trips, one at a time; idle: connections with a subscription each. */
  readonly mode: LoadMode;
  readonly version: 4 | 5;
  readonly topic: string;
  readonly qos: Qos;
  readonly publishers: number;
  readonly subscribers: number;
  /** Bytes of each payload. */
  readonly sizeBytes: number;
  /** Publishes with QoS 1 and 2 that each publisher has under way. */
  readonly window: number;
  /** Deliveries under way end to end: MQTT has no credit, so a slow server is measured, and not its memory. */
  readonly underWayMax: number;
  /** Measured time; what comes before it is not counted. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** idle. */
  readonly connections: number;
  /** Called when the measured time begins, and when it ends. */
  readonly onMeasure?: (phase: 'begin' | 'end') => void;
}

/** Named limits of the generator itself. */
export const LOAD_LIMITS = {
  /** A publisher's bytes that are written at a time, and read at a time by all. */
  burstBytes: 128 << 10,
  readBytes: 256 << 10,
  /** For connecting, subscribing, and a round trip. */
  answerSeconds: 20,
  /** After the measured time, for everything to arrive. */
  settleSeconds: 10,
  /** Connections that are being opened at a time. */
  openingMax: 100,
} as const;

/** Throws `RangeError` for what makes no sense. */
export function checkLoadOptions({ publishers, subscribers, sizeBytes, window, underWayMax, seconds, connections }: LoadOptions): void {
  for (const [name, value, least] of [
    ['publishers', publishers, 1],
    ['subscribers', subscribers, 1],
    ['sizeBytes', sizeBytes, 0],
    ['window', window, 1],
    ['underWayMax', underWayMax, 1],
    ['connections', connections, 1],
  ] as const)
    if (!Number.isInteger(value) || value < least) throw new RangeError(`${name} must be a whole number of ${least} or more, not ${value}`);
  // Packet identifiers are not asked for before they come round again.
  if (window > 0x7fff) throw new RangeError(`window must be at most ${0x7fff}, not ${window}`);
  if (!(seconds > 0)) throw new RangeError(`seconds must be above 0, not ${seconds}`);
}
