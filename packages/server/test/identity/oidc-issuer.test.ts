import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import type { CoreEvent, Turn } from '@angarium/core';
import { listening } from '@angarium/testkit';
import type { Denial } from '@angarium/transport';
import { exportSPKI, importJWK, SignJWT } from 'jose';
import type { OidcSpec } from '../../src/identity/authentication-service.ts';
import type { Identity } from '../../src/identity/authority.ts';
import { KEYS_AGE_MAX_MS, REFETCH_MIN_MS } from '../../src/identity/issuer-keys.ts';
import { OidcIssuer } from '../../src/identity/oidc-issuer.ts';
import { AUDIENCE, OpenidProvider, type ProviderKey, providerKey } from '../support/openid-provider.ts';

describe('tokens of an OpenID provider', () => {
  let provider: OpenidProvider;
  let first: ProviderKey;
  let second: ProviderKey;
  let nowMs = Date.now();
  const events: CoreEvent[] = [];
  const turn = {
    get nowMs() {
      return nowMs;
    },
  } as Turn;
  const issuerOf = (spec: Partial<OidcSpec> = {}): OidcIssuer =>
    new OidcIssuer({ type: 'oidc', issuer: provider.issuer, audience: AUDIENCE, timeoutMs: 5000, ...spec }, turn, event =>
      events.push(event),
    );
  const who = (found: Identity | Denial): string => ('user' in found ? found.user : found.temporary ? 'later' : 'nobody');

  /** As the provider could have made it; `header` and `claims` replace its own. */
  const signed = async (
    claims: { readonly [claim: string]: unknown } = {},
    header: Record<string, unknown> = {},
    key = first,
  ): Promise<string> => {
    const seconds = Math.floor(nowMs / 1000);
    const payload = { iss: provider.issuer, aud: AUDIENCE, sub: 'user 17', exp: seconds + 600, iat: seconds, ...claims };
    for (const [name, value] of Object.entries(payload)) if (value === undefined) delete payload[name as keyof typeof payload];
    return await new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: key.kid, ...header }).sign(await importJWK(key.jwk, 'RS256'));
  };
  /** Header and claims as they are, with a signature that comes from elsewhere. */
  const forged = (header: object, sign: (input: string) => string): string => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { iss: provider.issuer, aud: AUDIENCE, sub: 'user 17', preferred_username: 'ada', exp: Math.floor(nowMs / 1000) + 600 };
    const input = `${part(header)}.${part(claims)}`;
    return `${input}.${sign(input)}`;
  };

  before(async () => {
    [first, second] = await Promise.all([providerKey('first'), providerKey('second')]);
    provider = await OpenidProvider.start(first);
  });
  after(() => provider[Symbol.asyncDispose]());

  test('one that it has made is taken: user, subject, groups, and when it expires', async () => {
    const found = await issuerOf({ clockSkewSeconds: 0 }).token(await provider.token());
    assert.ok('user' in found, JSON.stringify(found));
    assert.equal(found.user, 'ada');
    assert.deepEqual(found.groups, ['engineers']);
    assert.ok(found.expiresAtMs! > Date.now() && found.expiresAtMs! <= Date.now() + 601_000);
  });

  test('[RFC 7519, 4.1] it has to be of this issuer, for us, and for now', async () => {
    const issuer = issuerOf({ clockSkewSeconds: 5 });
    const seconds = Math.floor(nowMs / 1000);
    assert.equal(who(await issuer.token(await signed())), 'user 17');
    for (const [what, claims] of Object.entries({
      'another issuer': { iss: 'https://elsewhere.example' },
      'no issuer': { iss: undefined },
      'another audience': { aud: 'somebody else' },
      'no audience': { aud: undefined },
      expired: { exp: seconds - 6 },
      'no end': { exp: undefined },
      'not yet': { nbf: seconds + 60 },
      nobody: { sub: undefined },
    }))
      assert.equal(who(await issuer.token(await signed(claims))), 'nobody', what);
    assert.equal(who(await issuer.token(await signed({ exp: seconds - 2 }))), 'user 17', 'within the skew of clocks');
    assert.equal(who(await issuerOf({ audience: ['other', AUDIENCE] }).token(await signed())), 'user 17');
  });

  test('claims name user and groups as the document says, and others have to be as it says', async () => {
    const token = await signed({
      preferred_username: 'ada',
      email: 'ada@acme.example',
      email_verified: true,
      realm_access: { roles: ['r1', 'r2'] },
      scope: 'read write',
    });
    const found = async (spec: Partial<OidcSpec>) => await issuerOf(spec).token(token);
    assert.equal(who(await found({})), 'ada');
    assert.equal(who(await found({ userClaim: 'email' })), 'ada@acme.example');
    assert.equal(who(await found({ userClaim: 'absent' })), 'nobody');
    assert.deepEqual(((await found({ groupsClaim: 'realm_access.roles' })) as Identity).groups, ['r1', 'r2']);
    assert.deepEqual(((await found({ groupsClaim: 'scope' })) as Identity).groups, ['read', 'write']);
    assert.equal(who(await found({ groupsClaim: 'realm_access' })), 'nobody', 'what is no list is not taken for none');
    assert.equal(who(await found({ requiredClaims: { email_verified: true, 'realm_access.roles': 'r2' } })), 'ada');
    assert.equal(who(await found({ requiredClaims: { 'realm_access.roles': 'r3' } })), 'nobody');
    assert.equal(who(await found({ requiredClaims: { __proto__: 'x', constructor: 'Object' } })), 'nobody');
  });

  test('[RFC 8725, 2.1] neither none nor an HMAC with the public key is a signature', async () => {
    const issuer = issuerOf();
    const publicKey = await importJWK(
      { ...first.jwk, d: undefined, p: undefined, q: undefined, dp: undefined, dq: undefined, qi: undefined } as never,
      'RS256',
    );
    const pem = await exportSPKI(publicKey as CryptoKey);
    const { n } = first.jwk;
    for (const secret of [pem, pem.trim(), n!, Buffer.from(n!, 'base64url')])
      assert.equal(
        who(
          await issuer.token(
            forged({ alg: 'HS256', kid: 'first' }, input => createHmac('sha256', secret).update(input).digest('base64url')),
          ),
        ),
        'nobody',
      );
    for (const alg of ['none', 'None', 'NONE', '']) {
      assert.equal(who(await issuer.token(forged({ alg, kid: 'first' }, () => ''))), 'nobody', alg);
      assert.equal(who(await issuer.token(forged({ alg, kid: 'first' }, () => 'x'))), 'nobody', alg);
    }
  });

  test('[RFC 8725, 3.10] a key that a token names, or brings along, is not used: neither jku, x5u, jwk nor a strange kid', async () => {
    const mine = await providerKey('first');
    const publicJwk = { kty: mine.jwk.kty, n: mine.jwk.n, e: mine.jwk.e, kid: 'mine', alg: 'RS256' };
    let asked = 0;
    const evil = createServer((_request, response) => {
      asked++;
      response.end(JSON.stringify({ keys: [publicJwk] }));
    });
    await using there = await listening(evil);
    const url = `http://127.0.0.1:${there.port}/keys`;
    const issuer = issuerOf();
    for (const header of [
      { jku: url },
      { x5u: url },
      { jwk: publicJwk },
      { jku: url, kid: 'mine' },
      { kid: '../../mine' },
      { kid: "' OR '1'='1" },
      { kid: url },
      { kid: '__proto__' },
      { crit: ['b64'], b64: true },
    ])
      assert.equal(who(await issuer.token(await signed({}, header, mine).catch(() => 'a.b.c'))), 'nobody', JSON.stringify(header));
    assert.equal(asked, 0);
  });

  test('what is no token is not taken, and nobody is asked', async () => {
    const before = provider.keysAsked;
    const issuer = issuerOf();
    for (const token of ['', 'x', 'a.b', 'a.b.c.d', 'a.b.c d', `${'a'.repeat(20_000)}.b.c`])
      assert.equal(who(await issuer.token(token)), 'nobody');
    assert.equal(provider.keysAsked, before);
  });

  test('keys are fetched once for many, again for one that is not known, and then not again for a while', async () => {
    const issuer = issuerOf();
    const before = provider.keysAsked;
    const tokens = await Promise.all(Array.from({ length: 20 }, (_, i) => signed({ sub: `user ${i}` })));
    await Promise.all(tokens.map(token => issuer.token(token)));
    assert.equal(provider.keysAsked, before + 1);

    provider.use(second);
    const later = await signed({ sub: 'of the second key' }, {}, second);
    assert.equal(who(await issuer.token(later)), 'nobody', 'too early to ask again');
    assert.equal(provider.keysAsked, before + 1);
    nowMs += REFETCH_MIN_MS + 1;
    for (let i = 0; i < 5; i++)
      assert.equal(who(await issuer.token(await signed({ sub: `stranger ${i}` }, { kid: `made up ${i}` }, second))), 'nobody');
    assert.equal(provider.keysAsked, before + 2);
    assert.equal(who(await issuer.token(later)), 'of the second key');
    assert.equal(who(await issuer.token(await signed({ sub: 'again' }, {}, first))), 'nobody', 'the first key is no more');
    nowMs += KEYS_AGE_MAX_MS + 1;
    assert.equal(who(await issuer.token(await signed({ sub: 'much later' }, {}, second))), 'much later');
    assert.equal(provider.keysAsked, before + 3, 'once for the key that was unknown, once for age');
    provider.use(first);
  });

  test('what was found a moment ago is known without verifying again, but not beyond its end', async () => {
    const issuer = issuerOf({ clockSkewSeconds: 0 });
    const token = await signed({ exp: Math.floor(nowMs / 1000) + 20, sub: 'short' });
    assert.equal(issuer.recognize('', token), undefined);
    await issuer.token(token);
    assert.equal(issuer.recognize('', token)?.user, 'short');
    assert.equal(issuer.recognize('short', token)?.user, 'short');
    assert.equal(issuer.recognize('other', token), undefined);
    nowMs += 21_000;
    assert.equal(issuer.recognize('', token), undefined);
    assert.equal(who(await issuer.token(token)), 'nobody');
  });

  test('an issuer that does not answer, or answers too much, or as another one, lets nobody in, and the log says why', async () => {
    let answer: (url: string) => { status: number; body: string } = () => ({ status: 500, body: '' });
    const server = createServer((request, response) => {
      const { status, body } = answer(request.url!);
      response.writeHead(status).end(body);
    });
    await using there = await listening(server);
    const url = `http://127.0.0.1:${there.port}`;
    for (const [words, body] of [
      [/HTTP status 500/, undefined],
      [/more than \d+ bytes/, `"${'x'.repeat(300_000)}"`],
      [/calls itself https:\/\/other/, JSON.stringify({ issuer: 'https://other.example' })],
      [/does not say where its jwks_uri is/, JSON.stringify({ issuer: url })],
      [/JSON/, '<html>'],
    ] as const) {
      answer = () => ({ status: body === undefined ? 500 : 200, body: body ?? '' });
      events.length = 0;
      assert.equal(who(await issuerOf({ issuer: url }).token(await signed())), 'later');
      assert.match(events.map(({ what }) => what).join(), words);
    }
    await there[Symbol.asyncDispose]();
    assert.equal(who(await issuerOf({ issuer: url }).token(await signed())), 'later');
  });
});
