import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import {
  type CertificateAuthority,
  certificateAuthority,
  findProgram,
  hostAndPort,
  type IssuedCertificate,
  LogLines,
  runProgram,
  startTestServer,
  type TestServer,
} from '@angarium/testkit';

const missing = findProgram('openssl') === undefined && 'openssl is not installed';
const secure = { amqps: '127.0.0.1:0', mqtts: '127.0.0.1:0', https: '127.0.0.1:0', drainTimeout: '1s' };

describe('handshakes', { skip: missing }, () => {
  let authority: CertificateAuthority;
  let stranger: CertificateAuthority;
  let server: TestServer;
  let port: number;
  const log = new LogLines();

  before(async () => {
    [authority, stranger] = await Promise.all([certificateAuthority(), certificateAuthority('stranger')]);
    const [own, other] = await Promise.all([authority.issue('server'), authority.issue('other')]);
    server = await startTestServer({
      ...secure,
      tlsCertificate: own.certificate,
      tlsKey: own.key,
      certificates: [{ names: ['other.example', '*.wild.example'], ...other, clientCa: authority.certificate }],
      tlsHandshakeTimeoutMs: 1500,
      logger: log.logger,
    });
    port = hostAndPort(server.endpoints.amqps).port;
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await Promise.all([authority[Symbol.asyncDispose](), stranger[Symbol.asyncDispose]()]);
  });

  /** What openssl says of a handshake, and the line of the log when the server refuses it. */
  async function sClient(...args: readonly string[]): Promise<string> {
    const { stdout, stderr } = await runProgram('openssl', [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-CAfile',
      authority.certificate,
      ...args,
    ]);
    return stdout + stderr;
  }
  const failure = async (): Promise<string> => {
    const { level, msg, peer } = await log.take(({ msg }) => msg.startsWith('AMQPS handshake failed'));
    assert.match(String(peer), /^127\.0\.0\.1:\d+$/);
    return `${level}: ${msg.replace('AMQPS handshake failed: ', '')}`;
  };

  test('TLS 1.2 and 1.3 are spoken; older versions are refused with an alert, and a line in the log that says so', async () => {
    assert.match(await sClient('-tls1_3'), /New, TLSv1\.3, Cipher is TLS_AES_128_GCM_SHA256[\s\S]*Verify return code: 0 \(ok\)/);
    assert.match(await sClient('-tls1_2'), /New, TLSv1\.2, Cipher is ECDHE-ECDSA-AES128-GCM-SHA256/);
    const old = ['-cipher', 'DEFAULT@SECLEVEL=0'];
    assert.match(await sClient('-tls1_1', ...old), /alert protocol version/);
    assert.equal(await failure(), 'warn: the client offers TLS 1.1 only (tlsVersionMin)');
    await sClient('-tls1', ...old);
    assert.equal(await failure(), 'warn: the client offers TLS 1.0 only (tlsVersionMin)');
  });

  test('suites with CBC or static RSA are refused; ChaCha20 is for a client that puts it first', async () => {
    for (const cipher of ['ECDHE-ECDSA-AES128-SHA256', 'AES128-GCM-SHA256']) {
      assert.match(await sClient('-tls1_2', '-cipher', cipher), /alert handshake failure/);
      assert.equal(await failure(), 'warn: the client offers no cipher suite of tlsCiphers');
    }
    assert.match(await sClient('-tls1_2', '-cipher', 'ECDHE+CHACHA20:ECDHE+AESGCM'), /Cipher is ECDHE-ECDSA-CHACHA20-POLY1305/);
  });

  test('renegotiation is refused', async () => {
    const input = 'R\n';
    const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-tls1_2', '-CAfile', authority.certificate];
    const { stderr, stdout } = await runProgram('openssl', args, { input });
    assert.match(stderr + stdout, /RENEGOTIATING[\s\S]*no renegotiation/);
  });

  test('[RFC 7301, 3.2] a client that asks for other protocols alone is refused with an alert; one that asks for none is not', async () => {
    assert.match(await sClient('-alpn', 'x-other,amqp'), /ALPN protocol: amqp/);
    assert.match(await sClient(), /No ALPN negotiated/);
    assert.match(await sClient('-alpn', 'h2'), /alert no application protocol/);
    assert.equal(await failure(), 'warn: the client asks for other protocols than amqp (ALPN)');
  });

  test('[RFC 6066, 3] the certificate is that of the name: exact, by wildcard of one label, else the default', async () => {
    for (const [name, subject] of [
      ['other.example', 'other'],
      ['OTHER.example', 'other'],
      ['a.wild.example', 'other'],
      ['a.b.wild.example', 'server'],
      ['wild.example', 'server'],
      ['elsewhere.example', 'server'],
    ] as const)
      assert.match(await sClient('-servername', name), new RegExp(`subject=CN = ${subject}\n`), name);
    assert.match(await sClient('-noservername'), /subject=CN = server\n/);
  });

  test('what is not TLS is told from it in the log; a client that hangs up is worth a line to debuggers alone', async () => {
    for (const [sent, words] of [
      ['GET / HTTP/1.1\r\n\r\n', 'warn: the client speaks HTTP without TLS'],
      ['AMQP\x03\x01\x00\x00', 'warn: the client does not speak TLS'],
    ] as const) {
      const socket = connect(port, '127.0.0.1');
      socket.end(sent, 'latin1');
      socket.resume();
      await once(socket, 'close');
      assert.equal(await failure(), words);
    }
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
    assert.equal(await failure(), 'debug: the client hung up');
  });

  test('a client that does not trust the certificate says so, and the log too', async () => {
    const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', stranger.certificate, '-verify_return_error'];
    await runProgram('openssl', args);
    assert.match(await failure(), /warn: the client does not (know the authority of|take) our certificate/);
  });

  test('a handshake that is not done in time is ended', async () => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'close');
    assert.equal(await failure(), 'warn: it was not done in time');
  });

  test('where no certificate of a client could be right, one that is sent all the same means nothing', async () => {
    const client = await stranger.issue('client');
    assert.match(await sClient('-cert', client.certificate, '-key', client.key), /Verify return code: 0 \(ok\)/);
    assert.match(await sClient('-servername', 'other.example', '-cert', client.certificate, '-key', client.key), /CONNECTED/);
    assert.match(await failure(), /^warn: the client's certificate is not taken: (its authority is not one of|it has signed itself)/);
  });
});

