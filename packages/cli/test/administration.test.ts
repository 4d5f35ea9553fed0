import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { specFields } from '@angarium/server/address-schema';
import { type CommandResult, runCommand, type SpawnedServer, spawnServer, temporaryFolder } from '@angarium/testkit';
import { EXIT_CODES } from '../src/exit-code.ts';
import { SPEC_FLAGS, specOfFlags } from '../src/spec-flags.ts';

let server: SpawnedServer;
before(async () => {
  server = await spawnServer();
});
after(() => server[Symbol.asyncDispose]());

function angarium(...args: string[]): Promise<CommandResult> {
  return runCommand(args, { env: { ANGARIUM_URL: server.http } });
}

async function done(...args: string[]): Promise<string> {
  const result = await angarium(...args);
  assert.equal(result.code, 0, result.stderr);
  return result.stdout;
}

async function fails(reason: keyof typeof EXIT_CODES, words: RegExp, ...args: string[]): Promise<void> {
  const result = await angarium(...args);
  assert.match(result.stderr, words);
  assert.equal(result.code, EXIT_CODES[reason].code, result.stderr);
}

async function declared(name: string): Promise<unknown> {
  return JSON.parse(await done('address', 'get', name, '--json')).spec;
}

describe('what an address declares', () => {
  test('every field of a specification has a flag', () => {
    const flagged = new Set([...SPEC_FLAGS.map(({ field }) => field), 'type', 'plan', 'aliases', 'diverts']);
    const missing = specFields()
      .map(({ field }) => field)
      .filter(field => !flagged.has(field) && !field.includes('[]') && ![...flagged].some(known => known.startsWith(`${field}.`)));
    assert.deepEqual(missing, []);
  });

  test('flags become fields, times and sizes in any unit', () => {
    assert.deepEqual(
      specOfFlags({ redeliveryDelay: 5, attemptsMax: 3, bind: ['#'], divert: ["a=b = 'c'", 'd'], divertAway: ['e'], forward: 'f' }),
      {
        redelivery: { attemptsMax: 3, delayMs: 5 },
        bindings: ['#'],
        diverts: [{ to: 'a', selector: "b = 'c'" }, { to: 'd' }, { to: 'e', move: true }, { to: 'f', move: true }],
      },
    );
  });

  test('it is created by flags, changed while it is there, and shown with what holds', async () => {
    const flags =
      '--bytes-max 64MiB --ttl-max 7d --attempts-max 3 --redelivery-delay 1500ms --dead-letter dead --alias b --overflow reject';
    await done('address', 'create', 'a', '-t', 'queue', ...flags.split(' '));
    assert.deepEqual(await declared('a'), {
      type: 'queue',
      aliases: ['b'],
      bytesMax: 67_108_864,
      overflow: 'reject',
      ttlMaxMs: 604_800_000,
      redelivery: { attemptsMax: 3, delayMs: 1500 },
      deadLetter: 'dead',
    });
    assert.equal(
      await done('address', 'update', 'a', '--redelivery-delay', '2s', '--unset', 'deadLetter', '--unset', 'aliases'),
      'address a updated\n',
    );
    assert.match(await done('address', 'get', 'a'), /ttlMaxMs +7d\nredelivery\.attemptsMax +3\nredelivery\.delayMs +2s\n/);
    assert.doesNotMatch(await done('address', 'get', 'a'), /deadLetter /);
    await fails(
      'failed',
      /lastValueKey means nothing to a topic.*address-spec-invalid/,
      'address',
      'create',
      't',
      '-t',
      'topic',
      '--last-value-key',
      'k',
    );
    await fails('usage', /such as 100kB, 64MiB or 2GB/, 'address', 'create', 'c', '-t', 'queue', '--bytes-max', '64MB!');
    await fails('usage', /Say what to change/, 'address', 'update', 'a');
    await fails('usage', /--type queue, topic, stream/, 'address', 'create', 'c');
  });

  test('what it declares is shown beside what it counts, and an instant as one', async () => {
    await done('address', 'create', 'g', '-t', 'queue', '--duplicates-window', '10m', '--breaker-failures', '1', '--breaker-pause', '1h');
    await done('send', 'g', 'first', '--message-id', '1');
    await done('send', 'g', 'again', '--message-id', '1');
    await done('receive', 'g', '--count', '1', '--outcome', 'reject');
    const shown = await done('address', 'get', 'g');
    assert.match(shown, /^duplicates\.windowMs +10m$/m);
    assert.match(shown, /^counters\.duplicates +1$/m);
    assert.match(shown, /^pausedUntilMs +\d{4}-\d\d-\d\dT[\d:.]+Z$/m);
  });

  test('it comes from a file, with plans in one of their own, and flags count more', async () => {
    await using folder = await temporaryFolder();
    const plans = join(folder.path, 'plans.yaml');
    const addresses = join(folder.path, 'addresses.yaml');
    await writeFile(plans, 'kind: AddressPlan\nmetadata: { name: small }\nspec: { messagesMax: 10 }\n');
    await writeFile(
      addresses,
      '# two of them\nkind: Address\nmetadata: { name: f1 }\nspec: { type: queue, plan: small }\n---\nkind: Address\nmetadata: { name: f2 }\nspec: { type: topic }\n',
    );
    assert.equal(await done('plan', 'create', '-f', plans), 'plan small is in force for 0 addresses\n');
    assert.equal(await done('address', 'create', '-f', addresses), 'address f1 (queue) created\naddress f2 (topic) created\n');
    await fails('failed', /already.*resource-exists/, 'plan', 'create', 'small', '--messages-max', '20');
    const replaced = await done('plan', 'create', 'small', '--messages-max', '20', '--replace');
    assert.equal(replaced, 'plan small is in force for 1 addresses\n');
    assert.match(await done('address', 'get', 'f1'), /messagesMax +20\n/);
    assert.match(await done('plan', 'list'), /^NAME +ADDRESSES +SAYS\nsmall +1 +messagesMax\n/);
    assert.match(await done('plan', 'get', 'small'), /messagesMax +20\n/);
    await fails('failed', /used by the address f1.*plan-in-use/, 'plan', 'delete', 'small');
    await done('address', 'update', 'f1', '--unset', 'plan');
    await done('plan', 'delete', 'small');
    await writeFile(addresses, 'kind: Address\nspec: {');
    await fails('usage', /addresses\.yaml:2: /, 'address', 'create', '-f', addresses);
    await fails('usage', /cannot be read/, 'address', 'create', '-f', join(folder.path, 'none.yaml'));
    await writeFile(addresses, 'kind: User\nmetadata: { name: x }\nspec: {}');
    await fails('usage', /its kind is User, and Address is expected/, 'address', 'create', '-f', addresses);
  });
});

