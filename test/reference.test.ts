import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { MQTT_CONFORMANCE } from '../packages/head-mqtt/conformance.ts';
import { REFERENCE_FOLDER, referencePages } from '../scripts/generate-reference.ts';
import { amqpConformanceRows } from '../scripts/reference/amqp-conformance-page.ts';
import { ROOT, sourcesBelow } from './sources.ts';

describe('docs/reference', () => {
  test('every page is as the code has it now; if not: npm run reference', async () => {
    const pages = await referencePages();
    for (const [name, text] of pages) {
      assert.ok(existsSync(`${REFERENCE_FOLDER}${name}`), `${name} is not written yet: npm run reference`);
      assert.equal(readFileSync(`${REFERENCE_FOLDER}${name}`, 'utf8'), text, `${name} is stale: npm run reference`);
    }
    assert.deepEqual(readdirSync(REFERENCE_FOLDER).sort(), [...pages.keys()].sort(), 'a page that nothing makes');
  });

  test('every test that the conformance table names is there', async () => {
    const tests = sourcesBelow('packages', ['.test.ts'])
      .map(({ text }) => text)
      .join('\n');
    const missing = (await amqpConformanceRows()).flatMap(row =>
      row.status === 'tested' && !tests.includes(row.test) ? [`${row.clause}: ${row.test}`] : [],
    );
    assert.deepEqual(missing, []);
  });

  test('every statement of MQTT stands there once, and the tests that it names are where it says', () => {
    for (const rows of Object.values(MQTT_CONFORMANCE)) {
      assert.equal(new Set(rows.map(({ clause }) => clause)).size, rows.length);
      const missing = rows.flatMap(row =>
        row.status === 'not-applicable'
          ? []
          : row.proofs
              .filter(({ file, test: name }) => !readFileSync(`${ROOT}packages/${file}`, 'utf8').includes(name))
              .map(each => [row.clause, each]),
      );
      assert.deepEqual(missing, []);
    }
  });
});
