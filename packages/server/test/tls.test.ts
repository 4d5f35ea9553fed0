import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { Agent, request } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type CertificateAuthority,
  certificateAuthority,
  findProgram,
  hostAndPort,
  type IssuedCertificate,
  runProgram,
  runProton,
  skipWithout,
  startTestServer,
  type TestServer,
} from '@angarium/testkit';
import mqtt from 'mqtt';
import rhea, { type EventContext } from 'rhea';
import WebSocket from 'ws';
import { readCertificate } from '../src/tls/certificate-file.ts';

/** Many records of TLS, and more than a socket takes at once. */
const LARGE = Buffer.alloc(1_000_000, 'tls ');

const PROTON = fileURLToPath(new URL('tls/over_tls.py', import.meta.url));

const missing = findProgram('openssl') === undefined && 'openssl is not installed';

describe('every head over TLS', { skip: missing }, () => {
  let authority: CertificateAuthority;
  let identity: IssuedCertificate;
  let server: TestServer;
  let ports: { readonly amqps: number; readonly mqtts: number; readonly https: number };

  before(async () => {
    authority = await certificateAuthority();
    identity = await authority.issue('server');
    const secure = { amqps: '127.0.0.1:0', mqtts: '127.0.0.1:0', https: '127.0.0.1:0' };
    const tlsClientCa = authority.certificate;
    server = await startTestServer({ ...secure, tlsCertificate: identity.certificate, tlsKey: identity.key, tlsClientCa });
    const { amqps, mqtts, https } = server.endpoints;
    ports = { amqps: hostAndPort(amqps).port, mqtts: hostAndPort(mqtts).port, https: hostAndPort(https).port };
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await authority[Symbol.asyncDispose]();
  });

  test('AMQP: messages of any size go both ways', async () => {
    const connection = rhea.create_container().connect({
      transport: 'tls',
      host: 'localhost',
      port: ports.amqps,
      ca: [authority.pem],
      username: 'anonymous',
      reconnect: false,
    } as Parameters<rhea.Container['connect']>[0]);
    await once(connection, 'connection_open');
    const sender = connection.open_sender('q');
    await once(sender, 'sendable');
    const accepted = once(sender, 'accepted');
    sender.send({ body: rhea.message.data_section(LARGE) });
    await accepted;
    const [context] = (await once(connection.open_receiver('q'), 'message')) as [EventContext];
    assert.ok(LARGE.equals(context.message!.body.content));
    const closed = once(connection, 'connection_close');
    connection.close();
    await closed;
  });

  test('AMQP: Qpid Proton checks the name of the server, and presents a certificate', async t => {
    if (skipWithout(t, 'proton')) return;
    const client = await authority.issue('proton');
    const url = `amqps://localhost:${ports.amqps}`;
    const { code, stderr } = await runProton(PROTON, [url, authority.certificate, client.certificate, client.key]);
    assert.equal(code, 0, stderr);
  });

  test('AMQP: [part 2, 2.2] a client that asks for TLS inside of AMQP is answered with the header that is taken, and the end', async () => {
    const socket = connect(server.amqp.port, server.amqp.host);
    socket.write('AMQP\x02\x01\x00\x00', 'latin1');
    assert.equal(Buffer.concat(await socket.toArray()).toString('latin1'), 'AMQP\x03\x01\x00\x00');
  });

  test('MQTT: messages of any size go both ways', async () => {
    const url = `mqtts://localhost:${ports.mqtts}`;
    const client = await mqtt.connectAsync(url, { ca: authority.pem, protocolVersion: 5, reconnectPeriod: 0, ALPNProtocols: ['mqtt'] });
    await client.subscribeAsync('a/b', { qos: 2 });
    const received = new Promise<Buffer>(resolve => client.once('message', (_topic, payload) => resolve(payload)));
    await client.publishAsync('a/b', LARGE, { qos: 2 });
    assert.ok(LARGE.equals(await received));
    await client.endAsync();
  });

  test('MQTT: mosquitto_pub comes with a certificate, mosquitto_sub without one, and curl receives over HTTP/2 what was sent', async t => {
    if (skipWithout(t, 'mosquitto_pub') || skipWithout(t, 'curl')) return;
    const client = await authority.issue('device', { names: ['email:device@example.org'] });
    const broker = ['-h', 'localhost', '-p', String(ports.mqtts), '--cafile', authority.certificate, '--tls-alpn', 'mqtt'];
    const own = ['--cert', client.certificate, '--key', client.key];
    await fetch(`${server.http}/apis/angarium.dev/v1/addressspaces/default/addresses/measured`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ spec: { type: 'queue' } }),
    });
    // A retained message is there for whoever subscribes later.
    for (const to of [
      ['-t', 'measured'],
      ['-t', 'kept/now', '-r'],
    ]) {
      const sent = await runProgram('mosquitto_pub', [...broker, ...own, ...to, '-q', '1', '-m', '21 degrees']);
      assert.equal(sent.code, 0, sent.stderr);
    }
    const subscribed = await runProgram('mosquitto_sub', [...broker, '-t', 'kept/+', '-q', '1', '-C', '1', '-W', '20']);
    assert.equal(subscribed.stdout, '21 degrees\n', subscribed.stderr);
    const url = `https://localhost:${ports.https}/m/measured:receive?settle=auto&wait=10s`;
    const received = await runProgram('curl', [
      '--silent',
      '--show-error',
      '--http2',
      '--cacert',
      authority.certificate,
      '-i',
      '-d',
      '',
      url,
    ]);
    assert.match(received.stdout, /^HTTP\/2 200 [\s\S]*\r\n\r\n21 degrees$/, received.stderr);
  });

  test('HTTP/1.1: messages of any size go both ways, and many requests over one connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const call = async (path: string, body: Buffer): Promise<{ status: number; body: Buffer; port: number }> => {
      const sent = request({ host: 'localhost', port: ports.https, ca: authority.pem, agent, method: 'POST', path });
      sent.end(body);
      const [response] = await once(sent, 'response');
      const port = response.socket.localPort;
      return { status: response.statusCode, body: Buffer.concat(await response.toArray()), port };
    };
    // The first is read by the front itself, and the second goes on to Node's server with the connection.
    const small = await call('/m/h1', Buffer.from('small'));
    const large = await call('/m/h1', LARGE);
    assert.deepEqual([small.status, large.status], [202, 202]);
    assert.equal((await call('/m/h1:receive?settle=auto', Buffer.of())).body.toString(), 'small');
    const received = await call('/m/h1:receive?settle=auto', Buffer.of());
    assert.ok(LARGE.equals(received.body));
    assert.equal(received.port, small.port, 'one connection for all of them');
    agent.destroy();
  });

  test('HTTP/2: [RFC 9113, 3.2] the protocol is agreed on in the handshake of TLS', async () => {
    const session = connectHttp2(`https://localhost:${ports.https}`, { ca: authority.pem });
    await once(session, 'connect');
    assert.equal(session.alpnProtocol, 'h2');
    const call = async (path: string, body: Buffer): Promise<{ status: number; body: Buffer }> => {
      const stream = session.request({ ':method': 'POST', ':path': path });
      stream.end(body);
      const [headers] = await once(stream, 'response');
      return { status: headers[':status'], body: Buffer.concat(await stream.toArray()) };
    };
    assert.equal((await call('/m/h2', LARGE)).status, 202);
    assert.ok(LARGE.equals((await call('/m/h2:receive?settle=auto', Buffer.of())).body));
    session.close();
    await once(session, 'close');
  });

  test('WebSockets: JSON and MQTT go over them', async () => {
    const json = new WebSocket(`wss://localhost:${ports.https}/ws`, { ca: authority.pem });
    await once(json, 'open');
    json.close();
    await once(json, 'close');
    const client = await mqtt.connectAsync(`wss://localhost:${ports.https}/mqtt`, { wsOptions: { ca: authority.pem }, reconnectPeriod: 0 });
    await client.publishAsync('a/b', 'over both', { qos: 1 });
    await client.endAsync();
  });

  test('the API says which certificates there are, and where TLS is spoken', async () => {
    const get = async (path: string): Promise<{ items: { metadata: { name: string }; status: Record<string, unknown> }[] }> =>
      (await (await fetch(`${server.http}/apis/angarium.dev/v1/${path}`)).json()) as Awaited<ReturnType<typeof get>>;
    const [certificate, ...more] = (await get('certificates')).items;
    assert.deepEqual(more, []);
    assert.equal(certificate!.metadata.name, 'default');
    const { leaf } = await readCertificate({ name: 'default', ...identity });
    assert.deepEqual(certificate!.status, {
      names: ['localhost'],
      subject: 'CN=server',
      issuer: 'CN=authority of a test',
      validFrom: leaf.validFromDate.toISOString(),
      expires: leaf.validToDate.toISOString(),
      fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
      clientAuthorities: true,
    });
    const urls = (await get('endpoints')).items.map(({ metadata, status }) => [metadata.name, status.url]);
    assert.deepEqual(Object.fromEntries(urls), server.endpoints);
    assert.equal(server.endpoints.https, `https://127.0.0.1:${ports.https}`);
  });

  test('a server that stops lets go of those whose handshake is not done', async () => {
    const secure = { amqps: '127.0.0.1:0', tlsCertificate: identity.certificate, tlsKey: identity.key };
    await using other = await startTestServer(secure);
    const silent = connect(hostAndPort(other.endpoints.amqps).port, '127.0.0.1');
    await once(silent, 'connect');
    const closed = once(silent, 'close');
    await other.stop();
    silent.on('error', () => {});
    silent.resume();
    await closed;
  });

  test('an endpoint without a certificate, and a certificate without its key, are refused in words', async () => {
    const start = (options: object): Promise<TestServer> => startTestServer({ dataDir: join(authority.folder, 'data'), ...options });
    const { certificate: tlsCertificate, key: tlsKey } = identity;
    const mqtts = '127.0.0.1:0';
    await assert.rejects(start({ mqtts }), /MQTTS needs a certificate: --tls-certificate and --tls-key\. .*angarium certificate dev/);
    await assert.rejects(start({ mqtts, tlsCertificate }), /give both tlsCertificate and tlsKey/);
    await assert.rejects(
      start({ mqtts, tlsCertificate, tlsKey, tlsClientCertificate: 'require' }),
      /no authorities for the certificates of/,
    );
    await assert.rejects(
      start({ mqtts, tlsCertificate, tlsKey, tlsCiphers: 'AES128-NONE' }),
      /TLS cannot be spoken with the certificate in/,
    );
  });
});
