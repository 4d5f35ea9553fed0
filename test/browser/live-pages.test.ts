import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '@angarium/testkit';
import { assertAccessible } from './accessible.ts';
import { TestBrowser } from './browser.ts';

test('the console where messages flow', async context => {
  await using browser = await TestBrowser.launch(context);
  if (!browser) return;
  await using server = await startTestServer();
  const ui = `${server.http}/ui/spaces/default`;
  const page = await browser.visit(`${ui}/try-it?address=orders`);
  const send = (address: string, body: string): Promise<Response> => fetch(`${server.http}/m/${address}`, { method: 'POST', body });
  const press = (name: string | RegExp): Promise<void> => page.getByRole('button', { name, exact: true }).click();

  await context.test('somebody sends and receives without a program, and settles by hand', async () => {
    await page.getByText('Connected', { exact: true }).waitFor();
    await press('Receive');
    await page.getByText('receives', { exact: true }).waitFor();
    await press('Send');
    await press('Hello');
    await page.keyboard.press('Escape');
    await page.getByLabel('Receive from').fill('by-hand');
    await page.getByLabel('Messages are settled').selectOption('manual');
    await press('Receive');
    await send('by-hand', 'first');
    await send('by-hand', 'second');
    await press('Reject first');
    await page.getByText('no credit: nothing comes until there is more').waitFor();
    await press('+10 credit for by-hand');
    await press('Accept second');
    await assertAccessible(page, 'try it');
  });

  await context.test('a request gets the reply that somebody sends to it', async () => {
    await page.getByLabel('Receive from').fill('service');
    await page.getByLabel('Messages are settled').selectOption('auto');
    await press('Receive');
    await page.getByText('receives', { exact: true }).nth(2).waitFor();
    await page.getByLabel('Send to').fill('service');
    await page.getByLabel('Body', { exact: true }).fill('What is six times seven?');
    await page.getByLabel('Wait for a reply').check();
    await press('Send');
    await press('What is six times seven?');
    await press(/^Reply to/);
    await page.getByLabel('Body', { exact: true }).fill('forty-two');
    await press('Send');
    await page.getByRole('listitem').filter({ hasText: 'replied' }).getByText('forty-two').waitFor();
  });

  await context.test('the picture has who sends to whom, and so has the table', async () => {
    const other = await browser.visit(`${ui}/flow`);
    await other.locator('.angarium-box', { hasText: 'orders' }).waitFor();
    await other.getByRole('button', { name: 'Table' }).click();
    await other.locator('tr', { hasText: 'orders' }).getByText('is received by').waitFor();
    await other.close();
  });

  await context.test('why nobody got a message is said in words', async () => {
    await page.goto(`${ui}/trace`);
    await page.getByRole('combobox', { name: 'Address' }).fill('lonely');
    await send('lonely', 'zero');
    await press('Follow');
    await page.getByText('Waiting for a message to lonely').waitFor();
    await send('lonely', 'one');
    await page.getByRole('heading', { name: 'nobody consumes from lonely' }).waitFor();
    await assertAccessible(page, 'trace');
    await press('Stop');
    await page.goto(`${ui}/trace?address=lonely&sequence=0`);
    await page.getByRole('heading', { name: 'nobody consumes from lonely' }).waitFor();
    await page.goto(`${ui}/trace?address=nosuch&sequence=0`);
    await page.getByText('There is no address nosuch').waitFor();
  });

  await context.test('events are listed as they happen, unless the list is to stand still', async () => {
    await page.goto(`${ui}/events?text=made`);
    await page.getByText('No event is like this').waitFor();
    await send('made-now', 'x');
    await page.getByRole('link', { name: 'made-now' }).waitFor();
    await press('Pause');
    await send('made-later', 'x');
    await press(/^Go on with/);
    await page.getByRole('link', { name: 'made-later' }).waitFor();
    const size = page.viewportSize()!;
    await page.setViewportSize({ width: 390, height: 844 });
    const row = page.getByRole('row').filter({ hasText: 'Address made-later' }).first();
    await row.locator('span:has(> time)').filter({ hasText: 'Address made-later', visible: true }).waitFor();
    // What is not seen counts on it (data-table.tsx), and a row has one line for all that happened: the whole of it is a tap away.
    assert.equal(Math.round((await row.boundingBox())!.height), 41);
    await row.getByRole('button').click();
    await page.getByRole('dialog').getByText('The Address made-later is there').waitFor();
    await page.keyboard.press('Escape');
    await page.setViewportSize(size);
  });

  await context.test('the audit log lists acts as they are done, those that its filter leaves, unless it is to stand still', async () => {
    const declare = async (name: string): Promise<void> => {
      const path = `${server.http}/apis/angarium.dev/v1/addressspaces/default/addresses/${name}`;
      const answer = await fetch(path, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ spec: { type: 'queue' } }),
      });
      assert.equal(answer.status, 201);
    };
    const rows = page.getByRole('table').getByRole('row');
    await page.goto(`${ui}/audit?text=heard`);
    await page.getByText('No entry is like this').or(page.getByText('Nothing was recorded')).waitFor();
    await declare('silence');
    await declare('heard-1');
    await rows.filter({ hasText: 'heard-1' }).waitFor();
    assert.equal(await rows.filter({ hasText: 'silence' }).count(), 0);
    await press('Pause');
    await declare('heard-2');
    await page.getByRole('button', { name: 'Go on with 1 new entry' }).waitFor();
    await press(/^Go on with/);
    await rows.filter({ hasText: 'heard-2' }).waitFor();
  });

  assert.deepEqual(browser.complaints, [], 'nothing was complained of in the browser');
});
