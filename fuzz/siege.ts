import { setTimeout } from 'node:timers/promises';
import { type ProcessUsage, processUsage } from '@angarium/load';
import { type SpawnedServer, spawnServer } from '@angarium/testkit';
import { RawClient } from '../packages/head-http/test/support/raw-client.ts';
import {
  type Attack,
  type Field,
  HOSTILE_ANYCAST,
  HOSTILE_MULTICAST,
  HOSTILE_QUEUE,
  HOSTILE_TOPIC,
  HTTP_SIEGE_LIMITS,
  MQTT_SIEGE_LIMITS,
  SIEGE_LIMITS,
} from './attack.ts';
import { Neighbour, type NeighbourReport } from './neighbour.ts';
import { sendAndReceive } from './normal-client.ts';
import { publishAndReceive } from './normal-mqtt-client.ts';
import type { Random } from './random.ts';
import { RawMqttPeer } from './raw-mqtt-peer.ts';
import { RawPeer } from './raw-peer.ts';

/** What the server's memory may grow to while it is attacked, and what may be left of that afterwards, over what it had before the first attack. */
export const PEAK_GROWTH_BYTES_MAX = 512 * 1024 * 1024;
export const LASTING_GROWTH_BYTES_MAX = 448 * 1024 * 1024;
/** How long a neighbour's message may take while others attack. Attackers, neighbour and server share two cores, perhaps with more, so this is about stalls, not speed. */
export const NEIGHBOUR_P99_MS_MAX = 1000;
export const NEIGHBOUR_MAX_MS_MAX = 3000;
const MEMORY_INTERVAL_MS = 50;
/** How long after an attack the log may take to say what it has to: a peer that reads nothing is cut some time after its last word. */
const LOG_TIMEOUT_MS = 15_000;
const LOG_INTERVAL_MS = 20;
/** What a line of the log says when the server has made a mistake of its own. */
const MISTAKE = /the server made a mistake|uncaught|unhandled|"level":"fatal"/i;

export interface SiegeReport {
  readonly attack: string;
  readonly seconds: number;
  readonly peers: number;
  readonly peakBytes: number;
  readonly afterBytes: number;
  readonly neighbour: NeighbourReport;
  readonly figures: readonly string[];
  readonly failures: readonly string[];
}

export interface SiegeOptions {
  readonly random: Random;
  readonly long: boolean;
  /** How long an attack that could go on for ever does so. */
  readonly attackMs: number;
}

/** A server of its own, a neighbour at work, and one attack after the other, with what has to hold after each. */
export class Siege implements AsyncDisposable {
  readonly #options: SiegeOptions;
  readonly #server: SpawnedServer;
  readonly #neighbour: Neighbour;
  readonly #resources: AsyncDisposableStack;
  readonly #bytesBefore: number;

  private constructor(options: SiegeOptions, server: SpawnedServer, neighbour: Neighbour, resources: AsyncDisposableStack) {
    this.#options = options;
    this.#server = server;
    this.#neighbour = neighbour;
    this.#resources = resources;
    this.#bytesBefore = this.#residentBytes();
  }

  static async begin(options: SiegeOptions): Promise<Siege> {
    await using resources = new AsyncDisposableStack();
    const server = resources.use(await spawnServer({ args: serverArguments() }));
    await createAddresses(server);
    const neighbour = resources.use(await Neighbour.start(server.amqp));
    return new Siege(options, server, neighbour, resources.move());
  }

  get serverLog(): string {
    return this.#server.log();
  }

