import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type TemporaryFolder, temporaryFolder } from '@angarium/testkit';
import { fastify } from 'fastify';
import { consoleRoutes } from '../../src/http/console-files.ts';
import type { HttpApp } from '../../src/http/http-app.ts';

const PAGE = '<!doctype html><title>Angarium</title><script type="module" src="/ui/assets/index-1a.js"></script>';
const PROGRAM = 'console.log(1);';

describe('the files of the console', () => {
  let folder: TemporaryFolder;
  let app: HttpApp;
  const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers });

  before(async () => {
    folder = await temporaryFolder();
    await mkdir(join(folder.path, 'assets'));
    await writeFile(join(folder.path, 'index.html'), PAGE);
    await writeFile(join(folder.path, 'assets/index-1a.js'), PROGRAM);
    await writeFile(join(folder.path, 'assets/index-1a.js.gz'), gzipSync(PROGRAM));
    await writeFile(join(folder.path, 'assets/secret.txt'), 'no');
    app = fastify() as HttpApp;
    consoleRoutes(app, [join(folder.path, 'missing'), folder.path]);
  });

  after(async () => {
    await app.close();
    await folder[Symbol.asyncDispose]();
  });

  test('the page is at the root and at every path below /ui, and may run only what the server has', async () => {
    for (const path of ['/', '/ui', '/ui/', '/ui/spaces/default/addresses/a%2Fb']) {
      const answer = await get(path);
      assert.deepEqual([answer.statusCode, answer.body, answer.headers['content-type']], [200, PAGE, 'text/html; charset=utf-8'], path);
      assert.match(String(answer.headers['content-security-policy']), /^default-src 'self';/);
      assert.doesNotMatch(String(answer.headers['content-security-policy']), /unsafe/);
      assert.equal(answer.headers['cache-control'], 'no-cache');
    }
  });

  test('[RFC 9110, 13.1.2] who has the page of this build is not sent it again', async () => {
    const { etag } = (await get('/')).headers;
    const again = await get('/ui/', { 'if-none-match': etag! });
    assert.deepEqual([again.statusCode, again.body], [304, '']);
  });

  test('a file with a hash in its name is kept for good, and comes compressed to who takes that', async () => {
    const plain = await get('/ui/assets/index-1a.js');
    assert.deepEqual([plain.body, plain.headers['content-encoding']], [PROGRAM, undefined]);
    assert.match(String(plain.headers['cache-control']), /immutable/);
    const compressed = await get('/ui/assets/index-1a.js', { 'accept-encoding': 'br, gzip;q=0.5' });
    assert.equal(compressed.headers['content-encoding'], 'gzip', 'the build has made no other');
    assert.equal(compressed.headers['content-type'], 'text/javascript; charset=utf-8');
    assert.equal(compressed.headers.vary, 'accept-encoding');
    assert.notEqual(compressed.headers.etag, plain.headers.etag);
    assert.equal((await get('/ui/assets/index-1a.js', { 'if-none-match': String(plain.headers.etag) })).statusCode, 304);
  });

  test('[RFC 9110, 12.5.3] an encoding of weight 0 is not wanted', async () => {
    const answer = await get('/ui/assets/index-1a.js', { 'accept-encoding': 'gzip;q=0' });
    assert.equal(answer.headers['content-encoding'], undefined);
  });

  test('what is not of the build is not there, whatever the path says', async () => {
    for (const file of ['other.js', '..%2Findex.html', 'secret.txt', 'index-1a.js.gz', 'constructor'])
      assert.equal((await get(`/ui/assets/${file}`)).statusCode, 404, file);
  });

  test('without a build, the page says how to make one', async () => {
    await rm(join(folder.path, 'index.html'));
    const answer = await get('/');
    assert.equal(answer.statusCode, 503);
    assert.match(answer.body, /npm run console:build/);
    await writeFile(join(folder.path, 'index.html'), PAGE);
  });
});
