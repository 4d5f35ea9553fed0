import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { spawnServer, temporaryFolder } from '@angarium/testkit';
import { transfersOf } from '../fuzz/messages.ts';
import { creditFlow, RawPeer } from '../fuzz/raw-peer.ts';
import { SendingCredit } from '../fuzz/sending-credit.ts';

const DISK_SIZE = '60m';
const DISK_SIZE_LARGER = '160m';
const PAYLOAD_BYTES = 20_000;
/** More than the smaller disk has room for. */
const MESSAGES_MAX = 5000;
const STEP_TIMEOUT_MS = 30_000;

test('on a full disk producers lose their credit, the server lives, and it goes on when there is room', async t => {
  await using folder = await temporaryFolder();
  if (process.platform !== 'linux' || spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_SIZE}`, 'tmpfs', folder.path]).status !== 0)
    return t.skip('a small file system cannot be mounted here');
  await using stack = new AsyncDisposableStack();
  stack.defer(() => void spawnSync('umount', ['--lazy', folder.path]));
  const server = stack.use(await spawnServer({ dataDir: `${folder.path}/data`, args: ['--log-format', 'json'] }));

  using producer = await RawPeer.connect(server.amqp);
  await producer.open();
  const credit = new SendingCredit();
  let accepted = 0;
  producer.onPerformative = frame => {
    credit.hear(frame);
    if (frame.kind === 'disposition' && frame.state?.kind === 'accepted') accepted += (frame.last ?? frame.first) - frame.first + 1;
  };
  await producer.attachSender('full', 0);
  let sent = 0;
  const send = async (count: number): Promise<void> => {
    credit.use(count);
    await producer.send(transfersOf({ handle: 0, firstId: sent, count, payloadBytes: PAYLOAD_BYTES, durable: true }));
    sent += count;
  };
  const full = (): boolean => server.log().includes('"pressure":"disk-full"');
  while (!full() && sent < MESSAGES_MAX) {
    if (credit.room > 0) await send(Math.min(credit.room, 20));
    // Credit and the log's lines come in turns of the loop.
    await new Promise<void>(resolve => setImmediate(resolve));
  }
  assert.ok(full(), `the disk took ${sent} messages`);
  await producer.until(() => credit.room === 0, 'credit to be taken back', STEP_TIMEOUT_MS);

  assert.equal(spawnSync('mount', ['-o', `remount,size=${DISK_SIZE_LARGER}`, folder.path]).status, 0);
  await producer.until(() => accepted === sent && credit.room > 0, 'all to be accepted, and credit again', STEP_TIMEOUT_MS);
  await send(1);
  await producer.until(() => accepted === sent, 'one more message to be accepted', STEP_TIMEOUT_MS);
  using consumer = await RawPeer.connect(server.amqp);
  await consumer.open();
  let received = 0;
  consumer.onTransfer = transfer => {
    received++;
    const { deliveryId: first } = transfer;
    consumer.push(
      consumer.encoded([
        { kind: 'disposition', role: 'receiver', first, settled: true, state: { kind: 'accepted' } },
        creditFlow(0, 100, received),
      ]),
    );
  };
  await consumer.attachReceiver('full', 0, 100);
  await consumer.until(() => received === sent, 'all messages', STEP_TIMEOUT_MS);
});
