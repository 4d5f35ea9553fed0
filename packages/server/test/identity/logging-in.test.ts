import assert from 'node:assert/strict';
import { type EventEmitter, on, once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Principal } from '@angarium/core';
import { startTestServer, type TestServer } from '@angarium/testkit';
import mqtt, { type MqttClient } from 'mqtt';
import mqttPacket from 'mqtt-packet';
import rhea, { type Connection, type ConnectionOptions } from 'rhea';
import { makeToken } from '../../src/identity/tokens.ts';
import { cheapHash } from '../support/cheap-hash.ts';
import { declare } from '../support/declare.ts';
import { OpenidProvider, providerKey } from '../support/openid-provider.ts';

/** RFC 7628, as rhea takes a mechanism of others. */
class OauthBearer {
  readonly #token: string;
  challenge: string | undefined;

  constructor(token: string) {
    this.#token = token;
  }

  start(done: (error: undefined, response: Buffer) => void): void {
    done(undefined, Buffer.from(`n,,\u0001auth=Bearer ${this.#token}\u0001\u0001`));
  }

  step(challenge: Buffer, done: (error: undefined, response: Buffer) => void): void {
    this.challenge = challenge.toString();
    done(undefined, Buffer.from('\u0001'));
  }
}

/** What a packet of the server says that is looked at here. */
interface ServerPacket {
  readonly cmd: string;
  readonly reasonCode?: number;
  readonly properties?: { readonly reasonString?: string };
}

/** A client of MQTT 5.0 that says again who it is, which common ones cannot. Resolves when it is let in. */
async function rawClient(address: { readonly host: string; readonly port: number }, clientId: string, token: string) {
  const socket = connect(address);
  const parser = mqttPacket.parser({ protocolVersion: 5 });
  const packets = on(parser, 'packet');
  socket.on('data', (chunk: Buffer) => parser.parse(chunk));
  const properties = (shown: string) => ({ authenticationMethod: 'OAUTHBEARER', authenticationData: Buffer.from(bearer(shown)) });
  const send = (packet: object): void => void socket.write(mqttPacket.generate(packet as mqttPacket.Packet, { protocolVersion: 5 }));
  const client = {
    last: undefined as ServerPacket | undefined,
    next: async (): Promise<ServerPacket> => {
      const { value } = await packets.next();
      client.last = value![0] as ServerPacket;
      return client.last;
    },
    authenticate: (shown: string) => send({ cmd: 'auth', reasonCode: 0x19, properties: properties(shown) }),
  };
  const version = { protocolId: 'MQTT', protocolVersion: 5 };
  send({ cmd: 'connect', ...version, clean: true, clientId, keepalive: 0, properties: properties(token) });
  const connack = await client.next();
  assert.deepEqual([connack.cmd, connack.reasonCode], ['connack', 0], JSON.stringify(connack));
  return client;
}

const bearer = (token: string): string => `n,,\u0001auth=Bearer ${token}\u0001\u0001`;

