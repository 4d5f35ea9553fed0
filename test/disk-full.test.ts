import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { type SpawnedServer, spawnServer, temporaryFolder } from '@angarium/testkit';
import { transfersOf } from '../fuzz/messages.ts';
import { creditFlow, RawPeer } from '../fuzz/raw-peer.ts';
import { SendingCredit } from '../fuzz/sending-credit.ts';

const DISK_SIZE = '60m';
const DISK_SIZE_LARGER = '160m';
const PAYLOAD_BYTES = 20_000;
/** More than the smaller disk has room for, and memory in front of it. */
const MESSAGES_MAX = 10_000;
const STEP_TIMEOUT_MS = 30_000;
const WINDOW = 100;

/** A server on a small disk, and a producer that sends as long as it may. */
class SmallDisk {
  readonly path: string;
  readonly server: SpawnedServer;
  readonly producer: RawPeer;
  readonly credit = new SendingCredit();
  sent = 0;
  accepted = 0;

  private constructor(path: string, server: SpawnedServer, producer: RawPeer) {
    this.path = path;
    this.server = server;
    this.producer = producer;
  }

  /** undefined: no small file system can be mounted here. */
  static async start(stack: AsyncDisposableStack): Promise<SmallDisk | undefined> {
    const { path } = stack.use(await temporaryFolder());
    if (process.platform !== 'linux' || spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_SIZE}`, 'tmpfs', path]).status !== 0)
      return undefined;
    stack.defer(() => void spawnSync('umount', ['--lazy', path]));
    const server = stack.use(await spawnServer({ dataDir: `${path}/data`, args: ['--log-format', 'json'] }));
    const producer = stack.use(await RawPeer.connect(server.amqp));
    await producer.open();
    const disk = new SmallDisk(path, server, producer);
    producer.onPerformative = frame => {
      disk.credit.hear(frame);
      if (frame.kind === 'disposition' && frame.state?.kind === 'accepted') disk.accepted += (frame.last ?? frame.first) - frame.first + 1;
    };
    await producer.attachSender('full', 0);
    return disk;
  }

  async send(count: number): Promise<void> {
    this.credit.use(count);
    await this.producer.send(transfersOf({ handle: 0, firstId: this.sent, count, payloadBytes: PAYLOAD_BYTES, durable: true }));
    this.sent += count;
  }

  /** Sends until the disk is full, and all credit used or taken back. */
  async fill(): Promise<void> {
    const full = (): boolean => this.server.log().includes('"pressure":"disk-full"');
    while (!full() && this.sent < MESSAGES_MAX) {
      if (this.credit.room > 0) await this.send(Math.min(this.credit.room, 20));
      // Credit and the log's lines come in turns of the loop.
      await new Promise<void>(resolve => setImmediate(resolve));
    }
    assert.ok(full(), `the disk took ${this.sent} messages`);
  }

  /** All that was sent is accepted, and more may come. */
  async recovered(): Promise<void> {
    const { producer, credit } = this;
    await producer.until(() => this.accepted === this.sent && credit.room > 0, 'all to be accepted, and credit again', STEP_TIMEOUT_MS);
    await this.send(1);
    await producer.until(() => this.accepted === this.sent, 'one more message to be accepted', STEP_TIMEOUT_MS);
  }

  async consume(count: number): Promise<void> {
    using consumer = await RawPeer.connect(this.server.amqp);
    await consumer.open();
    let received = 0;
    consumer.onTransfer = transfer => {
      received++;
      const { deliveryId: first } = transfer;
      consumer.push(
        consumer.encoded([
          { kind: 'disposition', role: 'receiver', first, settled: true, state: { kind: 'accepted' } },
          creditFlow(0, WINDOW, received),
        ]),
      );
    };
    await consumer.attachReceiver('full', 0, WINDOW);
    await consumer.until(() => received >= count, 'all messages', STEP_TIMEOUT_MS);
  }
}

function onSmallDisk(name: string, run: (disk: SmallDisk) => Promise<void>): void {
  test(name, async (context: TestContext) => {
    await using stack = new AsyncDisposableStack();
    const disk = await SmallDisk.start(stack);
    if (disk) await run(disk);
    else context.skip('a small file system cannot be mounted here');
  });
}

onSmallDisk('on a full disk producers lose their credit, the server lives, and it goes on when there is room', async disk => {
  await disk.fill();
  await disk.producer.until(() => disk.credit.room === 0, 'credit to be taken back', STEP_TIMEOUT_MS);
  assert.equal(spawnSync('mount', ['-o', `remount,size=${DISK_SIZE_LARGER}`, disk.path]).status, 0);
  await disk.recovered();
  await disk.consume(disk.sent);
});

onSmallDisk('a full disk recovers when all that it holds is consumed, though messages wait that had no room on it', async disk => {
  await disk.fill();
  // What it had credit for is taken, into memory.
  while (disk.credit.room > 0) await disk.send(disk.credit.room);
  await disk.consume(disk.sent);
  await disk.recovered();
});
