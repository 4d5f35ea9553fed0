import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { configurationOptions, defaultConfiguration } from '../src/configuration.ts';
import { loadConfiguration } from '../src/load-configuration.ts';
import { StartError } from '../src/start-error.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'angarium-configuration-'));
});
after(() => rm(folder, { recursive: true }));

async function fileWith(text: string): Promise<string> {
  const file = join(folder, 'angarium.yaml');
  await writeFile(file, text);
  return file;
}

async function complaint(sources: { flags?: Record<string, string>; variables?: Record<string, string>; yaml?: string }): Promise<string> {
  const file = sources.yaml === undefined ? undefined : await fileWith(sources.yaml);
  const error = await loadConfiguration({ flags: sources.flags ?? {}, variables: sources.variables ?? {}, file }).then(
    () => assert.fail('it was taken'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof StartError, String(error));
  assert.equal(error.reason, 'configuration');
  return error.message.replaceAll(`${folder}/`, '');
}

describe('loadConfiguration', () => {
  test('without sources everything has its default', async () => {
    const configuration = await loadConfiguration({ flags: {}, variables: {} });
    assert.equal(configuration.amqp, '127.0.0.1:5672');
    assert.equal(configuration.dataDir, './data');
    assert.deepEqual(configuration.users, []);
  });

  test('a flag counts more than a variable, a variable more than the file, the file more than the default', async () => {
    const file = await fileWith('amqp: 1\nhttp: 2\ndataDir: three\n');
    const configuration = await loadConfiguration({
      flags: { amqp: '11' },
      variables: { ANGARIUM_AMQP: '12', ANGARIUM_HTTP: '13' },
      file,
    });
    assert.equal(configuration.amqp, '11');
    assert.equal(configuration.http, '13');
    assert.equal(configuration.dataDir, 'three');
    assert.equal(configuration.drainTimeout, '10s');
  });

  test('texts of flags and variables become numbers, lists, and true or false', async () => {
    const configuration = await loadConfiguration({
      flags: { allowAnonymous: true, httpHosts: 'one.example, two.example' },
      variables: { ANGARIUM_CONNECTIONS_MAX: '7', ANGARIUM_AUTO_CREATE: 'false' },
    });
    assert.equal(configuration.allowAnonymous, true);
    assert.deepEqual(configuration.httpHosts, ['one.example', 'two.example']);
    assert.equal(configuration.connectionsMax, 7);
    assert.equal(configuration.autoCreate, false);
  });

  test('an empty variable counts as not given', async () => {
    const configuration = await loadConfiguration({ flags: {}, variables: { ANGARIUM_AMQP: '' } });
    assert.equal(configuration.amqp, '127.0.0.1:5672');
  });

  test('an unknown name in the file is refused with its line, and the name that may be meant', async () => {
    assert.match(
      await complaint({ yaml: 'http: off\n\ndatadirr: x\n' }),
      /angarium\.yaml:3: "datadirr" is not known; is "dataDir" meant\?/,
    );
  });

  test('a wrong value in the file is refused with its line and what is expected', async () => {
    assert.match(
      await complaint({ yaml: 'amqp: 5672\ndrainTimeout: 10\nconnectionsMax: many\nlogLevel: loud\n' }),
      /angarium\.yaml:2: drainTimeout: expected a number with a unit, .*, found "10"\n.*angarium\.yaml:3: connectionsMax: expected a whole number, found "many"\n.*angarium\.yaml:4: logLevel: expected one of debug, info, warn, error, silent, found "loud"/,
    );
  });

  test('a wrong user in the file is refused with the line of the user', async () => {
    assert.match(
      await complaint({ yaml: 'users:\n  - name: ada\n    passwordHash: secret\n  - name: bob\n' }),
      /angarium\.yaml:3: users\.0\.passwordHash: expected an argon2id hash.*\n.*angarium\.yaml:4: users\.1: "passwordHash" is missing/,
    );
  });

  test('a file that is not YAML is refused with the line', async () => {
    assert.match(await complaint({ yaml: 'amqp: 5672\nhttp: [1\n' }), /angarium\.yaml:\d+: /);
  });

  test('a file that does not exist is refused by name', async () => {
    const error = await loadConfiguration({ flags: {}, variables: {}, file: join(folder, 'missing.yaml') }).catch(
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof StartError);
    assert.match(error.message, /missing\.yaml cannot be read/);
  });

  test('wrong flags and variables are refused by the name they were given under', async () => {
    assert.match(
      await complaint({ flags: { drainTimeout: 'soon' }, variables: { ANGARIUM_CONNECTIONS_MAX: '0' } }),
      /ANGARIUM_CONNECTIONS_MAX: expected 1 or more, found 0\n.*--drain-timeout: expected a number with a unit, such as .*, found "soon"/,
    );
  });
});

test('every option has a default that the schema takes, and a description that is a sentence', async () => {
  const file = await fileWith(JSON.stringify(defaultConfiguration()));
  assert.deepEqual(await loadConfiguration({ flags: {}, variables: {}, file }), defaultConfiguration());
  for (const option of configurationOptions()) {
    assert.match(option.description, /\.$/, option.name);
    assert.equal(option.flag === undefined, option.kind === 'objects', option.name);
  }
});
