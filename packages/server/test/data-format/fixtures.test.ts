import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startTestServer, temporaryFolder } from '@angarium/testkit';
import { restoreBackup } from '../../src/backup/restore-backup.ts';
import { verifyBackup } from '../../src/backup/verify-backup.ts';
import { checkServer } from '../support/one-of-everything.ts';

/*
 * What earlier versions have written, which every later one has to open. They are never made again: make-data.ts has made them, and says how further ones are.
 */
const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));

test('a data directory of version 1 is opened: messages, subscriptions, sessions, retained messages, wills, units and all the rest are there', async () => {
  await using folder = await temporaryFolder();
  await cp(join(FIXTURES, 'data-v1'), folder.path, { recursive: true });
  await using server = await startTestServer({ dataDir: folder.path });
  await checkServer(server);
});

test('one from before there was a version is opened as well', async () => {
  await using folder = await temporaryFolder();
  await cp(join(FIXTURES, 'data-v1'), folder.path, { recursive: true });
  await rm(join(folder.path, 'format-version'));
  await using server = await startTestServer({ dataDir: folder.path });
  await checkServer(server);
});

test('a backup of version 1 is verified and restored', async () => {
  await using folder = await temporaryFolder();
  const file = join(FIXTURES, 'backup-v1.tar');
  const { counts } = await verifyBackup(file);
  assert.deepEqual({ ...counts, records: 0 }, { records: 0, spaces: 1, addresses: 9, sessions: 3, messages: 19, retained: 1 });
  const dataDir = join(folder.path, 'restored');
  await restoreBackup(createReadStream(file), dataDir);
  await using server = await startTestServer({ dataDir });
  await checkServer(server);
});
