import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { restoreBackup, verifyBackup } from '@angarium/server/backup';
import { spawnServer, temporaryFolder } from '@angarium/testkit';
import type { Random } from '../random.ts';
import type { RawPeer } from '../raw-peer.ts';
import { CrashConsumer } from './consuming.ts';
import { type Destination, PRODUCERS_PER_DESTINATION } from './destination.ts';
import { type Delivery, ProducerLedger } from './ledger.ts';
import { produce } from './producing.ts';

export interface BackupTrialOptions {
  readonly random: Random;
  /** So many messages are accepted before the backup begins. */
  readonly acceptedMin: number;
  /** Bytes of the backup a second: slow, so that a lot happens meanwhile. */
  readonly rate: number;
}

export interface BackupReport {
  readonly accepted: number;
  /** Messages that had to be in the backup, and those that must not be. */
  readonly owed: number;
  readonly settled: number;
  /** Accepted while the backup was made. */
  readonly meanwhile: number;
  readonly restored: number;
  readonly bytes: number;
  readonly violations: readonly string[];
}

/** A ledger that can be asked which messages these are. */
class NamedLedger extends ProducerLedger {
  readonly acceptedIds = new Set<number>();
  readonly deliveredIds = new Set<number>();
  readonly confirmedIds = new Set<number>();
  onAccept: (() => void) | undefined;

  override accept(sequence: number): void {
    super.accept(sequence);
    this.acceptedIds.add(sequence);
    this.onAccept?.();
  }

  override deliver(sequence: number, delivery: Delivery): void {
    super.deliver(sequence, delivery);
    this.deliveredIds.add(sequence);
  }

  override confirm(sequence: number): void {
    super.confirm(sequence);
    this.confirmedIds.add(sequence);
  }
}

interface Place extends Destination {
  readonly producers: readonly NamedLedger[];
}

/** A queue and a subscription with consumers that keep up, and a queue that nobody reads. */
function places(violations: string[]): Place[] {
  const place = (address: string, type: 'queue' | 'topic', consumers: number): Place => ({
    address,
    type,
    consumers,
    producers: Array.from(
      { length: PRODUCERS_PER_DESTINATION },
      (_, at) => new NamedLedger(`${address}, producer ${at}`, false, violations),
    ),
  });
  return [place('backup-queue', 'queue', 1), place('backup-topic', 'topic', 1), place('backup-hoard', 'queue', 0)];
}

/**
 * Makes a backup of a server under load, kills that server, and makes another one of the backup: what was accepted before the backup was asked for, and not delivered when it
 * began, is there; what was confirmed as settled before is not.
 */
export async function runBackup({ random, acceptedMin, rate }: BackupTrialOptions): Promise<BackupReport> {
  const violations: string[] = [];
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'backup.tar');
  const all = places(violations);
  const { owed, settled, meanwhile } = await backUpUnderLoad(all, file, { random, acceptedMin, rate });
  const { manifest } = await verifyBackup(file);
  const dataDir = join(folder.path, 'restored');
  await restoreBackup(createReadStream(file), dataDir);
  const restored = places(violations);
  await takeAll(dataDir, all, restored, random);

  for (const [at, { producers }] of restored.entries())
    for (const [index, { name, deliveredIds }] of producers.entries()) {
      for (const id of owed[at]![index]!.difference(deliveredIds))
        violations.push(`${name}: message ${id} was accepted before the backup, and is not in it`);
      for (const id of settled[at]![index]!.intersection(deliveredIds))
        violations.push(`${name}: message ${id} was settled before the backup, and is in it`);
    }
  return {
    accepted: sum(all, ({ accepted }) => accepted),
    owed: owed.flat().reduce((count, { size }) => count + size, 0),
    settled: settled.flat().reduce((count, { size }) => count + size, 0),
    meanwhile,
    restored: sum(restored, ({ delivered }) => delivered),
    bytes: manifest.files.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0),
    violations,
  };
}

type Ids = ReadonlySet<number>[][];

async function backUpUnderLoad(
  all: readonly Place[],
  file: string,
  { random, acceptedMin, rate }: BackupTrialOptions,
): Promise<{ owed: Ids; settled: Ids; meanwhile: number }> {
  await using server = await spawnServer();
  const peers: RawPeer[] = [];
  let alive = true;
  for (const place of all)
    for (let index = 0; index < place.consumers; index++) peers.push((await CrashConsumer.attach(server.amqp, place, index, random)).peer);
  for (const place of all) peers.push(await produce(server.amqp, place, () => alive));
  await acceptedBy(all, acceptedMin);

  const accepted = idsOf(all, ({ acceptedIds }) => acceptedIds);
  const settled = idsOf(all, ({ confirmedIds }) => confirmedIds);
  const answer = await fetch(`${server.http}/apis/angarium.dev/v1/backup?rate=${rate}`, { method: 'POST' });
  if (!answer.ok) throw new Error(`the backup was refused: ${await answer.text()}`);
  // Its place in the log was chosen before the answer began.
  const delivered = idsOf(all, ({ deliveredIds }) => deliveredIds);
  const before = sum(all, ledger => ledger.accepted);
  await pipeline(Readable.fromWeb(answer.body! as never), createWriteStream(file));
  const meanwhile = sum(all, ledger => ledger.accepted) - before;
  await server.kill('SIGKILL');
  alive = false;
  for (const peer of peers) await peer.gone();
  return { owed: accepted.map((place, at) => place.map((ids, index) => ids.difference(delivered[at]![index]!))), settled, meanwhile };
}

async function acceptedBy(all: readonly Place[], count: number): Promise<void> {
  await new Promise<void>(resolve => {
    for (const { producers } of all)
      for (const ledger of producers)
        ledger.onAccept = () => {
          if (sum(all, ({ accepted }) => accepted) >= count) resolve();
        };
  });
  for (const { producers } of all) for (const ledger of producers) ledger.onAccept = undefined;
}

async function takeAll(dataDir: string, before: readonly Place[], restored: readonly Place[], random: Random): Promise<void> {
  await using server = await spawnServer({ dataDir });
  for (const [at, place] of restored.entries()) {
    for (const [index, ledger] of place.producers.entries()) ledger.send(before[at]!.producers[index]!.sent);
    const consumer = await CrashConsumer.attach(server.amqp, place, 0, random);
    await consumer.drain();
    consumer.peer[Symbol.dispose]();
  }
}

function idsOf(all: readonly Place[], of: (ledger: NamedLedger) => ReadonlySet<number>): Ids {
  return all.map(({ producers }) => producers.map(ledger => new Set(of(ledger))));
}

function sum(all: readonly Place[], of: (ledger: NamedLedger) => number): number {
  return all.flatMap(({ producers }) => producers.map(of)).reduce((one, other) => one + other);
}
