import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import {
  type CommandResult,
  type RunOptions,
  runCommand,
  runProgram,
  type SpawnedServer,
  spawnServer,
  temporaryFolder,
} from '@angarium/testkit';
import { EXIT_CODES } from '../src/exit-code.ts';
import { SHORT_NAMES } from '../src/resources/kind-names.ts';
import { readManifests } from '../src/resources/manifest.ts';
import { unifiedDiff } from '../src/resources/unified-diff.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');

let server: SpawnedServer;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
before(async () => {
  [server, folder] = await Promise.all([spawnServer(), temporaryFolder()]);
});
after(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function angarium(args: string, options: RunOptions = {}): Promise<CommandResult> {
  return runCommand(args.split(' '), { cwd: folder.path, ...options, env: { ANGARIUM_URL: server.http, ...options.env } });
}

async function done(args: string, options: RunOptions = {}): Promise<string> {
  const result = await angarium(args, options);
  assert.equal(result.code, 0, result.stderr);
  return result.stdout;
}

async function fails(reason: keyof typeof EXIT_CODES, words: RegExp, args: string, options: RunOptions = {}): Promise<CommandResult> {
  const result = await angarium(args, options);
  assert.match(result.stderr, words);
  assert.doesNotMatch(result.stderr, /\n {4}at /, 'no stack for a mistake of the user');
  assert.equal(result.code, EXIT_CODES[reason].code, result.stderr);
  return result;
}

async function file(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder.path, name)), { recursive: true });
  await writeFile(join(folder.path, name), text);
}

const address = (name: string, spec: string, more = ''): string =>
  `apiVersion: angarium.dev/v1\nkind: Address\nmetadata: { name: ${name}${more} }\nspec: ${spec}\n`;

