/**
 * What traces cost those who are not sampled: `node bench/tracing.ts`. Three servers on one core get the same load at the same time: two without tracing, and one that
 * samples a hundredth of the messages. What else the machine does falls on all of them.
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Case, cases } from './cases.ts';
import { generate } from './generate.ts';
import { angariumOf, type RunningPeer } from './peers.ts';
import { type Round, slowdownOf } from './slowdown.ts';

const SECONDS = 4;
const ROUNDS = 3;
const MOST = 1.1;
const CASES = ['anycast 1→1, settled', 'anycast 1→1, unsettled', 'durable queue 1→1, through', 'MQTT QoS 1 1→1, window 1000'];
const ROLES = ['reference', 'ours', 'again'] as const;
type Role = (typeof ROLES)[number];

const collector = createServer((request, response) => void request.resume().on('end', () => response.end())).listen(0, '127.0.0.1');
await once(collector, 'listening');
const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
const root = mkdtempSync(join(tmpdir(), 'angarium-tracing-'));
const peers = new Map<Role, RunningPeer>();

async function costOf(one: Case, role: Role): Promise<number> {
  const measurement = await generate(one.loads.angarium!, peers.get(role)!);
  const rate = one.value(measurement);
  if (measurement.errors?.length || !rate) throw new Error(`${one.name} was not measured: ${JSON.stringify(measurement)}`);
  return (measurement.serverCpuPercent! / 100 / rate) * 1e6;
}

async function roundOf(one: Case): Promise<Round> {
  const [reference, ours, again] = await Promise.all(ROLES.map(role => costOf(one, role)));
  return { reference: reference!, ours: ours!, again: again! };
}

try {
  for (const role of ROLES) {
    mkdirSync(join(root, role));
    const flags = role === 'ours' ? ['--tracing-endpoint', endpoint, '--tracing-one-in', '100'] : [];
    peers.set(role, await angariumOf(join(import.meta.dirname, '..'), 'one core', flags).start(join(root, role)));
  }
  for (const one of cases({ seconds: SECONDS }).filter(({ name }) => CASES.includes(name))) {
    // What is compiled on the way is no part of it.
    await roundOf(one);
    const rounds: Round[] = [];
    while (rounds.length < ROUNDS) rounds.push(await roundOf(one));
    const { ratio, noise, sameVersion, over } = slowdownOf(rounds, MOST);
    if (over) process.exitCode = 1;
    const percent = (100 * noise).toFixed(1);
    process.stdout.write(`${one.name.padEnd(30)} ${ratio.toFixed(3)} ± ${percent} %, without both times ${sameVersion.toFixed(3)}\n`);
  }
} finally {
  for (const peer of peers.values()) await peer.stop();
  collector.close();
  rmSync(root, { recursive: true, force: true });
}
