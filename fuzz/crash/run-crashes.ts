import { type SpawnedServer, spawnServer, temporaryFolder } from '@angarium/testkit';
import type { Random } from '../random.ts';
import type { RawPeer } from '../raw-peer.ts';
import { CrashConsumer } from './consuming.ts';
import { type Destination, destinations } from './destination.ts';
import { produce } from './producing.ts';

/** How long the server lives before it is killed. */
const LIFE_MS_MIN = 50;

export interface CrashOptions {
  readonly kills: number;
  readonly random: Random;
  /** The longest life of the server, in milliseconds. */
  readonly lifeMsMax: number;
  readonly onKill?: (report: CrashReport) => void;
}

export interface CrashReport {
  readonly kills: number;
  readonly sent: number;
  /** The server said accepted: these may not be lost. */
  readonly accepted: number;
  readonly delivered: number;
  /** The server said that their acknowledgement is safe: these may not come again. */
  readonly confirmed: number;
  /** Deliveries of a message that had been delivered before: what was in doubt. */
  readonly redelivered: number;
  readonly lost: number;
  readonly violations: readonly string[];
  /** From spawning to being ready, after each kill, in milliseconds. */
  readonly restartsMs: readonly number[];
}

/**
 * Kills a server at random moments under load and starts it again on the same data, `kills` times; then takes everything that is left, and once
 * more after a last restart, when nothing may be left.
 */
export async function runCrashes(options: CrashOptions): Promise<CrashReport> {
  const { random, lifeMsMax, onKill } = options;
  const violations: string[] = [];
  const restartsMs: number[] = [];
  const all = destinations(violations);
  const report = (kills: number, lost = 0): CrashReport => summed(all, { kills, lost, violations, restartsMs });
  await using folder = await temporaryFolder();
  const start = async (): Promise<SpawnedServer> => {
    const startedMs = performance.now();
    const server = await spawnServer({ dataDir: folder.path });
    restartsMs.push(performance.now() - startedMs);
    return server;
  };
  for (let kill = 1; kill <= options.kills; kill++) {
    await using server = await start();
    await live(server, all, random, LIFE_MS_MIN + random.below(lifeMsMax - LIFE_MS_MIN));
    onKill?.(report(kill));
  }
  await drainAll(start, all, random);
  const lost = all.flatMap(({ producers }) => producers.map(producer => producer.lost())).reduce((one, other) => one + other);
  const before = report(options.kills).delivered + report(options.kills).redelivered;
  await drainAll(start, all, random);
  const again = report(options.kills).delivered + report(options.kills).redelivered - before;
  if (again > 0) violations.push(`${again} messages came although all had been confirmed before`);
  return report(options.kills, lost);
}

/** One life of the server: everybody is at work until it is killed, and what it had said until then is heard. */
async function live(server: SpawnedServer, all: readonly Destination[], random: Random, lifeMs: number): Promise<void> {
  const killed = new Promise<void>(resolve => {
    setTimeout(() => void server.kill('SIGKILL').then(() => resolve()), lifeMs);
  });
  const peers: RawPeer[] = [];
  let alive = true;
  try {
    for (const destination of all)
      for (let index = 0; index < destination.consumers; index++)
        peers.push((await CrashConsumer.attach(server.amqp, destination, index, random)).peer);
    for (const destination of all) peers.push(await produce(server.amqp, destination, () => alive));
  } catch (error) {
    // Killed before everybody had arrived, which is a moment like any other.
    if (!/closed|ECONNRE|socket/.test((error as Error).message)) throw error;
  }
  await killed;
  alive = false;
  for (const peer of peers) await peer.gone();
}

async function drainAll(start: () => Promise<SpawnedServer>, all: readonly Destination[], random: Random): Promise<void> {
  await using server = await start();
  for (const destination of all) {
    // One after the other: what the first has taken is no more there for the second.
    for (let index = 0; index < destination.consumers; index++) {
      const consumer = await CrashConsumer.attach(server.amqp, destination, index, random);
      await consumer.drain();
      consumer.peer[Symbol.dispose]();
    }
  }
}

function summed(all: readonly Destination[], rest: Pick<CrashReport, 'kills' | 'lost' | 'violations' | 'restartsMs'>): CrashReport {
  const sums = { sent: 0, accepted: 0, delivered: 0, confirmed: 0, redelivered: 0 };
  for (const { producers } of all)
    for (const ledger of producers) for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += ledger[name];
  return { ...sums, ...rest };
}