describe('apply', { concurrency: true }, () => {
  test('makes a folder of documents so, what others need first, and says what has become of each', async () => {
    await file(
      'all/1.yaml',
      `${address('orders', '{ type: queue, plan: small }')}---\n${address('in-shop', '{ type: topic }', ', addressSpace: shop1')}`,
    );
    await file('all/below/2.json', '{ "kind": "AddressSpace", "metadata": { "name": "shop1" }, "spec": {} }');
    await file('all/below/3.yml', 'kind: AddressPlan\nmetadata: { name: small }\nspec: { messagesMax: 5 }\n');
    await file('all/notes.txt', 'not: a document');
    assert.equal(
      await done('apply -f all --dry-run'),
      [
        'addressspace/shop1 created (dry run)',
        'addressplan/small created (dry run)',
        'address/orders created, not checked: it needs small (dry run)',
        'address/in-shop created in shop1, not checked: it needs shop1 (dry run)\n',
      ].join('\n'),
    );
    assert.equal(
      await done('apply -f all'),
      'addressspace/shop1 created\naddressplan/small created\naddress/orders created\naddress/in-shop created in shop1\n',
    );
    await file('all/below/3.yml', 'kind: AddressPlan\nmetadata: { name: small }\nspec: { messagesMax: 6 }\n');
    assert.equal(
      await done('apply -f all'),
      'addressspace/shop1 unchanged\naddressplan/small configured\naddress/orders unchanged\naddress/in-shop unchanged in shop1\n',
    );
  });

  test('shows what changes as diff -u does, and secrets never', async () => {
    await done('apply -f -', { input: address('shown', '{ type: queue, messagesMax: 5 }') });
    assert.equal(
      await done('apply --dry-run --diff -f -', { input: address('shown', '{ type: queue, messagesMax: 6 }') }),
      [
        '--- address/shown (now)',
        '+++ address/shown (after)',
        '@@ -5,4 +5,4 @@',
        '   addressSpace: default',
        ' spec:',
        '   type: queue',
        '-  messagesMax: 5',
        '+  messagesMax: 6',
        'address/shown configured (dry run)\n',
      ].join('\n'),
    );
    assert.match(await done('get ad shown'), /shown +queue/);
    const user = 'kind: User\nmetadata: { name: ada }\nspec: { authentication: { type: password, password: open-sesame } }\n';
    const shown = await done('apply --dry-run --diff -f -', { input: user });
    assert.match(shown, /\+ {4}type: password\nuser\/ada created \(dry run\)\n/);
    assert.doesNotMatch(shown, /sesame|hash/i);
  });

  test('names the file, the line and the field of what is wrong, and goes on with the others', async () => {
    await file(
      'bad.yaml',
      `${address('fine', '{ type: queue }')}---\n${address('wrong', '\n  type: queue\n  redelivery:\n    delayMs: 5\n    attemptMax: 3')}`,
    );
    const result = await fails(
      'failed',
      /bad\.yaml:13: address\/wrong: spec\.redelivery: "attemptMax" is not known; is "attemptsMax" meant\? \(/,
      'apply -f bad.yaml',
    );
    assert.equal(result.stdout, 'address/fine created\n');
    assert.match(result.stderr, /1 of 2 documents was refused\.\n$/);
    await fails('failed', /standard input:4: address\/t: .*lastValueKey means nothing to a topic/, 'apply -f -', {
      input: address('t', '{ type: topic, lastValueKey: k }'),
    });
    await fails('usage', /standard input:6 is the Address a again: it is in standard input:1 already/, 'apply -f -', {
      input: `${address('a', '{}')}---\n${address('a', '{}')}`,
    });
    await fails('failed', /Documents of other\.example\/v1/, 'apply -f -', {
      input: address('x', '{}').replace('angarium.dev', 'other.example'),
    });
  });

  test('prunes what it made with the same labels, and asks before', async () => {
    const labelled = (name: string): string => address(name, '{ type: queue }', ', labels: { app: pruned }');
    await done('apply -f -', { input: `${labelled('p1')}---\n${labelled('p2')}---\n${address('p3', '{ type: queue }')}` });
    await fails('usage', /by its labels: --prune -l app=shop/, 'apply -f - --prune', { input: labelled('p1') });
    await fails('usage', /has not the labels app=other/, 'apply -f - --prune -l app=other', { input: labelled('p1') });
    await fails('usage', /to be deleted: address\/p2\nangarium: Delete this document\? Say --yes/, 'apply -f - --prune -l app=pruned', {
      input: labelled('p1'),
    });
    assert.equal(
      await done('apply -f - --prune -l app=pruned --yes', { input: labelled('p1') }),
      'address/p1 unchanged\naddress/p2 deleted\n',
    );
    assert.match(await done('get ad p3 -o name'), /address\/p3/);
  });

  test('takes documents of EnMasse, and says what of them means nothing', async () => {
    const document = {
      apiVersion: 'enmasse.io/v1beta1',
      kind: 'AddressSpace',
      metadata: { name: 'migrated' },
      spec: { type: 'standard', plan: 'standard-small', authenticationService: { name: 'standard-authservice' } },
    };
    const { code, stdout, stderr } = await angarium('apply -f -', { input: JSON.stringify(document) });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^addressspace\/migrated created\n/);
    assert.match(stderr, /^standard input:1: warning: spec\.plan names standard-small/m);
  });
});

test('what is no document is refused before anything is done, with its place', async () => {
  const wrong = async (text: string, words: RegExp): Promise<void> => {
    await file('wrong.yaml', text);
    await assert.rejects(readManifests([join(folder.path, 'wrong.yaml')]), words);
  };
  await wrong('metadata: { name: x }', /wrong\.yaml:1: kind is missing/);
  await wrong('kind: Address\nmetadata: {}', /wrong\.yaml:2: metadata\.name is missing/);
  await wrong('kind: Address\nspec: {', /wrong\.yaml:2: /);
  await wrong('# nothing', /no documents/);
  await wrong('[{ "kind": "Address", "metadata": { "name": "a" } },\n"b"]', /wrong\.yaml:2: a document is expected here/);
  await assert.rejects(readManifests([join(folder.path, 'none')]), /none cannot be read/);
});

