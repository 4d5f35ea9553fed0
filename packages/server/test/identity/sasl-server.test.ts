import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { ALL_RIGHTS, type CoreEvent, Principal } from '@angarium/core';
import { listening, ScramClient, startTestServer, unusedPort } from '@angarium/testkit';
import rhea from 'rhea';
import type { ExternalSaslSpec } from '../../src/identity/authentication-service.ts';
import type { IdentityExchange, IdentityReply } from '../../src/identity/authority.ts';
import { RELAYS_MAX, SaslServer } from '../../src/identity/sasl-server.ts';
import { impossibleScramCredentials, makeScramCredentials } from '../../src/identity/scram-credentials.ts';
import { ScramExchange } from '../../src/identity/scram-exchange.ts';
import { declare } from '../support/declare.ts';

/** What rhea asks of a mechanism of a server. */
interface ServerMechanism {
  outcome: boolean | undefined;
  username: string | undefined;
  start(response: Buffer, hostname?: string): Promise<Uint8Array | undefined>;
  step(response: Buffer): Promise<Uint8Array | undefined>;
}

interface OpenContext {
  readonly connection: {
    readonly sasl_transport: { readonly username: string };
    readonly local: { readonly open: { properties?: object } };
  };
}

/** What the open of the identity server says, by who has authenticated. */
const PEOPLE: Readonly<Record<string, object>> = {
  ada: { 'authenticated-identity': { sub: '17', preferred_username: 'ada' }, groups: ['engineers'] },
  bob: { 'authenticated-identity': { sub: 'bob' } },
  ghost: {},
  crowd: { 'authenticated-identity': { sub: 'crowd' }, groups: 'no list' },
};

