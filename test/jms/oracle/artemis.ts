// `npm run jms:oracle`: the checks of Jakarta Messaging against Apache ActiveMQ Artemis as well. What holds on Angarium has to hold there,
// or be a known difference. It fetches Artemis from Maven Central and takes minutes, so that it is no part of `npm test`.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@angarium/testkit';
import {
  type CheckedServers,
  type CheckResult,
  compiledSuite,
  JAVA_OPTIONS,
  libraryFolder,
  PROGRAM_TIMEOUT_MS,
  runOnAngarium,
  runSuite,
} from '../suite.ts';
import { KNOWN_DIFFERENCES } from './known-differences.ts';

/** From starting Java, which compiles the program, to the line that says where Artemis is. */
const READY_TIMEOUT_MS = 60_000;

test('what holds on Angarium holds on Artemis, or is a known difference', { timeout: 6 * PROGRAM_TIMEOUT_MS }, async t => {
  await using suite = await compiledSuite(t);
  if (suite === undefined) return;
  const libraries = await libraryFolder(t, new URL('pom.xml', import.meta.url));
  if (libraries === undefined) return;
  const here = await runOnAngarium(suite);
  await using artemis = await startArtemis(libraries);
  const there = await runSuite(suite, artemis.servers, artemis.log);
  for (const [index, { name, error }] of here.entries()) await t.test(name, () => compare(name, error, there[index]));
  const names = new Set(here.map(({ name }) => name));
  const strangers = [...KNOWN_DIFFERENCES.keys()].filter(name => !names.has(name));
  assert.deepEqual(strangers, [], 'known differences of checks that are not there');
  const agreeing = here.filter(({ error }, index) => (error === null) === (there[index]?.error === null)).length;
  t.diagnostic(`${agreeing} of ${here.length} checks have the same result on both`);
  for (const [name, reason] of KNOWN_DIFFERENCES) t.diagnostic(`differs: ${name}: ${reason}`);
});

function compare(name: string, error: string | null, there: CheckResult | undefined): void {
  assert.equal(there?.name, name);
  assert.equal(error, null, `fails on Angarium, and ${there.error === null ? 'not on' : 'on'} Artemis: ${error}`);
  if (KNOWN_DIFFERENCES.has(name)) assert.notEqual(there.error, null, 'holds on Artemis, and is among the known differences');
  else assert.equal(there.error, null, `holds on Angarium, and not on Artemis: ${there.error}`);
}

interface Artemis extends AsyncDisposable {
  readonly servers: CheckedServers;
  /** What it wrote to standard error so far. */
  log(): string;
}

async function startArtemis(libraries: string): Promise<Artemis> {
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
