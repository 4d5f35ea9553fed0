import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import type { Page } from 'playwright-core';
import { assertAccessible } from './accessible.ts';
import { TestBrowser } from './browser.ts';

const API = '/apis/angarium.dev/v1';
/** How long an overview of 5,000 addresses may take until somebody can use it, in milliseconds; on a busy machine the test allows more. */
const INTERACTIVE_MS = 2_000;
const BUSY_FACTOR = 3;
const MANY = 5_000;

let server: TestServer;
before(async () => {
  server = await startTestServer();
});
after(() => server[Symbol.asyncDispose]());

const post = async (path: string, body: object): Promise<void> => {
  const answer = await fetch(`${server.http}${API}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'angarium.dev/v1', ...body }),
  });
  assert.ok(answer.ok, await answer.text());
};

const createAddress = (space: string, name: string, type = 'queue') =>
  post(`/addressspaces/${space}/addresses`, { kind: 'Address', metadata: { name, addressSpace: space }, spec: { type } });

const namesIn = (page: Page) => page.locator('tbody a').allTextContents();

test('the console in a browser', async context => {
  await using browser = await TestBrowser.launch(context);
  if (!browser) return;

  const page = await browser.visit('about:blank');

  await context.test('an empty space says how to begin, and nothing of it keeps anybody out', async () => {
    await page.goto(`${server.http}/`);
    await page.getByText('There are no addresses yet').waitFor();
    assert.equal(new URL(page.url()).pathname, '/ui/spaces/default');
    assert.equal(await page.title(), 'Overview · default · Angarium');
    await page.getByRole('link', { name: 'Addresses' }).click();
    await page.getByText('There are no addresses yet').waitFor();
  });

  await context.test('what comes and goes is seen as it happens', async () => {
    await createAddress('default', 'orders/eu');
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.goto(`${server.http}/ui/spaces/default`);
    await page.getByRole('link', { name: 'orders/eu' }).waitFor();
    await fetch(`${server.http}/m/orders/eu`, { method: 'POST', body: 'a' });
    await createAddress('default', 'returns');
    await page.locator('tr', { hasText: 'orders/eu' }).locator('td', { hasText: /^1$/ }).waitFor();
    await page.getByRole('link', { name: 'returns' }).waitFor();
    await assertAccessible(page, 'overview in the dark');
    await page.getByRole('link', { name: 'orders/eu' }).click();
    await page.waitForURL('**/ui/spaces/default/addresses/orders%2Feu');
    await page.getByRole('heading', { level: 1, name: 'orders/eu' }).waitFor();
  });

  await context.test('addresses are filtered, ordered, and deleted once their number was typed', async () => {
    for (const name of ['old-1', 'old-2', 'kept']) await createAddress('default', name);
    await page.goto(`${server.http}/ui/spaces/default/addresses?order=-name`);
    await page.getByRole('link', { name: 'old-1' }).waitFor();
    await page.getByLabel('Filter by name').fill('old');
    await page.getByText('2 of 5 addresses').waitFor();
    assert.deepEqual(await namesIn(page), ['old-2', 'old-1']);
    assert.match(page.url(), /name=old/, 'the address bar keeps it');
    await page.getByLabel('Select all 2 shown').check();
    await page.getByRole('button', { name: 'Delete 2' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Show command' }).click();
    await dialog.getByText('angarium delete address old-2 old-1').waitFor();
    await assertAccessible(page, 'delete dialog');
    const confirm = dialog.getByRole('button', { name: 'Delete' });
    assert.equal(await confirm.isDisabled(), true);
    await dialog.getByLabel('Type 2 to confirm').fill('2');
    await confirm.click();
    await page.getByText('Deleted 2 addresses').first().waitFor();
    await page.getByText('No address is like this').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('link', { name: 'kept' }).waitFor();
    await assertAccessible(page, 'addresses');
  });

  await context.test('exactly the messages that are ticked are moved, and what has gone meanwhile is told', async () => {
    for (const name of ['inbox', 'elsewhere']) await createAddress('default', name);
    for (const body of ['first', 'second', 'third']) await fetch(`${server.http}/m/inbox`, { method: 'POST', body });
    await page.goto(`${server.http}/ui/spaces/default/addresses/inbox?tab=messages`);
    for (const number of [1, 2]) await page.getByLabel(`Select ${number}`, { exact: true }).check();
    await page.getByRole('button', { name: 'With the 2 selected' }).click();
    await page.getByRole('menuitem', { name: 'Move to another address…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('2 messages are meant.').waitFor();
    await dialog.getByLabel('To the address').fill('elsewhere');
    await fetch(`${server.http}${API}/addressspaces/default/addresses/inbox/messages/1`, { method: 'DELETE' });
    await assertAccessible(page, 'dialog that moves messages');
    await dialog.getByRole('button', { name: 'Move', exact: true }).click();
    await dialog.getByText('1 done. Not in inbox any more: message 1.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('1 message', { exact: true }).waitFor();
    await page.getByText('first', { exact: true }).waitFor();
    await page.goto(`${server.http}/ui/spaces/default/addresses/elsewhere?tab=messages`);
    await page.getByText('third', { exact: true }).waitFor();
    for (const name of ['inbox', 'elsewhere'])
      await fetch(`${server.http}${API}/addressspaces/default/addresses/${name}?force=true`, { method: 'DELETE' });
  });

  await context.test('a connector is paused and resumed, by clicks or the command that is shown', async () => {
    const nobody = { host: '127.0.0.1', port: 1 };
    await post('/addressspaces/default/connectors', { kind: 'Connector', metadata: { name: 'far' }, spec: nobody });
    await page.goto(`${server.http}/ui/spaces/default/connectors`);
    for (const [verb, state] of [
      ['Pause', 'Paused'],
      ['Resume', 'Failed'],
    ] as const) {
      await page.getByRole('button', { name: 'Actions for far' }).click();
      await page.getByRole('menuitem', { name: verb }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Show command' }).click();
      await dialog.getByText(`angarium connector ${verb.toLowerCase()} far`).waitFor();
      await dialog.getByRole('button', { name: verb, exact: true }).click();
      await page.getByRole('row', { name: 'far' }).getByText(state, { exact: true }).waitFor();
    }
  });

  await context.test('a space is created, which the server checks as it is typed, and ended by its name', async () => {
    await page.goto(`${server.http}/ui/spaces`);
    await page.getByRole('button', { name: 'Create an address space' }).click();
    const create = page.getByRole('dialog');
    const name = create.getByRole('textbox', { name: /^Name/ });
    await name.fill('Not A Name');
    await create.locator('.pf-m-error').first().waitFor();
    await name.fill('shop');
    await create.getByRole('button', { name: 'Create', exact: true }).and(page.locator(':enabled')).click();
    await page.getByRole('link', { name: 'shop' }).waitFor();
    await page.getByRole('button', { name: 'Actions for shop' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByLabel('Type shop to confirm').fill('shop');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('link', { name: 'shop' }).waitFor({ state: 'detached' });
    await assertAccessible(page, 'spaces');
  });

  await context.test(`an overview and a list of ${MANY} addresses can be used at once, and only what is seen is drawn`, async () => {
    await post('/addressspaces', { kind: 'AddressSpace', metadata: { name: 'many' }, spec: {} });
    const space = server.broker.spaces.get('many')!;
    const declared = Array.from({ length: MANY }, (_, at) => new Promise(resolve => space.declare(`a${at}`, { type: 'queue' }, resolve)));
    await Promise.all(declared);
    const startMs = performance.now();
    await page.goto(`${server.http}/ui/spaces/many`);
    await page.getByRole('link', { name: 'All 5,000 addresses' }).click();
    const tookMs = performance.now() - startMs;
    context.diagnostic(`an overview of ${MANY} addresses took ${Math.round(tookMs)} ms until it was used`);
    assert.ok(tookMs < INTERACTIVE_MS * BUSY_FACTOR, `${tookMs} ms`);
    await page.getByText('5,000 addresses').waitFor();
    assert.ok((await page.locator('tbody tr').count()) < 60);
    await page.locator('section[aria-label="Addresses"]').evaluate(box => box.scrollTo(0, box.scrollHeight));
    await page.getByRole('link', { name: 'a4999' }).waitFor();
  });

  await context.test('on a phone the navigation goes when it has done its work, and nothing runs out of the page', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${server.http}/`);
    await page.getByRole('heading', { name: 'Needs attention' }).waitFor();
    await page.getByRole('button', { name: 'Navigation' }).click();
    await page.getByRole('link', { name: 'Addresses' }).click();
    await page.getByRole('heading', { level: 1, name: 'Addresses' }).waitFor();
    await page.getByRole('link', { name: 'kept' }).click();
    await page.getByRole('heading', { level: 1, name: 'kept' }).waitFor();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
  });

  assert.deepEqual(browser.complaints, []);
});
