import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostAndPort, startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import type { Page } from 'playwright-core';
import { cheapHash } from '../../packages/server/test/support/cheap-hash.ts';
import { declare } from '../../packages/server/test/support/declare.ts';
import { assertAccessible } from './accessible.ts';
import { TestBrowser } from './browser.ts';

async function signIn(page: Page, user: string, password: string): Promise<void> {
  await page.getByLabel('User').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
}

test('somebody signs in, sees what is his, and signs out', async context => {
  await using browser = await TestBrowser.launch(context);
  if (!browser) return;
  await using server = await startTestServer({
    amqp: 'off',
    mqtt: 'off',
    users: [{ name: 'root', passwordHash: await cheapHash('toor') }],
  });
  const space = server.broker.spaces.get('default')!;
  for (const name of ['orders', 'secret']) await new Promise(resolve => space.declare(name, { type: 'queue' }, resolve));
  await declare(server.broker, 'User', 'default', 'bob', {
    authentication: { type: 'password', passwordHash: await cheapHash('builder') },
    authorization: [{ actions: ['send', 'receive', 'view'], addresses: ['orders'] }],
  });
  const page = await browser.visit(`${server.http}/ui/spaces/default/addresses`);

  await context.test('not with a wrong password, which has to be typed again', async () => {
    await page.getByRole('heading', { level: 1, name: 'Sign in to Angarium' }).waitFor();
    await page.getByLabel('User').and(page.locator(':focus')).waitFor();
    await assertAccessible(page, 'sign-in');
    await signIn(page, 'bob', 'wrong');
    await page.getByText('You could not be signed in').waitFor();
    assert.equal(await page.getByLabel('Password').inputValue(), '');
    assert.equal(await page.getByLabel('User').inputValue(), 'bob');
  });

  await context.test('a user of few rights comes to the page he asked for, and sees only what he may', async () => {
    await signIn(page, 'bob', 'builder');
    await page.getByRole('link', { name: 'orders' }).waitFor();
    await page.getByText('1 address', { exact: true }).waitFor();
    assert.equal(await page.getByText('secret').count(), 0);
    assert.equal(await page.getByRole('link', { name: 'Create an address' }).count(), 0, 'he may create none');
    assert.equal(await page.getByRole('link', { name: 'Address spaces' }).count(), 0, 'pages of the server are for its administrators');
    await page.goto(`${server.http}/ui/spaces/other`);
    await page.getByText('may not enter the address space other').waitFor();
    for (const [path, words] of [
      ['spaces/default/users', 'bob may not view documents of kind User'],
      ['spaces/default/audit', 'bob may not view documents of kind User'],
      ['spaces/default/connections', 'bob may not view who is connected'],
      ['spaces/default/connections/1', 'bob may not view who is connected'],
      ['spaces', '1 address space'],
    ]) {
      await page.goto(`${server.http}/ui/${path}`);
      await page.getByRole('main').getByText(words!).waitFor();
      assert.equal(
        await page
          .getByRole('main')
          .getByRole('button', { name: /^Create/ })
          .count(),
        0,
        'no button for what he may not do',
      );
    }
  });

  await context.test('signed out, there is nothing to see, and somebody else may sign in', async () => {
    await page.getByRole('button', { name: /^bob/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('Password').waitFor();
    assert.equal(await page.getByText('orders').count(), 0);
    await signIn(page, 'root', 'toor');
    await page.getByRole('link', { name: 'Address spaces' }).waitFor();
    await page.getByRole('link', { name: 'secret' }).waitFor();
  });

  await context.test('a session that is ended elsewhere ends here as well', async () => {
    await page.context().clearCookies();
    await page.getByRole('link', { name: 'Address spaces' }).click();
    await page.getByRole('heading', { level: 1, name: 'Sign in to Angarium' }).waitFor();
  });

  assert.deepEqual(browser.complaints, []);
});

test('a page whose server goes says so, shows what it had, and goes on when it is back', async context => {
  await using browser = await TestBrowser.launch(context);
  if (!browser) return;
  await using data = await temporaryFolder();
  const start = (http: string): Promise<TestServer> => startTestServer({ amqp: 'off', mqtt: 'off', http, dataDir: data.path });
  const first = await start('127.0.0.1:0');
  const { host, port } = hostAndPort(first.endpoints.http);
  await new Promise(resolve => first.broker.spaces.get('default')!.declare('orders', { type: 'queue' }, resolve));
  const page = await browser.visit(first.http);
  await page.getByRole('link', { name: 'orders' }).waitFor();

  await first[Symbol.asyncDispose]();
  const banner = page.getByText('The server does not answer');
  await banner.waitFor();
  await page.getByRole('link', { name: 'orders' }).waitFor();
  await assertAccessible(page, 'without a server');

  await using again = await start(`${host}:${port}`);
  await banner.waitFor({ state: 'detached' });
  await new Promise(resolve => again.broker.spaces.get('default')!.declare('returns', { type: 'queue' }, resolve));
  await page.getByRole('link', { name: 'returns' }).waitFor();
  assert.deepEqual(browser.complaints, []);
});

test('a console that was replaced while it was open', async context => {
  await using browser = await TestBrowser.launch(context);
  if (!browser) return;
  await using server = await startTestServer({ amqp: 'off', mqtt: 'off' });
  /** The files that pages are fetched from when they are first shown. */
  const files = '**/ui/assets/route-*';
  const goes = (page: Page): Promise<unknown> => page.route(files, route => route.fulfill({ status: 404 }));
  /** The server has another console from now on. */
  const comes = (page: Page): Promise<unknown> =>
    page.route('**/ui/', async route => {
      await page.unroute(files);
      await route.fulfill({ contentType: 'text/html', body: '<script type="module" src="/ui/assets/index-newer.js"></script>' });
    });
  const countLoads = (page: Page): (() => number) => {
    let loads = 0;
    page.on('load', () => loads++);
    return () => loads;
  };
  const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });

  await context.test('loads the page that somebody goes to anew, once, and not for one that he points at', async () => {
    const page = await browser.visit(`${server.http}/ui/spaces/default/addresses`);
    await heading(page, 'Addresses').waitFor();
    const loads = countLoads(page);
    await goes(page);

    // Files are missing, and the server has no other console: loading again would be in vain.
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByRole('button', { name: 'Try again' }).waitFor();

    await comes(page);
    const missing = page.waitForResponse(response => response.status() === 404);
    await page.getByRole('link', { name: 'Trace' }).hover();
    await missing;
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    assert.equal(loads(), 0);

    await page.getByRole('link', { name: 'Trace' }).click();
    await heading(page, 'Trace').waitFor();
    assert.equal(loads(), 1);
    await page.close();
  });

  await context.test('loads the sign-in page of the other one: sessions end with the server that they are of', async () => {
    const page = await browser.visit('about:blank');
    const loads = countLoads(page);
    const body = JSON.stringify({ code: 'session-ended', title: 'Nobody is signed in', detail: 'Sign in again.' });
    await page.route('**/console/session', route => route.fulfill({ status: 401, body }));
    await goes(page);
    await comes(page);
    await page.goto(`${server.http}/ui/spaces/default`);
    await page.getByText('Your session has ended').waitFor();
    assert.equal(loads(), 2);
  });
});