describe('a SASL server outside', () => {
  let identities: Server;
  const events: CoreEvent[] = [];
  const specOf = (more: Partial<ExternalSaslSpec> = {}): ExternalSaslSpec => ({
    type: 'external-sasl',
    host: '127.0.0.1',
    port: (identities.address() as AddressInfo).port,
    timeoutMs: 5000,
    ...more,
  });
  const outside = (more: Partial<ExternalSaslSpec> = {}): SaslServer => new SaslServer(specOf(more), event => events.push(event));
  const said = (exchange: IdentityExchange, message: Uint8Array): Promise<IdentityReply> =>
    new Promise(resolve => exchange.step(message, resolve));
  const plain = (user: string, password = `secret of ${user}`): Buffer => Buffer.from(`\0${user}\0${password}`);

  before(async () => {
    const scram = await makeScramCredentials('SCRAM-SHA-256', 'secret of ada', 4096);
    const container = rhea.create_container({ id: 'identities' });
    const mechanisms = container.sasl_server_mechanisms as unknown as Record<string, () => ServerMechanism> & {
      enable_plain(check: (user: string, password: string) => boolean): void;
    };
    mechanisms.enable_plain((user, password) => password === `secret of ${user}`);
    mechanisms['SCRAM-SHA-256'] = () => {
      const somebody = new Principal({ user: 'ada', space: 'any', rights: ALL_RIGHTS });
      const nobody = impossibleScramCredentials('SCRAM-SHA-256', 'x', Buffer.alloc(32), scram);
      const find = (name: string) => ({ admit: () => somebody, credentials: name === 'ada' ? scram! : nobody });
      const exchange = new ScramExchange('SCRAM-SHA-256', find, 'nonce of the outside');
      let proved = false;
      const step = (response: Buffer): Promise<Uint8Array | undefined> =>
        new Promise(resolve => {
          if (proved) {
            mechanism.outcome = true;
            return resolve(undefined);
          }
          exchange.step(response, reply => {
            if (reply.kind === 'failure') mechanism.outcome = false;
            if (reply.kind === 'success') proved = true;
            resolve(reply.kind === 'failure' ? undefined : reply.data);
          });
        });
      const mechanism: ServerMechanism = { outcome: undefined, username: 'ada', start: step, step };
      return mechanism;
    };
    identities = container.listen({ host: '127.0.0.1', port: 0 });
    container.on('connection_open', (({ connection }: OpenContext) => {
      connection.local.open.properties = PEOPLE[connection.sasl_transport.username] ?? {};
    }) as never);
    container.on('disconnected', () => {});
    await once(identities, 'listening');
  });
  after(async () => {
    const closed = once(identities, 'close');
    identities.close();
    await closed;
  });

  test('says who has the password: the preferred name, the subject, and groups', async () => {
    const server = outside();
    assert.deepEqual(await server.password!('ada', 'secret of ada'), { user: 'ada', subject: '17', groups: ['engineers'] });
    assert.deepEqual(await server.password!('bob', 'secret of bob'), { user: 'bob', subject: 'bob', groups: [] });
    const wrong = await server.password!('ada', 'guess');
    assert.deepEqual(wrong, { kind: 'failure', why: 'the user name or the password is wrong' });
    assert.equal('kind' in (await server.password!('ada\0bob', 'x')), true);
    server.close();
  });

  test('hears each message of a mechanism of several, and its answers come back as they are', async () => {
    const server = outside({ mechanisms: ['SCRAM-SHA-256'] });
    const client = new ScramClient('SCRAM-SHA-256', 'ada', 'secret of ada');
    const exchange = server.begin('SCRAM-SHA-256');
    const challenge = await said(exchange, client.first);
    assert.ok(challenge.kind === 'challenge');
    const last = await said(exchange, client.final(challenge.data));
    assert.ok(last.kind === 'challenge' && client.verifies(last.data), 'the outside has proved itself to the client');
    assert.deepEqual(await said(exchange, new Uint8Array(0)), {
      kind: 'success',
      identity: { user: 'ada', subject: '17', groups: ['engineers'] },
    });
    const guess = new ScramClient('SCRAM-SHA-256', 'ada', 'guess');
    const failing = server.begin('SCRAM-SHA-256');
    const second = await said(failing, guess.first);
    assert.ok(second.kind === 'challenge');
    assert.equal((await said(failing, guess.final(second.data))).kind, 'failure');
  });

  test('one that lets somebody in and does not say who, or is not there, or is something else, is said in the log', async () => {
    await using silent = await listening(createServer(() => {}));
    await using other = await listening(createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const port = await unusedPort();
    for (const [words, more, user] of [
      [/no authenticated-identity/, {}, 'ghost'],
      [/no authenticated-identity/, {}, 'crowd'],
      [/does not offer OAUTHBEARER/, { mechanisms: ['OAUTHBEARER'] }, 'ada'],
      [/ECONNREFUSED/, { port }, 'ada'],
      [/does not answer for 200 ms/, { port: silent.port, timeoutMs: 200 }, 'ada'],
      [/protocol|AMQP/i, { port: other.port }, 'ada'],
    ] as const) {
      events.length = 0;
      const server = outside(more as Partial<ExternalSaslSpec>);
      const reply = await said(server.begin(server.mechanisms[0]!), plain(user));
      assert.deepEqual([reply.kind, 'temporary' in reply && reply.temporary], ['failure', true], user);
      assert.match(events.map(({ what }) => what).join(), words);
    }
  });

  test('it is failing until it answers again', async () => {
    const server = outside();
    await said(server.begin('PLAIN'), plain('ghost'));
    assert.equal(server.health.failing, true);
    assert.match(
      server.health.lastFailure?.words ?? '',
      /^An external SASL server cannot be asked: .* Check that this server reaches 127\.0\.0\.1:/,
    );
    await said(server.begin('PLAIN'), plain('ada', 'guess'));
    assert.equal(server.health.failing, false);
  });

  test('it is not failing because a client does not go on', async () => {
    const server = outside({ mechanisms: ['SCRAM-SHA-256'], timeoutMs: 500 });
    const connected = once(identities, 'connection');
    const challenge = await said(server.begin('SCRAM-SHA-256'), new ScramClient('SCRAM-SHA-256', 'ada', 'secret of ada').first);
    assert.equal(challenge.kind, 'challenge');
    const [socket] = (await connected) as [Socket];
    await once(socket, 'close');
    assert.equal(server.health.failing, false);
    assert.equal(server.health.lastFailure, undefined);
  });

  test('more exchanges than there may be are refused until others have ended', async () => {
    await using silent = await listening(createServer(() => {}));
    const server = outside({ port: silent.port });
    const begun = Array.from({ length: RELAYS_MAX }, () => said(server.begin('PLAIN'), plain('ada')));
    const refused = await said(server.begin('PLAIN'), plain('ada'));
    assert.match('why' in refused ? refused.why : '', /too many others/);
    server.close();
    assert.ok((await Promise.all(begun)).every(({ kind }) => kind === 'failure'));
  });

  test('clients of its address space log in by it, over AMQP and HTTP', async () => {
    await using server = await startTestServer({ mqtt: 'off' });
    const { broker } = server;
    broker.createSpace('acme', { autoCreate: true });
    await declare(broker, 'AuthenticationService', '', 'outside', specOf());
    await declare(broker, 'AddressSpace', '', 'acme', { authentication: 'outside' });
    await declare(broker, 'RoleBinding', 'acme', 'engineers', { role: 'admin', subjects: [{ group: 'engineers' }] });
    const connect = (password: string) =>
      rhea
        .create_container()
        .connect({ ...server.amqp, reconnect: false, sasl_init_hostname: 'acme', hostname: 'acme', username: 'ada', password } as never);
    const connection = connect('secret of ada');
    await once(connection, 'connection_open');
    const [listed] = [...server.head.connections];
    assert.deepEqual([listed?.status().addressSpace, listed?.status().user], ['acme', 'ada']);
    connection.close();
    await once(connection, 'connection_close');
    const refused = connect('guess');
    await once(refused, 'connection_error');
    const get = (password: string) =>
      fetch(`${server.http}/apis/angarium.dev/v1/addressspaces/acme/addresses`, {
        headers: { authorization: `Basic ${btoa(`ada:${password}`)}` },
      });
    assert.equal((await get('secret of ada')).status, 200);
    assert.equal((await get('guess')).status, 401);
  });
});
