import { ByteWriter, type Performative, writeTransfer } from '@angarium/codec-amqp';
import { type SpawnedServer, spawnServer, temporaryFolder } from '@angarium/testkit';
import type { Random } from '../random.ts';
import { creditFlow, RawPeer } from '../raw-peer.ts';
import type { Target } from '../raw-socket.ts';
import { QUEUES, TokenMover, tokenMessage, tokenOf } from './moving.ts';
import { TokenPlaces } from './token-places.ts';

/** How long the server lives before it is killed, in milliseconds. */
const LIFE_MS_MIN = 50;

export interface TransferCrashOptions {
  readonly kills: number;
  readonly tokens: number;
  readonly random: Random;
  /** The longest life of the server, in milliseconds. */
  readonly lifeMsMax: number;
}

export interface TransferCrashReport {
  readonly committed: number;
  readonly rolledBack: number;
  readonly violations: readonly string[];
}

/**
 * Moves tokens between two queues in transactions, both ways at once, and kills the server in the middle of it again and again. However often
 * that happens, each token is in one queue, and in one alone; and one whose transaction was confirmed is where that has put it.
 */
export async function runTransferCrashes(options: TransferCrashOptions): Promise<TransferCrashReport> {
  const { random, lifeMsMax } = options;
  const places = new TokenPlaces(options.tokens);
  await using folder = await temporaryFolder();
  const start = (): Promise<SpawnedServer> => spawnServer({ dataDir: folder.path });
  {
    await using server = await start();
    await makeTokens(server.amqp, places.size);
  }
  for (let kill = 0; kill < options.kills; kill++) {
    await using server = await start();
    await live(server, places, random, LIFE_MS_MIN + random.below(lifeMsMax - LIFE_MS_MIN));
  }
  await using server = await start();
  for (const [queue, address] of QUEUES.entries()) await findTokens(server.amqp, address, token => places.found(token, queue));
  places.allFound();
  const { committed, rolledBack, violations } = places;
  return { committed, rolledBack, violations };
}

async function makeTokens(target: Target, tokens: number): Promise<void> {
  using peer = await RawPeer.connect(target);
  await peer.open();
  await peer.attachSender(QUEUES[0], 0);
  let accepted = 0;
  peer.onPerformative = performative => {
    if (performative.kind === 'disposition') accepted += (performative.last ?? performative.first) - performative.first + 1;
  };
  const writer = new ByteWriter(4096);
  for (let id = 0; id < tokens; id++)
    writeTransfer(writer, 0, { handle: 0, deliveryId: id, deliveryTag: Uint8Array.of(id >>> 8, id), messageFormat: 0 }, tokenMessage(id));
  await peer.send(writer.bytes.slice(0, writer.length));
  await peer.until(() => accepted === tokens, `${tokens} tokens to be stored`);
}

async function live(server: SpawnedServer, places: TokenPlaces, random: Random, lifeMs: number): Promise<void> {
  const killed = new Promise<void>(resolve => {
    setTimeout(() => void server.kill('SIGKILL').then(() => resolve()), lifeMs);
  });
  const movers: RawPeer[] = [];
  try {
    for (const from of QUEUES.keys()) movers.push(await TokenMover.start(server.amqp, from, places, random));
  } catch (error) {
    // Killed before both were at work, which is a moment like any other.
    if (!/closed|ECONNRE|socket/.test((error as Error).message)) throw error;
  }
  await killed;
  for (const mover of movers) await mover.gone();
}

/** Takes everything that is in the queue. */
async function findTokens(target: Target, address: string, found: (token: number) => void): Promise<void> {
  using peer = await RawPeer.connect(target);
  await peer.open();
  let drained = false;
  peer.onTransfer = (transfer, bytes, end) => found(tokenOf(bytes, transfer.payloadStart, end));
  peer.onPerformative = performative => {
    if (performative.kind === 'flow' && performative.handle === 0 && performative.linkCredit === 0) drained = true;
  };
  await peer.attachReceiver(address, 0, 0);
  await peer.say({ ...(creditFlow(0, 0x7fff_ffff) as Performative & { kind: 'flow' }), drain: true });
  await peer.until(() => drained, `${address} to be drained`);
}
