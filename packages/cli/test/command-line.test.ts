import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loadConfiguration } from '@angarium/server';
import {
  type CommandResult,
  runCommand,
  type SpawnedServer,
  spawnServer,
  startTestServer,
  temporaryFolder,
  unusedPort,
} from '@angarium/testkit';
import { EXIT_CODES } from '../src/exit-code.ts';

let server: SpawnedServer;
before(async () => {
  server = await spawnServer();
});
after(() => server[Symbol.asyncDispose]());

/** Runs a command against the server of these tests. */
function angarium(...args: string[]): Promise<CommandResult> {
  return runCommand(args, { env: { ANGARIUM_URL: server.http } });
}

function assertDone(result: CommandResult): void {
  assert.equal(result.code, 0, result.stderr);
}

function assertFailed(result: CommandResult, reason: keyof typeof EXIT_CODES, words: RegExp): void {
  assert.match(result.stderr, words);
  assert.equal(result.code, EXIT_CODES[reason].code, result.stderr);
  assert.doesNotMatch(result.stderr, /\n {4}at /, 'no stack for a mistake of the user');
}

describe('angarium', () => {
  test('--version and --help need no server, and help is there for every command', async () => {
    const version = await runCommand(['--version']);
    assertDone(version);
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
    for (const args of [
      [],
      ['up'],
      ['address'],
      ['address', 'create'],
      ['address', 'update'],
      ['plan'],
      ['queue'],
      ['queue', 'move'],
      ['subscription'],
      ['send'],
      ['receive'],
      ['bench'],
      ['webhook'],
      ['webhook', 'create'],
      ['connection'],
      ['context'],
      ['user'],
      ['apply'],
      ['get'],
      ['space', 'create'],
    ]) {
      const help = await runCommand([...args, '--help']);
      assertDone(help);
      assert.match(help.stdout, /^Usage: angarium/, args.join(' '));
    }
  });

  test('what is not a command or an option is a usage error with the one that may be meant', async () => {
    assertFailed(await runCommand(['adress', 'list']), 'usage', /unknown command 'adress'[\s\S]*address/);
    assertFailed(await runCommand(['send', 'a', 'b', '--cuont', '3']), 'usage', /unknown option '--cuont'[\s\S]*--count/);
    assertFailed(await runCommand(['address', 'create', 'a', '--type', 'quue']), 'usage', /queue, topic, stream, anycast, multicast/);
    assertFailed(await runCommand(['send', 'a', 'b', '--count', '0']), 'usage', /whole number from 1 on/);
    assertFailed(await runCommand(['receive', 'a', '--timeout', '5']), 'usage', /500ms, 10s/);
  });

  test('a server that does not answer is an error of its own, in words', async () => {
    assertFailed(
      await runCommand(['address', 'list', '--url', `http://127.0.0.1:${await unusedPort()}`]),
      'unreachable',
      /No server answers at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\)/,
    );
    assertFailed(await runCommand(['address', 'list', '--url', 'ftp://x']), 'usage', /not the URL of an HTTP API/);
    assertFailed(
      await runCommand(['address', 'list', '--url', `http://${new URL(server.endpoints.amqp!).host}`]),
      'unreachable',
      /No server answers|not an Angarium server/,
    );
  });
});

