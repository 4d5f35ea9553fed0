// `npm run jms:oracle`: the checks of Jakarta Messaging against Apache ActiveMQ Artemis as well. What holds on Angarium has to hold there,
// or be a known difference. It fetches Artemis from Maven Central and takes minutes, so that it is no part of `npm test`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CheckResult, compiledSuite, libraryFolder, PROGRAM_TIMEOUT_MS, runOnAngarium, runSuite } from '../suite.ts';
import { startArtemis } from './artemis-server.ts';
import { forwardsWith } from './forwarders.ts';
import { KNOWN_DIFFERENCES } from './known-differences.ts';

test('what holds on Angarium holds on Artemis, or is a known difference', { timeout: 6 * PROGRAM_TIMEOUT_MS }, async t => {
  await using suite = await compiledSuite(t);
  if (suite === undefined) return;
  const libraries = await libraryFolder(t, new URL('pom.xml', import.meta.url));
  if (libraries === undefined) return;
  const here = await runOnAngarium(suite);
  await using artemis = await startArtemis(libraries);
  const there = await runSuite(suite, artemis.servers, artemis.log);
  await t.test('messages are forwarded to it, and from it', () => forwardsWith(artemis));
  for (const [index, { name, error }] of here.entries()) await t.test(name, () => compare(name, error, there[index]));
  const names = new Set(here.map(({ name }) => name));
  const strangers = [...KNOWN_DIFFERENCES.keys()].filter(name => !names.has(name));
  assert.deepEqual(strangers, [], 'known differences of checks that are not there');
  const agreeing = here.filter(({ error }, index) => (error === null) === (there[index]?.error === null)).length;
  t.diagnostic(`${agreeing} of ${here.length} checks have the same result on both`);
  for (const [name, reason] of KNOWN_DIFFERENCES) t.diagnostic(`differs: ${name}: ${reason}`);
});

function compare(name: string, error: string | null, there: CheckResult | undefined): void {
  assert.equal(there?.name, name);
  assert.equal(error, null, `fails on Angarium, and ${there.error === null ? 'not on' : 'on'} Artemis: ${error}`);
  if (KNOWN_DIFFERENCES.has(name)) assert.notEqual(there.error, null, 'holds on Artemis, and is among the known differences');
  else assert.equal(there.error, null, `holds on Angarium, and not on Artemis: ${there.error}`);
}
