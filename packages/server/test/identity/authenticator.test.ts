import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Principal } from '@angarium/core';
import { startTestServer, type TestServer } from '@angarium/testkit';
import type { Denial, Origin, Peer } from '@angarium/transport';
import type { Authenticator } from '../../src/identity/authenticator.ts';
import { HASHINGS_MAX, HASHINGS_WAITING_MAX } from '../../src/identity/password-check.ts';
import { makeToken } from '../../src/identity/tokens.ts';
import { cheapHash } from '../support/cheap-hash.ts';
import { declare, undeclare } from '../support/declare.ts';

let sources = 0;
/** Somebody who comes from a host of his own, so that nobody's failures count for him. */
function from(options: { readonly serverName?: string; readonly hostname?: string; readonly tls?: Peer['tls'] } = {}): Origin {
  const { serverName, hostname } = options;
  sources++;
  const tls = options.tls ?? (serverName === undefined ? undefined : { serverName });
  return {
    peer: { address: `10.${sources >> 16}.${(sources >> 8) & 255}.${sources & 255}:4000`, loopback: false, ...(tls && { tls }) },
    ...(hostname !== undefined && { hostname }),
  };
}

const who = (answer: Principal | Denial | undefined): string => (answer instanceof Principal ? `${answer.space}/${answer.user}` : 'nobody');

