import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Address, Broker, emptyMessage, type Message, type Producer, Refusal } from '@angarium/core';
import { FileLog } from '@angarium/log-file';
import { temporaryFolder } from '@angarium/testkit';
import { EventLoopTurn } from '../src/event-loop-turn.ts';

const MEBIBYTE = 1024 * 1024;
const BODY_BYTES = 10_000;
const BURST = 100;

/** A broker over a log of small segments. */
class Running implements AsyncDisposable {
  readonly broker: Broker;
  readonly log: FileLog;

  private constructor(broker: Broker, log: FileLog) {
    this.broker = broker;
    this.log = log;
  }

  static async start(directory: string): Promise<Running> {
    const turn = new EventLoopTurn();
    const broker = new Broker({ turn, report: () => {}, autoCreate: true, addressesMax: 10, randomName: () => 'x' });
    const log = await FileLog.open({ directory, owner: broker.logOwner, report: () => {}, segmentSizeBytes: MEBIBYTE });
    await new Promise<void>(ready => broker.start(log, ready));
    return new Running(broker, log);
  }

  async declare(name: string, retention: { bytesMax: number }): Promise<void> {
    const spec = { type: 'stream', retention } as const;
    const result = await new Promise<Address | Refusal>(done => this.broker.space(undefined).declare(name, spec, done));
    assert.ok(!(result instanceof Refusal));
  }

  /** Sends so many durable messages, and waits until they are accepted. */
  async fill(name: string, count: number): Promise<void> {
    let settled = 0;
    let wake: () => void = () => {};
    const port = { grant() {}, end() {}, settle: () => ++settled % BURST === 0 && wake() };
    const producer = this.broker.space(undefined).attachProducer(name, undefined, port as never) as Producer;
    const message: Message = { ...emptyMessage(), durable: true, bytes: new Uint8Array(BODY_BYTES), end: BODY_BYTES };
    for (let sent = 0; sent < count; sent += BURST) {
      for (let i = 0; i < BURST; i++) producer.send(message, sent + i);
      await new Promise<void>(resolve => {
        wake = resolve;
      });
    }
    producer.detach();
  }

  status(name: string) {
    return this.broker.space(undefined).addresses.get(name)!.status();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.log.close();
  }
}

test('what a stream gives up leaves the disk, beside a stream that keeps everything, and offsets go on after a restart', async () => {
  await using folder = await temporaryFolder();
  {
    await using running = await Running.start(folder.path);
    await running.declare('kept', { bytesMax: 1000 * MEBIBYTE });
    await running.declare('short', { bytesMax: MEBIBYTE });
    await running.fill('kept', 100);
    await running.fill('short', 6000);
    await running.fill('kept', 100);
    const { firstOffset, nextOffset, storedBytes } = running.status('short');
    assert.equal(nextOffset, 6000);
    assert.ok(firstOffset! > 5850 && storedBytes <= MEBIBYTE, `${firstOffset}, ${storedBytes} bytes`);
    const { bytes } = running.log.stats();
    assert.ok(bytes < 20 * MEBIBYTE, `${bytes} bytes of 62,000,000 that were stored`);
  }
  await using again = await Running.start(folder.path);
  await again.fill('short', 100);
  assert.equal(again.status('short').nextOffset, 6100);
  assert.deepEqual([again.status('kept').firstOffset, again.status('kept').nextOffset, again.status('kept').stored], [0, 200, 200]);
});
