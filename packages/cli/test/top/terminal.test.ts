import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findProgram, spawnServer, temporaryFolder } from '@angarium/testkit';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const TERMINAL = fileURLToPath(new URL('terminal.py', import.meta.url));
const missing = findProgram('python3') === undefined && 'python3 is not installed';
const DEADLINE_MS = 60_000;
/** What gives the screen back that was there before. */
const LEFT = '\x1b[?25h\x1b[?1049l';

interface Terminal extends AsyncDisposable {
  /** Until this has been written, since the last time that something was waited for. */
  sees(text: string): Promise<void>;
  presses(keys: string): void;
  becomes(rows: number, columns: number): void;
  /** How the program has ended, and everything that it wrote. */
  ended(): Promise<{ readonly how: string; readonly written: string }>;
}

function openTerminal(args: readonly string[], env: Readonly<Record<string, string>>): Terminal {
  const child = spawn('python3', [TERMINAL, process.execPath, MAIN, ...args], {
    env: { ...process.env, TERM: 'xterm', ...env },
    stdio: 'pipe',
  });
  const closed = once(child, 'close', { signal: AbortSignal.timeout(DEADLINE_MS) });
  let written = '';
  let seen = 0;
  let how = '';
  child.stdout.setEncoding('utf8').on('data', text => (written += text));
  child.stderr.setEncoding('utf8').on('data', text => (how += text));
  return {
    async sees(text) {
      for (;;) {
        const at = written.indexOf(text, seen);
        if (at >= 0) {
          seen = at + text.length;
          return;
        }
        await once(child.stdout, 'data', { signal: AbortSignal.timeout(DEADLINE_MS) });
      }
    },
    presses: keys => void child.stdin.write(`keys ${Buffer.from(keys).toString('hex')}\n`),
    becomes: (rows, columns) => void child.stdin.write(`size ${rows} ${columns}\n`),
    async ended() {
      await closed;
      return { how: how.trim(), written };
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await closed;
    },
  };
}

test('on a terminal top follows its size and its keys, waits for a server that goes, and leaves the terminal as it was', {
  skip: missing,
}, async () => {
  await using folder = await temporaryFolder();
  await using server = await spawnServer({ dataDir: folder.path });
  for (const name of ['orders', 'invoices']) await fetch(`${server.http}/m/${name}`, { method: 'POST', body: 'x' });
  await using terminal = openTerminal(['top', '--interval', '1s'], { ANGARIUM_URL: server.http });
  await terminal.sees('orders');
  terminal.becomes(50, 200);
  await terminal.sees('ATTENTION');
  await terminal.sees('\x1b[50;1H');
  terminal.presses('/ord\r');
  await terminal.sees('/ filter: ord');
  await server.kill();
  await terminal.sees('No server answers');
  await using _again = await spawnServer({ dataDir: folder.path, args: ['--http', new URL(server.http).host] });
  await terminal.sees('Nothing needs attention.');
  terminal.presses('q');
  const { how, written } = await terminal.ended();
  assert.equal(how, '0 restored');
  assert.ok(written.endsWith(LEFT), JSON.stringify(written.slice(-60)));
});

test('Ctrl-C ends top, and leaves the terminal as it was', { skip: missing }, async () => {
  await using server = await spawnServer();
  await using terminal = openTerminal(['top'], { ANGARIUM_URL: server.http });
  await terminal.sees('q quit');
  terminal.presses('\x03');
  const { how, written } = await terminal.ended();
  assert.equal(how, '0 restored');
  assert.ok(written.endsWith(LEFT));
});