describe('who may come in', () => {
  let server: TestServer;
  let authenticator: Authenticator;
  const login = async (user: string, password: string, origin = from()): Promise<string> =>
    who(await authenticator.password({ user, password }, origin));
  const putUser = async (space: string, name: string, password: string, more: object = {}) =>
    declare(server.broker, 'User', space, name, {
      authentication: { type: 'password', passwordHash: await cheapHash(password) },
      ...more,
    });

  before(async () => {
    server = await startTestServer({
      http: 'off',
      mqtt: 'off',
      spaceDomain: 'messaging.example',
      users: [{ name: 'root', passwordHash: await cheapHash('toor') }],
    });
    ({ authenticator } = server);
    for (const space of ['acme', 'beta']) server.broker.createSpace(space);
    await declare(server.broker, 'AddressSpace', '', 'acme', { hostnames: ['mq.acme.example', '*.edge.acme.example'] });
    await declare(server.broker, 'AddressSpace', '', 'beta', {});
    await putUser('acme', 'ada', 'of acme');
    await putUser('beta', 'ada', 'of beta');
    await putUser('default', 'dora', 'of default');
  });
  after(() => server[Symbol.asyncDispose]());

  describe('which address space is meant', () => {
    for (const [what, origin] of [
      ['TLS’s server name that an address space declares', { serverName: 'mq.acme.example' }],
      ['in any case', { hostname: 'MQ.Acme.Example' }],
      ['below a wildcard', { serverName: 'plant7.edge.acme.example' }],
      ['the name of the space', { hostname: 'acme' }],
      ['the name of the space in the server’s domain', { serverName: 'acme.messaging.example' }],
      ['a server name beside a host that names nothing', { serverName: 'acme', hostname: 'localhost' }],
    ] as const)
      test(`that of ${what}`, async () => {
        assert.equal(await login('ada', 'of acme', from(origin)), 'acme/ada');
        assert.equal(await login('ada', 'of beta', from(origin)), 'nobody');
      });

    test('that behind the last @ of the user, else the default one', async () => {
      assert.equal(await login('ada@beta', 'of beta'), 'beta/ada');
      assert.equal(await login('ada', 'of beta'), 'nobody');
      assert.equal(await login('dora', 'of default'), 'default/dora');
      assert.equal(await login('dora@nowhere', 'of default'), 'nobody');
      assert.equal(await login('ada', 'of acme', from({ serverName: 'two.levels.edge.acme.example' })), 'nobody');
    });

    test('two that are named are one too many', async () => {
      assert.equal(await login('ada@beta', 'of beta', from({ serverName: 'acme' })), 'nobody');
      assert.equal(await login('ada', 'of acme', from({ serverName: 'acme', hostname: 'beta' })), 'nobody');
    });

    test('who administers the server may name any', async () => {
      assert.equal(await login('root', 'toor', from({ hostname: 'acme' })), 'default/root');
      assert.equal(await login('root@default', 'toor', from({ hostname: 'acme' })), 'default/root');
      assert.equal(await login('dora', 'of default', from({ hostname: 'acme' })), 'default/dora', 'the door of the space says no');
      assert.equal(await login('dora', 'of default', from({ serverName: 'acme' })), 'nobody', 'who does not may not');
    });

    test('a user of a space keeps his name from an administrator who visits it', async () => {
      await putUser('beta', 'root', 'of beta');
      assert.equal(await login('root', 'of beta', from({ hostname: 'beta' })), 'beta/root');
      assert.equal(await login('root', 'toor', from({ hostname: 'beta' })), 'nobody');
      assert.equal(await login('root@default', 'toor', from({ hostname: 'beta' })), 'default/root');
      await undeclare(server.broker, 'User', 'beta', 'root');
    });
  });

  describe('passwords', () => {
    test('the right one is taken, each time, and recognized at once from then on; no other one is', async () => {
      await putUser('default', 'eve', 'secret');
      const recognized = (user: string, password: string): string => who(authenticator.recognize({ user, password }, from()));
      assert.equal(recognized('eve', 'secret'), 'nobody');
      assert.equal(await login('eve', 'secret'), 'default/eve');
      assert.equal(await login('eve', 'secret'), 'default/eve');
      assert.equal(recognized('eve', 'secret'), 'default/eve');
      for (const [user, password] of [
        ['eve', 'secre'],
        ['bob', 'secret'],
        ['ev', 'esecret'],
        ['evese', 'cret'],
        ['', ''],
      ] as const) {
        assert.equal(await login(user, password), 'nobody');
        assert.equal(recognized(user, password), 'nobody');
      }
    });

    test('with another password, the old one is neither right nor recognized, and who came in by it has to go', async () => {
      await putUser('default', 'fay', 'old');
      const principal = await authenticator.password({ user: 'fay', password: 'old' }, from());
      assert.ok(principal instanceof Principal);
      await putUser('default', 'fay', 'new');
      assert.match(principal.endedWhy ?? '', /has another password/);
      assert.equal(await login('fay', 'old'), 'nobody');
      assert.equal(authenticator.recognize({ user: 'fay', password: 'old' }, from()), undefined);
      assert.equal(await login('fay', 'new'), 'default/fay');
    });

    test('who is disabled, or deleted, has to go and does not come back', async () => {
      await putUser('default', 'gil', 'secret');
      const disabled = await authenticator.password({ user: 'gil', password: 'secret' }, from());
      await putUser('default', 'gil', 'secret', { disabled: true });
      assert.match((disabled as Principal).endedWhy ?? '', /is disabled/);
      assert.equal(await login('gil', 'secret'), 'nobody');
      await putUser('default', 'gil', 'secret');
      const deleted = await authenticator.password({ user: 'gil', password: 'secret' }, from());
      await undeclare(server.broker, 'User', 'default', 'gil');
      assert.match((deleted as Principal).endedWhy ?? '', /was deleted/);
      assert.equal(await login('gil', 'secret'), 'nobody');
    });

    test('an unknown user, an unknown space and a wrong password are told in the same words, and take as long', async () => {
      const expensive = '$argon2id$v=19$m=19456,t=2,p=1$b3Jw/KiBrXtr4yB7TKQW5g$9UkQDDehTnn9Vbkh15mdGMJEP1e90c8F1K6sxHd8BEY';
      server.broker.createSpace('costly');
      await declare(server.broker, 'User', 'costly', 'ada', { authentication: { type: 'password', passwordHash: expensive } });
      await declare(server.broker, 'User', 'costly', 'robot', { authentication: { type: 'service-account', tokens: [] } });
      await declare(server.broker, 'User', 'default', 'ida', { authentication: { type: 'password', passwordHash: expensive } });
      const cases = { wrong: 'ada@costly', unknown: 'bob@costly', robot: 'robot@costly', ofDefault: 'ida' } as const;
      const tookMs: Record<string, number[]> = { wrong: [], unknown: [], robot: [], ofDefault: [] };
      const words = new Set<string>();
      const quickest = (): number[] => Object.values(tookMs).map(each => Math.min(...each));
      const ratio = (): number => Math.max(...quickest()) / Math.min(...quickest());
      // In turns, so that a machine that is busy for a while is so for all of them; and until each had a quiet moment.
      for (let round = 0; round < 4 || (round < 20 && ratio() >= 1.6); round++)
        for (const [what, user] of Object.entries(cases)) {
          const sinceMs = performance.now();
          const answer = await authenticator.password({ user, password: 'x' }, from());
          tookMs[what]!.push(performance.now() - sinceMs);
          words.add((answer as Denial).why);
        }
      assert.deepEqual([...words], ['the user name or the password is wrong']);
      assert.equal(((await authenticator.password({ user: 'ada@nowhere', password: 'x' }, from())) as Denial).why, [...words][0]);
      assert.ok(ratio() < 1.6, `the quickest answers took ${JSON.stringify(quickest())} ms`);
    });

    test('a flood of one address space waits in its own line, is refused beyond its limit, and does not keep others out', async () => {
      const flood = Array.from({ length: HASHINGS_MAX + HASHINGS_WAITING_MAX + 7 }, (_, i) =>
        authenticator.password({ user: `guess${i}@acme`, password: 'x' }, from()),
      );
      let over = false;
      const all = Promise.all(flood).then(answers => {
        over = true;
        return answers;
      });
      assert.equal(await login('dora', 'of default, but wrong'), 'nobody');
      assert.equal(over, false, 'the answer came before the flood was over');
      const answers = (await all) as Denial[];
      // One more where the other's took a place before it.
      const refused = answers.filter(({ temporary }) => temporary).length;
      assert.ok(refused === 7 || refused === 8, `${refused} were refused`);
    });

    test('who guesses waits for his answers; the right password from elsewhere does not', async () => {
      const source = from();
      const guesses = Array.from({ length: 13 }, (_, i) => authenticator.password({ user: 'ada@beta', password: `guess ${i}` }, source));
      let over = false;
      const all = Promise.all(guesses).then(() => (over = true));
      await Promise.race(guesses);
      assert.equal(await login('ada@beta', 'of beta'), 'beta/ada');
      assert.equal(over, false);
      await all;
    });
  });

  describe('service accounts', () => {
    test('a token is taken as a password and alone, until it expires, and nobody else’s is', async () => {
      const nowMs = Date.now();
      const good = makeToken('acme', 'robot', nowMs, undefined);
      const expired = makeToken('acme', 'robot', nowMs - 2000, 1000);
      const strange = makeToken('acme', 'robot', nowMs, undefined);
      const authentication = { type: 'service-account', tokens: [good.kept, expired.kept] };
      await declare(server.broker, 'User', 'acme', 'robot', { authentication });
      assert.equal(JSON.stringify(authentication).includes(good.token.split('.')[1]!), false, 'what is kept does not have the token');
      assert.equal(await login('robot@acme', good.token), 'acme/robot');
      const byToken = async (token: string, origin = from(), user = '') => who(await authenticator.token(token, origin, user));
      assert.equal(await byToken(good.token), 'acme/robot');
      assert.equal(await byToken(good.token, from(), 'robot@acme'), 'acme/robot');
      assert.equal(await byToken(good.token, from({ hostname: 'acme' })), 'acme/robot');
      assert.equal(await byToken(good.token, from({ hostname: 'beta' })), 'acme/robot', 'the door of the space says no');
      assert.equal(await byToken(good.token, from({ serverName: 'beta' })), 'nobody');
      assert.equal(await byToken(good.token, from(), 'ada@acme'), 'nobody');
      assert.equal(await login('ada@acme', good.token), 'nobody');
      for (const { token } of [expired, strange]) assert.equal(await byToken(token), 'nobody');
      assert.equal(await byToken('angarium_x.y'), 'nobody');
      assert.ok(authenticator.tokenUses.lastMs(good.kept.id)! >= nowMs);
      assert.equal(authenticator.tokenUses.lastMs(strange.kept.id), undefined);
      await undeclare(server.broker, 'User', 'acme', 'robot');
      assert.equal(await byToken(good.token), 'nobody');
    });
  });

  describe('certificates', () => {
    const certificate = {
      subject: 'CN=pump,OU=field\\, north+OU=a,O=Acme',
      commonName: 'pump',
      names: ['pump.acme.example', 'pump@acme.example', 'spiffe://acme/pump'],
      fingerprint: 'ab'.repeat(32),
      expiresMs: Date.now() + 60_000,
    };
    const shown = (serverName: string | undefined = 'beta') => from({ tls: { ...(serverName && { serverName }), certificate } });

    test('one names a user by its fingerprint, its subject, or a name; EXTERNAL is offered to who has one', async () => {
      const { peer } = shown();
      assert.equal(authenticator.mechanisms(peer).includes('EXTERNAL'), false, 'while no user has one');
      for (const named of [{ fingerprint: certificate.fingerprint }, { subject: certificate.subject }, { name: 'pump@acme.example' }]) {
        await declare(server.broker, 'User', 'beta', 'pump7', { authentication: { type: 'certificate', ...named } });
        const answer = authenticator.nameless(shown());
        assert.equal(who(answer), 'beta/pump7');
        assert.equal((answer as Principal).expiresAtMs, certificate.expiresMs);
        assert.equal(who(authenticator.certificate(shown(), 'pump7')), 'beta/pump7');
        assert.equal(who(authenticator.certificate(shown(), 'ada')), 'nobody');
        assert.equal(authenticator.mechanisms(peer)[0], 'EXTERNAL');
        assert.equal(authenticator.mechanisms(from({ serverName: 'beta' }).peer).includes('EXTERNAL'), false, 'without a certificate');
      }
      await declare(server.broker, 'User', 'beta', 'pump7', { authentication: { type: 'certificate', fingerprint: 'cd'.repeat(32) } });
      assert.equal(who(authenticator.nameless(shown())), 'nobody');
      await undeclare(server.broker, 'User', 'beta', 'pump7');
    });

    test('an authentication service takes the user, and groups, from the certificate', async () => {
      await declare(server.broker, 'AddressSpace', '', 'beta', { authentication: 'certificates' });
      for (const [userFrom, user] of [
        ['commonName', 'pump'],
        ['subject', certificate.subject],
        ['dns', 'pump.acme.example'],
        ['email', 'pump@acme.example'],
        ['uri', 'spiffe://acme/pump'],
      ] as const) {
        await declare(server.broker, 'AuthenticationService', '', 'certificates', {
          type: 'certificate',
          userFrom,
          groupsFrom: 'organizationalUnit',
        });
        const answer = authenticator.nameless(shown());
        assert.equal(who(answer), `beta/${user}`);
        assert.deepEqual((answer as Principal).groups, ['field, north', 'a']);
      }
      const twice = { ...certificate, names: [...certificate.names, 'urn:other'] };
      await declare(server.broker, 'AuthenticationService', '', 'certificates', { type: 'certificate', userFrom: 'uri' });
      assert.equal(who(authenticator.nameless(from({ tls: { serverName: 'beta', certificate: twice } }))), 'nobody');
    });

    test('nobody becomes one of the server’s own users by a name in a certificate', async () => {
      await declare(server.broker, 'AuthenticationService', '', 'certificates', { type: 'certificate', userFrom: 'commonName' });
      await putUser('beta', 'pump', 'secret');
      assert.equal(who(authenticator.nameless(shown())), 'nobody');
      await declare(server.broker, 'User', 'beta', 'pump', { authentication: { type: 'federated' }, groups: ['pumps'] });
      const answer = authenticator.nameless(shown());
      assert.deepEqual((answer as Principal).groups, ['pumps']);
      await declare(server.broker, 'User', 'beta', 'pump', { authentication: { type: 'federated', subject: 'CN=other' } });
      assert.equal(who(authenticator.nameless(shown())), 'nobody');
      await declare(server.broker, 'User', 'beta', 'pump', { authentication: { type: 'federated' }, disabled: true });
      assert.equal(who(authenticator.nameless(shown())), 'nobody');
      await declare(server.broker, 'AddressSpace', '', 'beta', {});
    });
  });
});