describe('addresses and messages', () => {
  test('an address is created, listed, shown, and deleted', async () => {
    assert.equal(
      (await angarium('address', 'create', 'one', '--type', 'queue', '--messages-max', '5')).stdout,
      'address one (queue) created\n',
    );
    assertFailed(await angarium('address', 'create', 'one', '--type', 'queue'), 'failed', /"one" is there already.*\(address-exists\)/);
    assert.match((await angarium('address', 'list')).stdout, /^NAME .*\n(.*\n)*one +queue +0/);
    assert.match((await angarium('address', 'get', 'one')).stdout, /messagesMax +5\n/);
    const shown = JSON.parse((await angarium('address', 'get', 'one', '--json')).stdout);
    assert.deepEqual(shown.spec, { type: 'queue', messagesMax: 5 });
    assertDone(await angarium('address', 'delete', 'one'));
    assertFailed(await angarium('address', 'get', 'one'), 'failed', /address-not-found/);
    assertFailed(await angarium('address', 'create', 'no*pe', '--type', 'queue'), 'failed', /address-name-invalid/);
  });

  test('a stream is read from where it is said, as often as wanted', async () => {
    await angarium('address', 'create', 'events', '--type', 'stream');
    for (const body of ['one', 'two', 'three']) await angarium('send', 'events', body);
    for (const [place, bodies] of [
      ['first', ['one', 'two', 'three']],
      ['1', ['two', 'three']],
      ['1h', ['one', 'two', 'three']],
    ] as const) {
      const { stdout } = await angarium('receive', 'events', '--offset', place, '--count', String(bodies.length));
      assert.deepEqual(stdout.trim().split('\n'), bodies);
    }
    const looked = await angarium('receive', 'events', '--browse', '--count', '3');
    assert.deepEqual(looked.stdout.trim().split('\n'), ['one', 'two', 'three']);
    assertFailed(await angarium('receive', 'events', '--offset', 'tomorrow', '--timeout', '10s'), 'failed', /stream offset/);
  });

  test('what is sent is received, with its properties', async () => {
    assertDone(await angarium('address', 'create', 'two', '--type', 'queue'));
    const sent = await angarium('send', 'two', 'grüße', '--property', 'a=b', '--property', 'c=d=e', '--priority', '7', '--ttl', '1m');
    assert.equal(sent.stdout, '1 message sent to two\n');
    const looked = await angarium('receive', 'two', '--browse', '--timeout', '300ms');
    assert.equal(looked.stdout, 'grüße\n');
    const received = JSON.parse((await angarium('receive', 'two', '--count', '1', '--timeout', '5s', '--json')).stdout);
    assert.equal(received.body, 'grüße');
    assert.deepEqual(received.properties, { a: 'b', c: 'd=e' });
    assert.equal(received.priority, 7);
    assert.equal(received.durable, true);
    assert.ok(received.ttlMs > 0 && received.ttlMs <= 60_000, String(received.ttlMs));
  });

  test('properties are texts, or numbers and booleans that selectors compare', async () => {
    assertDone(await angarium('address', 'create', 'weighed', '--type', 'queue'));
    const typed = [
      '--property',
      'weight:=40',
      '--property',
      'late:=true',
      '--property',
      'rate:=-2.5',
      '--property',
      'text=40',
      '--property',
      'a:b=c',
    ];
    assertDone(await angarium('send', 'weighed', 'heavy', ...typed));
    const selected = ['--selector', 'weight > 39 AND late AND rate < 0'];
    const { properties } = JSON.parse(
      (await angarium('receive', 'weighed', '--count', '1', '--timeout', '5s', '--json', ...selected)).stdout,
    );
    assert.deepEqual(properties, { weight: 40, late: true, rate: -2.5, text: '40', 'a:b': 'c' });
    for (const wrong of ['weight:=much', 'weight:=', '=1', 'weight'])
      assertFailed(await angarium('send', 'weighed', 'x', '--property', wrong), 'usage', /It is key=text|After := it is a number/);
  });

  test('a body comes from a file or from standard input as it is, and binary ones are shown in base64', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'body');
    await writeFile(file, Buffer.from([0xff, 0x00, 0xfe]));
    assertDone(await angarium('address', 'create', 'three', '--type', 'queue'));
    assertDone(await angarium('send', 'three', '--file', file));
    assertDone(
      await runCommand(['send', 'three', '--content-type', 'application/json'], { env: { ANGARIUM_URL: server.http }, input: '{"n":1}' }),
    );
    const [binary, json] = (await angarium('receive', 'three', '--count', '2', '--timeout', '5s', '--json')).stdout.trim().split('\n');
    assert.deepEqual([JSON.parse(binary!).body, JSON.parse(binary!).bodyEncoding], ['/wD+', 'base64']);
    assert.deepEqual([JSON.parse(json!).body, JSON.parse(json!).contentType], ['{"n":1}', 'application/json']);
    assertFailed(await angarium('send', 'three', '--file', join(folder.path, 'none')), 'failed', /cannot be read/);
    assertFailed(await angarium('send', 'three', 'x', '--file', file), 'usage', /not both/);
  });

  test('nothing to receive, less than asked for, and nobody to send to are told apart from success', async () => {
    assertDone(await angarium('address', 'create', 'four', '--type', 'queue'));
    assertFailed(await angarium('receive', 'four', '--timeout', '200ms'), 'nothing', /Nothing received/);
    assertDone(await angarium('send', 'four', 'x'));
    const less = await angarium('receive', 'four', '--count', '2', '--timeout', '200ms');
    assert.equal(less.stdout, 'x\n');
    assertFailed(less, 'nothing', /1 message of 2/);
    assertDone(await angarium('address', 'create', 'five', '--type', 'anycast'));
    assertFailed(
      await angarium('send', 'five', 'x', '--timeout', '300ms'),
      'nothing',
      /anycast five took no message for 0\.3 s: nobody receives from it/,
    );
  });

  test('a full queue takes no more, and says so', async () => {
    assertDone(await angarium('address', 'create', 'six', '--type', 'queue', '--messages-max', '2'));
    const sent = await angarium('send', 'six', 'x', '--count', '3', '--timeout', '300ms', '--json');
    assertFailed(sent, 'nothing', /queue six accepted 2 of 3 messages.*it is full/);
    assert.equal(JSON.parse(sent.stdout).accepted, 2);
    assertDone(await angarium('receive', 'six', '--count', '2', '--timeout', '5s'));
  });

  test('a name below a topic address is sent to and received from, with wildcards too', async () => {
    assertDone(await angarium('address', 'create', 'tree', '--type', 'topic'));
    const received = angarium('receive', 'tree/+/leaf', '--count', '1', '--timeout', '20s');
    let consumers = 0;
    while (consumers === 0) {
      const { stdout } = await angarium('address', 'get', 'tree', '--json');
      consumers = JSON.parse(stdout).status.consumers;
    }
    assertDone(await angarium('send', 'tree/1/leaf', 'green'));
    const result = await received;
    assertDone(result);
    assert.equal(result.stdout.trim(), 'green');
    assertFailed(await angarium('address', 'get', 'tree/1/leaf'), 'failed', /There is no Address "tree\/1\/leaf"/);
  });

  test('a typing error in a name is not a new queue; with --type it is', async () => {
    assertFailed(await angarium('send', 'sevn', 'x'), 'failed', /There is no address sevn\. Create it/);
    assertFailed(await angarium('receive', 'sevn'), 'failed', /There is no address sevn/);
    assertDone(await angarium('send', 'seven', 'x', '--type', 'queue'));
    assertDone(await angarium('receive', 'seven', '--count', '1', '--timeout', '5s'));
  });

  test('a load run makes its address, prints rates and percentiles, and takes the address away again', async () => {
    const run = await angarium('bench', 'load', '--seconds', '1', '--rate', '1000', '--type', 'queue');
    assertDone(run);
    assert.match(run.stdout, /^flow: 1 sender → queue load → 1 receiver, 100 bytes, unsettled/);
    assert.match(run.stdout, /received +[\d,]+ +[\d,]+\n/);
    assert.match(run.stdout, /latency +p50 [\d.]+ ms/);
    assertFailed(await angarium('address', 'get', 'load'), 'failed', /address-not-found/);
    const json = JSON.parse((await angarium('bench', '--mode', 'ping', '--count', '100', '--json')).stdout);
    assert.equal(json.latencyUs.samples, 100);
    assertFailed(await angarium('bench', '--mode', 'fill'), 'usage', /needs --count/);
  });

  test('webhooks are created, listed, shown and deleted', async () => {
    const made = await angarium('webhook', 'create', 'hook', 'orders', 'https://hooks.example/in', '--attempts-max', '3', '--retry', '5s');
    assertDone(made);
    assert.match(
      made.stdout,
      /^webhook hook created: orders → https:\/\/hooks\.example\/in\nsecret: whsec_\S+ \(it is not shown again\)\n$/,
    );
    assertFailed(await angarium('webhook', 'create', 'hook', 'orders', 'https://hooks.example/in'), 'failed', /webhook-exists/);
    assertFailed(await angarium('webhook', 'create', 'other', 'orders', 'http://10.0.0.1/'), 'failed', /private network.*webhook-invalid/);
    assertFailed(
      await angarium('webhook', 'create', 'other', 'q', 'http://a.example/', '--secret-file', '/no/such'),
      'usage',
      /cannot be read/,
    );
    assert.match((await angarium('webhook', 'list')).stdout, /^NAME[\s\S]*\nhook +orders +https:\/\/hooks\.example\/in +Active +0/);
    const shown = (await angarium('webhook', 'get', 'hook')).stdout;
    assert.match(shown, /attemptsMax +3\n[\s\S]*retryMs +5000\n/);
    assert.doesNotMatch(shown, /whsec_/);
    assertDone(await angarium('webhook', 'delete', 'hook'));
    assertFailed(await angarium('webhook', 'get', 'hook'), 'failed', /webhook-not-found/);
  });

  test('connections are listed and closed', async () => {
    assertDone(await angarium('address', 'create', 'eight', '--type', 'queue'));
    const waiting = angarium('receive', 'eight', '--count', '1');
    let id: string | undefined;
    // The receiver is another process: it is asked for until it is there, and the test's time limit bounds that.
    while (id === undefined) id = JSON.parse((await angarium('connection', 'list', '--json')).stdout)[0]?.metadata.name;
    assert.match(
      (await angarium('connection', 'list')).stdout,
      /^ID +PROTOCOL +CLIENT +USER +PEER +SINCE +SUBSCRIPTIONS +UNSETTLED\n\d+ +AMQP 1\.0 +\S+ +anonymous +127\.0\.0\.1:\d+ +\S+ +1 +0/,
    );
    assertDone(await angarium('connection', 'close', id));
    assertFailed(await waiting, 'failed', /closed by anonymous over the HTTP API \(amqp:connection:forced\)/);
    assertFailed(await angarium('connection', 'close', id), 'failed', /connection-not-found/);
  });
});

