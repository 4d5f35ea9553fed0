import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type CommandResult, runCommand, runProgram, skipWithout, spawnServer, startTestServer, temporaryFolder } from '@angarium/testkit';
import { ROOT } from '../sources.ts';

/** What one run of Maven, of the compiler or of all checks may take; each takes seconds. */
const PROGRAM_TIMEOUT_MS = 150_000;

/** A line that the suite prints. */
interface CheckResult {
  readonly name: string;
  readonly ms: number;
  /** The failure with its stack. */
  readonly error: string | null;
}

test('clients of Jakarta Messaging 3.1 (Apache Qpid JMS) find what they expect', { timeout: 4 * PROGRAM_TIMEOUT_MS }, async t => {
  for (const program of ['mvn', 'javac', 'java']) if (skipWithout(t, program)) return;
  const libraries = await libraryFolder(t);
  if (libraries === undefined) return;
  await using classes = await temporaryFolder();
  await compile(libraries, classes.path);
  await using server = await spawnServer();
  const hashed = await runCommand(['user', 'hash-password', '--json'], { input: 'open sesame\n' });
  await using guarded = await startTestServer({ http: 'off', mqtt: 'off', users: [{ name: 'ann', ...JSON.parse(hashed.stdout) }] });
  const classPath = `${classes.path}:${join(libraries, '*')}`;
  // A short run: the quick compiler and the simple collector start soonest.
  const options = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', classPath];
  const { code, stdout, stderr } = await run('java', [
    ...options,
    'Suite',
    `127.0.0.1:${server.amqp.port}`,
    new URL(server.http).host,
    `127.0.0.1:${guarded.amqp.port}`,
  ]);
  const results = stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as CheckResult);
  for (const { name, error } of results) await t.test(name, () => assert.equal(error, null, error ?? ''));
  assert.equal(code, 0, `${stderr}\n${server.log()}`);
  assert.ok(results.length > 0, stderr);
});

/** The client's libraries: of an earlier run, of Maven's own store, or fetched now; the test is skipped where they are not to be had. */
async function libraryFolder(t: TestContext): Promise<string | undefined> {
  const project = fileURLToPath(new URL('pom.xml', import.meta.url));
  const version = createHash('sha256')
    .update(await readFile(project))
    .digest('hex')
    .slice(0, 16);
  const folder = join(ROOT, '.cache', 'jms', version);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  const goal = ['-B', '-q', '-f', project, 'dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`];
  let result = await run('mvn', ['-o', ...goal]);
  if (result.code !== 0) result = await run('mvn', goal);
  if (result.code !== 0) {
    await rm(unfinished, { recursive: true });
    t.skip(`Maven cannot get the client's libraries: ${result.stdout.split('\n').find(line => line.includes('ERROR')) ?? result.stderr}`);
    return undefined;
  }
  await rename(unfinished, folder);
  return folder;
}

async function compile(libraries: string, classes: string): Promise<void> {
  const folder = fileURLToPath(new URL('src', import.meta.url));
  const sources = (await readdir(folder)).map(name => join(folder, name));
  const { code, stderr } = await run('javac', ['-proc:none', '-encoding', 'UTF-8', '-d', classes, '-cp', join(libraries, '*'), ...sources]);
  assert.equal(code, 0, stderr);
}

function run(program: string, args: readonly string[]): Promise<CommandResult> {
  return runProgram(program, args, { timeoutMs: PROGRAM_TIMEOUT_MS });
}
