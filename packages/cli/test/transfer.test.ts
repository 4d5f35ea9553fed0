import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type CommandResult, runCommand, type SpawnedServer, spawnServer, type TemporaryFolder, temporaryFolder } from '@angarium/testkit';
import { EXIT_CODES } from '../src/exit-code.ts';

let servers: [from: SpawnedServer, to: SpawnedServer];
let folder: TemporaryFolder;
before(async () => {
  servers = await Promise.all([spawnServer(), spawnServer()]);
  folder = await temporaryFolder();
});
after(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function angarium(at: 0 | 1, args: string, input = ''): Promise<CommandResult> {
  return runCommand(args.split(' '), { cwd: folder.path, input, env: { ANGARIUM_URL: servers[at].http } });
}

async function done(at: 0 | 1, args: string, input?: string): Promise<string> {
  const result = await angarium(at, args, input);
  assert.equal(result.code, 0, result.stderr);
  return result.stdout;
}

const DOCUMENTS = `kind: AddressSpace
metadata: { name: shop }
spec: {}
---
kind: Address
metadata: { name: orders, addressSpace: shop }
spec: { type: queue, plan: small }
---
kind: AddressPlan
metadata: { name: small, addressSpace: shop }
spec: { messagesMax: 100 }
`;

describe('export and import', () => {
  test('take an address space with its messages from one server to another', async () => {
    await done(0, 'apply -f -', DOCUMENTS);
    await done(0, 'send orders hello --count 3 --space shop');
    const { stdout: exported, stderr } = await angarium(0, 'export -s shop --messages');
    assert.match(stderr, /^3 documents and 3 messages, subscriptions and readers exported\nPasswords and keys are not in it/);
    assert.deepEqual(
      exported
        .trim()
        .split('\n')
        .map(line => (JSON.parse(line) as { kind: string }).kind),
      ['AddressSpace', 'AddressPlan', 'Address', 'StoredMessages', 'StoredMessage', 'StoredMessage', 'StoredMessage', 'ExportEnd'],
    );
    await writeFile(join(folder.path, 'shop.jsonl'), exported);
    assert.equal(
      await done(1, 'import shop.jsonl'),
      'addressspace/shop created\naddressplan/small created in shop\naddress/orders created in shop\n3 messages imported\n',
    );
    assert.equal(await done(1, 'receive orders -n 3 --space shop'), 'hello\nhello\nhello\n');
  });

  test('a line that is refused is named by its number, and the import goes on from there', async () => {
    const exported = (await done(0, 'export -s shop --messages')).trim().split('\n');
    exported[5] = exported[5]!.replace('"orders"', '"nowhere"');
    await writeFile(join(folder.path, 'bad.jsonl'), `${exported.join('\n')}\n`);
    const { code, stderr } = await angarium(1, 'import bad.jsonl');
    assert.equal(code, EXIT_CODES.failed.code);
    assert.match(stderr, /bad\.jsonl:6: .*nowhere.*The 1 messages of the lines before it are stored\. .*import bad\.jsonl --from-line 6\n/);
    assert.equal(await done(1, 'import bad.jsonl --from-line 7'), '1 messages imported\n');
    const cut = await angarium(1, 'import -', exported.slice(0, 3).join('\n'));
    assert.match(cut.stderr, /is not whole: its end is missing/);
  });

  test('without messages an export is YAML that apply takes, and has no secrets unless they are asked for', async () => {
    await done(0, 'space create private --admin ada');
    const shown = await done(0, 'export -s private');
    assert.doesNotMatch(shown, /scram|hash/i);
    const whole = await done(0, 'export -s private --secrets');
    assert.equal(
      await done(1, 'import -', whole),
      'addressspace/private created\nrolebinding/admin-ada created in private\nuser/ada created in private\n',
    );
    assert.match((await angarium(1, 'apply -f -', shown)).stdout, /user\/ada unchanged in private\n$/);
    assert.match(await done(1, 'export -s private --secrets'), /scramSha256/);
  });
});

test('space create makes a first user who may do everything there, and nothing elsewhere', async () => {
  const { admin } = JSON.parse(await done(1, 'space create tenant --admin ada --display-name Tenant --json')) as {
    admin: { user: string; password: string };
  };
  const as = (args: string, user = 'ada@tenant'): Promise<CommandResult> =>
    runCommand(args.split(' '), { env: { ANGARIUM_URL: servers[1].http, ANGARIUM_USER: user, ANGARIUM_PASSWORD: admin.password } });
  const own = await as('address create own --type queue --space tenant');
  assert.equal(own.stdout, 'address own (queue) created\n', own.stderr);
  // --space says where a user is at home, over HTTP and AMQP.
  const sent = await as('send own hello --space tenant', 'ada');
  assert.equal(sent.stdout, '1 message sent to own\n', sent.stderr);
  assert.equal((await as('receive own --count 1 --space tenant', 'ada')).stdout, 'hello\n');
  assert.equal((await as('get ad --space shop')).code, EXIT_CODES.denied.code);
  const spaces = await as('space list');
  assert.match(spaces.stdout, /^NAME +PLAN .*\ntenant +1 /, spaces.stderr);
});