describe('who says nothing of himself', () => {
  test('comes in from this machine until somebody may administer the server, and goes then', async () => {
    await using server = await startTestServer({ http: 'off', mqtt: 'off' });
    const { authenticator } = server;
    const here: Origin = { peer: { address: '127.0.0.1:1', loopback: true } };
    const anonymous = authenticator.nameless(here);
    assert.equal(who(anonymous), 'default/anonymous');
    assert.equal((anonymous as Principal).administersServer, true);
    assert.equal(who(authenticator.nameless(from())), 'nobody');
    assert.deepEqual(authenticator.mechanisms(here.peer), ['ANONYMOUS']);
    await declare(server.broker, 'User', 'default', 'ada', { authentication: { type: 'password', passwordHash: await cheapHash('x') } });
    assert.equal(authenticator.nameless(here), anonymous, 'otherwise nobody could make the one who administers the server');
    await declare(server.broker, 'RoleBinding', 'default', 'admins', { role: 'server-admin', subjects: [{ user: 'ada' }] });
    assert.match((anonymous as Principal).endedWhy ?? '', /there are users now/);
    assert.equal(who(authenticator.nameless(here)), 'nobody');
    assert.deepEqual(authenticator.mechanisms(here.peer), ['PLAIN']);
  });

  test('comes in from anywhere where that is asked for by name, and does not administer the server then', async () => {
    const users = [{ name: 'ada', passwordHash: await cheapHash('secret') }];
    await using server = await startTestServer({ http: 'off', mqtt: 'off', allowAnonymous: true, users });
    const answer = server.authenticator.nameless(from());
    assert.equal(who(answer), 'default/anonymous');
    assert.equal((answer as Principal).administersServer, false);
  });
});
