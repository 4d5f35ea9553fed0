import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { SASL_OK } from '@angarium/codec-amqp';
import type { ConnectorSpec } from '@angarium/head-amqp';
import { hashPassword } from '@angarium/server';
import { formatScramCredentials, makeScramCredentials } from '@angarium/server/scram-credentials';
import {
  type CertificateAuthority,
  certificateAuthority,
  type LogLine,
  listening,
  startTestServer,
  type TestServer,
  unusedPort,
} from '@angarium/testkit';
import { peerOf } from '@angarium/transport';
import { Forwarding, fails } from '../support/forwarding.ts';
import { RawRemote } from '../support/raw-remote.ts';

const ADA = { user: 'ada', password: 'p=ss,wörd' };

describe('connectors', () => {
  let ours: Forwarding;
  before(async () => {
    ours = await Forwarding.start();
  });
  after(() => ours?.[Symbol.asyncDispose]());

  let names = 0;
  /** Makes a connector for the time of a test, and answers its first line that says how it went. */
  async function outcome(spec: ConnectorSpec, run: (line: LogLine, name: string) => Promise<void> | void = () => {}): Promise<LogLine> {
    const name = `c${names++}`;
    const line = await ours.connect(name, spec, ({ msg }) => msg.endsWith('works') || msg.includes('fails'));
    await run(line, name);
    await ours.server.connectors.connectors.remove(ours.space, name);
    return line;
  }

  async function failure(spec: ConnectorSpec): Promise<string> {
    const line = await outcome(spec);
    assert.ok(fails(line), line.msg);
    return line.why as string;
  }

  describe('say who we are (part 5)', () => {
    let remote: TestServer;
    before(async () => {
      const scram = async (mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512'): Promise<string> =>
        formatScramCredentials(mechanism, (await makeScramCredentials(mechanism, ADA.password, 4096))!);
      remote = await startTestServer({
        http: 'off',
        mqtt: 'off',
        users: [
          {
            name: ADA.user,
            passwordHash: await hashPassword(ADA.password),
            scramSha256: await scram('SCRAM-SHA-256'),
            scramSha512: await scram('SCRAM-SHA-512'),
          },
        ],
      });
    });
    after(() => remote?.[Symbol.asyncDispose]());

    for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
      test(`by ${mechanism}`, async () => {
        const line = await outcome({ ...remote.amqp, credentials: ADA, mechanism });
        assert.equal(line.msg, 'connector works', line.why as string);
      });

      test(`a wrong password of ${mechanism} is said to be one, and is not shown`, async () => {
        const why = await failure({ ...remote.amqp, credentials: { ...ADA, password: 'wrong-one' }, mechanism });
        assert.equal(why, 'the remote refuses the user ada: correct user or password');
        assert.ok(!JSON.stringify(ours.log.lines).includes('wrong-one'));
      });
    }

    test('without credentials, where some are needed', async () => {
      assert.match(await failure({ ...remote.amqp }), /the remote offers .*PLAIN.*, and not ANONYMOUS: give credentials/);
    });

    test('a mechanism that is not offered is named', async () => {
      await using raw = await RawRemote.listen();
      const [why, peer] = await Promise.all([
        failure({ host: raw.host, port: raw.port, credentials: ADA, mechanism: 'SCRAM-SHA-512' }),
        raw.greet('PLAIN', 'ANONYMOUS'),
      ]);
      assert.equal(why, 'the remote offers PLAIN, ANONYMOUS, and not SCRAM-SHA-512: choose another mechanism, or none');
      await peer.ended();
    });

    test('[RFC 5802, 5.1] a remote that does not prove that it knows the password is left', async () => {
      await using raw = await RawRemote.listen();
      const failed = failure({ host: raw.host, port: raw.port, credentials: ADA });
      const peer = await raw.greet('SCRAM-SHA-256', 'PLAIN');
      const init = await peer.saslFrame('sasl-init');
      assert.equal(init.mechanism, 'SCRAM-SHA-256', 'the stronger one');
      const nonce = /r=(.+)$/.exec(Buffer.from(init.initialResponse!).toString())![1];
      peer.sasl({ kind: 'sasl-challenge', challenge: Buffer.from(`r=${nonce}more,s=QSXCR+Q6sek8bf92,i=4096`) });
      await peer.saslFrame('sasl-response');
      peer.sasl({ kind: 'sasl-outcome', code: SASL_OK });
      assert.match(await failed, /does not prove that it knows the password/);
      await peer.ended();
    });

    test('open has our container id, the host as hostname, and an idle-time-out', async () => {
      await using raw = await RawRemote.listen();
      const made = outcome({ host: 'localhost', port: raw.port, idleTimeoutMs: 20_000 });
      const { peer, theirs } = await raw.open({ hostname: 'any' });
      assert.equal(theirs.containerId, ours.server.containerId);
      assert.equal(theirs.hostname, 'localhost');
      assert.equal(theirs.idleTimeOutMs, 10_000);
      const close = peer.next('close');
      await made;
      assert.equal((await close).error?.condition, 'amqp:connection:forced');
      await peer[Symbol.asyncDispose]();
    });
  });

  describe('with TLS', () => {
    let authority: CertificateAuthority;
    let other: CertificateAuthority;
    let remote: TestServer;
    let server: { readonly key: string; readonly cert: string };
    let clientCertificate: { readonly key: string; readonly certificate: string };
    before(async () => {
      [authority, other, remote] = await Promise.all([
        certificateAuthority(),
        certificateAuthority('another'),
        startTestServer({ http: 'off', mqtt: 'off' }),
      ]);
      const [named, client] = await Promise.all([authority.issue('server', { names: ['DNS:localhost'] }), authority.issue('client')]);
      server = { key: await readFile(named.key, 'utf8'), cert: await readFile(named.certificate, 'utf8') };
      clientCertificate = { key: await readFile(client.key, 'utf8'), certificate: await readFile(client.certificate, 'utf8') };
    });
    after(async () => {
      await remote?.[Symbol.asyncDispose]();
      await authority?.[Symbol.asyncDispose]();
      await other?.[Symbol.asyncDispose]();
    });

    /** Listens with TLS for the time of `run`, and hands connections to the remote server. */
    async function offering(options: TlsOptions, run: (port: number) => Promise<void>): Promise<void> {
      const listener = createTlsServer({ ...server, ...options }, socket => {
        socket.on('error', () => socket.destroy());
        remote.head.accept(socket, peerOf(socket.remoteAddress, socket.remotePort));
      });
      await using there = await listening(listener);
      await run(there.port);
    }

    test('an authority that is known', () =>
      offering({}, async port => {
        const line = await outcome({ host: 'localhost', port, tls: { ca: authority.pem } });
        assert.equal(line.msg, 'connector works', line.why as string);
      }));

    test('a wrong authority is said to be one', () =>
      offering({}, async port => {
        const why = await failure({ host: 'localhost', port, tls: { ca: other.pem } });
        assert.match(
          why,
          /^the certificate of localhost:\d+ is signed by nobody whom tls.ca names: give the certificate of its authority there$/,
        );
      }));

    test('a certificate for another name is said to be one', () =>
      offering({}, async port => {
        const why = await failure({ host: '127.0.0.1', port, tls: { ca: authority.pem } });
        assert.match(why, /is for another name .*: say the name in tls.serverName/);
        const line = await outcome({ host: '127.0.0.1', port, tls: { ca: authority.pem, serverName: 'localhost' } });
        assert.equal(line.msg, 'connector works', line.why as string);
      }));

    test('whoever answers is believed where that is asked for', () =>
      offering({}, async port => {
        const line = await outcome({ host: 'localhost', port, tls: { insecure: true } });
        assert.equal(line.msg, 'connector works', line.why as string);
      }));

    test('a remote that wants a certificate of ours gets it, and is missed where there is none', async () => {
      const options: TlsOptions = { requestCert: true, rejectUnauthorized: true, ca: authority.pem };
      await offering(options, async port => {
        const tls = { ca: authority.pem };
        assert.match(await failure({ host: 'localhost', port, tls }), /wants a certificate of ours: give tls.clientCertificate/);
        const line = await outcome({ host: 'localhost', port, tls: { ...tls, clientCertificate } });
        assert.equal(line.msg, 'connector works', line.why as string);
      });
    });

    test('with a certificate, EXTERNAL is what is chosen where it is offered', async () => {
      await using raw = await RawRemote.listen();
      const proxy = createTlsServer(server, socket => {
        const inner = connect(raw.port, raw.host);
        socket.pipe(inner).pipe(socket);
        for (const end of [socket, inner]) end.on('error', () => end.destroy());
      });
      await using there = await listening(proxy);
      const { port } = there;
      const failed = failure({ host: 'localhost', port, tls: { ca: authority.pem, clientCertificate } });
      const peer = await raw.greet('EXTERNAL', 'PLAIN', 'ANONYMOUS');
      const init = await peer.saslFrame('sasl-init');
      assert.equal(init.mechanism, 'EXTERNAL');
      peer.sasl({ kind: 'sasl-outcome', code: 1 });
      assert.match(await failed, /the remote refuses our certificate/);
      await peer[Symbol.asyncDispose]();
    });

    test('by EXTERNAL as the user whom our certificate is of', async () => {
      const { key, certificate } = await authority.issue('gate');
      const fingerprint = new X509Certificate(await readFile(certificate)).fingerprint256.replaceAll(':', '').toLowerCase();
      const issued = await authority.issue('own');
      await using guarded = await startTestServer({
        amqp: 'off',
        http: 'off',
        mqtt: 'off',
        amqps: '127.0.0.1:0',
        tlsCertificate: issued.certificate,
        tlsKey: issued.key,
        tlsClientCa: authority.certificate,
        tlsClientCertificate: 'request',
      });
      const user = { authentication: { type: 'certificate', fingerprint } };
      await new Promise(resolve => guarded.broker.resources.put('User', 'default', 'gate', user, {}, resolve));
      const { port } = new URL(guarded.endpoints.amqps!);
      const own = { key: await readFile(key, 'utf8'), certificate: await readFile(certificate, 'utf8') };
      const spec = {
        host: '127.0.0.1',
        port: Number(port),
        mechanism: 'EXTERNAL',
        tls: { ca: authority.pem, clientCertificate: own },
      } as const;
      const line = await outcome(spec, () => {
        const users = [...guarded.head.connections].map(connection => connection.status().user);
        assert.deepEqual(users, ['gate']);
      });
      assert.equal(line.msg, 'connector works', line.why as string);
      const stranger = await failure({ ...spec, tls: { ca: authority.pem, clientCertificate } });
      assert.match(stranger, /the remote refuses our certificate: is its user known there/);
    });

    test('a port without TLS is said to be one', async () => {
      assert.match(await failure({ ...remote.amqp, host: 'localhost', tls: {} }), /does not speak TLS|before it was there/);
    });
  });

  describe('find their remote', () => {
    test('nobody listens: it is said where, and tried again with growing delays until somebody does', async () => {
      const port = await unusedPort();
      let remote: TestServer | undefined;
      await outcome({ host: '127.0.0.1', port }, async (line, name) => {
        assert.equal(line.why, `nothing listens at 127.0.0.1:${port}: start the remote server, or correct host and port`);
        assert.equal(ours.connector(name).phase, 'Failed');
        remote = await startTestServer({ http: 'off', mqtt: 'off', amqp: `127.0.0.1:${port}` });
        await ours.log.find(({ connector, msg }) => connector === name && msg === 'connector works');
        assert.equal(ours.connector(name).phase, 'Active');
        assert.ok(ours.connector(name).attempts > 0);
      });
      await remote!.stop();
    });

    test('a name that there is not is said to be none', async () => {
      assert.match(
        await failure({ host: 'no-such-host.invalid' }),
        /there is no host of this name: no-such-host.invalid:5672|cannot be looked up/,
      );
    });

    test('the next host of the list is tried when one cannot be had, and again when the one that worked has gone', async () => {
      await using second = await startTestServer({ http: 'off', mqtt: 'off' });
      await using third = await startTestServer({ http: 'off', mqtt: 'off' });
      const dead = await unusedPort();
      const name = 'failover';
      const spec = { host: '127.0.0.1', port: dead, failover: [second.amqp, third.amqp] };
      await ours.connect(name, spec);
      assert.equal(ours.connector(name).remote?.container, second.containerId);
      await ours.forward('over', { connector: name, direction: 'out', address: 'over', remoteAddress: 'over' });
      const again = ours.forwarderSays('over', ({ msg }) => msg === 'forwarder works');
      await second.stop();
      await again;
      assert.equal(ours.connector(name).remote?.container, third.containerId);
      await ours.server.connectors.connectors.remove(ours.space, name);
    });

    test('our own container at the other end is refused: messages would go round in circles', async () => {
      assert.match(await failure({ ...ours.server.amqp }), /this very server/);
    });

    test('what is no AMQP server is said to be none', async () => {
      await using web = await listening(createServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
      assert.match(await failure({ host: web.host, port: web.port }), /does not speak AMQP/);
    });
  });
});
