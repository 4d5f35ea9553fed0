import assert from 'node:assert/strict';
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What nobody may be kept out by: findings that axe calls serious or worse. Cosmetic and best-practice findings are for those who look. */
const IMPACTS = new Set(['serious', 'critical']);
const OPTIONS: axe.RunOptions = { resultTypes: ['violations'] };
/** What differs between day and night. */
const COLOURS: axe.RunOptions = { ...OPTIONS, runOnly: ['color-contrast'] };

/** Draws what has just changed, and ends its transitions: colours on their way are nobody's choice. */
const SETTLE = `new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn))).then(() => {
  for (const animation of document.getAnimations()) if (animation instanceof CSSTransition) animation.finish();
})`;

/** Fails with what axe finds on the page as it is now. */
export async function assertAccessible(page: Page, where: string, options = OPTIONS): Promise<void> {
  await page.evaluate(SETTLE);
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source);
  const { violations } = (await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`)) as axe.AxeResults;
  const findings = violations
    .filter(({ impact }) => IMPACTS.has(impact ?? ''))
    .map(({ id, help, nodes }) => `${where}: ${id} (${help}): ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  assert.deepEqual(findings, [], findings.join('\n'));
}

/** By day, and its colours by night too. */
export async function assertAccessibleDayAndNight(page: Page, where: string): Promise<void> {
  await assertAccessible(page, where);
  await page.emulateMedia({ colorScheme: 'dark' });
  await assertAccessible(page, `${where} by night`, COLOURS);
  await page.emulateMedia({ colorScheme: 'light' });
}