describe('users and contexts', () => {
  test('a hash from hash-password lets its user in, by flags, variables and a context; others are denied', async () => {
    await using folder = await temporaryFolder();
    const hashed = await runCommand(['user', 'hash-password', '--json'], { input: 'secret\n' });
    assertDone(hashed);
    await using secured = await startTestServer({ users: [{ name: 'ada', ...JSON.parse(hashed.stdout) }] });
    const env = { XDG_CONFIG_HOME: folder.path };
    const run = (args: string[], more: Record<string, string> = {}): Promise<CommandResult> =>
      runCommand(args, { env: { ...env, ...more } });
    const url = ['--url', secured.http];

    assertFailed(await run(['address', 'list', ...url]), 'denied', /credentials-missing/);
    assertFailed(await run(['address', 'list', ...url, '--user', 'ada', '--password', 'wrong']), 'denied', /credentials-wrong/);
    assertDone(await run(['address', 'list', ...url, '--user', 'ada', '--password', 'secret']));
    assertDone(await run(['address', 'create', 'a', '--type', 'queue', ...url], { ANGARIUM_USER: 'ada', ANGARIUM_PASSWORD: 'secret' }));

    assertDone(await run(['context', 'create', 'test', ...url, '--user', 'ada', '--password', 'secret']));
    const file = join(folder.path, 'angarium', 'contexts.json');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await run(['send', 'a', 'x'])).stdout, '1 message sent to a\n');
    assert.equal((await run(['receive', 'a', '--count', '1', '--timeout', '5s'])).stdout, 'x\n');
    const shown = await run(['context', 'show']);
    assert.match(shown.stdout, /user +ada\npassword +set\n/);
    assert.doesNotMatch(shown.stdout, /secret/);
    assertDone(await run(['context', 'delete', 'test']));
    assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), { contexts: {} });
  });

  test('what hash-password prints stands in a configuration file as it is', async () => {
    await using folder = await temporaryFolder();
    const hashed = await runCommand(['user', 'hash-password'], { input: "pass: 'word'\n" });
    assertDone(hashed);
    const file = join(folder.path, 'angarium.yaml');
    const entry = hashed.stdout.trim().split('\n');
    await writeFile(file, ['users:', '  - name: ada', ...entry.map(line => `    ${line}`)].join('\n'));
    const { users } = await loadConfiguration({ flags: {}, variables: {}, file });
    await using secured = await startTestServer({ users, http: 'off', mqtt: 'off' });
    const peer = { address: '127.0.0.1:1', loopback: true };
    assert.deepEqual(secured.authenticator.mechanisms(peer), ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN']);
    const answer = await secured.authenticator.password({ user: 'ada', password: "pass: 'word'" }, { peer });
    assert.equal('user' in answer && answer.user, 'ada');
  });

  test('contexts are created, used, listed and forgotten', async () => {
    await using folder = await temporaryFolder();
    const run = (...args: string[]): Promise<CommandResult> => runCommand(['context', ...args], { env: { XDG_CONFIG_HOME: folder.path } });
    assert.match((await run('list')).stdout, /There are no contexts/);
    assert.equal((await run('create', 'one', '--url', 'http://one.example:8080/')).stdout, 'context one created and in use\n');
    assert.equal((await run('create', 'two', '--url', 'two.example:8080')).stdout, 'context two created\n');
    assertFailed(await run('create', 'two', '--url', 'http://x'), 'failed', /exists already/);
    assertFailed(await run('create', 'three', '--url', 'ftp://x'), 'usage', /not the URL/);
    assert.equal((await run('use', 'two')).stdout, 'context two is in use\n');
    const listed = JSON.parse((await run('list', '--json')).stdout);
    assert.deepEqual(listed, [
      { name: 'one', current: false, url: 'http://one.example:8080' },
      { name: 'two', current: true, url: 'http://two.example:8080' },
    ]);
    assertFailed(await run('use', 'nine'), 'failed', /no context "nine"/);
    assertDone(await run('delete', 'two'));
    assertFailed(await run('show'), 'failed', /No context is in use/);
    await writeFile(join(folder.path, 'angarium', 'contexts.json'), 'oops');
    assertFailed(await run('list'), 'failed', /is not JSON: mend it, or remove it/);
  });
});
