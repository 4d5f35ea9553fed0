import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type CommandResult,
  runCommand,
  runProgram,
  skipWithout,
  spawnServer,
  startTestServer,
  type TemporaryFolder,
  temporaryFolder,
} from '@angarium/testkit';
import { ROOT } from '../sources.ts';

/** What one run of Maven, of the compiler or of all checks may take; each takes seconds, and a minute where many checks wait in vain. */
export const PROGRAM_TIMEOUT_MS = 150_000;

/** A short run: the quick compiler and the simple collector start soonest. */
export const JAVA_OPTIONS: readonly string[] = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];

/** A line that the suite prints. */
export interface CheckResult {
  readonly name: string;
  readonly ms: number;
  /** The failure with its stack. */
  readonly error: string | null;
}

/** Each as host:port: AMQP and HTTP of a server that is open to everybody, AMQP of one with the user `ann`. */
export interface CheckedServers {
  readonly amqp: string;
  readonly http: string;
  readonly guarded: string;
}

/** The checks, compiled: a class path, until it is disposed of. */
export interface CompiledSuite extends AsyncDisposable {
  readonly classPath: string;
}

/** Compiles the checks. The test is skipped, with `undefined`, where Java, Maven or the client's libraries are not to be had. */
export async function compiledSuite(t: TestContext): Promise<CompiledSuite | undefined> {
  for (const program of ['mvn', 'javac', 'java']) if (skipWithout(t, program)) return undefined;
  const libraries = await libraryFolder(t, new URL('pom.xml', import.meta.url));
  if (libraries === undefined) return undefined;
  const classes = await temporaryFolder();
  await compile(libraries, classes);
  return { classPath: `${classes.path}:${join(libraries, '*')}`, [Symbol.asyncDispose]: () => classes[Symbol.asyncDispose]() };
}

/** The results of all checks, in their order, against an Angarium that is started for them. */
export async function runOnAngarium(suite: CompiledSuite): Promise<readonly CheckResult[]> {
  await using server = await spawnServer();
  const hashed = await runCommand(['user', 'hash-password', '--json'], { input: 'open sesame\n' });
  await using guarded = await startTestServer({ http: 'off', mqtt: 'off', users: [{ name: 'ann', ...JSON.parse(hashed.stdout) }] });
  return await runSuite(
    suite,
    { amqp: `127.0.0.1:${server.amqp.port}`, http: new URL(server.http).host, guarded: `127.0.0.1:${guarded.amqp.port}` },
    () => server.log(),
  );
}

/** The results of all checks, in their order. A suite that does not come to its end is an error with what it and the server wrote. */
export async function runSuite(suite: CompiledSuite, servers: CheckedServers, log: () => string): Promise<readonly CheckResult[]> {
  const options = [...JAVA_OPTIONS, '-cp', suite.classPath];
  const { code, stdout, stderr } = await run('java', [...options, 'Suite', servers.amqp, servers.http, servers.guarded]);
  assert.equal(code, 0, `${stderr}\n${log()}`);
  const results = stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as CheckResult);
  assert.ok(results.length > 0, stderr);
  return results;
}

/** A project's libraries: of an earlier run, of Maven's own store, or fetched now; the test is skipped where they are not to be had. */
export async function libraryFolder(t: TestContext, pom: URL): Promise<string | undefined> {
  const project = fileURLToPath(pom);
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
    t.skip(`Maven cannot get the libraries: ${result.stdout.split('\n').find(line => line.includes('ERROR')) ?? result.stderr}`);
    return undefined;
  }
  await rename(unfinished, folder);
  return folder;
}

async function compile(libraries: string, classes: TemporaryFolder): Promise<void> {
  const folder = fileURLToPath(new URL('src', import.meta.url));
  const sources = (await readdir(folder)).map(name => join(folder, name));
  const { code, stderr } = await run('javac', [
    '-proc:none',
    '-encoding',
    'UTF-8',
    '-d',
    classes.path,
    '-cp',
    join(libraries, '*'),
    ...sources,
  ]);
  assert.equal(code, 0, stderr);
}

function run(program: string, args: readonly string[]): Promise<CommandResult> {
  return runProgram(program, args, { timeoutMs: PROGRAM_TIMEOUT_MS });
}