describe('get, describe, explain, delete', { concurrency: true }, () => {
  test('every kind has a short name', async () => {
    const kinds = (JSON.parse(await done('explain --json')) as { kind: string }[]).map(({ kind }) => kind);
    assert.deepEqual(Object.values(SHORT_NAMES).sort(), kinds.sort());
  });

  test('get lists by any name of a kind, selects by labels, and prints for people and for programs', async () => {
    await done('apply -f -', { input: address('g1', '{ type: queue }', ', labels: { tier: web }') });
    assert.match(
      await done('get addresses -l tier=web'),
      /^NAME +TYPE +PRODUCERS +CONSUMERS +STORED +PHASE +AGE\ng1 +queue +0 +0 +0 +Active +\d+s\n$/,
    );
    assert.match(await done('get Address -l tier=web -o wide'), /LABELS\n.*tier=web\n$/);
    assert.equal(await done('get ad -l tier=web -o name'), 'address/g1\n');
    assert.equal(JSON.parse(await done('get ad g1 --json')).spec.type, 'queue');
    const yaml = await done('get ad -l tier=web -o yaml');
    assert.match(yaml, /^apiVersion: angarium\.dev\/v1\nkind: Address\nmetadata:\n {2}name: g1\n/);
    assert.match(
      await done('get ad -l tier=none'),
      /There are no addresses with the labels tier=none in the address space default\. .*apply -f/,
    );
    await done('space create other1');
    await done('apply -s other1 -f -', { input: address('elsewhere', '{ type: topic }') });
    assert.match(await done('get ad -A'), /\nother1 +elsewhere +topic/);
    await fails('usage', /There is no kind adress\. There are: .*addresses/, 'get adress');
    await fails('failed', /address-not-found/, 'get ad none');
  });

  test('a watch begins with what is there and goes on with what happens', async () => {
    await done('apply -f -', { input: address('w1', '{ type: queue }', ', labels: { watched: "yes" }') });
    const args = [MAIN, 'get', 'ad', '-l', 'watched=yes', '--watch', '--json'];
    const watching = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ANGARIUM_URL: server.http },
    });
    const events: string[] = [];
    for await (const line of createInterface({ input: watching.stdout })) {
      const { type, object } = JSON.parse(line) as { type: string; object: { metadata: { name: string } } };
      events.push(`${type} ${object.metadata.name}`);
      if (events.length === 1) await done('apply -f -', { input: address('w2', '{ type: topic }', ', labels: { watched: "yes" }') });
      if (events.length === 2) await done('delete ad w2');
      if (events.length === 3) watching.kill();
    }
    assert.deepEqual(events, ['ADDED w1', 'ADDED w2', 'DELETED w2']);
  });

  test('a watch of all address spaces goes on with those that come', async () => {
    const watching = spawn(process.execPath, [MAIN, 'get', 'ad', '-A', '-l', 'everywhere=yes', '--watch', '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ANGARIUM_URL: server.http },
    });
    const labels = ', labels: { everywhere: "yes" }';
    await done('apply -f -', { input: address('e1', '{ type: queue }', labels) });
    const events: string[] = [];
    for await (const line of createInterface({ input: watching.stdout })) {
      const { type, object } = JSON.parse(line) as { type: string; object: { metadata: { name: string; addressSpace: string } } };
      events.push(`${type} ${object.metadata.name} of ${object.metadata.addressSpace}`);
      const late = `kind: AddressSpace\nmetadata: { name: late }\nspec: {}\n---\n${address('e2', '{ type: queue }', `, addressSpace: late${labels}`)}`;
      if (events.length === 1) await done('apply -f -', { input: late });
      if (events.length === 2) watching.kill();
    }
    assert.deepEqual(events, ['ADDED e1 of default', 'ADDED e2 of late']);
    assert.match(await done('get ad -A -l everywhere=yes --watch --timeout 1s'), /^EVENT +SPACE +NAME [\s\S]*added +default +e1/);
  });

  test('describe says what a document says, how it is, and who names it', async () => {
    await done('apply -f -', {
      input: `${address('dead1', '{ type: queue }')}---\n${address('d1', '{ type: queue, deadLetter: dead1 }')}`,
    });
    const text = await done('describe ad dead1');
    assert.match(text, /^name +dead1\nkind +Address\nspace +default\n/);
    assert.match(text, /\nSpec\n {2}type +queue\n\nStatus\n {2}phase +Active\n/);
    assert.match(text, /\nRelated\n {2}address\/d1: sends its dead letters here\n$/);
  });

  test('explain shows kinds, fields, and fields of fields', async () => {
    assert.match(await done('explain'), /^KIND +PLURAL +SHORT +OF +WHAT\n/);
    assert.match(await done('explain ad'), /^Address\n {2}A name that messages[\s\S]*\nspec\n {2}type +queue \| topic .*Needed\.\n/);
    assert.match(await done('explain address.spec.redelivery'), /^Address\.spec\.redelivery {2}object\n[\s\S]* {2}delayMs +integer /);
    await fails('usage', /Address\.redelivery has no field delay\. It has: .*delayMs/, 'explain ad.redelivery.delay');
  });

  test('delete takes names or files, and asks before it takes all that is in a space', async () => {
    await file(
      'gone.yaml',
      `kind: AddressSpace\nmetadata: { name: gone }\nspec: {}\n---\n${address('x', '{ type: queue }', ', addressSpace: gone')}`,
    );
    await done('apply -f gone.yaml');
    await fails('failed', /has 1 address.*force/, 'delete as gone');
    await fails('usage', /addressspace\/gone\nangarium: Delete this for good\? Say --yes/, 'delete as gone --cascade');
    assert.equal(await done('delete -f gone.yaml'), 'address/x deleted in gone\naddressspace/gone deleted\n');
    assert.match((await angarium('delete -f gone.yaml')).stderr, /gone\.yaml:1: addressspace\/gone is not there/);
    await fails('usage', /a kind and names/, 'delete ad');
  });

  test('delete says what a document that is still there waits for', async () => {
    const held = (finalizers: string): RunOptions => ({ input: address('held', '{ type: queue }', `, finalizers: [${finalizers}]`) });
    await done('apply -f -', held('example.com/billing, example.com/backup'));
    const waits = 'address/held waits for its finalizers: example.com/billing, example.com/backup';
    assert.equal(await done('delete ad held --dry-run'), `${waits} (dry run)\n`);
    assert.equal(await done('delete ad held'), `${waits}\n`);
    assert.deepEqual(JSON.parse(await done('delete ad held --json')), {
      kind: 'Address',
      name: 'held',
      addressSpace: 'default',
      outcome: 'waiting',
      finalizers: ['example.com/billing', 'example.com/backup'],
    });
    const begun = 'deletion begun, waits for finalizers example.com/billing, example.com/backup';
    assert.equal(await done('address delete held'), `address held: ${begun}\n`);
    assert.equal(await done('apply -f -', held('')), 'address/held deleted\n');
    const user = (finalizers: string) => ({
      input: `kind: User\nmetadata: { name: held, finalizers: [${finalizers}] }\nspec: { authentication: { type: federated } }\n`,
    });
    await done('apply -f -', user('example.com/billing, example.com/backup'));
    assert.equal(await done('user delete held'), `user held: ${begun}\n`);
    assert.deepEqual(JSON.parse(await done('user delete held --json')), {
      deleting: 'held',
      finalizers: ['example.com/billing', 'example.com/backup'],
    });
    await done('apply -f -', user(''));
  });
});