describe('stored messages', () => {
  test('are listed, peeked at and counted by selector, and stay', async () => {
    await done('address', 'create', 'q1', '-t', 'queue');
    for (const colour of ['red', 'blue', 'red']) await done('send', 'q1', `a ${colour} one`, '-p', `colour=${colour}`);
    const table = await done('queue', 'browse', 'q1');
    assert.match(table, /^NUMBER +STATE +ATTEMPTS +STORED +BYTES +PROPERTIES +BODY\n +0 +ready +0 +\S+Z +\d+ +colour=red +a red one\n/);
    assert.equal(table.trimEnd().split('\n').length, 4);
    assert.equal(await done('queue', 'peek', 'q1'), 'a red one\n');
    assert.equal(await done('queue', 'peek', 'q1', '--selector', "colour = 'blue'", '-n', '5'), 'a blue one\n');
    assert.equal(await done('queue', 'count', 'q1', '-s', 'default', '--selector', "colour = 'red'"), '2\n');
    const [shown] = JSON.parse(await done('queue', 'browse', 'q1', '--json', '--from', '2'));
    assert.deepEqual([shown.sequence, shown.message.properties], [2, { colour: 'red' }]);
    await fails('nothing', /no such messages/, 'queue', 'browse', 'q1', '--state', 'scheduled');
    await fails('failed', /selector: .*at character/, 'queue', 'count', 'q1', '--selector', 'colour =');
  });

  test('are moved, copied, removed by number, and purged when that is confirmed', async () => {
    for (const name of ['q2', 'q3']) await done('address', 'create', name, '-t', 'queue');
    await done('send', 'q2', 'x', '--count', '5');
    assert.equal(await done('queue', 'copy', 'q2', 'q3', '-n', '2'), '2 messages copied\n');
    assert.equal(await done('queue', 'move', 'q2', 'q3', '-n', '1'), '1 message moved\n');
    assert.equal(await done('queue', 'cancel', 'q2', '2', '3'), 'message 2 of q2 removed\nmessage 3 of q2 removed\n');
    await fails('failed', /message-not-found/, 'queue', 'cancel', 'q2', '2');
    assert.equal(await done('queue', 'move', 'q2', 'q3', '--number', '4'), '1 message moved\n');
    await fails(
      'failed',
      /0 messages moved, 0 messages left: Not in q2 any more: message 4\./,
      'queue',
      'move',
      'q2',
      'q3',
      '--number',
      '4',
    );
    await fails('usage', /Remove the selected messages of q3/, 'queue', 'purge', 'q3', '--number', '0,1');
    await fails('usage', /Remove all messages of q3 for good\? Say --yes/, 'queue', 'purge', 'q3');
    assert.deepEqual(JSON.parse(await done('queue', 'purge', 'q3', '--yes', '--json')).done, 4);
    assert.equal(await done('queue', 'count', 'q2'), '1\n');
    await fails('failed', /no address none/, 'queue', 'move', 'q2', 'none');
  });

  test('are dead letters that go back, and what is none stays, which is an error that says how many', async () => {
    await done('address', 'create', 'dead', '-t', 'queue');
    await done('send', 'dead', 'stray');
    await fails('failed', /0 messages sent back, 1 message left: .*message-target-missing/, 'queue', 'replay', 'dead');
    await done('address', 'create', 'q4', '-t', 'queue');
    assert.equal(await done('queue', 'replay', 'dead', '--to', 'q4'), '1 message sent back\n');
  });
});

