import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@angarium/testkit';
import { type CheckedServers, JAVA_OPTIONS } from '../suite.ts';

/** From starting Java, which compiles the program, to the line that says where Artemis is. */
const READY_TIMEOUT_MS = 60_000;

export interface Artemis extends AsyncDisposable {
  readonly servers: CheckedServers;
  /** What it wrote to standard error so far. */
  log(): string;
}

export async function startArtemis(libraries: string): Promise<Artemis> {
  const program = fileURLToPath(new URL('ArtemisServer.java', import.meta.url));
  await using started = new AsyncDisposableStack();
  const folder = started.use(await temporaryFolder()).path;
  const child = spawn('java', [...JAVA_OPTIONS, '-cp', join(libraries, '*'), program, folder], { cwd: folder, stdio: 'pipe' });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', text => (log += text));
  const ended = once(child, 'exit');
  started.defer(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const lines = createInterface({ input: child.stdout });
  const first = once(lines, 'line', { signal: AbortSignal.timeout(READY_TIMEOUT_MS) });
  // Whichever comes second is of no interest.
  first.catch(() => {});
  const [line] = (await Promise.race([first, ended.then(() => [''])])) as [string];
  const [open, guarded] = line.split(' ');
  assert.ok(open !== undefined && guarded !== undefined, `Artemis did not say where it is:\n${log}`);
  const running = started.move();
  return {
    // It speaks WebSockets at the port of AMQP.
    servers: { amqp: open, http: open, guarded },
    log: () => log,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
