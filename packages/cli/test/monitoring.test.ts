import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type CommandResult, runCommand, type SpawnedServer, spawnServer } from '@angarium/testkit';
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
  });
});
