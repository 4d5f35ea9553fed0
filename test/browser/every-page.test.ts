import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessibleDayAndNight } from './accessible.ts';
import { TestBrowser } from './browser.ts';
import { MANY, SPACES, sendRows, startFilledServer } from './filled-server.ts';

/** What one trace follows at the most. */
const TRACED = 1_000;
/** Only rows that are seen are drawn. */
const ROWS_DRAWN_MAX = 60;
const ALL = MANY.toLocaleString('en');

/** A page with a list, as it is in a space with none of what it lists, with one, and with `MANY`. */
interface ListPage {
  /** Its title, which is what the navigation says too. */
  readonly title: string;
  readonly tab?: string;
  readonly none: string;
  readonly one: string;
  readonly many: string;
  /** What is typed to find one of the many, and what is said then. */
  readonly find?: readonly [text: string, found: string];
}

/** Where as many documents as there are rows are listed. */
function documents(title: string, one: string, find: string, tab?: string): ListPage {
  const many = `${ALL} ${one}s`;
  return {
    title,
    ...(tab !== undefined && { tab }),
    none: `There are no ${one}s yet`,
    one: `1 ${one}`,
    many,
    find: [find, `1 of ${many}`],
  };
}

const LISTS: readonly ListPage[] = [
  { title: 'Overview', none: 'There are no addresses yet', one: 'address-0', many: `All ${ALL} addresses` },
  {
    title: 'Addresses',
    none: 'There are no addresses yet',
    one: '1 address',
    many: `${ALL} addresses`,
    find: ['ss-4999', `1 of ${ALL} addresses`],
  },
  {
    title: 'Connections',
    none: 'Nobody is connected',
    one: '1 connection',
    many: `${ALL} connections`,
    find: ['client-4999', `1 of ${ALL} connections`],
  },
  { title: 'Flow', none: 'Nothing flows here', one: 'address-0', many: 'left out' },
  { title: 'Events', none: 'Nothing has happened yet', one: 'address-0', many: ' events' },
  documents('Users', 'user', 'user-4999'),
  documents('Roles', 'role', 'role-4999'),
  documents('Roles', 'role binding', 'user-4999', 'Who has them'),
  documents('Plans', 'address plan', 'plan-4999'),
  documents('Connectors', 'connector', 'connector-4999'),
  documents('Connectors', 'forwarder', 'forwarder-4999', 'Forwarders'),
  { title: 'Audit log', none: 'Nothing was recorded', one: '1 entry', many: 'Only the newest 1,000 entries are looked at' },
];

/** A certificate as the server tells it, which ends soon: a server with thousands of them takes long to make. */
function certificate(at: number): object {
  const names = [`shop-${at}.example.com`];
  const dates = { validFrom: '2026-01-01T00:00:00.000Z', expires: new Date(Date.now() + 86_400_000).toISOString() };
  const status = { names, subject: `CN=${names[0]}`, issuer: 'CN=authority', fingerprint: `ab:${at}`, clientAuthorities: false, ...dates };
  return { metadata: { name: `certificate-${at}` }, status };
}

/** Pages without such a list, or with one of the server. */
const OTHERS = [
  [`/spaces/${SPACES.one}/new-address`, 'Create an address'],
  [`/spaces/${SPACES.one}/users/user-0`, 'user-0'],
  [`/spaces/${SPACES.one}/trace`, 'Trace'],
  [`/spaces/${SPACES.one}/try-it`, 'Try it'],
  ['/spaces', 'Address spaces'],
  ['/certificates', 'Certificates'],
] as const;

