import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runProgram, type SpawnedServer, type SpawnOptions, spawnServer, startTestServer, temporaryFolder } from '@angarium/testkit';

const MEGABYTE = 1_000_000;
/** Until there is room again, on a machine that has other things to do. */
const DEADLINE_MS = 30_000;
const SPACE = '/apis/angarium.dev/v1/addressspaces/default';

interface Health {
  readonly code: number;
  readonly status: string;
  /** Names of the checks that have not passed, and what they say. */
  readonly wrong: Readonly<Record<string, string>>;
}

async function readiness(http: string, signal?: AbortSignal): Promise<Health> {
  const answer = await fetch(`${http}/readyz`, { signal: signal ?? null });
  const { status, checks } = (await answer.json()) as { status: string; checks: { name: string; passed: boolean; words: string }[] };
  const wrong = checks.filter(({ passed }) => !passed).map(({ name, words }) => [name, words] as const);
  return { code: answer.status, status, wrong: Object.fromEntries(wrong) };
}

/** To start it anew would not help: whoever asks whether it lives is told that it does. */
async function assertLives(http: string): Promise<void> {
  assert.equal((await fetch(`${http}/healthz`)).status, 200);
}

async function publish(http: string, body: string): Promise<number> {
  const { status } = await fetch(`${http}/m/orders`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body });
  return status;
}

async function metric(http: string, name: string): Promise<string | undefined> {
  const text = await (await fetch(`${http}/metrics`)).text();
  return new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1];
}

test('while the log is read, the server lives and is not ready; users that are in the log are not told to be none', async () => {
  await using folder = await temporaryFolder();
  const options = { dataDir: folder.path, amqp: 'off', mqtt: 'off' } as const;
  let http = '';
  {
    await using before = await startTestServer(options);
    http = before.http;
    for (let sent = 0; sent < 20; sent++) assert.equal(await publish(http, 'x'.repeat(MEGABYTE)), 202);
  }
  const starting = startTestServer({ ...options, http: new URL(http).host });
  const headers = { authorization: `Basic ${btoa('ada:secret')}` };
  const ask = (): Promise<[Health, Response]> => Promise.all([readiness(http), fetch(`${http}${SPACE}/addresses`, { headers })]);
  let answers: [Health, Response] | undefined;
  // Nobody listens in the very beginning.
  while (!answers) answers = await ask().catch(() => undefined);
  await assertLives(http);
  const [first, asked] = answers;
  await using server = await starting;
  assert.equal(server.broker.space('default').find('orders')!.status().stored, 20, 'segments of before are all there');
  assert.deepEqual([first.code, first.status], [503, 'starting']);
  assert.equal(first.wrong.log, 'The durable log is being read.');
  assert.equal(asked.status, 503);
  assert.deepEqual(await readiness(http), { code: 200, status: 'ready', wrong: {} });
});

test('while the disk is full, the server lives and is not ready, and is when there is room again', async t => {
  await using folder = await temporaryFolder();
  const within = ['unshare', '--mount', '--map-root-user', 'sh', '-c', 'mount -t tmpfs -o size=100m none "$0" && exec "$@"', folder.path];
  const [unshare, ...rest] = within;
  if ((await runProgram(unshare!, [...rest, 'true'])).code !== 0) return t.skip('no file system of its own can be had here');
  await using server = await spawnUp({ within, dataDir: `${folder.path}/data` });
  const { http } = server;
  assert.equal((await readiness(http)).code, 200);
  const body = 'x'.repeat(MEGABYTE);
  while ((await publish(http, body)) === 202);
  assert.deepEqual(await readiness(http), {
    code: 503,
    status: 'unready',
    wrong: { log: 'The durable log takes no messages: the disk is full.' },
  });
  await assertLives(http);
  assert.equal(await metric(http, 'angarium_ready'), '0');
  const purged = await fetch(`${http}${SPACE}/addresses/orders/messages:purge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  assert.equal(purged.status, 200, await purged.text());
  const soon = AbortSignal.timeout(DEADLINE_MS);
  while ((await readiness(http, soon)).code !== 200);
  assert.equal(await publish(http, body), 202);
});

test('while writing fails, the server lives and is not ready', async () => {
  // No file may be as large as a segment of the log.
  await using server = await spawnUp({ within: ['sh', '-c', 'ulimit -f 1000 && exec "$@"', 'sh'] });
  // It waits for room until the server ends.
  const waiting = publish(server.http, 'x'.repeat(MEGABYTE)).catch(() => 0);
  const soon = AbortSignal.timeout(DEADLINE_MS);
  while ((await readiness(server.http, soon)).code === 200);
  assert.deepEqual((await readiness(server.http)).wrong, { log: 'The durable log takes no messages: writing to the disk fails.' });
  await assertLives(server.http);
  await server.kill('SIGKILL');
  await waiting;
});

function spawnUp(options: SpawnOptions): Promise<SpawnedServer> {
  return spawnServer({ ...options, args: ['--amqp', 'off', '--mqtt', 'off'] });
}