describe('handshakes of strangers', { skip: missing }, () => {
  test('silent connections beyond the limit are closed, the oldest first, and do not keep clients out', async () => {
    await using authority = await certificateAuthority();
    const { certificate: tlsCertificate, key: tlsKey } = await authority.issue('server');
    const log = new LogLines();
    await using server = await startTestServer({ ...secure, tlsCertificate, tlsKey, tlsStrangersMax: 3, logger: log.logger });
    const { port } = hostAndPort(server.endpoints.mqtts);
    const silent: Socket[] = [];
    for (let i = 0; i < 5; i++) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      silent.push(socket);
    }
    await Promise.all(silent.slice(0, 2).map(socket => once(socket, 'close')));
    assert.deepEqual(
      silent.map(({ destroyed }) => destroyed),
      [true, true, false, false, false],
    );
    const line = await log.take(({ msg }) => msg.includes('too many clients do not say who they are'));
    assert.equal(line.strangersMax, 3);
    const client = connectTls({ port, host: 'localhost', ca: authority.pem });
    await once(client, 'secureConnect');
    client.destroy();
    for (const socket of silent) socket.destroy();
  });
});

describe('certificates of clients', { skip: missing }, () => {
  let authority: CertificateAuthority;
  let identity: IssuedCertificate;

  before(async () => {
    authority = await certificateAuthority();
    identity = await authority.issue('server');
  });
  after(() => authority[Symbol.asyncDispose]());

  /** Connects, and answers what came of it. */
  async function connectWith(port: number, options: ConnectionOptions): Promise<string> {
    const socket = connectTls({ port, host: 'localhost', ca: authority.pem, ...options });
    socket.on('error', () => {});
    // A refusal may come after the handshake (TLS 1.3): what the head answers shows that the client was let in.
    socket.write('AMQP\x03\x01\x00\x00', 'latin1');
    const outcome = await new Promise<string>(resolve => {
      socket.once('data', () => resolve('let in'));
      socket.once('close', () => resolve('refused'));
    });
    socket.destroy();
    return outcome;
  }

  test('request: without one a client comes in, with a right one too, with a wrong one it does not', async () => {
    const { certificate: tlsCertificate, key: tlsKey } = identity;
    const log = new LogLines();
    const tlsClientCa = authority.certificate;
    await using server = await startTestServer({ ...secure, tlsCertificate, tlsKey, tlsClientCa, logger: log.logger });
    const { port } = hostAndPort(server.endpoints.amqps);
    const withCertificate = async ({ certificate, key }: IssuedCertificate): Promise<ConnectionOptions> => ({
      cert: await readFile(certificate),
      key: await readFile(key),
    });
    assert.equal(await connectWith(port, {}), 'let in');
    assert.equal(await connectWith(port, await withCertificate(await authority.issue('client'))), 'let in');
    const expired = await withCertificate(await authority.issue('expired', { days: -1 }));
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      assert.equal(await connectWith(port, { ...expired, maxVersion }), 'refused');
      const { msg } = await log.take(({ msg }) => msg.startsWith('AMQPS handshake failed'));
      assert.equal(msg, "AMQPS handshake failed: the client's certificate is not taken: it has expired");
    }
  });

  test('require: a client without one is refused with an alert, and a session is not resumed past the check', async () => {
    const { certificate: tlsCertificate, key: tlsKey } = identity;
    const log = new LogLines();
    const terms = { tlsClientCa: authority.certificate, tlsClientCertificate: 'require' as const };
    await using server = await startTestServer({ ...secure, tlsCertificate, tlsKey, ...terms, logger: log.logger });
    const { port } = hostAndPort(server.endpoints.amqps);
    const sClient = async (...args: readonly string[]): Promise<string> => {
      const result = await runProgram('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-CAfile', authority.certificate, ...args]);
      return result.stdout + result.stderr;
    };
    assert.match(await sClient('-tls1_2'), /alert handshake failure/);
    const { msg } = await log.take(({ msg }) => msg.startsWith('AMQPS handshake failed'));
    assert.equal(msg, 'AMQPS handshake failed: the client presents no certificate (tlsClientCertificate)');
    const { certificate, key } = await authority.issue('client');
    for (const version of ['-tls1_2', '-tls1_3'])
      assert.doesNotMatch(await sClient(version, '-cert', certificate, '-key', key, '-reconnect'), /Reused, TLS/);
    await using stranger = await certificateAuthority('stranger');
    const foreign = await stranger.issue('client');
    await sClient('-tls1_3', '-cert', foreign.certificate, '-key', foreign.key);
    const refused = await log.take(({ msg }) => msg.includes('certificate is not taken'));
    assert.match(String(refused.peer), /^127\.0\.0\.1:\d+$/);
  });
});
