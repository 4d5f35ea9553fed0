import type { RawClient } from '../packages/head-http/test/support/raw-client.ts';
import type { Random } from './random.ts';
import type { RawMqttPeer } from './raw-mqtt-peer.ts';
import type { RawPeer } from './raw-peer.ts';
import type { RawPeerOptions, Target } from './raw-socket.ts';

/** One kind of hostility. `run` returns when every peer has been answered as the protocol says, and throws when one was not. */
export interface Attack {
  readonly name: string;
  /** What it does, as a sentence's end: "the server survives …". */
  readonly does: string;
  run(field: Field): Promise<void>;
}

/** What an attack finds before it. */
export interface Field {
  readonly target: Target;
  readonly random: Random;
  /** True for the long form: more of everything. */
  readonly long: boolean;
  /** False as soon as the attack's time is over. It is true at first. */
  readonly goesOn: boolean;
  /** The server's own limits, as it was started with. */
  readonly limits: SiegeLimits;
  readonly mqttLimits: typeof MQTT_SIEGE_LIMITS;
  readonly httpLimits: typeof HTTP_SIEGE_LIMITS;
  /** A peer that is cut off after the attack. */
  connect(options?: RawPeerOptions): Promise<RawPeer>;
  /** The same for MQTT. */
  connectMqtt(options?: RawPeerOptions): Promise<RawMqttPeer>;
  /** The same for HTTP. */
  connectHttp(): Promise<RawClient>;
  /** The server's log must have a line about this peer. */
  mustBeNamed(peer: { readonly name: string }): void;
  /** The server's log must have such a line, or an error says so. */
  mustBeLogged(words: RegExp): void;
  /** A figure for the report. */
  note(figure: string): void;
}

/** Limits of the server under siege: short times, so that being cut off can be waited for. */
export const SIEGE_LIMITS = {
  handshakeTimeoutMs: 1500,
  idleTimeoutMs: 4000,
  stallTimeoutMs: 2500,
  closeTimeoutMs: 500,
  addressesMax: 1000,
  linksPerConnectionMax: 8192,
  assemblyBytesMax: 33_554_432,
} as const;

/** The same of the MQTT head. */
export const MQTT_SIEGE_LIMITS = {
  connectTimeoutMs: 1500,
  stallTimeoutMs: 2500,
  subscriptionsMax: 2000,
  sessionsMax: 800,
  unfinishedBytesMax: 67_108_864,
} as const;

/** The same of the HTTP head. */
export const HTTP_SIEGE_LIMITS = { requestTimeoutMs: 1500 } as const;

export type SiegeLimits = { readonly [name in keyof typeof SIEGE_LIMITS]: number };

/** Addresses that are there for attackers. */
export const HOSTILE_QUEUE = 'hostile-queue';
export const HOSTILE_ANYCAST = 'hostile-anycast';
export const HOSTILE_MULTICAST = 'hostile-multicast';
export const HOSTILE_TOPIC = 'hostile-topic';

/** Runs `once` again and again until the attack's time is over, at least once. */
export async function whileItGoesOn(field: Field, once: () => Promise<void>): Promise<number> {
  let times = 0;
  do {
    await once();
    times++;
  } while (field.goesOn);
  return times;
}
