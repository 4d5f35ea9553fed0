import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { NodeDisk } from '@angarium/log-file';
import { temporaryFolder } from '@angarium/testkit';
import { bringUpToDate } from '../../src/data-format/bring-up-to-date.ts';
import { DATA_FORMAT_VERSION } from '../../src/data-format/data-format.ts';
import { MIGRATIONS, type Migration } from '../../src/data-format/migrations.ts';
import { createLogger } from '../../src/logger.ts';

/** A folder as a server leaves it, of this version; undefined: of a time without versions. */
async function folderOf(
  version: string | undefined,
): Promise<
  AsyncDisposable & { readonly path: string; readonly lines: string[]; up: (to: number, migrations: readonly Migration[]) => Promise<void> }
> {
  const folder = await temporaryFolder();
  await mkdir(join(folder.path, 'log'));
  await writeFile(join(folder.path, 'container-id'), 'old name\n');
  await writeFile(join(folder.path, 'secret'), 'old secret\n');
  if (version !== undefined) await writeFile(join(folder.path, 'format-version'), version);
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', format: 'json', stream: { write: line => void lines.push(line) } });
  return {
    path: folder.path,
    lines,
    up: (to, migrations) => bringUpToDate(folder.path, { logger, lockFolder: join(folder.path, 'log'), version: to, migrations }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function textOf(folder: string, name: string): Promise<string> {
  return await readFile(join(folder, name), 'utf8');
}

/** Two files change, one goes; what is written reads what was there. */
const RENAMING: Migration = {
  from: 1,
  what: 'the name has a new place',
  plan: async change => {
    const name = await textOf(change.folder, 'container-id');
    await change.put('names/container', `new ${name}`);
    await change.put('secret', 'new secret\n');
    change.remove('container-id');
    change.progress(1);
  },
};
const SECOND: Migration = { from: 2, what: 'one more', plan: async change => await change.put('third', 'third\n') };

async function assertRenamed(folder: string, version = '2\n'): Promise<void> {
  assert.equal(await textOf(folder, 'names/container'), 'new old name\n');
  assert.equal(await textOf(folder, 'secret'), 'new secret\n');
  assert.equal(await textOf(folder, 'format-version'), version);
  const names = await readdir(folder);
  assert.ok(!names.includes('container-id') && !names.includes('migration'), String(names));
}

test('there is a step from every earlier version', () => {
  assert.deepEqual(
    MIGRATIONS.map(({ from }) => from),
    Array.from({ length: DATA_FORMAT_VERSION }, (_, from) => from),
  );
});

test('a directory from before there was a version is migrated, and says its version then', async () => {
  await using folder = await folderOf(undefined);
  await folder.up(DATA_FORMAT_VERSION, MIGRATIONS);
  assert.equal(await textOf(folder.path, 'format-version'), `${DATA_FORMAT_VERSION}\n`);
  assert.equal(await textOf(folder.path, 'container-id'), 'old name\n');
});

test('an older directory goes through every step, and the log says so', async () => {
  await using folder = await folderOf('1\n');
  await folder.up(3, [RENAMING, SECOND]);
  await assertRenamed(folder.path, '3\n');
  assert.equal(await textOf(folder.path, 'third'), 'third\n');
  assert.match(folder.lines.join(''), /"from":1,"to":2,"what":"the name has a new place".*"from":2,"to":3/s);
});

test('a directory of a newer version is refused with what to do, and is left as it is', async () => {
  await using folder = await folderOf('4\n');
  await assert.rejects(
    folder.up(3, [RENAMING, SECOND]),
    /has format version 4, and Angarium \S+ reads up to 3: a newer version .* restore a backup/,
  );
  assert.equal(await textOf(folder.path, 'format-version'), '4\n');
});

test('a version that is none is refused by its file', async () => {
  await using folder = await folderOf('one\n');
  await assert.rejects(folder.up(1, []), /format-version does not say a version/);
});

test('a step that fails changes nothing, and is begun anew at the next start', async () => {
  await using folder = await folderOf('1\n');
  const failing: Migration = {
    ...RENAMING,
    plan: async change => {
      await RENAMING.plan!(change);
      throw new Error('killed');
    },
  };
  await assert.rejects(folder.up(2, [failing]), /killed/);
  assert.equal(await textOf(folder.path, 'container-id'), 'old name\n');
  assert.equal(await textOf(folder.path, 'secret'), 'old secret\n');
  assert.equal(await textOf(folder.path, 'format-version'), '1\n');
  await folder.up(2, [RENAMING]);
  await assertRenamed(folder.path);
  assert.match(folder.lines.join(''), /was interrupted; what it had done is undone/);
});

test('a step that was complete is finished at the next start, wherever it was interrupted', async () => {
  // A folder in the place of a file stops the change there: nothing before, some, or all of it is made.
  for (const obstacle of ['names/container', 'secret', 'format-version']) {
    await using folder = await folderOf('1\n');
    const path = join(folder.path, obstacle);
    const hindered: Migration = {
      ...RENAMING,
      plan: async change => {
        await RENAMING.plan!(change);
        await rm(path, { force: true });
        await mkdir(join(path, 'in the way'), { recursive: true });
      },
    };
    await assert.rejects(folder.up(2, [hindered]), /EISDIR|ENOTEMPTY|EEXIST|EPERM/);
    await rmdir(join(path, 'in the way'));
    await rmdir(path);
    if (obstacle === 'format-version') await writeFile(path, '1\n');
    await folder.up(2, [{ ...RENAMING, plan: () => Promise.reject(new Error('it must not begin anew')) }]);
    await assertRenamed(folder.path);
    assert.match(folder.lines.join(''), /was interrupted; it is finished now/);
  }
});

test('a version that does not know where an interrupted migration leads leaves it alone', async () => {
  await using folder = await folderOf('1\n');
  const hindered: Migration = {
    ...RENAMING,
    plan: async change => {
      await RENAMING.plan!(change);
      await mkdir(join(folder.path, 'names', 'container', 'in the way'), { recursive: true });
    },
  };
  await assert.rejects(folder.up(2, [hindered]), /EISDIR|ENOTEMPTY|EEXIST|EPERM/);
  await assert.rejects(folder.up(1, []), /has format version 2, and Angarium \S+ reads up to 1/);
  assert.ok((await readdir(folder.path)).includes('migration'));
});

test('a directory that a server uses is not migrated', async () => {
  await using folder = await folderOf('1\n');
  const lock = new NodeDisk().lock(join(folder.path, 'log'));
  await assert.rejects(folder.up(2, [RENAMING]), /in use by another running process/);
  lock.release();
  await folder.up(2, [RENAMING]);
  await assertRenamed(folder.path);
});
