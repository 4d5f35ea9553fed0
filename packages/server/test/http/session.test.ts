import assert from 'node:assert/strict';
import { type EventEmitter, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { startTestServer, type TestServer } from '@angarium/testkit';
import mqtt from 'mqtt';
import rhea from 'rhea';
import { WebSocket } from 'ws';
import type { ServerEvent } from '../../src/events/server-event.ts';
import { Browser } from '../support/browser.ts';
import { type Answer, assertProblem, callRaw } from '../support/call-api.ts';
import { cheapHash } from '../support/cheap-hash.ts';
import { declare, undeclare } from '../support/declare.ts';

const SESSION = '/console/session';
const SPACES = '/apis/angarium.dev/v1/addressspaces';

describe('somebody signs in with a browser', () => {
  let server: TestServer;
  const putUser = async (space: string, name: string, password: string, more: object = {}) =>
    declare(server.broker, 'User', space, name, {
      authentication: { type: 'password', passwordHash: await cheapHash(password) },
      authorization: [{ actions: ['send', 'receive', 'view', 'manage'], addresses: ['#'] }],
      ...more,
    });
  const signIn = (browser: Browser, user: string, password: string, addressSpace?: string): Promise<Answer> =>
    browser.call('POST', SESSION, { body: { user, password, ...(addressSpace !== undefined && { addressSpace }) } });
  /** A browser where somebody is signed in. */
  const signedIn = async (user: string, password: string): Promise<Browser> => {
    const browser = new Browser(server);
    const answer = await signIn(browser, user, password);
    assert.equal(answer.status, 200, answer.text);
    return browser;
  };
  const who = async (browser: Browser): Promise<string> => {
    const { status, body } = await browser.call('GET', SESSION);
    return status === 200 ? `${body.addressSpace}/${body.user}` : String(body.code);
  };

  before(async () => {
    server = await startTestServer({ amqp: 'off', mqtt: 'off', users: [{ name: 'root', passwordHash: await cheapHash('toor') }] });
    for (const space of ['acme', 'beta']) await declare(server.broker, 'AddressSpace', '', space, { autoCreate: true });
    await putUser('acme', 'ada', 'of acme');
  });
  after(() => server[Symbol.asyncDispose]());

  test('and is whom his password says, for every path, until he signs out', async () => {
    const browser = new Browser(server);
    const before = await browser.call('GET', SESSION);
    assertProblem(before, 401, 'credentials-missing');
    const answer = await signIn(browser, 'ada@acme', 'of acme');
    const { version, expires, kinds, ...session } = answer.body;
    assert.deepEqual(session, {
      user: 'ada',
      addressSpace: 'acme',
      administersServer: false,
      anonymous: false,
      signOut: true,
      addresses: { send: 'all', receive: 'all', view: 'all', manage: 'all' },
    });
    assert.deepEqual(kinds, { view: [], manage: [] });
    assert.match(String(version), /^\d/);
    assert.ok(Date.parse(String(expires)) > Date.now());
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(await who(browser), 'acme/ada');
    assert.equal((await browser.call('GET', `${SPACES}/acme/addresses`)).status, 200);
    assert.equal((await browser.call('GET', `${SPACES}/beta/addresses`)).status, 403);
    // One that is read apart from the rest, since it is a plain one, and one that Node reads.
    for (const more of [{}, { expect: '100-continue' }])
      assert.equal(
        (await browser.call('POST', '/m/orders', { text: 'x', headers: { 'content-type': 'text/plain', ...more } })).status,
        202,
      );
    assert.equal(server.broker.spaces.get('acme')!.addresses.get('orders')?.stored, 2);
    const { cookie } = browser;
    assert.equal((await browser.call('DELETE', SESSION)).status, 204);
    assert.equal(browser.cookies.size, 0);
    assert.equal(
      (await callRaw(server, 'GET', `${SPACES}/acme/addresses`, { headers: { cookie } })).status,
      401,
      'nor whoever has kept it',
    );
    assert.equal((await browser.call('DELETE', SESSION)).status, 204, 'once more');
  });

  test('the cookie is for this server’s pages alone, and over TLS for nothing else', async () => {
    const body = { user: 'ada@acme', password: 'of acme' };
    const cookieOf = async (headers: Record<string, string>): Promise<string> =>
      String((await callRaw(server, 'POST', SESSION, { body, headers })).headers['set-cookie']);
    assert.match(await cookieOf({}), /^angarium_session_[0-9a-f]{8}=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    // A proxy on this machine speaks TLS in our place.
    for (const headers of [{ 'x-forwarded-proto': 'https' }, { forwarded: 'for=192.0.2.7;proto=https' }] as Record<string, string>[]) {
      const field = await cookieOf(headers);
      assert.match(field, /^__Host-angarium_session_[0-9a-f]{8}=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
      const [cookie = ''] = field.split(';');
      assert.equal((await callRaw(server, 'GET', SESSION, { headers: { cookie, ...headers } })).status, 200);
      assert.equal(
        (await callRaw(server, 'GET', SESSION, { headers: { cookie } })).status,
        401,
        'what was said over TLS is not taken without',
      );
    }
  });

  test('[RFC 6265, 8.5] browsers send cookies to all ports of a host: at two servers of one host, somebody is two users', async () => {
    await using other = await startTestServer({ amqp: 'off', mqtt: 'off', users: [{ name: 'eve', passwordHash: await cheapHash('x') }] });
    const [here, there] = [new Browser(server), new Browser(other)];
    await signIn(here, 'ada@acme', 'of acme');
    for (const [name, value] of here.cookies) there.cookies.set(name, value);
    assert.equal(await who(there), 'credentials-missing', 'nobody is an ended session of another server');
    await signIn(there, 'eve', 'x');
    for (const [name, value] of there.cookies) here.cookies.set(name, value);
    assert.deepEqual([here.cookies.size, await who(here), await who(there)], [2, 'acme/ada', 'default/eve']);
  });

  test('the address space is the field’s, else the one behind the @, and who names one means no other', async () => {
    await putUser('default', 'dora', 'of default');
    const at = async (user: string, password: string, addressSpace?: string): Promise<string> => {
      const { status, body } = await signIn(new Browser(server), user, password, addressSpace);
      return status === 200 ? `${body.addressSpace}/${body.user}` : String(body.code);
    };
    assert.equal(await at('ada', 'of acme', 'acme'), 'acme/ada');
    assert.equal(await at('ada@acme', 'of acme', 'acme'), 'acme/ada');
    assert.equal(await at('dora', 'of default', 'default'), 'default/dora');
    assert.equal(await at('root', 'toor', 'acme'), 'default/root', 'who administers the server may enter all of them');
    for (const [user, password, space] of [
      ['ada', 'of acme', 'beta'],
      ['ada', 'of acme', undefined],
      ['ada', 'of acme', 'nowhere'],
      ['ada@acme', 'of acme', 'default'],
      ['dora', 'of default', 'acme'],
      ['dora', 'of default', 'nowhere'],
      ['root', 'toor', 'nowhere'],
      ['nobody', 'x', 'acme'],
    ] as const)
      assert.equal(await at(user, password, space), 'credentials-wrong', `${user} ${space}`);
  });

  test('no browser asks its user for a password itself: a page of ours does', async () => {
    const browser = new Browser(server);
    for (const [method, path, body] of [
      ['GET', SESSION, undefined],
      ['POST', SESSION, { user: 'ada@acme', password: 'wrong' }],
      ['GET', `${SPACES}/acme/addresses`, undefined],
    ] as const) {
      const answer = await browser.call(method, path, { body });
      assert.equal(answer.status, 401);
      assert.match(String(answer.headers['www-authenticate']), /^Cookie /, `${method} ${path}`);
    }
    await signIn(browser, 'ada@acme', 'of acme');
    const [name = ''] = browser.cookies.keys();
    const ended = await callRaw(server, 'GET', `${SPACES}/acme/addresses`, { headers: { cookie: `${name}=gone` } });
    assert.match(ended.text, /"session-ended"/);
    assert.match(String(ended.headers['www-authenticate']), /^Cookie /);
    assert.match(String((await callRaw(server, 'GET', `${SPACES}/acme/addresses`)).headers['www-authenticate']), /^Basic /);
  });

  test('signing in again is another session, and the one before has ended', async () => {
    const browser = await signedIn('ada@acme', 'of acme');
    const first = browser.cookie;
    await signIn(browser, 'root', 'toor');
    assert.notEqual(browser.cookie, first);
    assert.equal(await who(browser), 'default/root');
    assert.equal((await callRaw(server, 'GET', SESSION, { headers: { cookie: first } })).status, 401);
  });

  describe('a page of another site', () => {
    test('can neither do anything with the cookie, nor read, nor sign anybody in or out', async () => {
      const browser = await signedIn('root', 'toor');
      // Another port of the same host is the same site to browsers: they send the cookie from there.
      const pages: Record<string, string>[] = [
        { origin: 'https://evil.example' },
        { origin: 'http://127.0.0.1:1' },
        { origin: 'null' },
        { origin: server.http, 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ];
      for (const page of pages)
        for (const [method, path, body] of [
          ['PUT', `${SPACES}/acme/addresses/stolen`, { spec: { type: 'queue' } }],
          ['DELETE', `${SPACES}/acme`, undefined],
          ['POST', '/m/orders', 'x'],
          ['GET', `${SPACES}/acme/addresses`, undefined],
          ['GET', SESSION, undefined],
          ['POST', SESSION, { user: 'ada@acme', password: 'of acme' }],
          ['DELETE', SESSION, undefined],
        ] as const) {
          const answer = await callRaw(server, method, path, { body, headers: { cookie: browser.cookie, ...page } });
          assert.equal(answer.status, 403, `${method} ${path} ${JSON.stringify(page)}`);
          assert.match(answer.text, /origin-refused/);
          assert.equal(answer.headers['set-cookie'], undefined);
        }
      assert.equal(await who(browser), 'default/root');
      assert.equal(server.broker.spaces.get('acme')!.addresses.has('stolen'), false);
    });

    test('opens no WebSocket with it', async () => {
      const browser = await signedIn('root', 'toor');
      for (const [path, protocols] of [
        ['/ws', []],
        ['/amqp', ['amqp']],
        ['/mqtt', ['mqtt']],
      ] as const) {
        const headers = { cookie: browser.cookie, origin: 'https://evil.example' };
        const socket = new WebSocket(`${server.http.replace('http', 'ws')}${path}`, [...protocols], { headers });
        const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
        assert.equal(response.statusCode, 403, path);
        response.resume();
      }
    });
  });

  describe('over a WebSocket', () => {
    const url = (path: string): string => `${server.http.replace('http', 'ws')}${path}`;
    const headersOf = ({ cookie }: Browser) => ({ cookie, origin: server.http });
    const users = (): string[] =>
      [...server.head.connections].map(each => each.status()).map(({ addressSpace, user }) => `${addressSpace}/${user}`);

    test('he is the same, with JSON, and what he has opened ends when he signs out', async () => {
      const browser = await signedIn('ada@acme', 'of acme');
      const socket = new WebSocket(url('/ws'), { headers: headersOf(browser) });
      await once(socket, 'open');
      const accepted = once(socket, 'message');
      socket.send(JSON.stringify({ type: 'send', id: 1, address: 'by-socket', message: { body: 'x' } }));
      assert.match(String((await accepted)[0]), /"accepted"/);
      assert.equal(server.broker.spaces.get('acme')!.addresses.get('by-socket')?.stored, 1);
      const closed = once(socket, 'close');
      await browser.call('DELETE', SESSION);
      const [code, reason] = await closed;
      assert.deepEqual([code, String(reason)], [1008, 'the user has signed out']);
    });

    test('he is the same, with AMQP, when he says nothing of himself', async () => {
      const browser = await signedIn('ada@acme', 'of acme');
      const container = rhea.create_container();
      const connect = container.websocket_connect(WebSocket as never);
      const details = connect(url('/amqp'), ['amqp'], { headers: headersOf(browser) });
      const connection = container.connect({ connection_details: details, username: 'anonymous', reconnect: false } as never);
      await once(connection, 'connection_open');
      assert.deepEqual(users(), ['acme/ada']);
      const ended = once(connection, 'connection_error');
      await browser.call('DELETE', SESSION);
      await ended;
      assert.match(String((connection.error as { description?: string }).description), /signed out/);
    });

    test('he is the same, with MQTT, without a name', async () => {
      const browser = await signedIn('ada@acme', 'of acme');
      const wsOptions = { headers: headersOf(browser) };
      const client = mqtt.connect(url('/mqtt'), { reconnectPeriod: 0, protocolVersion: 5, wsOptions });
      await once(client as unknown as EventEmitter, 'connect');
      await client.publishAsync('by-mqtt', 'x', { qos: 1 });
      assert.ok(server.broker.spaces.get('acme')!.addresses.has('by-mqtt'));
      const closed = once(client as unknown as EventEmitter, 'close');
      await browser.call('DELETE', SESSION);
      await closed;
      const stranger = mqtt.connect(url('/mqtt'), { reconnectPeriod: 0, protocolVersion: 5 });
      const [refused] = await once(stranger as unknown as EventEmitter, 'error');
      assert.equal((refused as { code: number }).code, 0x87);
    });
  });

  describe('and is nobody any more', () => {
    test('when he is deleted, disabled, or has another password', async () => {
      for (const change of [
        () => undeclare(server.broker, 'User', 'acme', 'eve'),
        () => putUser('acme', 'eve', 'first', { disabled: true }),
        () => putUser('acme', 'eve', 'second'),
      ]) {
        await putUser('acme', 'eve', 'first');
        const browser = await signedIn('eve@acme', 'first');
        await change();
        assert.equal(await who(browser), 'session-ended');
        await putUser('acme', 'eve', 'first');
        assert.equal(await who(browser), 'session-ended', 'whatever comes after');
      }
    });

    test('when his address space has gone', async () => {
      await declare(server.broker, 'AddressSpace', '', 'gamma', {});
      await putUser('gamma', 'eve', 'x');
      const browser = await signedIn('eve@gamma', 'x');
      await undeclare(server.broker, 'AddressSpace', '', 'gamma');
      assert.equal(await who(browser), 'session-ended');
    });
  });

  test('what he may do changes while he is signed in', async () => {
    await putUser('default', 'fay', 'x', { authorization: [] });
    const browser = await signedIn('fay', 'x');
    assert.equal((await browser.call('POST', '/m/orders', { text: 'x' })).status, 403);
    await putUser('default', 'fay', 'x', { authorization: [{ actions: ['send', 'manage'], addresses: ['#'] }] });
    // The password is another hash of the same: he has to say it again.
    await signIn(browser, 'fay', 'x');
    const binding = { role: 'server-admin', subjects: [{ user: 'fay' }] };
    assert.equal((await browser.call('POST', '/m/orders', { text: 'x' })).status, 202);
    await declare(server.broker, 'RoleBinding', 'default', 'fay', binding);
    assert.equal((await browser.call('GET', SESSION)).body.administersServer, true);
    assert.equal((await browser.call('GET', `${SPACES}/acme/addresses`)).status, 200);
    await undeclare(server.broker, 'RoleBinding', 'default', 'fay');
    assert.equal((await browser.call('GET', SESSION)).body.administersServer, false);
    assert.equal((await browser.call('GET', `${SPACES}/acme/addresses`)).status, 403);
    assert.equal((await browser.call('POST', '/m/orders', { text: 'x' })).status, 202);
  });

  test('a wrong password is counted and recorded, as it is everywhere', async () => {
    assert.equal((await signIn(new Browser(server), 'guessed@acme', 'guess')).status, 401);
    const root = await signedIn('root', 'toor');
    const audit = await root.call('GET', '/apis/angarium.dev/v1/audit?space=acme');
    assert.match(audit.text, /"guessed".*"authenticate"/);
  });

  test('and is told with which addresses he may do what', async () => {
    for (const [name, actions] of [
      ['reader', ['send', 'receive', 'view']],
      ['builder', ['manage']],
    ] as const) {
      await putUser('acme', name, 'of acme', { authorization: [{ actions, addresses: ['orders/#'] }] });
      const browser = await signedIn(`${name}@acme`, 'of acme');
      const { addresses } = (await browser.call('GET', SESSION)).body;
      const extent = (action: string): string => (actions.includes(action as never) ? 'some' : 'none');
      assert.deepEqual(addresses, Object.fromEntries(['send', 'receive', 'view', 'manage'].map(action => [action, extent(action)])));
      const created = await browser.call('PUT', `${SPACES}/acme/addresses/orders%2F${name}`, { body: { spec: { type: 'queue' } } });
      assert.equal(created.status, name === 'builder' ? 201 : 403, created.text);
    }
  });

  test('who signs in and out, and who cannot, are events of his address space', async () => {
    await putUser('acme', 'bob', 'of acme too', { authorization: [{ actions: ['view'], kinds: ['User'] }] });
    const bob = await signedIn('bob@acme', 'of acme too');
    await signIn(new Browser(server), 'bob@acme', 'wrong');
    const other = await signedIn('bob@acme', 'of acme too');
    await other.call('DELETE', SESSION);
    const { items } = (await bob.call('GET', '/apis/angarium.dev/v1/events')).body as { items: ServerEvent[] };
    assert.deepEqual(
      items.filter(({ type, regarding }) => type === 'access' && regarding.name === 'bob').map(({ reason }) => reason),
      ['SignedIn', 'AuthenticationFailed', 'SignedIn', 'SignedOut'],
    );
    assert.match(items.findLast(({ reason }) => reason === 'SignedIn')!.note, /^signed in to the console from 127\.0\.0\.1:\d+$/);
  });
});

test('until somebody may administer the server, whoever is on this machine does, and needs no session', async () => {
  await using server = await startTestServer({ amqp: 'off', mqtt: 'off' });
  const browser = new Browser(server);
  const { body } = await browser.call('GET', SESSION);
  const { version: _, kinds, ...session } = body;
  assert.deepEqual(session, {
    user: 'anonymous',
    addressSpace: 'default',
    administersServer: true,
    anonymous: true,
    signOut: false,
    addresses: { send: 'all', receive: 'all', view: 'all', manage: 'all' },
  });
  const { view, manage } = kinds as { view: string[]; manage: string[] };
  assert.deepEqual(view, manage);
  for (const kind of ['User', 'RoleBinding', 'Connection']) assert.ok(view.includes(kind), kind);
  assertProblem(await browser.call('GET', SESSION, { headers: { host: 'evil.example' } }), 403, 'host-refused');
  assertProblem(await browser.call('POST', SESSION, { body: { user: 'ada', password: 'x' } }), 401, 'credentials-wrong');
});
