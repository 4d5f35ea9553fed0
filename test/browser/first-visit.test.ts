import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '@angarium/testkit';
import type { Locator, Page } from 'playwright-core';
import { assertAccessible } from './accessible.ts';
import { TestBrowser } from './browser.ts';

/** From the first request to the first message that somebody looks at, in milliseconds. */
const FIRST_MESSAGE_MS = 60_000;
/** What a first visit may bring over the network, compressed as it comes; heads of answers are not. */
const FIRST_LOAD_BYTES_MAX = 250_000;
/** More steps of the Tab key than any page has to what is looked for. */
const TABS_MAX = 60;

/** Goes on to it as who has no mouse does. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let step = 0; step < TABS_MAX; step++) {
    if ((await target.and(page.locator(':focus')).count()) > 0) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`${target} is not reached by ${TABS_MAX} steps of the Tab key`);
}

/** Sums up what comes over the network from now on. */
function countBytes(page: Page): () => Promise<number> {
  const sizes: Promise<number>[] = [];
  page.on('requestfinished', request => {
    // What the browser has already is told as less than nothing.
    sizes.push(request.sizes().then(({ responseBodySize }) => Math.max(0, responseBodySize)));
  });
  return async () => (await Promise.all(sizes)).reduce((sum, each) => sum + each, 0);
}

test('the first visit', async context => {
  await using browser = await TestBrowser.launch(context);
  if (!browser) return;
  await using server = await startTestServer({ mqtt: 'off' });
  const page = await browser.visit('about:blank');
  const bytes = countBytes(page);
  const next = page.getByRole('button', { name: 'Next' }).and(page.locator(':enabled'));
  const create = page.getByRole('button', { name: 'Create', exact: true }).and(page.locator(':enabled'));

  await context.test('leads to the first message in less than a minute, by clicks and a name', async () => {
    const startMs = performance.now();
    await page.goto(server.http);
    await page.getByText('There are no addresses yet').waitFor();
    const loaded = await bytes();
    context.diagnostic(`the first visit loads ${loaded} bytes`);
    assert.ok(loaded > 50_000 && loaded < FIRST_LOAD_BYTES_MAX, `${loaded} bytes`);

    await page.getByRole('link', { name: 'Create an address' }).first().click();
    // All of the card is its label, which lies over it.
    await page.getByRole('radio', { name: /^Queue/ }).check({ force: true });
    await next.click();
    await page.getByRole('textbox', { name: 'Name' }).fill('orders');
    await next.click();
    await next.click();
    await create.click();
    await page.getByText('These programs send to it').waitFor();
    await assertAccessible(page, 'end of the wizard');
    await page.getByRole('link', { name: 'Look at orders' }).click();
    await page.getByRole('button', { name: 'Send a message' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Body' }).fill('A first order');
    await assertAccessible(page, 'send dialog');
    await dialog.getByRole('button', { name: 'Send', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: /^Messages/ }).click();
    await page.getByText('1 message', { exact: true }).waitFor();
    await page.getByText('A first order').waitFor();
    const tookMs = performance.now() - startMs;
    context.diagnostic(`the first message was seen after ${Math.round(tookMs)} ms`);
    assert.ok(tookMs < FIRST_MESSAGE_MS, `${tookMs} ms`);
  });

  await context.test('needs no mouse', async () => {
    await page.goto(`${server.http}/ui/spaces/default/addresses`);
    await tabTo(page, page.getByRole('link', { name: 'Create an address' }).first());
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('radio', { name: /^Queue/ }));
    await page.keyboard.press('ArrowDown');
    assert.equal(await page.getByRole('radio', { name: /^Topic/ }).isChecked(), true);
    await tabTo(page, next);
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('textbox', { name: 'Name' }));
    await page.keyboard.type('news');
    for (let step = 0; step < 2; step++) {
      await tabTo(page, next);
      await page.keyboard.press('Enter');
    }
    await tabTo(page, create);
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('link', { name: 'Look at news' }));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'news' }).waitFor();
    await page.getByText('topic', { exact: true }).waitFor();
  });

  assert.deepEqual(browser.complaints, []);
});
