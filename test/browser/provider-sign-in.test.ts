import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestServer } from '@angarium/testkit';
import type { Page } from 'playwright-core';
import { cheapHash } from '../../packages/server/test/support/cheap-hash.ts';
import { declare } from '../../packages/server/test/support/declare.ts';
import { AUDIENCE, CONSOLE_CLIENT, OpenidProvider, providerKey } from '../../packages/server/test/support/openid-provider.ts';
import { assertAccessible } from './accessible.ts';
import { TestBrowser } from './browser.ts';

/** What somebody does on the provider's own pages, who is not known there yet. */
async function logIn(page: Page): Promise<void> {
  await page.getByPlaceholder('Enter any login').fill('user 17');
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
}

const consent = (page: Page): Promise<void> => page.getByRole('button', { name: 'Continue' }).click();

test('somebody signs in at an OpenID provider', async context => {
  await using browser = await TestBrowser.launch(context);
  if (!browser) return;
  await using server = await startTestServer({
    amqp: 'off',
    mqtt: 'off',
    users: [{ name: 'root', passwordHash: await cheapHash('toor') }],
  });
  const key = await providerKey('first');
  await using provider = await OpenidProvider.start(key);
  provider.redirectUris = [`${server.http}/console/oidc/callback`];
  provider.use(key);
  await declare(server.broker, 'AuthenticationService', '', 'people', {
    type: 'oidc',
    issuer: provider.issuer,
    audience: AUDIENCE,
    clockSkewSeconds: 1,
    console: { ...CONSOLE_CLIENT, title: 'Acme’s people' },
  });
  await declare(server.broker, 'AddressSpace', '', 'acme', { authentication: 'people' });
  await declare(server.broker, 'RoleBinding', 'acme', 'engineers', { role: 'developer', subjects: [{ group: 'engineers' }] });
  await declare(server.broker, 'RoleBinding', 'acme', 'people', { role: 'viewer', subjects: [{ group: 'people' }] });
  await new Promise(resolve => server.broker.spaces.get('acme')!.declare('orders', { type: 'queue' }, resolve));

  const wanted = `${server.http}/ui/spaces/acme/addresses?name=ord`;
  const page = await browser.visit(wanted);
  const heading = (name: string) => page.getByRole('heading', { level: 1, name, exact: true });
  const signIn = page.getByRole('link', { name: 'Sign in with Acme’s people' });
  const problem = (words: string | RegExp) => page.getByRole('main').getByText(words);

  await context.test('is asked at the provider’s own page, and comes to the page that he wanted, with his rights there', async () => {
    await heading('Sign in to Angarium').waitFor();
    await assertAccessible(page, 'sign-in with a provider');
    await signIn.click();
    await logIn(page);
    await consent(page);
    await page.waitForURL(wanted);
    await page.getByRole('link', { name: 'orders' }).waitFor();
    await page.getByRole('button', { name: /^ada/ }).waitFor();
    await page.getByRole('link', { name: 'Create an address' }).waitFor();
  });

  await context.test('is still there after loading the page anew', async () => {
    await page.reload();
    await page.getByRole('link', { name: 'orders' }).waitFor();
    assert.equal(page.url(), wanted);
  });

  await context.test('signs out, and is asked again', async () => {
    await page.getByRole('button', { name: /^ada/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await heading('Sign in to Angarium').waitFor();
    assert.equal(await page.getByLabel('Address space').inputValue(), 'acme');
    assert.equal(await page.getByText('Your session has ended').count(), 0, 'he knows that');
    await signIn.waitFor();
  });

  await context.test('who refuses there, brings what nobody has begun, or comes too late, is told so and may try again', async () => {
    await signIn.click();
    await page.getByRole('link', { name: '[ Cancel ]' }).click();
    await problem('It was cancelled at the sign-in service').waitFor();

    await page.goto(`${server.http}/console/oidc/callback?code=x&state=made-up`);
    await problem('begun in another window').waitFor();

    await page.goto(wanted);
    const asked = page.waitForRequest(request => request.url().startsWith(`${provider.issuer}/auth?`));
    await signIn.click();
    const state = new URL((await asked).url()).searchParams.get('state');
    await page.getByRole('button', { name: 'Continue' }).waitFor();
    await page.goto(`${server.http}/console/oidc/callback?code=expired&state=${state}`);
    await problem('has not confirmed who you are').waitFor();
    assert.equal(await page.getByLabel('Address space').inputValue(), 'acme');
  });

  await context.test('a session that the provider renews no more ends with words; who signs in again has the rights of then', async () => {
    provider.tokenSeconds = 2;
    await signIn.click();
    await consent(page);
    await page.getByRole('link', { name: 'Create an address' }).waitFor();
    provider.claims = { preferred_username: 'ada', groups: ['people'] };
    provider.knowsUsers = false;
    await problem('The sign-in service does not confirm any more who you are').waitFor();
    await page.getByText('Your session has ended').waitFor();
    await assertAccessible(page, 'sign-in after a session');
    provider.knowsUsers = true;
    await signIn.click();
    await consent(page);
    await page.getByRole('link', { name: 'orders' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Create an address' }).count(), 0, 'one of the people creates none');
  });

  // The provider's pages ask for fonts elsewhere; ours do not.
  assert.deepEqual(
    browser.complaints.filter(complaint => !complaint.startsWith('asks for https://fonts.')),
    [],
  );
});
