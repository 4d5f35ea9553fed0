import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { HttpFront, HttpHead, messageProblem, writeProblem } from '@angarium/head-http';
import { MqttHead } from '@angarium/head-mqtt';
import { runProgram, skipWithout, startTestServer, type TestServer, temporaryFolder } from '@angarium/testkit';
import { peerOf } from '@angarium/transport';
import mqtt from 'mqtt';
import rhea, { type EventContext } from 'rhea';
import { requestAccess } from '../src/http/access-check.ts';
import { Principals } from '../src/principals.ts';

/** Many records of TLS, and more than a socket takes at once. */
const LARGE = Buffer.alloc(1_000_000, 'tls ');
const SUBJECT = '/CN=localhost';

/** A key, and a certificate that it has signed itself. */
interface Identity {
  readonly key: string;
  readonly cert: string;
}

async function selfSigned(): Promise<Identity> {
  await using folder = await temporaryFolder();
  const [keyPath, certPath] = [join(folder.path, 'key.pem'), join(folder.path, 'cert.pem')];
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', SUBJECT];
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const { code, stderr } = await runProgram('openssl', [...args, ...names, '-keyout', keyPath, '-out', certPath]);
  assert.equal(code, 0, stderr);
  return { key: await readFile(keyPath, 'utf8'), cert: await readFile(certPath, 'utf8') };
}

/** Listens with TLS on a free port. */
async function listenTls(options: TlsOptions, accept: (socket: TLSSocket) => void): Promise<AsyncDisposable & { readonly port: number }> {
  const listener = createServer({ noDelay: true, ...options }, accept);
  const open = new Set<TLSSocket>();
  listener.on('secureConnection', socket => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** The head for HTTP over a server's broker, as its listener has it. */
function httpFrontOf({ head, broker, authenticator }: TestServer): HttpFront {
  const access = requestAccess({ authenticator, principals: new Principals(), hosts: [] });
  const parts = { broker, turn: head.turn, report: head.report };
  const messages = new HttpHead({ ...parts, access: access.decide, refuseForeign: access.refuseForeign });
  messages.start();
  return new HttpFront(messages, (_request, response) =>
    writeProblem(response, messageProblem('path-not-found', 'There are messages only.')),
  );
}

test('AMQP: messages of any size go both ways over TLS', async t => {
  if (skipWithout(t, 'openssl')) return;
  const identity = await selfSigned();
  await using server = await startTestServer();
  await using listener = await listenTls(identity, socket => server.head.accept(socket));
  const connection = rhea.create_container().connect({
    transport: 'tls',
    host: 'localhost',
    port: listener.port,
    ca: [identity.cert],
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

test('MQTT: messages of any size go both ways over TLS', async t => {
  if (skipWithout(t, 'openssl')) return;
  const identity = await selfSigned();
  await using server = await startTestServer();
  const { head } = server;
  const mqttHead = new MqttHead({ ...head.access, broker: head.broker, turn: head.turn, report: head.report, randomName: randomUUID });
  await using listener = await listenTls(identity, socket => mqttHead.accept(socket, peerOf(socket.remoteAddress, socket.remotePort)));
  const url = `mqtts://localhost:${listener.port}`;
  const client = await mqtt.connectAsync(url, { ca: identity.cert, protocolVersion: 5, reconnectPeriod: 0 });
  await client.subscribeAsync('a/b', { qos: 2 });
  const received = new Promise<Buffer>(resolve => client.once('message', (_topic, payload) => resolve(payload)));
  await client.publishAsync('a/b', LARGE, { qos: 2 });
  assert.ok(LARGE.equals(await received));
  await client.endAsync();
  await mqttHead.stop('the test is over', 1000);
});

test('HTTP/1.1: messages of any size go both ways over TLS, and many requests over one connection', async t => {
  if (skipWithout(t, 'openssl')) return;
  const identity = await selfSigned();
  await using server = await startTestServer();
  const front = httpFrontOf(server);
  await using listener = await listenTls({ ...identity, allowHalfOpen: true }, socket => front.accept(socket));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const call = async (path: string, body: Buffer): Promise<{ status: number; body: Buffer; port: number }> => {
    const sent = request({ host: 'localhost', port: listener.port, ca: identity.cert, agent, method: 'POST', path });
    sent.end(body);
    const [response] = await once(sent, 'response');
    const port = response.socket.localPort;
    return { status: response.statusCode, body: Buffer.concat(await response.toArray()), port };
  };
  // The first is read by the front itself, and the second goes on to Node's server with the connection.
  const small = await call('/m/q', Buffer.from('small'));
  const large = await call('/m/q', LARGE);
  assert.deepEqual([small.status, large.status], [202, 202]);
  assert.equal((await call('/m/q:receive?settle=auto', Buffer.of())).body.toString(), 'small');
  const received = await call('/m/q:receive?settle=auto', Buffer.of());
  assert.ok(LARGE.equals(received.body));
  assert.equal(received.port, small.port, 'one connection for all of them');
  agent.destroy();
  front.stop();
});

test('HTTP/2: [RFC 9113, 3.2] the protocol is agreed on in the handshake of TLS', async t => {
  if (skipWithout(t, 'openssl')) return;
  const identity = await selfSigned();
  await using server = await startTestServer();
  const front = httpFrontOf(server);
  await using listener = await listenTls({ ...identity, ALPNProtocols: ['h2', 'http/1.1'] }, socket => front.accept(socket));
  const session = connectHttp2(`https://localhost:${listener.port}`, { ca: identity.cert });
  await once(session, 'connect');
  assert.equal(session.alpnProtocol, 'h2');
  const call = async (path: string, body: Buffer): Promise<{ status: number; body: Buffer }> => {
    const stream = session.request({ ':method': 'POST', ':path': path });
    stream.end(body);
    const [headers] = await once(stream, 'response');
    return { status: headers[':status'], body: Buffer.concat(await stream.toArray()) };
  };
  assert.equal((await call('/m/q', LARGE)).status, 202);
  assert.ok(LARGE.equals((await call('/m/q:receive?settle=auto', Buffer.of())).body));
  session.close();
  await once(session, 'close');
  front.stop();
});