  async run(attack: Attack): Promise<SiegeReport> {
    const startedMs = performance.now();
    const { long, attackMs } = this.#options;
    const logStart = this.#server.log().length;
    const failures: string[] = [];
    const figures: string[] = [];
    const peers: Disposable[] = [];
    const named: { readonly name: string }[] = [];
    const logged: RegExp[] = [];
    await this.#neighbour.report();
    const field: Field = {
      target: this.#server.amqp,
      random: this.#options.random.fork(attack.name),
      long,
      limits: SIEGE_LIMITS,
      mqttLimits: MQTT_SIEGE_LIMITS,
      httpLimits: HTTP_SIEGE_LIMITS,
      get goesOn() {
        return performance.now() - startedMs < attackMs;
      },
      connect: async options => {
        const peer = await RawPeer.connect(this.#server.amqp, options);
        peers.push(peer);
        return peer;
      },
      connectMqtt: async options => {
        const peer = await RawMqttPeer.connect(this.#server.mqtt, options);
        peers.push(peer);
        return peer;
      },
      connectHttp: async () => {
        const peer = await RawClient.connect(this.#server);
        peers.push(peer);
        return peer;
      },
      mustBeLogged: words => void logged.push(words),
      mustBeNamed: peer => void named.push(peer),
      note: figure => void figures.push(figure),
    };
    const memory = watchMemory(() => this.#residentBytes());
    try {
      await attack.run(field);
    } catch (error) {
      failures.push((error as Error).message);
    }
    await this.#awaitLog([...named.map(({ name }) => `"${name}"`), ...logged], logStart, failures);
    for (const peer of peers) peer[Symbol.dispose]();
    await this.#check('a normal client', failures, () => sendAndReceive(this.#server.amqp));
    await this.#check('a normal client of MQTT', failures, () => publishAndReceive(this.#server.mqtt));
    const peakBytes = memory.stop();
    const neighbour = await this.#neighbour.report();
    const afterBytes = this.#residentBytes();
    failures.push(...this.#judge(neighbour, peakBytes, afterBytes));
    const log = this.#server.log().slice(logStart);
    if (MISTAKE.test(log)) failures.push(`the server made a mistake: ${log.slice(0, 2000)}`);
    const seconds = (performance.now() - startedMs) / 1000;
    return { attack: attack.name, seconds, peers: peers.length, peakBytes, afterBytes, neighbour, figures, failures };
  }

  /** Waits until the log says from there on all that it has to; what it does not say in time is a failure. */
  async #awaitLog(wanted: readonly (string | RegExp)[], start: number, failures: string[]): Promise<void> {
    const untilMs = performance.now() + LOG_TIMEOUT_MS;
    const missing = new Set(wanted);
    for (;;) {
      const log = this.#server.log().slice(start);
      for (const words of missing) if (typeof words === 'string' ? log.includes(words) : words.test(log)) missing.delete(words);
      if (missing.size === 0) return;
      if (performance.now() > untilMs)
        return void failures.push(...[...missing].map(words => `the log does not say ${words}: ${log.slice(-500)}`));
      await setTimeout(LOG_INTERVAL_MS);
    }
  }

  async #check(who: string, failures: string[], what: () => Promise<void>): Promise<void> {
    try {
      await what();
    } catch (error) {
      failures.push(`${who} was not served afterwards: ${(error as Error).message}`);
    }
  }

  #judge(neighbour: NeighbourReport, peakBytes: number, afterBytes: number): string[] {
    const failures = neighbour.problems.map(problem => `the neighbour was disturbed: ${problem}`);
    // The message under way when the report was asked for may be accepted and not back, or the other way round.
    if (Math.abs(neighbour.rounds - neighbour.accepted) > 1)
      failures.push(`${neighbour.rounds} messages of the neighbour came back, and ${neighbour.accepted} were accepted`);
    if (neighbour.rounds === 0) failures.push('no message of the neighbour came back');
    const slowestMs = Math.max(neighbour.maxMs, neighbour.waitingMs);
    if (neighbour.p99Ms > NEIGHBOUR_P99_MS_MAX || slowestMs > NEIGHBOUR_MAX_MS_MAX)
      failures.push(`the neighbour waited ${neighbour.p99Ms.toFixed(0)} ms (p99), ${slowestMs.toFixed(0)} ms at most`);
    const peak = peakBytes - this.#bytesBefore;
    const after = afterBytes - this.#bytesBefore;
    if (peak > PEAK_GROWTH_BYTES_MAX) failures.push(`the server's memory grew by ${megabytes(peak)} MB`);
    if (after > LASTING_GROWTH_BYTES_MAX) failures.push(`the server kept ${megabytes(after)} MB`);
    return failures;
  }

  #residentBytes(): number {
    return usage(this.#server.pid)?.residentBytes ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

function usage(pid: number): ProcessUsage | undefined {
  return processUsage(pid);
}

function serverArguments(): string[] {
  const { addressesMax, ...limits } = SIEGE_LIMITS;
  const flags = (head: string, of: Readonly<Record<string, number>>): string[] =>
    Object.entries(of).flatMap(([name, value]) => [
      `--${head}-${name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`,
      `${value}`,
    ]);
  const heads = [...flags('amqp', limits), ...flags('mqtt', MQTT_SIEGE_LIMITS), ...flags('http', HTTP_SIEGE_LIMITS)];
  return [...heads, '--addresses-max', `${addressesMax}`, '--log-format', 'json'];
}

/** Made before anybody can exhaust the addresses. The direct ones stay for as long as this peer's links. */
async function createAddresses(server: SpawnedServer): Promise<void> {
  for (const [name, type] of [
    [HOSTILE_QUEUE, 'queue'],
    [HOSTILE_TOPIC, 'topic'],
    [HOSTILE_ANYCAST, 'anycast'],
    [HOSTILE_MULTICAST, 'multicast'],
  ] as const) {
    const answer = await fetch(new URL('/apis/angarium.dev/v1/addressspaces/default/addresses', server.http), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ apiVersion: 'angarium.dev/v1', kind: 'Address', metadata: { name }, spec: { type } }),
    });
    if (!answer.ok) throw new Error(`${name} could not be declared: ${answer.status} ${await answer.text()}`);
  }
  await sendAndReceive(server.amqp);
}

function watchMemory(residentBytes: () => number): { stop(): number } {
  let peak = residentBytes();
  const look = (): void => {
    peak = Math.max(peak, residentBytes());
  };
  const timer = setInterval(look, MEMORY_INTERVAL_MS);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return peak;
    },
  };
}

export function megabytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(0);
}
