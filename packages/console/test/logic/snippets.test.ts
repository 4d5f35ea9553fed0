import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type CommandResult,
  type RunOptions,
  runCommand,
  runProgram,
  runProton,
  skipWithout,
  startTestServer,
  type TemporaryFolder,
  type TestServer,
  temporaryFolder,
} from '@angarium/testkit';
import { ADDRESS_TYPES } from '../../src/logic/address-types.ts';
import { PASSWORD_VARIABLE, type Snippet, type SnippetPlace, snippets } from '../../src/logic/snippets.ts';

const NODE_MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url));
const PASSWORD = 'open sesame';
/** Of a user of an address space other than the default one, as its clients say it. */
const SPACE = 'team-a';
const USER = 'ann@team-a';

type Run = (path: string, options: RunOptions) => Promise<CommandResult>;
const inNode: Run = (path, options) => runProgram(process.execPath, [path], options);

/** How each snippet is run here, with the libraries that the tests have; Java's is in test/jms. */
const RUNS: Readonly<Record<Exclude<Snippet['id'], 'jms'>, { readonly needs?: string; readonly prints: string; readonly run: Run }>> = {
  rhea: { prints: 'Hello from rhea\n', run: inNode },
  mqtt: { prints: 'Hello from MQTT\n', run: inNode },
  proton: { needs: 'proton', prints: 'Hello from Proton\n', run: (path, options) => runProton(path, [], options) },
  curl: { needs: 'curl', prints: 'Hello from curl', run: (path, options) => runProgram('sh', [path], options) },
};

/** Every snippet is run where a message is kept, and where it is not; those that differ by the type are run on all. */
const TYPES_OF_ALL: readonly string[] = ['queue', 'anycast'];
const DIFFERS: readonly string[] = ['curl'];
const CASES = Object.keys(RUNS).flatMap(id =>
  ADDRESS_TYPES.filter(type => TYPES_OF_ALL.includes(type) || DIFFERS.includes(id)).map(type => [id as keyof typeof RUNS, type] as const),
);

let server: TestServer;
let folder: TemporaryFolder;
before(async () => {
  const hashed = await runCommand(['user', 'hash-password', '--json'], { input: 'root\n' });
  server = await startTestServer({ users: [{ name: 'root', ...JSON.parse(hashed.stdout) }] });
  folder = await temporaryFolder();
  await symlink(NODE_MODULES, join(folder.path, 'node_modules'));
  await apply('AddressSpace', '', SPACE, {});
  await apply('User', SPACE, 'ann', {
    authentication: { type: 'password', password: PASSWORD },
    authorization: [{ actions: ['send', 'receive'], addresses: ['#'] }],
  });
  for (const [id, type] of CASES) await apply('Address', SPACE, addressOf(id, type), { type });
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Of its own, as what one sends another one might get; and a name that every language and every URL has to take care with. */
const addressOf = (id: string, type: string): string => `${id}'s "own"/${type}`;

const AS_ROOT = { authorization: `Basic ${btoa('root:root')}` };

async function apply(kind: string, space: string, name: string, spec: object): Promise<void> {
  const response = await fetch(`${server.http}/apis/angarium.dev/v1/apply`, {
    method: 'POST',
    headers: { ...AS_ROOT, 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'angarium.dev/v1', kind, metadata: { name, ...(space && { addressSpace: space }) }, spec }),
  });
  assert.equal(response.status, 200, await response.text());
}

async function countsOf(address: string): Promise<{ in: number; stored: number }> {
  const path = `${server.http}/apis/angarium.dev/v1/addressspaces/${SPACE}/addresses/${encodeURIComponent(address)}`;
  const { status } = (await (await fetch(path, { headers: AS_ROOT })).json()) as { status: { stored: number; counters: { in: number } } };
  return { in: status.counters.in, stored: status.stored };
}

describe('client snippets run as they are copied', { concurrency: 2 }, () => {
  for (const [id, type] of CASES) {
    test(`${id}, on an address of type ${type}`, async t => {
      const { needs, prints, run } = RUNS[id];
      if (needs && skipWithout(t, needs)) return;
      const place: SnippetPlace = { endpoints: { ...server.endpoints }, space: SPACE, address: addressOf(id, type), type, user: USER };
      const snippet = snippets(place).find(each => each.id === id)!;
      const path = join(folder.path, `${type}-${snippet.file}`);
      await writeFile(path, snippet.text);
      const { code, stdout, stderr } = await run(path, { env: { ...process.env, [PASSWORD_VARIABLE]: PASSWORD }, cwd: folder.path });
      assert.equal(stdout, prints, stderr);
      assert.equal(code, 0, stderr);
      if (type === 'queue') assert.deepEqual(await countsOf(addressOf(id, type)), { in: 1, stored: 0 }, 'it takes its own message away');
    });
  }
});

test('only what the server speaks is offered', () => {
  const place = { space: 'default', address: 'orders', type: 'queue', user: '' } as const;
  const ids = (endpoints: Record<string, string>): string[] => snippets({ ...place, endpoints }).map(({ id }) => id);
  assert.deepEqual(ids({}), []);
  assert.deepEqual(ids({ mqtt: 'mqtt://h:1' }), ['mqtt']);
  assert.deepEqual(ids({ amqps: 'amqps://h:1', https: 'https://h:2' }), ['rhea', 'proton', 'jms', 'curl']);
});

test('a message to an address that stores is said to be durable, where a client would not do so by itself', () => {
  const textOf = (id: string, type: SnippetPlace['type']): string =>
    snippets({ endpoints: { amqp: 'amqp://h:1' }, space: 'default', address: 'orders', type, user: '' }).find(each => each.id === id)!.text;
  assert.match(textOf('rhea', 'queue'), /send\(\{ durable: true, body: /);
  assert.match(textOf('proton', 'stream'), /body='Hello from Proton', durable=True\)/);
  for (const id of ['rhea', 'proton']) assert.doesNotMatch(textOf(id, 'anycast'), /durable/);
});
