import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { findProgram, runProgram, temporaryFolder } from '@angarium/testkit';
import fc from 'fast-check';
import { readTarHeader, TAR_BLOCK_BYTES, TAR_END_BYTES, tarEntryBytes, tarHeader, tarPaddingBytes } from '../../src/backup/tar.ts';

const AT = new Date('2026-01-02T03:04:05Z');
const name = fc.stringMatching(/^[a-z0-9./-]{1,99}$/);

describe('tar', () => {
  test('a header is read as it was written', () => {
    fc.assert(
      fc.property(name, fc.nat({ max: 2 ** 30 }), (name, sizeBytes) => {
        assert.deepEqual(readTarHeader(tarHeader({ name, sizeBytes }, AT)), { kind: 'file', entry: { name, sizeBytes } });
      }),
    );
  });

  test('a header with any byte changed is another one, or none', () => {
    fc.assert(
      fc.property(fc.nat({ max: TAR_BLOCK_BYTES - 1 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const header = tarHeader({ name: 'log/1.segment', sizeBytes: 4711 }, AT);
        header[at]! ^= change;
        const read = readTarHeader(header);
        // The sum's own bytes may say the same in another way.
        if (at < 148 || at >= 156) assert.equal(read.kind, 'unknown');
      }),
    );
  });

  test('any block is read without an exception, and zeros are the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: TAR_BLOCK_BYTES, maxLength: TAR_BLOCK_BYTES }), block => {
        assert.ok(['unknown', 'end', 'file'].includes(readTarHeader(block).kind));
      }),
    );
    assert.equal(readTarHeader(new Uint8Array(TAR_BLOCK_BYTES)).kind, 'end');
  });

  test('what does not fit is refused', () => {
    assert.throws(() => tarHeader({ name: 'n'.repeat(100), sizeBytes: 0 }, AT), RangeError);
    assert.throws(() => tarHeader({ name: 'large', sizeBytes: 8 ** 11 }, AT), RangeError);
  });

  const tar = findProgram('tar');
  test('the program tar reads it, and what that writes is read here', { skip: tar === undefined && 'there is no tar here' }, async () => {
    await using folder = await temporaryFolder();
    const bytes = Buffer.from('some bytes');
    const whole = Buffer.concat([
      tarHeader({ name: 'log/file', sizeBytes: bytes.length }, AT),
      bytes,
      new Uint8Array(tarPaddingBytes(bytes.length)),
      new Uint8Array(TAR_END_BYTES),
    ]);
    assert.equal(whole.length, tarEntryBytes(bytes.length) + TAR_END_BYTES);
    await writeFile(join(folder.path, 'ours.tar'), whole);
    const listed = await runProgram(tar!, ['tvf', 'ours.tar'], { cwd: folder.path });
    assert.match(listed.stdout, /^-rw-------\s.*\s10\s.*log\/file$/m, listed.stderr);
    assert.equal((await runProgram(tar!, ['xf', 'ours.tar'], { cwd: folder.path })).code, 0);
    assert.deepEqual(await readFile(join(folder.path, 'log/file')), bytes);
    await mkdir(join(folder.path, 'theirs'));
    await writeFile(join(folder.path, 'theirs/file'), bytes);
    await runProgram(tar!, ['cf', 'theirs.tar', '--format=ustar', 'theirs/file'], { cwd: folder.path });
    const theirs = await readFile(join(folder.path, 'theirs.tar'));
    assert.deepEqual(readTarHeader(theirs), { kind: 'file', entry: { name: 'theirs/file', sizeBytes: 10 } });
  });
});