describe('edit', () => {
  const editor = (script: string): RunOptions => ({ env: { EDITOR: `node ${join(folder.path, script)}` } });

  test('puts what was saved in the place of what was there', async () => {
    await done('apply -f -', { input: address('edited', '{ type: queue }') });
    await file(
      'editor.mjs',
      `import { readFileSync, writeFileSync } from 'node:fs';
const file = process.argv[2];
writeFileSync(file, readFileSync(file, 'utf8').replace('type: queue', 'type: queue\\n  messagesMax: 7'));`,
    );
    assert.equal(await done('edit ad edited', editor('editor.mjs')), 'address/edited edited\n');
    assert.equal(JSON.parse(await done('get ad edited --json')).spec.messagesMax, 7);
    assert.equal(await done('edit ad edited', { env: { EDITOR: 'true' } }), 'address/edited unchanged\n');
  });

  test('shows what somebody else has changed meanwhile, and keeps what was written', async () => {
    await file(
      'slow-editor.mjs',
      `import { readFileSync, writeFileSync } from 'node:fs';
const file = process.argv[2];
const url = '${server.http}/apis/angarium.dev/v1/addressspaces/default/addresses/edited';
await fetch(url, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: '{"spec":{"messagesMax":9}}' });
writeFileSync(file, readFileSync(file, 'utf8').replace('messagesMax: 7', 'messagesMax: 8'));`,
    );
    await fails(
      'failed',
      /Somebody else has changed it meanwhile:[\s\S]*- {2}messagesMax: 7\n\+ {2}messagesMax: 9\n[\s\S]*What you wrote is in /,
      'edit ad edited',
      editor('slow-editor.mjs'),
    );
    assert.equal(JSON.parse(await done('get ad edited --json')).spec.messagesMax, 9);
  });
});

