import assert from 'node:assert/strict';
import { on, once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import { WebSocket } from 'ws';
import type { ServerEvent } from '../../src/events/server-event.ts';
import { Browser } from '../support/browser.ts';
import { type Answer, assertProblem, callRaw } from '../support/call-api.ts';
import { cheapHash } from '../support/cheap-hash.ts';
import { declare } from '../support/declare.ts';
import { AUDIENCE, CONSOLE_CLIENT, OpenidProvider, providerKey } from '../support/openid-provider.ts';

const SESSION = '/console/session';
const WAYS = '/console/sign-in';
const START = '/console/oidc/acme/start';
/** Of a request to which the page of another site has led. */
const LED_BY_OTHERS = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };

describe('somebody whom an OpenID provider knows signs in', () => {
  let provider: OpenidProvider;
  let server: TestServer;
  const declareService = (name: string, more: object = {}) =>
    declare(server.broker, 'AuthenticationService', '', name, {
      type: 'oidc',
      issuer: provider.issuer,
      audience: AUDIENCE,
      console: { ...CONSOLE_CLIENT, title: 'Acme’s people' },
      ...more,
    });
  /** Begins, and answers where the provider leads back to. */
  const visit = async (browser: Browser, start = START, denies = false): Promise<string> => {
    const started = await browser.call('GET', start);
    assert.equal(started.status, 303, started.text);
    const back = await provider.visit(String(started.headers.location), denies);
    assert.ok(back.startsWith(`${server.http}/console/oidc/callback?`), back);
    return back.slice(server.http.length);
  };
  const comeBack = (browser: Browser, back: string): Promise<Answer> => browser.call('GET', back, { headers: LED_BY_OTHERS });
  const who = async (browser: Browser): Promise<string> => {
    const { status, body } = await browser.call('GET', SESSION);
    return status === 200 ? `${body.addressSpace}/${body.user}` : 'nobody';
  };
  /** Comes back, and is not let in: what the page then says. */
  const refused = async (browser: Browser, back: string): Promise<string> => {
    const answer = await comeBack(browser, back);
    assert.equal(answer.status, 303);
    assert.match(String(answer.headers.location), /^\/(ui\/spaces\/\w+)?$/);
    assert.equal(await who(browser), 'nobody');
    const { problem } = (await browser.call('GET', WAYS)).body;
    assert.equal((await browser.call('GET', WAYS)).body.problem, undefined, 'it is told once');
    return String(problem);
  };

  before(async () => {
    server = await startTestServer({ amqp: 'off', mqtt: 'off', users: [{ name: 'root', passwordHash: await cheapHash('toor') }] });
    provider = await OpenidProvider.start(await providerKey('first'));
    provider.redirectUris = [`${server.http}/console/oidc/callback`];
    provider.use(await providerKey('first'));
    await declareService('people');
    for (const space of ['acme', 'beta'])
      await declare(server.broker, 'AddressSpace', '', space, { authentication: 'people', autoCreate: true });
    await declare(server.broker, 'AddressSpace', '', 'plain', {});
    await declare(server.broker, 'RoleBinding', 'acme', 'engineers', { role: 'admin', subjects: [{ group: 'engineers' }] });
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await provider[Symbol.asyncDispose]();
  });

  test('the page learns how one may sign in, and nothing of address spaces that are not there', async () => {
    const browser = new Browser(server);
    const ways = async (query: string): Promise<object> => (await browser.call('GET', `${WAYS}${query}`)).body;
    assert.deepEqual(await ways('?addressSpace=acme'), {
      password: true,
      oidc: [{ name: 'people', title: 'Acme’s people', href: START }],
    });
    const none = { password: true, oidc: [] };
    assert.deepEqual(await ways(''), none);
    assert.deepEqual(await ways('?addressSpace=plain'), none);
    assert.deepEqual(await ways('?addressSpace=nowhere'), none);
  });

  test('[RFC 9700, 2.1.1] by code, with PKCE, state and nonce, and is who the provider says, until its token expires', async () => {
    const browser = new Browser(server);
    const started = await browser.call('GET', START);
    const { searchParams } = new URL(String(started.headers.location));
    assert.deepEqual(
      ['response_type', 'client_id', 'redirect_uri', 'scope', 'code_challenge_method'].map(name => searchParams.get(name)),
      ['code', 'console', `${server.http}/console/oidc/callback`, 'openid profile offline_access', 'S256'],
    );
    for (const name of ['state', 'nonce', 'code_challenge']) assert.match(searchParams.get(name)!, /^[\w-]{43}$/, name);
    assert.match(
      String(started.headers['set-cookie']),
      /^angarium_sign_in_[0-9a-f]{8}=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/,
    );
    const back = (await provider.visit(String(started.headers.location))).slice(server.http.length);
    const answer = await comeBack(browser, back);
    assert.deepEqual([answer.status, answer.headers.location], [303, '/ui/spaces/acme']);
    assert.match([...browser.cookies.keys()].join(), /^angarium_session_[0-9a-f]{8}$/);
    const { body } = await browser.call('GET', SESSION);
    assert.deepEqual([body.addressSpace, body.user, body.signOut], ['acme', 'ada', true]);
    assert.ok(Date.parse(String(body.expires)) > Date.now() + 11 * 60 * 60 * 1000, 'as long as sessions last: it goes on by itself');
  });

  test('who has asked for a page of the console comes to that, and to nowhere else', async () => {
    const browser = new Browser(server);
    const page = '/ui/spaces/acme/addresses?name=orders%2Feu';
    const answer = await comeBack(browser, await visit(browser, `${START}?page=${encodeURIComponent(page)}`));
    assert.equal(answer.headers.location, page);
    for (const elsewhere of ['https://evil.example', '//evil.example', '/ui/\r\nset-cookie: x=y', '/apis'])
      assertProblem(await browser.call('GET', `${START}?page=${encodeURIComponent(elsewhere)}`), 400, 'request-invalid');
  });

  test('who he is says the access token where it is taken over other protocols too, and else the ID token', async () => {
    const mayView = async (): Promise<number> => {
      const browser = new Browser(server);
      await comeBack(browser, await visit(browser));
      assert.equal(await who(browser), 'acme/ada');
      return (await browser.call('GET', '/apis/angarium.dev/v1/addressspaces/acme/users')).status;
    };
    assert.equal(await mayView(), 200, 'an engineer by the access token');
    provider.givesAccess = false;
    assert.equal(await mayView(), 403, 'one of the people by the ID token');
    provider.givesAccess = true;
  });

  test('what the document demands of claims is demanded here too', async () => {
    await declareService('people', { requiredClaims: { email_verified: true } });
    const browser = new Browser(server);
    assert.match(await refused(browser, await visit(browser)), /not confirmed who you are/);
    await declareService('people');
  });

  test('a user of the server’s own is not whom the provider calls so', async () => {
    await declare(server.broker, 'User', 'beta', 'ada', { authentication: { type: 'password', passwordHash: await cheapHash('x') } });
    const browser = new Browser(server);
    assert.match(await refused(browser, await visit(browser, '/console/oidc/beta/start')), /knows you as ada, who may not come in/);
  });

  test('[RFC 6749, 10.12] nobody signs in by what another browser has begun, nor twice', async () => {
    const [victim, thief] = [new Browser(server), new Browser(server)];
    const back = await visit(victim);
    assert.match(await refused(thief, back), /begun in another window/, 'without the cookie');
    await thief.call('GET', START);
    assert.match(await refused(thief, back), /begun in another window/, 'with one of its own');
    const state = new URL(back, server.http).searchParams.get('state')!;
    assert.match(await refused(victim, back.replace(state, `${state}x`)), /begun in another window/);
    assert.match(await refused(victim, back), /begun in another window/, 'what has failed is over');
  });

  test('[RFC 7636, 1] a code that was stolen is of no use in another sign-in', async () => {
    const [victim, thief] = [new Browser(server), new Browser(server)];
    const [stolen, own] = [await visit(victim), await visit(thief)].map(back => new URL(back, server.http));
    own!.searchParams.set('code', stolen!.searchParams.get('code')!);
    assert.match(await refused(thief, `${own!.pathname}${own!.search}`), /not confirmed who you are/);
  });

  test('a cookie that somebody has made up, or changed, is none', async () => {
    const browser = new Browser(server);
    const back = await visit(browser);
    const [[name = '', made = ''] = []] = browser.cookies;
    const [text = '', mac = ''] = made.split('.');
    const other = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(text, 'base64url').toString()), space: 'beta' })).toString(
      'base64url',
    );
    for (const cookie of ['', 'x', '.', `${other}.${mac}`, text, `${text}.`, `${text}.${'A'.repeat(43)}`]) {
      browser.cookies.set(name, cookie);
      assert.match(await refused(browser, back), /begun in another window/, cookie);
    }
    const words = Buffer.from(JSON.stringify({ problem: 'Call this number' })).toString('base64url');
    browser.cookies.set(name, `${words}.${mac}`);
    assert.equal((await browser.call('GET', WAYS)).body.problem, undefined, 'nor words of theirs');
  });

  test('[RFC 9207, 2.4] an answer of another provider is not taken', async () => {
    const browser = new Browser(server);
    const back = new URL(await visit(browser), server.http);
    back.searchParams.set('iss', 'https://evil.example');
    assert.match(await refused(browser, `${back.pathname}${back.search}`), /not confirmed who you are/);
  });

  test('who changes his mind at the provider is told so', async () => {
    const browser = new Browser(server);
    assert.match(await refused(browser, await visit(browser, START, true)), /cancelled at the sign-in service/);
    const root = { authorization: `Basic ${btoa('root:toor')}` };
    const { items } = (await browser.call('GET', '/apis/angarium.dev/v1/events', { headers: root })).body as { items: ServerEvent[] };
    const { addressSpace, regarding, note } = items.findLast(({ reason }) => reason === 'SignInFailed')!;
    assert.deepEqual([addressSpace, regarding], ['acme', { kind: 'AuthenticationService', name: 'people' }]);
    assert.match(note, /could not sign in to the console: .*cancelled at the sign-in service/);
  });

  test('nobody begins from a page of another site, nor by a name that is not the server’s', async () => {
    const start = (headers: Record<string, string>): Promise<Answer> => new Browser(server).call('GET', START, { headers });
    assertProblem(await start({ 'sec-fetch-site': 'cross-site' }), 403, 'origin-refused');
    assertProblem(await start({ host: 'evil.example' }), 403, 'host-refused');
    for (const space of ['plain', 'nowhere']) {
      const browser = new Browser(server);
      const answer = await browser.call('GET', `/console/oidc/${space}/start`);
      assert.deepEqual([answer.status, answer.headers.location], [303, `/ui/spaces/${space}`], space);
      assert.match(String((await browser.call('GET', WAYS)).body.problem), /do not sign in elsewhere/);
    }
  });

  test('a provider that does not answer is said to be so', async () => {
    await declareService('gone', { issuer: 'http://127.0.0.1:1' });
    await declare(server.broker, 'AddressSpace', '', 'gamma', { authentication: 'gone' });
    const browser = new Browser(server);
    assert.equal((await browser.call('GET', '/console/oidc/gamma/start')).headers.location, '/ui/spaces/gamma');
    assert.match(String((await browser.call('GET', WAYS)).body.problem), /does not answer/);
  });

  test('[OpenID Connect Core, 12] a session goes on with what is open, as who the provider says by then, until it says nobody', async context => {
    provider.tokenSeconds = 5;
    await declareService('people', { clockSkewSeconds: 1 });
    const browser = new Browser(server);
    await comeBack(browser, await visit(browser));
    const mayView = async (): Promise<number> => (await browser.call('GET', '/apis/angarium.dev/v1/addressspaces/acme/users')).status;
    assert.equal(await mayView(), 200);
    const socket = new WebSocket(`${server.http.replace('http', 'ws')}/ws`, { headers: { cookie: browser.cookie, origin: server.http } });
    context.after(() => socket.terminate());
    const signal = AbortSignal.timeout(40_000);
    await once(socket, 'open');
    const frames = on(socket, 'message', { signal });
    const next = async (): Promise<string> => {
      const frame: IteratorResult<unknown[]> = await frames.next();
      return String(frame.value?.[0]);
    };
    socket.send(JSON.stringify({ type: 'subscribe', id: 's', address: 'orders' }));
    assert.match(await next(), /"subscribed"/);

    provider.claims = { preferred_username: 'ada' };
    assert.match(await next(), /"unsubscribed".*"unauthorized"/, 'he is no engineer any more, and is told so at once');
    assert.equal(await mayView(), 403);
    assert.equal(await who(browser), 'acme/ada');

    provider.knowsUsers = false;
    const [code, reason] = await once(socket, 'close', { signal });
    assert.deepEqual([code, String(reason)], [1008, 'the sign-in service does not confirm any more who you are: sign in again']);
    const ended = await browser.call('GET', SESSION);
    assertProblem(ended, 401, 'session-ended');
    assert.equal(ended.body.detail, 'The sign-in service does not confirm any more who you are: sign in again.');
  });

  test('[RFC 7009, 2.1] what would let a session go on is given back with it', async () => {
    Object.assign(provider, { tokenSeconds: 600, knowsUsers: true });
    await declareService('people');
    const browser = new Browser(server);
    await comeBack(browser, await visit(browser));
    const revoked = once(provider, 'revoked', { signal: AbortSignal.timeout(20_000) });
    await browser.call('DELETE', SESSION);
    await revoked;
  });

  test('the secret of the console is never shown', async () => {
    const authorization = `Basic ${Buffer.from('root:toor').toString('base64')}`;
    const path = '/apis/angarium.dev/v1/authenticationservices/people';
    const { text } = await callRaw(server, 'GET', path, { headers: { authorization } });
    assert.match(text, /"clientId":"console"/);
    assert.doesNotMatch(text, /a secret/);
  });
});
