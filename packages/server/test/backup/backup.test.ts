import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TemporaryFolder, type TestServer, temporaryFolder } from '@angarium/testkit';
import { BackupError, type BackupManifest } from '../../src/backup/backup-format.ts';
import { readBackup } from '../../src/backup/read-backup.ts';
import { restoreBackup } from '../../src/backup/restore-backup.ts';
import { tarHeader } from '../../src/backup/tar.ts';
import { verifyBackup } from '../../src/backup/verify-backup.ts';
import { ADDRESSES, assertProblem, call } from '../support/call-api.ts';

const BACKUP = '/apis/angarium.dev/v1/backup';
const MESSAGES = 200;

/** Asks for a backup; the answer has begun. */
async function backupOf(server: { http: string }, query = ''): Promise<IncomingMessage> {
  const sent = request(new URL(BACKUP + query, server.http), { method: 'POST', agent: false });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
}

async function whole(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* inPieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe('backup', () => {
  let server: TestServer;
  let folder: TemporaryFolder;
  let backup: Buffer;
  let answered: IncomingMessage;

  before(async () => {
    server = await startTestServer();
    folder = await temporaryFolder();
    await call(server, 'PUT', `${ADDRESSES}/orders`, { body: { spec: { type: 'queue' } } });
    await call(server, 'PUT', `${ADDRESSES}/news`, { body: { spec: { type: 'topic' } } });
    const messages = Array.from({ length: MESSAGES }, (_, at) => ({ body: `m${at} ${'x'.repeat(20_000)}` }));
    assert.equal((await call(server, 'POST', `${ADDRESSES}/orders/messages?batch=json`, { body: messages })).status, 202);
    answered = await backupOf(server);
    backup = await whole(answered);
    await writeFile(join(folder.path, 'backup.tar'), backup);
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test('the answer says how long it is, and by what name it may be kept', () => {
    assert.equal(answered.statusCode, 200);
    assert.equal(answered.headers['content-type'], 'application/x-tar');
    assert.equal(Number(answered.headers['content-length']), backup.length);
    assert.match(answered.headers['content-disposition']!, /^attachment; filename="angarium-\d{8}T\d{6}Z\.tar"$/);
  });

  test('it says what it is, and is read in pieces of any size', async () => {
    for (const size of [97, 511, 512, 100_000]) {
      const manifest = await readBackup(inPieces(backup, size));
      assert.deepEqual([manifest.containerId, manifest.formatVersion, manifest.dataFormatVersion], [server.containerId, 1, 1]);
      assert.equal(manifest.logEnd, server.log.durableEnd);
    }
  });

  test('it is verified as a server would read it, and what is in it is counted', async () => {
    const { counts } = await verifyBackup(join(folder.path, 'backup.tar'));
    assert.deepEqual({ ...counts, records: 0 }, { records: 0, spaces: 1, addresses: 2, sessions: 0, messages: MESSAGES, retained: 0 });
    assert.ok(counts!.records > MESSAGES);
  });

  test('a server that starts from it has its name, its secret, and its messages', async () => {
    const dataDir = join(folder.path, 'made', 'by', 'it');
    await restoreBackup(inPieces(backup), dataDir);
    assert.equal(await readFile(join(dataDir, 'secret'), 'utf8'), await readFile(join(server.dataDirectory, 'secret'), 'utf8'));
    const [segment] = await readdir(join(dataDir, 'log'));
    const sizes = await Promise.all([dataDir, server.dataDirectory].map(each => stat(join(each, 'log', segment!))));
    assert.equal(sizes[0]!.size, sizes[1]!.size, 'the last segment has its room again');
    await using restored = await startTestServer({ dataDir });
    assert.equal(restored.containerId, server.containerId);
    const page = await call(restored, 'GET', `${ADDRESSES}/orders/messages?max=1000`);
    assert.equal((page.body.items as unknown[]).length, MESSAGES);
  });

  test('an empty folder is filled, and keeps who may read it', async () => {
    const dataDir = join(folder.path, 'empty');
    await mkdir(dataDir, { mode: 0o750 });
    await restoreBackup(inPieces(backup), dataDir);
    assert.equal((await stat(dataDir)).mode & 0o777, 0o750);
    assert.deepEqual((await readdir(dataDir)).sort(), ['container-id', 'format-version', 'log', 'secret']);
  });

  test('a folder with something in it, and a file, are refused and left as they are', async () => {
    const used = join(folder.path, 'used');
    await mkdir(used);
    await writeFile(join(used, 'mine'), '');
    await assert.rejects(restoreBackup(inPieces(backup), used), /used is not empty: a backup is restored into an empty folder/);
    await assert.rejects(restoreBackup(inPieces(backup), join(used, 'mine')), /mine is a file/);
    assert.deepEqual(await readdir(used), ['mine']);
  });

  test('wherever it is cut off, it is refused, and nothing is left behind', async () => {
    await using place = await temporaryFolder();
    const empty = join(place.path, 'empty');
    await mkdir(empty);
    for (const end of [0, 100, 512, 700, 2000, 4000, backup.length >> 1, backup.length - 2500]) {
      await assert.rejects(restoreBackup(inPieces(backup.subarray(0, end)), empty), BackupError);
      await assert.rejects(readBackup(inPieces(backup.subarray(0, end))), /not complete|no backup of Angarium/, `${end}`);
    }
    assert.deepEqual(await readdir(place.path), ['empty']);
    assert.deepEqual(await readdir(empty), []);
  });

  test('wherever a byte of it is changed, that is noticed', async () => {
    const used = backup.length - 1024;
    let unnoticed = 0;
    for (let round = 0; round < 60; round++) {
      const changed = Buffer.from(backup);
      const at = Math.floor((used / 60) * round) + ((round * 37) % 100);
      changed[at]! ^= 1 << (round & 7);
      await readBackup(inPieces(changed, 65_536)).then(
        // What fills up the last block of a file is nobody's.
        () => unnoticed++,
        error => assert.ok(error instanceof BackupError, String(error)),
      );
    }
    assert.ok(unnoticed <= 5, `${unnoticed} changes were not noticed`);
  });

  test('what is no backup is refused in words', async () => {
    await assert.rejects(readBackup(inPieces(Buffer.from('hello'.repeat(1000)))), /no backup of Angarium/);
    const other = Buffer.concat([tarHeader({ name: 'other', sizeBytes: 0 }, new Date()), new Uint8Array(1024)]);
    await assert.rejects(readBackup(inPieces(other)), /does not begin with angarium-backup\.json/);
  });

  test('one of a newer version is refused with what to do', async () => {
    const newer = async (fields: Partial<BackupManifest>): Promise<string> => {
      const { containerId } = server;
      const manifest = {
        format: 'angarium-backup',
        formatVersion: 1,
        serverVersion: '9.9.9',
        dataFormatVersion: 1,
        containerId,
        createdAt: '',
        logEnd: 0,
        files: [],
      };
      const text = Buffer.alloc(512, ' ');
      text.write(JSON.stringify({ ...manifest, ...fields }));
      const bytes = Buffer.concat([tarHeader({ name: 'angarium-backup.json', sizeBytes: text.length }, new Date()), text]);
      return await restoreBackup(inPieces(bytes), join(folder.path, 'newer')).then(
        () => 'restored',
        error => error.message,
      );
    };
    assert.match(await newer({ formatVersion: 2 }), /format version 2, and this version of Angarium reads 1: use Angarium 9\.9\.9/);
    assert.match(
      await newer({ dataFormatVersion: 7 }),
      /data directory of format version 7, .* reads up to 1: restore it with Angarium 9\.9\.9/,
    );
    assert.match(await newer({ files: [{ name: '../evil', sizeBytes: 1 }] }), /no backup of Angarium: .*name/);
  });

  test('there is one backup at a time, and one whose client has gone makes room for the next', async () => {
    // At this rate it takes four seconds.
    const slow = await backupOf(server, '?rate=1000000');
    assertProblem(await call(server, 'POST', BACKUP), 409, 'backup-under-way');
    slow.destroy();
    let next = await backupOf(server);
    while (next.statusCode === 409) {
      next.resume();
      next = await backupOf(server);
    }
    assert.equal(next.statusCode, 200);
    await whole(next);
  });

  test('a rate that is none is refused', async () => {
    assertProblem(await call(server, 'POST', `${BACKUP}?rate=fast`), 400, 'request-invalid');
  });
});