test('every page', async context => {
  await using browser = await TestBrowser.launch(context);
  if (!browser) return;
  await using server = await startFilledServer();
  const page = await browser.visit('about:blank');
  const heading = (name: string) => page.getByRole('heading', { level: 1, name, exact: true });
  const open = async (path: string, title: string): Promise<void> => {
    await page.goto(`${server.http}/ui${path}`);
    await heading(title).waitFor();
  };
  const choose = async ({ title, tab }: ListPage): Promise<void> => {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: title, exact: true }).click();
    await heading(title).waitFor();
    if (tab !== undefined) await page.getByRole('tab', { name: tab }).click();
  };

  await context.test('has words where there is nothing', async () => {
    await open(`/spaces/${SPACES.none}`, 'Overview');
    for (const list of LISTS) {
      await choose(list);
      await page.getByText(list.none).waitFor();
    }
  });

  await context.test('keeps nobody out, by day and by night', async () => {
    await open(`/spaces/${SPACES.one}`, 'Overview');
    for (const list of LISTS) {
      await choose(list);
      await page.getByText(list.one, { exact: true }).first().waitFor();
      await assertAccessibleDayAndNight(page, [list.title, list.tab].join(' '));
    }
  });

  await context.test('keeps nobody out of what is reached from others either', async () => {
    await open(`/spaces/${SPACES.one}/addresses/address-0`, 'address-0');
    for (const tab of ['State', 'Messages', 'Clients', 'Settings', 'Connect']) {
      await page.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
      await page.getByRole('tabpanel', { name: tab }).waitFor();
      await assertAccessibleDayAndNight(page, `tab ${tab} of an address`);
    }
    await page.getByRole('tab', { name: /^Messages/ }).click();
    await page.getByRole('button', { name: 'Actions for message' }).click();
    await page.getByRole('menuitem', { name: 'Look at it' }).click();
    await page.getByRole('dialog').getByText('message 0', { exact: true }).waitFor();
    await assertAccessibleDayAndNight(page, 'a message');
    for (const [path, title] of OTHERS) {
      await open(path, title);
      await assertAccessibleDayAndNight(page, title);
    }
    await open(`/spaces/${SPACES.one}/connections`, 'Connections');
    await page.getByRole('link', { name: 'reader' }).click();
    await page.getByRole('heading', { level: 1, name: 'reader' }).waitFor();
    await page.getByText('It has given no credit').first().waitFor();
    await assertAccessibleDayAndNight(page, 'a connection');
  });

  await context.test('shows certificates, one and very many', async () => {
    const list = '**/apis/angarium.dev/v1/certificates';
    for (const [count, words] of [
      [1, 'The certificate certificate-0'],
      [MANY, `20 of ${ALL} certificates`],
    ] as const) {
      await page.route(list, route => route.fulfill({ json: { items: Array.from({ length: count }, (_, at) => certificate(at)) } }));
      await open('/certificates', 'Certificates');
      await page.getByText(words).first().waitFor();
      await assertAccessibleDayAndNight(page, `${count} certificates`);
      await page.unroute(list);
    }
    await page.getByRole('main').getByRole('textbox').fill('certificate-4999');
    await page.getByText(`1 of ${ALL} certificates`).waitFor();
  });

  await context.test(`lists ${ALL} and finds one of them`, async () => {
    await open(`/spaces/${SPACES.many}`, 'Overview');
    for (const list of LISTS) {
      await choose(list);
      await page.getByText(list.many).first().waitFor();
      assert.ok((await page.getByRole('row').count()) < ROWS_DRAWN_MAX, list.title);
      if (!list.find) continue;
      const [text, found] = list.find;
      await page.getByRole('main').getByRole('textbox').first().fill(text);
      await page.getByText(found, { exact: true }).waitFor();
    }
    const few = async (where: string): Promise<void> => {
      assert.ok((await page.getByRole('row').count()) < ROWS_DRAWN_MAX, where);
    };
    await open(`/spaces/${SPACES.many}/addresses/address-0?tab=messages`, 'address-0');
    await page.getByText('messages so far').waitFor();
    await few('messages');
    await open(`/spaces/${SPACES.many}/addresses/address-1?tab=clients`, 'address-1');
    await page.getByText(`${ALL} clients`).waitFor();
    await few('links');
    await open(`/spaces/${SPACES.many}/addresses/address-4999`, 'address-4999');
    await page.getByText('subscription-0', { exact: true }).waitFor();
    await few('subscriptions');
    await open(`/spaces/${SPACES.many}/trace`, 'Trace');
    await page.getByRole('combobox', { name: 'Address' }).fill('address-2');
    await page.getByLabel('How many').fill(String(TRACED));
    await page.getByRole('button', { name: 'Follow' }).click();
    await page.getByText('Waiting for a message to address-2').waitFor();
    await sendRows(server, SPACES.many, TRACED, 'address-2');
    await page.locator(`table[aria-rowcount="${TRACED + 1}"]`).waitFor();
    await few('traced messages');
    await page.getByRole('button', { name: 'Stop' }).click();
    await open('/spaces', 'Address spaces');
    await page.getByText(`${ALL} address spaces`).waitFor();
    await page.getByRole('main').getByRole('textbox').fill('space-4321');
    await page.getByText(`1 of ${ALL} address spaces`).waitFor();
    await open(`/spaces/${SPACES.many}/connections?text=client-0`, 'Connections');
    await page.getByRole('link', { name: 'client-0' }).click();
    await page.getByRole('region', { name: 'Links' }).getByText('address-0', { exact: true }).waitFor();
    assert.ok((await page.getByRole('row').count()) < ROWS_DRAWN_MAX);
  });

  assert.deepEqual(browser.complaints, []);
});