describe('foreign clients log in', () => {
  let provider: OpenidProvider;
  let server: TestServer;
  let token: string;
  const robot = makeToken('acme', 'robot', Date.now(), undefined);

  before(async () => {
    provider = await OpenidProvider.start(await providerKey('first'));
    server = await startTestServer({ users: [{ name: 'root', passwordHash: await cheapHash('toor') }] });
    const { broker } = server;
    broker.createSpace('acme', { autoCreate: true });
    const { issuer } = provider;
    await declare(broker, 'AuthenticationService', '', 'people', { type: 'oidc', issuer, audience: 'angarium' });
    await declare(broker, 'AddressSpace', '', 'acme', { authentication: 'people', autoCreate: true });
    await declare(broker, 'RoleBinding', 'acme', 'engineers', { role: 'admin', subjects: [{ group: 'engineers' }, { user: 'robot' }] });
    await declare(broker, 'User', 'acme', 'robot', { authentication: { type: 'service-account', tokens: [robot.kept] } });
    token = await provider.token();
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await provider[Symbol.asyncDispose]();
  });

  describe('over AMQP', () => {
    const open = async (options: Partial<ConnectionOptions> & Record<string, unknown>): Promise<Connection> => {
      const connection = rhea
        .create_container()
        .connect({ ...server.amqp, reconnect: false, sasl_init_hostname: 'acme', ...options } as ConnectionOptions);
      const failed = Promise.race([once(connection, 'connection_error'), once(connection, 'disconnected')]);
      await Promise.race([once(connection, 'connection_open'), failed.then(() => Promise.reject(new Error('refused')))]);
      return connection;
    };
    const userOf = async (options: Partial<ConnectionOptions> & Record<string, unknown>): Promise<string> => {
      const connection = await open(options);
      const [listed] = [...server.head.connections].slice(-1);
      const { user, addressSpace } = listed!.status();
      const closed = once(connection, 'connection_close');
      connection.close();
      await closed;
      return `${addressSpace}/${user}`;
    };

    test('by OAUTHBEARER, and hear what is wrong with a token (RFC 7628, 3.2)', async () => {
      assert.equal(await userOf({ sasl_mechanisms: { OAUTHBEARER: () => new OauthBearer(token) } }), 'acme/ada');
      const bad = new OauthBearer(token.replace(/.$/, last => (last === 'A' ? 'B' : 'A')).replace(/\.(.)/, '.x'));
      await assert.rejects(open({ sasl_mechanisms: { OAUTHBEARER: () => bad } }));
      assert.deepEqual(JSON.parse(bad.challenge!), {
        status: 'invalid_token',
        'openid-configuration': `${provider.issuer}/.well-known/openid-configuration`,
      });
    });

    test('by XOAUTH2, and with a token as password', async () => {
      assert.equal(await userOf({ username: 'ada', token }), 'acme/ada');
      await assert.rejects(open({ username: 'bob', token }), 'the token of another');
      assert.equal(await userOf({ username: 'ada', password: token }), 'acme/ada');
      await assert.rejects(open({ username: 'ada', password: `${token}x` }));
    });

    test('by a token of a service account, as password and as bearer, whatever host they call', async () => {
      assert.equal(await userOf({ username: 'robot@acme', password: robot.token, sasl_init_hostname: 'localhost' }), 'acme/robot');
      const mechanism = { OAUTHBEARER: () => new OauthBearer(robot.token) };
      assert.equal(await userOf({ sasl_mechanisms: mechanism, sasl_init_hostname: 'localhost' }), 'acme/robot');
    });

    test('a token for one space opens no other', async () => {
      await assert.rejects(open({ sasl_init_hostname: 'default', sasl_mechanisms: { OAUTHBEARER: () => new OauthBearer(token) } }));
    });
  });

  describe('over MQTT', () => {
    const url = (): string => `mqtt://${server.mqtt.host}:${server.mqtt.port}`;
    const open = async (options: mqtt.IClientOptions): Promise<MqttClient> => {
      const client = mqtt.connect(url(), { reconnectPeriod: 0, protocolVersion: 5, ...options });
      const events = client as unknown as EventEmitter;
      const refused = once(events, 'error').then(([error]) => Promise.reject(error as Error));
      await Promise.race([once(events, 'connect'), refused]);
      refused.catch(() => {});
      return client;
    };
    const userOf = async (options: mqtt.IClientOptions): Promise<string> => {
      const client = await open(options);
      const { items } = (await (await fetch(`${server.http}/apis/angarium.dev/v1/connections`, { headers: ROOT })).json()) as {
        items: { status: { protocol: string; addressSpace: string; user: string } }[];
      };
      const found = items.map(({ status }) => status).find(({ protocol }) => protocol.startsWith('MQTT'));
      await client.endAsync(true);
      return `${found?.addressSpace}/${found?.user}`;
    };

    test('by the authentication method OAUTHBEARER [MQTT-4.12]', async () => {
      // Without a server name, the space of the token's issuer is unknown: this one's is the default.
      await declare(server.broker, 'AddressSpace', '', 'default', { authentication: 'people' });
      const properties = (shown: string) => ({ authenticationMethod: 'OAUTHBEARER', authenticationData: Buffer.from(bearer(shown)) });
      assert.equal(await userOf({ properties: properties(token) }), 'default/ada');
      assert.equal(await userOf({ properties: properties(robot.token) }), 'acme/robot');
    });

    test('and go when their token expires, or say again who they are [MQTT-4.12.1]', async () => {
      await declare(server.broker, 'AuthenticationService', '', 'people', {
        type: 'oidc',
        issuer: provider.issuer,
        audience: 'angarium',
        clockSkewSeconds: 0,
      });
      provider.tokenSeconds = 4;
      const [short, other] = [await provider.token(), await provider.token()];
      provider.tokenSeconds = 600;
      const lost = await rawClient(server.mqtt, 'lost', short);
      const renewed = await rawClient(server.mqtt, 'renewed', other);
      renewed.authenticate(await provider.token());
      assert.deepEqual([(await renewed.next()).cmd, renewed.last?.reasonCode], ['auth', 0]);
      const farewell = await lost.next();
      assert.deepEqual([farewell.cmd, farewell.reasonCode], ['disconnect', 0x87]);
      assert.match(farewell.properties?.reasonString ?? '', /has run out/);
      renewed.authenticate(robot.token);
      const refused = await renewed.next();
      assert.deepEqual([refused.cmd, refused.reasonCode], ['disconnect', 0x87], 'it is another user');
    });

    test('with a token as password, of their provider or of a service account, in MQTT 3.1.1 too', async () => {
      assert.equal(await userOf({ username: 'ada@acme', password: token }), 'acme/ada');
      assert.equal(await userOf({ username: '@acme', password: token, protocolVersion: 4 }), 'acme/ada');
      assert.equal(await userOf({ username: 'robot@acme', password: robot.token, protocolVersion: 4 }), 'acme/robot');
      await assert.rejects(open({ username: 'bob@acme', password: token }), { code: 134 });
      await assert.rejects(open({ username: 'nobody@acme', password: 'x', protocolVersion: 4 }), { code: 4 });
    });
  });

  describe('over HTTP', () => {
    const get = (authorization: string | undefined, path = '/addressspaces/acme/addresses') =>
      fetch(`${server.http}/apis/angarium.dev/v1${path}`, { headers: authorization === undefined ? {} : { authorization } });

    test('with a bearer token, of their provider or of a service account, each time', async () => {
      for (let i = 0; i < 2; i++) {
        assert.equal((await get(`Bearer ${token}`)).status, 200);
        assert.equal((await get(`Bearer ${robot.token}`)).status, 200);
      }
    });

    test('with a token as password of basic authentication', async () => {
      assert.equal((await get(`Basic ${btoa(`ada:${token}`)}`)).status, 200);
      assert.equal((await get(`Basic ${btoa(`robot:${robot.token}`)}`)).status, 200);
      assert.equal((await get(`Basic ${btoa(`bob:${token}`)}`)).status, 401);
    });

    test('[RFC 6750, 3] a token that is not taken is told so, and who shows nothing what there is to show', async () => {
      const wrong = await get('Bearer a.b.c');
      assert.equal(wrong.status, 401);
      assert.match(wrong.headers.get('www-authenticate') ?? '', /^Bearer realm="angarium", error="invalid_token"$/);
      const nothing = await get(undefined);
      assert.equal(nothing.status, 401);
      assert.match(nothing.headers.get('www-authenticate') ?? '', /Basic .*Bearer /);
    });
  });

  test('a deleted service account’s connections end', async () => {
    const answer = await server.authenticator.token(robot.token, { peer: { address: '10.9.9.9:1', loopback: false } });
    assert.ok(answer instanceof Principal);
    await new Promise<void>(resolve => server.broker.resources.remove('User', 'acme', 'robot', resolve));
    assert.match(answer.endedWhy ?? '', /was deleted/);
  });
});

const ROOT = { authorization: `Basic ${btoa('root:toor')}` };
