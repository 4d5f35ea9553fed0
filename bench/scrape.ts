/**
 * What it takes to read the metrics of a server with very many addresses, and as many links that are held up: `node bench/scrape.ts [--spaces 10000] [--addresses 10]`. Says for each of a few readings how long it took,
 * and for how long at a time it held the event loop, which is what clients would notice; and how much of that it has computed, which a busy machine does not change.
 */
import { parseArgs } from 'node:util';
import { Broker, type Producer, type ProducerPort } from '../packages/core/src/index.ts';
import { takeCensus } from '../packages/server/src/activity/link-census.ts';
import type { LinkHolder } from '../packages/server/src/activity/link-source.ts';
import { LinkWatch } from '../packages/server/src/activity/link-watch.ts';
import { EventLoopTurn } from '../packages/server/src/event-loop-turn.ts';
import { EventHistory } from '../packages/server/src/events/event-history.ts';
import { LogParts } from '../packages/server/src/log-parts.ts';
import { createLogger } from '../packages/server/src/logger.ts';
import { openMonitoring } from '../packages/server/src/monitoring.ts';

const ROUNDS = 5;
/** Those of the configuration. */
const LIMITS = { metricsOpen: false, metricsSpacesMax: 1000, metricsAddressesMax: 1000 };

const { values } = parseArgs({ options: { spaces: { type: 'string', default: '10000' }, addresses: { type: 'string', default: '10' } } });
const producer: ProducerPort = { creditChanged() {}, settle() {}, end() {} } as unknown as ProducerPort;
const eventLoopTurn = new EventLoopTurn();
const broker = new Broker({ turn: eventLoopTurn, report: () => {}, autoCreate: true, addressesMax: 1_000_000, randomName: () => '' });
const holders: LinkHolder[] = [];
for (let at = 0; at < Number(values.spaces); at++) {
  const space = broker.createSpace(`space-${at}`, { autoCreate: true });
  // With a link each, so that none is idle; nobody receives, so that each is without credit, and has to be looked at.
  for (let of = 0; of < Number(values.addresses); of++) {
    const address = `address-${of}`;
    const { standing } = space.attachProducer(address, 'anycast', producer) as Producer;
    const link = { identity: {}, name: address, role: 'producer', address, sinceMs: 0, standing } as const;
    holders.push({ addressSpace: space.name, owner: () => ({ protocol: '', client: '', user: '', peer: '' }), links: () => [link] });
  }
}
const watch = new LinkWatch(
  () => holders,
  name => broker.spaces.get(name),
  Date.now,
);
using events = new EventHistory();
using monitoring = openMonitoring({
  broker,
  configuration: LIMITS,
  logParts: new LogParts(createLogger({ level: 'silent', format: 'json' })),
  events,
  audit: { entries: 0 },
  endpoints: { listening: new Map(), handshakes: new Map(), certificates: [] },
  authenticationFailures: () => 0,
  connections: () => new Map(),
  census: () => takeCensus(watch),
  connectors: () => undefined,
  phase: () => 'ready',
  turnSeconds: eventLoopTurn.seconds,
  logPath: '.',
});
for (let round = 0; round < ROUNDS; round++) process.stdout.write(`${await reading()}\n`);

async function reading(): Promise<string> {
  let longestMs = 0;
  let longestCpuMs = 0;
  let turnedMs = performance.now();
  let turnedCpuMs = threadCpuMs();
  let over = false;
  const turn = (): void => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - turnedMs);
    turnedMs = nowMs;
    const nowCpuMs = threadCpuMs();
    longestCpuMs = Math.max(longestCpuMs, nowCpuMs - turnedCpuMs);
    turnedCpuMs = nowCpuMs;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  const beganMs = performance.now();
  let bytes = 0;
  for await (const chunk of monitoring.metrics.all('text')) bytes += Buffer.byteLength(chunk);
  const tookMs = performance.now() - beganMs;
  over = true;
  await new Promise(resolve => setImmediate(resolve));
  return `${bytes} bytes in ${tookMs.toFixed(0)} ms, the event loop held for ${longestMs.toFixed(1)} ms at most, computing for ${longestCpuMs.toFixed(1)} ms`;
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
