import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type CommandResult, runCommand, type SpawnedServer, spawnServer, temporaryFolder } from '@angarium/testkit';
import { EXIT_CODES } from '../src/exit-code.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

describe('looking after a server', () => {
  let server: SpawnedServer;
  before(async () => {
    server = await spawnServer();
  });
  after(() => server[Symbol.asyncDispose]());

  function angarium(...args: string[]): Promise<CommandResult> {
    return runCommand(args, { env: { ANGARIUM_URL: server.http } });
  }

  test('levels of the log are shown, and changed at once', async () => {
    assert.match((await angarium('log', 'level')).stdout, /^PART +LEVEL\namqp +info\nmqtt +info\n/);
    assert.equal((await angarium('log', 'level', 'mqtt', 'debug')).stdout, 'PART  LEVEL\nmqtt  debug\n');
    assert.equal(JSON.parse((await angarium('log', 'level', '--json')).stdout).mqtt, 'debug');
    const unknown = await angarium('log', 'level', 'mqqt', 'debug');
    assert.equal(unknown.code, EXIT_CODES.usage.code);
    assert.match(unknown.stderr, /no part mqqt: there are amqp, mqtt/);
    assert.equal((await angarium('log', 'level', 'mqtt', 'loud')).code, EXIT_CODES.failed.code);
  });

  test('events are shown, and followed as they come', async () => {
    const env = { ...process.env, ANGARIUM_URL: server.http };
    const following = spawn(process.execPath, [MAIN, 'events', '--follow', '--json', '--limit', '1'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(following, 'exit');
    const lines = createInterface({ input: following.stdout })[Symbol.asyncIterator]();
    assert.equal((await angarium('address', 'create', 'orders', '--type', 'queue')).code, 0);
    const { value } = (await lines.next()) as { value: string };
    assert.deepEqual(JSON.parse(value).regarding, { kind: 'Address', name: 'orders' });
    following.kill();
    await ended;
    assert.match(
      (await angarium('events')).stdout,
      /^TIME.*\n.* info +DocumentAdded +default +Address orders +The Address orders is there\.\n/m,
    );
    assert.match((await angarium('events', '--reason', 'DocumentAdded', '--type', 'document')).stdout, /Address orders/);
    assert.equal((await angarium('events', '--severity', 'error')).stdout, 'Nothing like that has happened lately.\n');
  });
});

test('who follows events is told when the server goes and comes back, and misses nothing that happened meanwhile', async t => {
  await using folder = await temporaryFolder();
  await using before = await spawnServer({ dataDir: folder.path });
  const env = { ...process.env, ANGARIUM_URL: before.http };
  const args = [MAIN, 'events', '--follow', '--json', '--type', 'document'];
  const following = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(following, 'exit');
  t.after(async () => {
    following.kill();
    await ended;
  });
  const [told, remarks] = [following.stdout, following.stderr].map(input => createInterface({ input })[Symbol.asyncIterator]());
  const next = async (): Promise<unknown> => JSON.parse((await told!.next()).value as string).regarding.name;
  // It is made by the first message.
  const create = async (name: string): Promise<void> =>
    assert.equal((await fetch(`${before.http}/m/${name}`, { method: 'POST', body: 'x' })).status, 202);
  await create('one');
  assert.equal(await next(), 'one');
  // Nothing is read meanwhile: what happens now is there when it is asked for after the restart.
  following.kill('SIGSTOP');
  await create('two');
  await before.kill();
  await using _after = await spawnServer({ dataDir: folder.path, args: ['--http', new URL(before.http).host] });
  await create('three');
  following.kill('SIGCONT');
  assert.deepEqual([await next(), await next()], ['two', 'three']);
  assert.match((await remarks!.next()).value as string, /^The server is gone, and is asked again until it is there\.$/);
  assert.match((await remarks!.next()).value as string, /^The server is there again: what has happened meanwhile follows\.$/);
});
