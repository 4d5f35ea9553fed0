import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type CommandResult, runProgram, skipWithout, startTestServer, temporaryFolder } from '@angarium/testkit';
import { JMS_VERSION, snippets } from '../../packages/console/src/logic/snippets.ts';
import { JAVA_OPTIONS, libraryFolder } from './suite.ts';

/** Runs the console's snippet for Jakarta Messaging. The test is skipped, with `undefined`, where Java or the client's libraries are not to be had. */
export async function runSnippet(t: TestContext): Promise<CommandResult | undefined> {
  if (skipWithout(t, 'java')) return undefined;
  const pom = new URL('pom.xml', import.meta.url);
  const libraries = await libraryFolder(t, pom);
  if (libraries === undefined) return undefined;
  assert.ok((await readFile(pom, 'utf8')).includes(`<version>${JMS_VERSION}</version>`), 'the snippet names the version that is tested');
  await using server = await startTestServer({ http: 'off', mqtt: 'off' });
  await using folder = await temporaryFolder();
  const place = {
    endpoints: { amqp: server.endpoints.amqp! },
    space: 'default',
    address: `it's "one"/queue`,
    type: 'queue',
    user: '',
  } as const;
  const snippet = snippets(place).find(({ id }) => id === 'jms')!;
  const path = join(folder.path, snippet.file);
  await writeFile(path, snippet.text);
  return await runProgram('java', [...JAVA_OPTIONS, '-cp', join(libraries, '*'), path]);
}
