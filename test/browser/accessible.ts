import assert from 'node:assert/strict';
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What nobody may be kept out by: findings that axe calls serious or worse. Cosmetic and best-practice findings are for those who look. */
const IMPACTS = new Set(['serious', 'critical']);

/** Fails with what axe finds on the page as it is now. */
export async function assertAccessible(page: Page, where: string): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as axe.AxeResults;
  const findings = violations
    .filter(({ impact }) => IMPACTS.has(impact ?? ''))
    .map(({ id, help, nodes }) => `${where}: ${id} (${help}): ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  assert.deepEqual(findings, [], findings.join('\n'));
}
