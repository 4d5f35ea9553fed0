import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type CommandResult, runCommand, type SpawnedServer, spawnServer, type TemporaryFolder, temporaryFolder } from '@angarium/testkit';
import { EXIT_CODES } from '../src/exit-code.ts';

describe('angarium user', () => {
  let folder: TemporaryFolder;
  let server: SpawnedServer | undefined;

  before(async () => {
    folder = await temporaryFolder();
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const angarium = (args: readonly string[], password?: string, input?: string): Promise<CommandResult> =>
    runCommand(args, {
      env: {
        ...(server && { ANGARIUM_URL: server.http }),
        ...(password !== undefined && { ANGARIUM_USER: 'chief', ANGARIUM_PASSWORD: password }),
      },
      ...(input !== undefined && { input }),
    });
  const done = async (...of: Parameters<typeof angarium>): Promise<string> => {
    const { code, stdout, stderr } = await angarium(...of);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const fails = async (reason: keyof typeof EXIT_CODES, words: RegExp, ...of: Parameters<typeof angarium>): Promise<void> => {
    const { code, stderr } = await angarium(...of);
    assert.match(stderr, words);
    assert.equal(code, EXIT_CODES[reason].code);
  };
  const offline = (): string[] => ['--data-dir', folder.path];

  test('the first one is made before the server, which refuses to be reached without users; it administers the server', async () => {
    await assert.rejects(spawnServer({ dataDir: folder.path, args: ['--amqp', '0.0.0.0:0'] }), /angarium user create NAME --data-dir/);
    const made = await done(['user', 'create', 'chief', ...offline()], undefined, 'first password\n');
    assert.match(made, /user chief created in the address space default with the role server-admin/);
    assert.match(await done(['user', 'list', ...offline()]), /chief +password +enabled/);
    const shown = await done(['user', 'get', 'chief', '--json', ...offline()]);
    assert.doesNotMatch(shown, /argon2id|SCRAM/);
    server = await spawnServer({ dataDir: folder.path, args: ['--amqp', '0.0.0.0:0'] });
    await fails('failed', /in use|uses/, ['user', 'create', 'late', ...offline()], undefined, 'x\n');
    await fails('denied', /Give a user name and a password/, ['user', 'list']);
    await fails('denied', /wrong/, ['user', 'list'], 'guess');
    assert.match(await done(['user', 'list'], 'first password'), /chief/);
    assert.equal(JSON.parse(await done(['address', 'list', '--json'], 'first password')).length, 0);
  });

  /** The status that a message to `orders` of this user gets. */
  const sends = async (user: string, password: string): Promise<number> => {
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const path = '/apis/angarium.dev/v1/addressspaces/default/addresses/orders/messages';
    return (await fetch(`${server!.http}${path}`, { method: 'POST', body: 'x', headers: { authorization } })).status;
  };

  test('others get a password, a role and groups; one without a role may do nothing', async () => {
    await done(['address', 'create', 'orders', '--type', 'queue'], 'first password');
    const options = ['--generate', '--role', 'developer', '--group', 'a', '--group', 'b', '--json'];
    const made = JSON.parse(await done(['user', 'create', 'ada', ...options], 'first password'));
    assert.deepEqual([made.name, made.role], ['ada', 'developer']);
    assert.match(made.password, /^[\w-]{24}$/);
    assert.equal(await sends('ada', made.password), 202);
    await fails('denied', /may not/, ['user', 'list', '--user', 'ada', '--password', made.password]);
    assert.match(await done(['user', 'get', 'ada'], 'first password'), /groups +a, b/);
    const { stderr } = await angarium(['user', 'create', 'bob'], 'first password', 'password of bob\n');
    assert.match(stderr, /may do nothing yet/);
    assert.equal(await sends('bob', 'password of bob'), 403);
    await fails('failed', /already/, ['user', 'create', 'bob'], 'first password', 'x\n');
    await fails('failed', /must not have an @/, ['user', 'create', 'bob@acme'], 'first password', 'x\n');
    await fails('usage', /password is empty/, ['user', 'create', 'eve'], 'first password', '\n');
  });

  test('a user is disabled, enabled, gets another password, and is deleted with the role that came with it', async () => {
    await done(['user', 'disable', 'bob'], 'first password');
    assert.equal(await sends('bob', 'password of bob'), 401);
    await done(['user', 'enable', 'bob'], 'first password');
    assert.equal(await sends('bob', 'password of bob'), 403);
    await done(['user', 'set-password', 'bob'], 'first password', 'another one\n');
    assert.deepEqual([await sends('bob', 'password of bob'), await sends('bob', 'another one')], [401, 403]);
    await done(['user', 'delete', 'ada'], 'first password');
    await fails('failed', /There is no user ada/, ['user', 'delete', 'ada'], 'first password');
    await done(['user', 'create', 'ada'], 'first password', 'again\n');
    assert.equal(await sends('ada', 'again'), 403);
  });

  test('a service account has two tokens at a time, which are shown without what is secret', async () => {
    await done(['user', 'create', 'robot', '--type', 'service-account', '--role', 'user'], 'first password');
    const token = async (...args: string[]): Promise<string> => (await done(['user', 'token', 'robot', ...args], 'first password')).trim();
    const tokens = [await token(), await token('--ttl', '1h')];
    for (const each of tokens) assert.equal(await sends('robot', each), 202);
    tokens.push(await token());
    assert.deepEqual(await Promise.all(tokens.map(each => sends('robot', each))), [401, 202, 202]);
    const text = await done(['user', 'get', 'robot', '--json'], 'first password');
    assert.doesNotMatch(text, /hash/);
    const { status } = JSON.parse(text);
    assert.equal(status.tokens.length, 2);
    assert.ok(status.tokens[0].expires && status.tokens[0].lastUsed);
    await fails('failed', /no service account/, ['user', 'token', 'bob'], 'first password');
  });

  test('a user of a tenant logs in by his name alone where the address space is said, for what paths name no space too', async () => {
    await done(['space', 'create', 'acme'], 'first password');
    await done(['user', 'create', 'tom', '--role', 'admin', '--space', 'acme'], 'first password', 'of tom\n');
    const tom = (...args: string[]): [readonly string[], undefined, string | undefined] => [
      [...args, '--space', 'acme', '--user', 'tom', '--password', 'of tom'],
      undefined,
      'kind: Address\nmetadata: { name: his }\nspec: { type: queue }\n',
    ];
    assert.equal(await done(...tom('apply', '-f', '-')), 'address/his created\n');
    assert.match(await done(...tom('get', 'address')), /his +queue/);
    assert.match(await done(...tom('export')), /name: his/);
    assert.match(await done(...tom('explain')), /^KIND /);
    await fails('denied', /wrong/, ['export', '--user', 'tom', '--password', 'of tom']);
    assert.match(await done(['export', '--space', 'acme'], 'first password'), /name: his/);
  });

  test('a lost password is replaced where the server does not run', async () => {
    await server!.kill();
    await done(['user', 'set-password', 'chief', ...offline()], undefined, 'second password\n');
    server = await spawnServer({ dataDir: folder.path });
    await fails('denied', /wrong/, ['user', 'list'], 'first password');
    assert.match(await done(['user', 'list'], 'second password'), /robot +service-account/);
  });
});
