import { parseArgs } from 'node:util';
import { processUsage } from '@angarium/load';
import { type SpawnedServer, spawnServer, temporaryFolder } from '@angarium/testkit';
import { transfersOf } from './messages.ts';
import { creditFlow, RawPeer } from './raw-peer.ts';
import { SendingCredit } from './sending-credit.ts';
import { megabytes } from './siege.ts';

/**
 * A long backlog: what the server's memory comes to while a queue is filled, rests, and is drained, and how long a restart takes with all of it
 * live:
 *
 *     node fuzz/backlog.ts [--messages 1000000] [--bytes 1024]
 */
const RESIDENT_BYTES_MAX = 300 * 1024 * 1024;
const ADDRESS = 'backlog';
const CONSUMER_CREDIT = 2000;
const REST_MS = 3000;
const BATCH_MAX = 500;
const STEP_TIMEOUT_MS = 600_000;

const { values } = parseArgs({ options: { messages: { type: 'string' }, bytes: { type: 'string' } } });
const messages = Number(values.messages ?? 1_000_000);
const payloadBytes = Number(values.bytes ?? 1024);

await using folder = await temporaryFolder();
let failed = false;
{
  await using server = await spawnServer({ dataDir: folder.path });
  await measured('filling', server, () => fill(server));
  await measured('resting', server, () => new Promise(resolve => setTimeout(resolve, REST_MS)));
  await server.kill('SIGKILL');
}
const startedMs = performance.now();
await using server = await spawnServer({ dataDir: folder.path });
process.stdout.write(`restart with ${messages} live messages: ${((performance.now() - startedMs) / 1000).toFixed(1)} s; it said\n`);
process.stdout.write(`${server.log().replaceAll(/^/gm, '  ')}\n`);
await measured('draining', server, () => drain(server));
process.exitCode = failed ? 1 : 0;

/** Does `work` and says how long it took and what memory came to meanwhile. */
async function measured(what: string, { pid }: SpawnedServer, work: () => Promise<unknown>): Promise<void> {
  let peak = 0;
  const look = (): void => {
    peak = Math.max(peak, processUsage(pid)?.residentBytes ?? 0);
  };
  const timer = setInterval(look, 100);
  const began = performance.now();
  await work();
  clearInterval(timer);
  look();
  if (peak > RESIDENT_BYTES_MAX) failed = true;
  const seconds = (performance.now() - began) / 1000;
  process.stdout.write(
    `${what}: ${seconds.toFixed(1)} s, memory ${megabytes(peak)} MB at most${peak > RESIDENT_BYTES_MAX ? ' (TOO MUCH)' : ''}\n`,
  );
}

async function fill(target: SpawnedServer): Promise<void> {
  const peer = await RawPeer.connect(target.amqp);
  await peer.open();
  const credit = new SendingCredit();
  let accepted = 0;
  peer.onPerformative = frame => {
    credit.hear(frame);
    if (frame.kind === 'disposition') accepted += (frame.last ?? frame.first) - frame.first + 1;
  };
  await peer.attachSender(ADDRESS, 0);
  for (let sent = 0; sent < messages; ) {
    await peer.until(() => credit.room > 0, 'credit', STEP_TIMEOUT_MS);
    const count = Math.min(credit.room, BATCH_MAX, messages - sent);
    await peer.send(transfersOf({ handle: 0, firstId: sent, count, payloadBytes, durable: true }));
    credit.use(count);
    sent += count;
  }
  await peer.until(() => accepted === messages, 'all to be accepted', STEP_TIMEOUT_MS);
  peer[Symbol.dispose]();
}

async function drain(target: SpawnedServer): Promise<void> {
  const peer = await RawPeer.connect(target.amqp);
  await peer.open();
  let received = 0;
  let settled = 0;
  peer.onTransfer = () => {
    received++;
    if (received - settled < CONSUMER_CREDIT / 2 && received < messages) return;
    peer.push(
      peer.encoded([
        { kind: 'disposition', role: 'receiver', first: settled, last: received - 1, settled: true, state: { kind: 'accepted' } },
        creditFlow(0, CONSUMER_CREDIT, received),
      ]),
    );
    settled = received;
  };
  await peer.attachReceiver(ADDRESS, 0, CONSUMER_CREDIT);
  await peer.until(() => received === messages, 'all messages', STEP_TIMEOUT_MS);
  peer[Symbol.dispose]();
}
