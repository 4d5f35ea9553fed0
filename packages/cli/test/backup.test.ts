import assert from 'node:assert/strict';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runCommand, startTestServer, type TemporaryFolder, type TestServer, temporaryFolder } from '@angarium/testkit';

describe('backup', () => {
  let server: TestServer;
  let folder: TemporaryFolder;

  const angarium = (...args: string[]) => runCommand(args, { env: { ANGARIUM_URL: server.http }, cwd: folder.path });

  before(async () => {
    server = await startTestServer();
    folder = await temporaryFolder();
    await angarium('send', 'orders', 'hello', '--type', 'queue', '--count', '5');
  });

  after(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test('a backup is created, verified and restored, and a server goes on from it', async () => {
    const created = await angarium('backup', 'create', 'b.tar');
    assert.match(created.stdout, new RegExp(`^backup of ${server.containerId}, \\d+ kB, written to b\\.tar$`, 'm'), created.stderr);
    assert.equal((await stat(join(folder.path, 'b.tar'))).mode & 0o777, 0o600);
    const verified = JSON.parse((await angarium('backup', 'verify', 'b.tar', '--json')).stdout);
    assert.deepEqual([verified.addresses, verified.messages, verified.containerId], [1, 5, server.containerId]);
    const restored = await angarium('backup', 'restore', 'b.tar', '--data-dir', 'again');
    assert.match(restored.stdout, /is restored\. Start it: angarium up --data-dir again/, restored.stderr);
    await using again = await startTestServer({ dataDir: join(folder.path, 'again') });
    assert.equal(again.broker.spaces.get('default')!.find('orders')!.stored, 5);
  });

  test('standard output and input will do', async () => {
    const { code, stdout, stderr } = await angarium('backup', 'create', '-', '--rate', '100');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^angarium-backup\.json/);
    assert.match(stderr, /written to standard output/);
    const { code: refused, stderr: words } = await runCommand(['backup', 'restore', '-', '--data-dir', 'piped'], {
      input: 'no backup',
      cwd: folder.path,
    });
    assert.equal(refused, 1);
    assert.match(words, /The backup is not complete: it ends after 9 bytes/);
  });

  test('a file that is there is replaced with --force alone', async () => {
    await writeFile(join(folder.path, 'mine'), 'mine');
    const refused = await angarium('backup', 'create', 'mine');
    assert.deepEqual(
      [refused.code, refused.stderr],
      [1, 'angarium: The file mine exists already: name another one, or replace it with --force.\n'],
    );
    assert.equal((await angarium('backup', 'create', 'mine', '--force')).code, 0);
    assert.match(await readFile(join(folder.path, 'mine'), 'latin1'), /^angarium-backup\.json/);
  });

  test('what cannot be is said in words', async () => {
    assert.match((await angarium('backup', 'create', 'no/such/folder')).stderr, /^angarium: The file cannot be written: ENOENT/);
    assert.match((await angarium('backup', 'verify', 'missing')).stderr, /There is no file missing/);
    await writeFile(join(folder.path, 'text'), 'some text');
    assert.match((await angarium('backup', 'verify', 'text')).stderr, /^angarium: The backup is not complete/);
    await mkdir(join(folder.path, 'used', 'by'), { recursive: true });
    assert.match((await angarium('backup', 'restore', 'b.tar', '--data-dir', 'used')).stderr, /used is not empty/);
  });
});