test('subscriptions are listed, and those that are there end', async () => {
  await done('address', 'create', 'news', '-t', 'topic');
  assert.equal(await done('subscription', 'list', 'news'), 'Nobody subscribes to news.\n');
  await fails('failed', /subscription-not-found/, 'subscription', 'delete', 'news', 'none');
  await fails('failed', /has no subscriptions/, 'subscription', 'list', 'q1');
});

test('a connector and a forwarder are paused, and resumed', async () => {
  await using folder = await temporaryFolder();
  const connector = join(folder.path, 'connector.yaml');
  const forwarder = { connector: 'gone', direction: 'out', address: 'near', remoteAddress: 'far', paused: true };
  const documents = [
    { apiVersion: 'angarium.dev/v1', kind: 'Connector', metadata: { name: 'gone' }, spec: { host: '127.0.0.1', port: 1 } },
    { apiVersion: 'angarium.dev/v1', kind: 'Forwarder', metadata: { name: 'on' }, spec: forwarder },
  ];
  await writeFile(connector, documents.map(document => `---\n${JSON.stringify(document)}\n`).join(''));
  await done('apply', '-f', connector);
  const status = async (kind: string, name: string) => JSON.parse(await done('get', kind, name, '-o', 'json')).status;
  assert.equal(await done('connector', 'pause', 'gone'), 'connector gone paused\n');
  const { phase, message } = await status('connector', 'gone');
  assert.deepEqual([phase, message], ['Paused', 'it is paused: angarium connector resume gone']);
  assert.equal(await done('forwarder', 'resume', 'on'), 'forwarder on resumed\n');
  assert.equal((await status('forwarder', 'on')).message, 'its connector gone is paused: angarium connector resume gone');
  assert.equal(await done('connector', 'resume', 'gone'), 'connector gone resumed\n');
  assert.notEqual((await status('forwarder', 'on')).phase, 'Paused');
  await fails('failed', /no connector none|resource-not-found/i, 'connector', 'pause', 'none');
});

test('what was done and refused is in the audit log, as a table or as lines of JSON', async () => {
  await done('address', 'create', 'audited', '-t', 'queue');
  await fails('failed', /address-exists/, 'address', 'create', 'audited', '-t', 'topic');
  const table = await done('audit');
  assert.match(table, /^TIME +WHO +FROM +PROTOCOL +OUTCOME +ACTION +WHAT +SPACE\n/);
  assert.match(table, /Z +anonymous@default +127\.0\.0\.1:\d+ +HTTP +done +createAddress +Address audited +default\n/);
  assert.match(table, /HTTP +refused address-exists +createAddress +Address audited +default\n$/);
  const lines = (await done('audit', '--limit', '2', '--since', '1h', '--space', 'default', '--json')).trimEnd().split('\n');
  assert.deepEqual(
    lines.map(line => JSON.parse(line)).map(({ action, name, outcome, code }) => ({ action, name, outcome, code })),
    [
      { action: 'createAddress', name: 'audited', outcome: 'done', code: undefined },
      { action: 'createAddress', name: 'audited', outcome: 'refused', code: 'address-exists' },
    ],
  );
  assert.equal(await done('audit', '--space', 'nowhere'), 'Nothing is recorded.\n');
});