describe('completion', () => {
  test('offers commands, options, kinds that the server has, and names of documents', async () => {
    await done('apply -f -', { input: address('completed', '{ type: queue }') });
    const script = await done('completion bash');
    const complete = async (...words: string[]): Promise<string[]> => {
      const program = `angarium() { "${process.execPath}" "${MAIN}" "$@"; }\n${script}COMP_WORDS=(angarium ${words.map(word => `'${word}'`).join(' ')})\nCOMP_CWORD=${words.length}\n_angarium\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout } = await runProgram('bash', ['-c', program], { env: { ...process.env, ANGARIUM_URL: server.http } });
      return stdout.trim().split('\n');
    };
    assert.deepEqual(await complete('expl'), ['explain']);
    assert.deepEqual(await complete('apply', '--dr'), ['--dry-run']);
    assert.deepEqual(await complete('get', 'addresss'), ['addressspace', 'addressspaceplan', 'addressspaceplans', 'addressspaces']);
    assert.deepEqual(await complete('get', '-s', 'default', 'ad', 'compl'), ['completed']);
    await fails('usage', /no completion for tcsh, but for bash, zsh, fish/, 'completion tcsh');
  });
});

test('a diff has the fewest lines, with three around them, and hunks of their own when they are far apart', () => {
  const lines = Array.from({ length: 20 }, (_, at) => `${at}\n`);
  const after = lines.with(1, 'one\n').toSpliced(18, 1).join('');
  assert.equal(
    unifiedDiff(lines.join(''), after, 'x'),
    '--- x (now)\n+++ x (after)\n@@ -1,5 +1,5 @@\n 0\n-1\n+one\n 2\n 3\n 4\n@@ -16,5 +16,4 @@\n 15\n 16\n 17\n-18\n 19',
  );
  assert.equal(unifiedDiff('a\n', 'a\n', 'x'), '');
  assert.equal(unifiedDiff('', 'a\n', 'x'), '--- x (now)\n+++ x (after)\n@@ -0,0 +1,1 @@\n+a');
});
