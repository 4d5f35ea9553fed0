import assert from 'node:assert/strict';
import { type EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { after, before, describe, test } from 'node:test';
import {
  type CertificateAuthority,
  certificateAuthority,
  findProgram,
  hostAndPort,
  type IssuedCertificate,
  startTestServer,
  type TestServer,
} from '@angarium/testkit';
import mqtt from 'mqtt';
import rhea from 'rhea';
import { cheapHash } from '../support/cheap-hash.ts';
import { declare } from '../support/declare.ts';

const missing = findProgram('openssl') === undefined && 'openssl is not installed';

describe('foreign clients log in by their certificates', { skip: missing }, () => {
  let authority: CertificateAuthority;
  let server: TestServer;
  let ports: { readonly amqps: number; readonly mqtts: number; readonly https: number };
  let pump: { readonly cert: string; readonly key: string };
  let stranger: typeof pump;
  const inPem = async ({ certificate, key }: IssuedCertificate) => ({
    cert: await readFile(certificate, 'utf8'),
    key: await readFile(key, 'utf8'),
  });

  before(async () => {
    authority = await certificateAuthority();
    const own = await authority.issue('server', { names: ['DNS:localhost', 'DNS:plant.localhost'] });
    pump = await inPem(await authority.issue('pump', { subject: '/O=Acme/OU=pumps/CN=pump', names: ['DNS:pump.example'] }));
    stranger = await inPem(await authority.issue('stranger', { names: ['DNS:stranger.example'] }));
    const secure = { amqps: '127.0.0.1:0', mqtts: '127.0.0.1:0', https: '127.0.0.1:0', tlsClientCa: authority.certificate };
    server = await startTestServer({
      ...secure,
      tlsCertificate: own.certificate,
      tlsKey: own.key,
      users: [{ name: 'chief', passwordHash: await cheapHash('secret') }],
    });
    const { amqps, mqtts, https } = server.endpoints;
    ports = { amqps: hostAndPort(amqps).port, mqtts: hostAndPort(mqtts).port, https: hostAndPort(https).port };
    const { broker } = server;
    broker.createSpace('plant', { autoCreate: true });
    await declare(broker, 'AuthenticationService', '', 'certificates', {
      type: 'certificate',
      userFrom: 'commonName',
      groupsFrom: 'organizationalUnit',
    });
    await declare(broker, 'AddressSpace', '', 'plant', { hostnames: ['plant.localhost'], authentication: 'certificates' });
    await declare(broker, 'RoleBinding', 'plant', 'pumps', { role: 'user', subjects: [{ group: 'pumps' }] });
    await declare(broker, 'User', 'default', 'pump7', { authentication: { type: 'certificate', name: 'pump.example' } });
  });
  after(async () => {
    await server?.[Symbol.asyncDispose]();
    await authority[Symbol.asyncDispose]();
  });

  const amqp = (servername: string, identity: typeof pump) =>
    rhea.create_container().connect({
      transport: 'tls',
      host: '127.0.0.1',
      port: ports.amqps,
      servername,
      ca: [authority.pem],
      ...identity,
      enable_sasl_external: true,
      reconnect: false,
    } as unknown as Parameters<rhea.Container['connect']>[0]);

  test('over AMQP by EXTERNAL, in the space of the server name', async () => {
    for (const [servername, who] of [
      ['plant.localhost', 'plant/pump'],
      ['localhost', 'default/pump7'],
    ] as const) {
      const connection = amqp(servername, pump);
      await once(connection, 'connection_open');
      const [listed] = [...server.head.connections];
      assert.equal(`${listed?.status().addressSpace}/${listed?.status().user}`, who);
      const closed = once(connection, 'connection_close');
      connection.close();
      await closed;
    }
    await once(amqp('localhost', stranger), 'connection_error');
  });

  test('over MQTT without a password', async () => {
    const connect = (identity: typeof pump) =>
      mqtt.connect(`mqtts://127.0.0.1:${ports.mqtts}`, {
        servername: 'localhost',
        ca: authority.pem,
        ...identity,
        reconnectPeriod: 0,
        protocolVersion: 5,
      });
    const client = connect(pump);
    await once(client as unknown as EventEmitter, 'connect');
    await client.endAsync(true);
    const [error] = (await once(connect(stranger) as unknown as EventEmitter, 'error')) as [{ code?: number }];
    assert.equal(error.code, 0x87, 'not authorized');
  });

  test('over HTTP without credentials', async () => {
    const get = async (servername: string, path: string, identity: typeof pump | undefined): Promise<number> => {
      const options = {
        host: '127.0.0.1',
        port: ports.https,
        servername,
        ca: authority.pem,
        path: `/apis/angarium.dev/v1${path}`,
        agent: false,
      };
      const asked = request({ ...options, ...identity }).end();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      response.resume();
      await once(response, 'end');
      return response.statusCode!;
    };
    assert.equal(await get('plant.localhost', '/addressspaces/plant/addresses', pump), 200);
    assert.equal(await get('plant.localhost', '/addressspaces/default/addresses', pump), 403);
    assert.equal(await get('plant.localhost', '/addressspaces/plant/addresses', undefined), 401);
    assert.equal(await get('localhost', '/addressspaces/default/addresses', stranger), 401);
  });
});
