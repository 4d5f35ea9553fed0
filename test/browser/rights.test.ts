import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import type { Page } from 'playwright-core';
import rhea from 'rhea';
import { cheapHash } from '../../packages/server/test/support/cheap-hash.ts';
import { declare } from '../../packages/server/test/support/declare.ts';
import { TestBrowser } from './browser.ts';

/** Buttons and links that lead to a change, and those of forms that only look. */
const CHANGES =
  /^(Create|Delete|Remove|Edit|Change|Close|Disconnect|Send|Move|Copy to|Give|Add|Make|New|Disable|Enable|Purge|Replay|Pause|Resume|End|Set)\b/;
/** What only goes on or holds what is looked at. */
const LOOKS = /^(Pause|Close details)$/;

/** Each page and tab, and words of what is there. */
const PAGES: readonly (readonly [path: string, words: string])[] = [
  ['', 'Busiest'],
  ['/addresses', 'orders'],
  ['/addresses/orders', 'What is stored'],
  ['/addresses/orders?tab=messages', 'first'],
  ['/addresses/orders?tab=clients', 'reader'],
  ['/addresses/orders?tab=settings', 'queue'],
  ['/addresses/news', 'paper'],
  ['/addresses/nowhere', 'There is no address nowhere'],
  ['/new-address', 'The user vera may not manage any address'],
  ['/connections', 'reader'],
  ['/connections/1', 'orders'],
  ['/flow', 'orders'],
  ['/trace', 'Follow'],
  ['/events', 'orders'],
  ['/try-it', 'The user vera may not send to any address'],
  ['/users', 'robot'],
  ['/users/robot', 'robot'],
  ['/roles', 'sender'],
  ['/roles?tab=bindings', 'robots'],
  ['/plans', 'small'],
  ['/connectors', 'away'],
  ['/connectors?tab=forwarders', 'out'],
  ['/audit', 'Audit log'],
];

/** One of everything that a page can have buttons for. */
async function fill(server: TestServer): Promise<() => void> {
  const { broker } = server;
  const inSpace = broker.spaces.get('default')!;
  await Promise.all([
    ...Object.entries({ orders: 'queue', news: 'topic', log: 'stream' } as const).map(
      ([name, type]) => new Promise(resolve => inSpace.declare(name, { type }, resolve)),
    ),
    new Promise(resolve => inSpace.plans.put('small', { messagesMax: 10 }, resolve)),
    declare(broker, 'User', 'default', 'robot', { authentication: { type: 'service-account' } }),
    declare(broker, 'Role', 'default', 'sender', { rules: [{ actions: ['send'], addresses: ['#'] }] }),
    declare(broker, 'RoleBinding', 'default', 'robots', { role: 'sender', subjects: [{ user: 'robot' }] }),
    declare(broker, 'Connector', 'default', 'away', { host: '127.0.0.1', port: 1, backoff: { initialMs: 60_000, maxMs: 60_000 } }),
    declare(broker, 'Forwarder', 'default', 'out', { connector: 'away', address: 'orders', remoteAddress: 'theirs', direction: 'out' }),
  ]);
  const authorization = `Basic ${btoa('root:toor')}`;
  const sent = await fetch(`${server.http}/m/orders`, { method: 'POST', body: 'first', headers: { authorization } });
  assert.ok(sent.ok, await sent.text());
  const container = rhea.create_container({ id: 'reader' });
  const connection = container.connect({ ...server.amqp, username: 'root', password: 'toor', reconnect: false });
  connection.open_receiver({ source: 'orders', credit_window: 0 });
  connection.open_receiver({ source: { address: 'news', durable: 2, expiry_policy: 'never' }, name: 'paper' });
  await once(connection, 'receiver_open');
  return () => connection.close();
}

test('what somebody may do', async context => {
  await using browser = await TestBrowser.launch(context);
  if (!browser) return;
  await using server = await startTestServer({ mqtt: 'off', users: [{ name: 'root', passwordHash: await cheapHash('toor') }] });
  context.after(await fill(server));
  const password = { type: 'password', passwordHash: await cheapHash('x') };
  const grow = {
    rules: [
      { actions: ['view'], addresses: ['#'] },
      { actions: ['manage'], addresses: ['mine/#'] },
    ],
  };
  await Promise.all([
    declare(server.broker, 'User', 'default', 'vera', { authentication: password }),
    declare(server.broker, 'RoleBinding', 'default', 'viewers', { role: 'viewer', subjects: [{ user: 'vera' }] }),
    declare(server.broker, 'User', 'default', 'gus', { authentication: password, authorization: grow.rules }),
    ...['mine/1', 'mine/2', 'yours/1'].map(
      name => new Promise(resolve => server.broker.spaces.get('default')!.declare(name, { type: 'queue' }, resolve)),
    ),
  ]);
  const ui = `${server.http}/ui/spaces/default`;
  const signIn = async (page: Page, user: string): Promise<void> => {
    await page.getByLabel('User').fill(user);
    await page.getByLabel('Password').fill('x');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: new RegExp(`^${user}`) }).waitFor();
  };

  await context.test('who may only look is offered nothing else, on any page', async () => {
    const page = await browser.visit(ui);
    await signIn(page, 'vera');
    const main = page.getByRole('main');
    /** Changes that the page offers, in the menu of a row too. */
    const offered = async (): Promise<string[]> => {
      const menu = main.getByRole('button', { name: /^Actions for/ }).first();
      if ((await menu.count()) > 0) await menu.click();
      const texts = await page.locator('main :is(button, a):not(:disabled), [role="menuitem"]').allInnerTexts();
      return texts.map(text => text.trim()).filter(text => CHANGES.test(text) && !LOOKS.test(text));
    };
    for (const [path, words] of PAGES) {
      // As its own links do it: loading the console anew for each page takes longer than looking at it.
      await page.evaluate(`history.pushState(null, '', '/ui/spaces/default${path}')`);
      await main.getByText(words).filter({ visible: true }).first().waitFor();
      assert.deepEqual(await offered(), [], path);
    }
    assert.equal(await main.getByRole('checkbox').count(), 0);
    await page.close();
  });

  await context.test('who may change some addresses selects any, deletes those, and is told which stay', async () => {
    const page = await browser.visit(`${ui}/addresses?name=/`);
    await signIn(page, 'gus');
    await page.getByLabel('Select all 3 shown').check();
    await page.getByRole('button', { name: 'Delete 3' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('One address stays: you may not manage it').waitFor();
    await dialog.getByLabel('Type 2 to confirm').fill('2');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Deleted 2 addresses').first().waitFor();
    await page.getByRole('link', { name: 'mine/1' }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'yours/1' }).waitFor();
    await page.getByRole('link', { name: 'Create an address' }).waitFor();
  });

  assert.deepEqual(browser.complaints, []);
});
