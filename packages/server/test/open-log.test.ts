import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileLog } from '@angarium/log-file';
import { startTestServer, temporaryFolder } from '@angarium/testkit';
import { startServer } from '../src/start-server.ts';

const RECORD_DEFINE = 4;
const OPTIONS = { amqp: 'off', http: 'off', mqtt: 'off' };

/** Appends a record as a newer version might. */
async function append(dataDir: string, kind: number, bytes: Uint8Array): Promise<void> {
  const owner = { replay: () => {}, durable: () => {}, relocate: () => {}, gather: () => {}, pressure: () => {} };
  const log = await FileLog.open({ directory: join(dataDir, 'log'), owner, report: () => {} });
  // Nobody retains what is there: the log is closed in the same turn, before it would remove anything.
  log.append(kind, bytes.length);
  log.buffer.set(bytes, log.offset);
  await log.close();
}

test('a log with a definition of a newer version is refused with what to do, and is whole for that version afterwards', async () => {
  await using folder = await temporaryFolder();
  const options = { ...OPTIONS, dataDir: folder.path };
  {
    await using server = await startTestServer(options);
    await new Promise(resolve => server.broker.space(undefined).declare('orders', { type: 'queue' }, resolve));
  }
  const definition = { id: 1, kind: 'address', space: 'default', name: 'orders', spec: { type: 'queue', colour: 'red' } };
  await append(folder.path, RECORD_DEFINE, Buffer.concat([Buffer.of(1, 0, 0, 0), Buffer.from(JSON.stringify(definition))]));
  for (let time = 0; time < 2; time++)
    await assert.rejects(startServer(options), {
      name: 'StartError',
      message:
        /has a field "spec\.colour" of the address "orders", which Angarium \S+ does not know: a newer version .* Start that one, or restore/,
    });
});
