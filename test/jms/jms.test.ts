import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSnippet } from './snippet.ts';
import { compiledSuite, PROGRAM_TIMEOUT_MS, runOnAngarium } from './suite.ts';

test('clients of Jakarta Messaging 3.1 (Apache Qpid JMS) find what they expect', { timeout: 4 * PROGRAM_TIMEOUT_MS }, async t => {
  await using suite = await compiledSuite(t);
  if (suite === undefined) return;
  for (const { name, error } of await runOnAngarium(suite)) await t.test(name, () => assert.equal(error, null, error ?? ''));
});

test('the program that the console shows runs with that client as it is', { timeout: PROGRAM_TIMEOUT_MS }, async t => {
  const result = await runSnippet(t);
  if (result === undefined) return;
  assert.equal(result.stdout, 'Hello from JMS\n', result.stderr);
});
