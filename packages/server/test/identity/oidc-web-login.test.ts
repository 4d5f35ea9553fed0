import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { CoreEvent } from '@angarium/core';
import { exportSPKI, importJWK, SignJWT } from 'jose';
import { EventLoopTurn } from '../../src/event-loop-turn.ts';
import type { ConsoleClient } from '../../src/identity/authentication-service.ts';
import { isIdentity, type RefreshToken } from '../../src/identity/authority.ts';
import { OidcIssuer } from '../../src/identity/oidc-issuer.ts';
import { type ProviderKey, providerKey } from '../support/openid-provider.ts';

const ATTEMPT = { state: 's', nonce: 'the nonce', verifier: 'v'.repeat(43), redirectUri: 'http://localhost/console/oidc/callback' };

/** A provider that answers whatever it is told to: what an honest one would never say. */
describe('what a provider answers to a code', () => {
  let server: Server;
  let issuer: string;
  let key: ProviderKey;
  let answer: unknown;
  let status = 200;
  let metadata: object = {};
  let asked: { authorization: string | undefined; form: URLSearchParams };
  const events: CoreEvent[] = [];

  before(async () => {
    key = await providerKey('first');
    const { kty, n, e } = key.jwk;
    server = createServer(async (request, response) => {
      const paths: Record<string, () => unknown> = {
        '/.well-known/openid-configuration': () => ({
          issuer,
          jwks_uri: `${issuer}/jwks`,
          authorization_endpoint: `${issuer}/auth?tenant=7`,
          token_endpoint: `${issuer}/token`,
          ...metadata,
        }),
        '/jwks': () => ({ keys: [{ kty, n, e, kid: key.kid, alg: 'RS256', use: 'sig' }] }),
        '/token': () => answer,
      };
      let body = '';
      for await (const chunk of request) body += chunk;
      if (request.url === '/token') asked = { authorization: request.headers.authorization, form: new URLSearchParams(body) };
      response.writeHead(request.url === '/token' ? status : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(paths[request.url!]!()));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });

  const loginOf = (more: Partial<ConsoleClient> = {}) =>
    new OidcIssuer(
      { type: 'oidc', issuer, audience: 'angarium', console: { clientId: 'console', clientSecret: 'secret', ...more } },
      new EventLoopTurn(),
      event => events.push(event),
    ).webLogin!;
  const signed = async (claims: Record<string, unknown> = {}, by = key): Promise<string> => {
    const seconds = Math.floor(Date.now() / 1000);
    const payload = { iss: issuer, aud: 'console', sub: 'user 17', exp: seconds + 600, nonce: ATTEMPT.nonce, ...claims };
    for (const [name, value] of Object.entries(payload)) if (value === undefined) delete payload[name as keyof typeof payload];
    return await new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: key.kid }).sign(await importJWK(by.jwk, 'RS256'));
  };
  const forged = async (header: object, sign: (input: string) => string): Promise<string> => {
    const [, payload] = (await signed()).split('.');
    const input = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}`;
    return `${input}.${sign(input)}`;
  };
  const finish = async (tokens: unknown, login = loginOf()): Promise<string> => {
    answer = tokens;
    const found = await login.finish(ATTEMPT, { code: 'c' });
    return isIdentity(found) ? found.user : 'nobody';
  };

  test('[OpenID Connect Core, 3.1.3.7] an ID token for this client and this sign-in, signed by the issuer, and no other one', async () => {
    assert.equal(await finish({ id_token: await signed() }), 'user 17');
    assert.equal(await finish({ id_token: await signed({ aud: ['console', 'x'], azp: 'console' }) }), 'user 17');
    const publicKey = (await importJWK({ kty: 'RSA', n: key.jwk.n!, e: key.jwk.e! }, 'RS256')) as CryptoKey;
    const pem = await exportSPKI(publicKey);
    for (const [what, token] of Object.entries({
      'no nonce': await signed({ nonce: undefined }),
      'another nonce': await signed({ nonce: 'another' }),
      'another audience': await signed({ aud: 'angarium' }),
      'for several, of which nobody says whom': await signed({ aud: ['console', 'x'] }),
      'for another party': await signed({ azp: 'x' }),
      expired: await signed({ exp: 1 }),
      'another issuer': await signed({ iss: 'https://evil.example' }),
      'nobody’s': await signed({ sub: undefined }),
      'another key': await signed({}, await providerKey('first')),
      none: await forged({ alg: 'none' }, () => ''),
      'an HMAC with the public key': await forged({ alg: 'HS256', kid: 'first' }, input =>
        createHmac('sha256', pem).update(input).digest('base64url'),
      ),
      'no token': undefined,
      'a long one': 'a'.repeat(20_000),
    }))
      assert.equal(await finish({ id_token: token }), 'nobody', what);
    assert.equal(await finish([]), 'nobody');
    assert.equal(await finish('x'), 'nobody');
  });

  test('an access token says who it is only where it is for us, and of the same user', async () => {
    const idToken = await signed({ preferred_username: 'ada' });
    const withAccess = async (claims: Record<string, unknown>): Promise<string> =>
      finish({ id_token: idToken, access_token: await signed({ aud: 'angarium', preferred_username: 'eve', ...claims }) });
    assert.equal(await withAccess({}), 'eve');
    assert.equal(await withAccess({ aud: 'somebody else' }), 'ada');
    assert.equal(await withAccess({ sub: 'user 18' }), 'ada');
    assert.equal(await withAccess({ exp: 1 }), 'ada');
    assert.equal(await finish({ id_token: idToken, access_token: 'opaque' }), 'ada');
  });

  test('[RFC 6749, 2.3.1] the client says who it is as the provider wants it', async () => {
    const good = { id_token: await signed() };
    await finish(good, loginOf({ clientSecret: 'a:b c%' }));
    assert.equal(asked.authorization, `Basic ${Buffer.from('console:a%3Ab+c%25').toString('base64')}`);
    assert.deepEqual(Object.fromEntries(asked.form), {
      grant_type: 'authorization_code',
      code: 'c',
      redirect_uri: ATTEMPT.redirectUri,
      code_verifier: ATTEMPT.verifier,
    });
    metadata = { token_endpoint_auth_methods_supported: ['client_secret_post'] };
    await finish(good);
    assert.deepEqual([asked.authorization, asked.form.get('client_id'), asked.form.get('client_secret')], [undefined, 'console', 'secret']);
    metadata = {};
    const open = new OidcIssuer(
      { type: 'oidc', issuer, audience: 'angarium', console: { clientId: 'console' } },
      new EventLoopTurn(),
      () => {},
    ).webLogin!;
    assert.equal(await finish(good, open), 'user 17');
    assert.deepEqual([asked.authorization, asked.form.get('client_id')], [undefined, 'console']);
  });

  test('[OpenID Connect Core, 11] what lets a session go on is asked for where the provider has it, with consent', async () => {
    const asksFor = async (more?: Partial<ConsoleClient>): Promise<(string | null)[]> => {
      const { searchParams } = new URL(String(await loginOf(more).begin(ATTEMPT)));
      return [searchParams.get('scope'), searchParams.get('prompt')];
    };
    assert.deepEqual(await asksFor(), ['openid profile', null]);
    metadata = { scopes_supported: ['openid', 'offline_access'] };
    assert.deepEqual(await asksFor(), ['openid profile offline_access', 'consent']);
    assert.deepEqual(await asksFor({ consent: false }), ['openid profile offline_access', null]);
    assert.deepEqual(await asksFor({ scopes: ['groups'] }), ['openid groups', null]);
    metadata = {};
  });

  describe('[OpenID Connect Core, 12] and to a refresh token', () => {
    const renew = async (tokens: unknown, more: Partial<RefreshToken> = {}): Promise<string> => {
      answer = tokens;
      asked = { authorization: undefined, form: new URLSearchParams() };
      const refresh = { token: 'first', issuer, clientId: 'console', subject: 'user 17', nonce: ATTEMPT.nonce, ...more };
      const found = await loginOf().renew(refresh);
      return isIdentity(found) ? `${found.user} by ${found.refresh?.token}` : found.temporary ? 'later' : 'nobody';
    };

    test('says who it is by the access token, or an ID token, with or without a nonce, of the same user', async () => {
      assert.equal(await renew({ access_token: await signed({ aud: 'angarium', nonce: undefined }) }), 'user 17 by first');
      assert.deepEqual(Object.fromEntries(asked.form), { grant_type: 'refresh_token', refresh_token: 'first' });
      assert.equal(await renew({ id_token: await signed({ nonce: undefined }), refresh_token: 'second' }), 'user 17 by second');
      assert.equal(await renew({ id_token: await signed() }), 'user 17 by first');
      for (const [what, tokens] of Object.entries({
        'nothing that says who': { access_token: 'opaque' },
        'an access token of another user': { access_token: await signed({ aud: 'angarium', sub: 'user 18' }) },
        'an ID token of another user': { id_token: await signed({ sub: 'user 18' }), access_token: await signed({ aud: 'angarium' }) },
        'an ID token of another sign-in': { id_token: await signed({ nonce: 'another' }) },
        'an ID token that has expired': { id_token: await signed({ exp: 1 }) },
        'no answer': 'x',
      }))
        assert.equal(await renew(tokens), 'nobody', what);
    });

    test('a no is a no, and what may be answered later is asked again', async () => {
      status = 400;
      assert.equal(await renew({ error: 'invalid_grant' }), 'nobody');
      for (status of [429, 500, 503]) assert.equal(await renew({}), 'later', `${status}`);
      status = 200;
    });

    test('it is shown to nobody but who has given it', async () => {
      const good = { id_token: await signed() };
      assert.equal(await renew(good, { issuer: 'https://before.example' }), 'nobody');
      assert.equal(await renew(good, { clientId: 'before' }), 'nobody');
      assert.equal(asked.form.size, 0);
    });
  });

  test('what the endpoint has asked for already stays in its URL', async () => {
    const url = new URL(String(await loginOf({ scopes: ['openid', 'groups'] }).begin(ATTEMPT)));
    assert.deepEqual([url.pathname, url.searchParams.get('tenant'), url.searchParams.get('scope')], ['/auth', '7', 'openid groups']);
  });

  test('why it was not taken is in the log, with the provider’s own words', async () => {
    status = 401;
    events.length = 0;
    assert.equal(await finish({ error: 'invalid_client', error_description: 'no such client' }), 'nobody');
    assert.match(events[0]!.what, /could not sign in: .*HTTP status 401: invalid_client, no such client$/);
    status = 200;
  });
});
