import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type CommandResult, runCommand, type SpawnedServer, spawnServer } from '@angarium/testkit';
import { EXIT_CODES } from '../src/exit-code.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

describe('angarium trace', () => {
  let server: SpawnedServer;
  before(async () => {
    server = await spawnServer();
    await send('a', { 'angarium-message-id': 'o-1', 'angarium-property-region': 'us' });
  });
  after(() => server[Symbol.asyncDispose]());

  function angarium(...args: string[]): Promise<CommandResult> {
    return runCommand(args, { env: { ANGARIUM_URL: server.http } });
  }

  async function send(body: string, headers: Record<string, string> = {}): Promise<void> {
    assert.equal((await fetch(`${server.http}/m/orders`, { method: 'POST', body, headers })).status, 202);
  }

  test('why a stored message waits, and what it is, but for its body', async () => {
    const { stdout, stderr, code } = await angarium('trace', 'orders', '--sequence', '0');
    assert.match(stdout, /^TIME +MESSAGE +STEP +WHAT\n.* watching .*\n.* 1 +stored +stored as 0 in orders for .* · id o-1 · region=us\n/);
    assert.match(stdout, / 1 +waiting +waits: nobody consumes from orders\n$/);
    assert.deepEqual([stderr, code], ['that is how it is now\n', 0]);
  });

  test('the next message, line by line as it happens', async () => {
    const env = { ...process.env, ANGARIUM_URL: server.http };
    const tracing = spawn(process.execPath, [MAIN, 'trace', 'orders', '--json', '--for', '30s'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(tracing, 'exit');
    const lines: { step: string }[] = [];
    for await (const text of createInterface({ input: tracing.stdout })) {
      lines.push(JSON.parse(text));
      if (lines.length === 1) await send('b');
      if (lines.at(-1)!.step === 'waiting') void angarium('receive', 'orders', '-n', '2');
    }
    assert.deepEqual(
      lines.map(({ step }) => step),
      ['watching', 'arrived', 'stored', 'waiting', 'delivered', 'settled', 'end'],
    );
    assert.equal((await ended)[0], 0);
  });

  test('nothing came in time, and there is no such address', async () => {
    const nothing = await angarium('trace', 'orders', '--for', '1s');
    assert.match(nothing.stderr, /the 1 s are over, and no such message came\. orders is of type queue/);
    assert.equal(nothing.code, EXIT_CODES.nothing.code);
    const missing = await angarium('trace', 'none');
    assert.match(missing.stderr, /address-not-found/);
    assert.equal(missing.code, EXIT_CODES.failed.code);
  });
});
