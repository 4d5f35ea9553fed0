import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { runProgram, temporaryFolder } from '@angarium/testkit';
import { pack } from '../scripts/pack.ts';

test('the package installs into an empty folder, and its server takes a message there', async context => {
  await using folder = await temporaryFolder();
  const tarball = await pack(folder.path);
  await writeFile(join(folder.path, 'package.json'), '{ "private": true }');
  const installed = await runProgram('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], { cwd: folder.path });
  if (installed.code !== 0 && /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED/.test(installed.stderr)) {
    return context.skip('the registry cannot be reached, and its packages are not in the cache of npm');
  }
  assert.equal(installed.code, 0, installed.stderr);

  const bin = join(folder.path, 'node_modules', '.bin', 'angarium');
  const env = { ...process.env, XDG_CONFIG_HOME: folder.path };
  const version = await runProgram(bin, ['--version'], { cwd: folder.path, env });
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/, version.stderr);

  const server = spawn(bin, ['up', '--json', '--amqp', '0', '--http', '0', '--mqtt', '0'], {
    cwd: folder.path,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
  const { endpoints, dataDirectory } = JSON.parse(line) as { endpoints: { http: string }; dataDirectory: string };
  assert.equal(dataDirectory, join(folder.path, 'data'));
  const angarium = (...args: string[]) => runProgram(bin, [...args, '--url', endpoints.http], { cwd: folder.path, env });
  assert.equal((await angarium('send', 'orders', 'hello', '--type', 'queue')).stdout, '1 message sent to orders\n');
  assert.equal((await angarium('receive', 'orders', '--count', '1', '--timeout', '5s')).stdout, 'hello\n');
  const page = await fetch(endpoints.http);
  assert.match(await page.text(), /<script type="module"/, 'the console is served');
  const ended = once(server, 'exit');
  server.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
});
