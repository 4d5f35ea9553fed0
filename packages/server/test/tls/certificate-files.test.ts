import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { connect as connectNet } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, mock, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { type CertificateAuthority, certificateAuthority, findProgram, hostAndPort, LogLines, startTestServer } from '@angarium/testkit';
import { reportTo } from '../../src/logger.ts';
import { watchExpiry } from '../../src/tls/certificate-expiry.ts';
import { readCertificate, type ServerCertificate } from '../../src/tls/certificate-file.ts';
import { CertificateFiles } from '../../src/tls/certificate-files.ts';
import type { TlsTerms } from '../../src/tls/server-contexts.ts';

const missing = findProgram('openssl') === undefined && 'openssl is not installed';
const terms: TlsTerms = { versionMin: '1.2', ciphers: 'ECDHE+AESGCM', clientCertificate: 'none' };
const DAY_MS = 86_400_000;

describe('certificates in files', { skip: missing }, () => {
  let authority: CertificateAuthority;

  before(async () => {
    authority = await certificateAuthority();
  });
  after(() => authority[Symbol.asyncDispose]());

  /** Files `tls.crt` and `tls.key` in a folder of their own, as `issue` of this name makes them. */
  async function filesOf(folder: string, name: string): Promise<{ certificate: string; key: string }> {
    const issued = await authority.issue(name);
    await mkdir(folder, { recursive: true });
    const files = { certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
    for (const which of ['certificate', 'key'] as const) {
      // Replaced in one step, as programs do that care.
      await copyFile(issued[which], `${files[which]}.new`);
      await rename(`${files[which]}.new`, files[which]);
    }
    return files;
  }
  const isReplaced = ({ msg }: { msg: string }): boolean => msg === 'a certificate was replaced';
  const isRefused = ({ msg }: { msg: string }): boolean => msg === 'a new certificate is not taken, and the one before stays';
  const subjects = (files: CertificateFiles): string[] => files.certificates.contexts.certificates.map(({ leaf }) => leaf.subject);

  test('a pair that is replaced is read again; one that does not fit is refused, said in the log, and the one before stays', async () => {
    const folder = join(authority.folder, 'renamed');
    const entry = { name: 'default', ...(await filesOf(folder, 'first')) };
    const log = new LogLines();
    using files = await CertificateFiles.open({ entries: [entry], terms, report: reportTo(log.logger), watchMs: 10 });
    assert.deepEqual(subjects(files), ['CN=first']);
    await filesOf(folder, 'second');
    assert.equal((await log.take(isReplaced)).certificate, 'default');
    assert.deepEqual(subjects(files), ['CN=second']);
    const before = files.certificates.contexts;
    await copyFile((await authority.issue('third')).certificate, entry.certificate);
    const { reason, level } = await log.take(isRefused);
    assert.match(String(reason), /^The key in .*tls\.key is not that of the certificate in .*tls\.crt \(CN=third\)\.$/);
    assert.equal(level, 'error');
    assert.deepEqual(subjects(files), ['CN=second']);
    assert.notEqual(files.certificates.contexts, before, 'what could be read of it is in use');
    await filesOf(folder, 'fourth');
    await log.take(isReplaced);
    assert.deepEqual(subjects(files), ['CN=fourth']);
  });

  test('a link that leads elsewhere is followed, as Kubernetes swaps them', async () => {
    const folder = join(authority.folder, 'mounted');
    await filesOf(join(folder, '..1'), 'one');
    await symlink('..1', join(folder, '..data'));
    for (const file of ['tls.crt', 'tls.key']) await symlink(join('..data', file), join(folder, file));
    const log = new LogLines();
    const entry = { name: 'default', certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') };
    using files = await CertificateFiles.open({ entries: [entry], terms, report: reportTo(log.logger), watchMs: 10 });
    assert.deepEqual(subjects(files), ['CN=one']);
    await filesOf(join(folder, '..2'), 'two');
    await symlink('..2', join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    await log.take(isReplaced);
    assert.deepEqual(subjects(files), ['CN=two']);
  });

  test('connections go on while new ones get the new certificate, at once when it is asked for', async () => {
    const folder = join(authority.folder, 'live');
    const { certificate: tlsCertificate, key: tlsKey } = await filesOf(folder, 'old');
    await using server = await startTestServer({ amqps: '127.0.0.1:0', tlsCertificate, tlsKey });
    const { port } = hostAndPort(server.endpoints.amqps);
    const open = async (): Promise<TLSSocket> => {
      const socket = connect({ port, host: 'localhost', ca: authority.pem });
      await once(socket, 'secureConnect');
      return socket;
    };
    const early = await open();
    // Its handshake has begun before, and ends after.
    const begun = connectNet(port, '127.0.0.1');
    await once(begun, 'connect');
    await filesOf(folder, 'new');
    await server.reloadCertificates();
    const late = await open();
    assert.deepEqual(
      [early, late].map(socket => socket.getPeerCertificate().subject.CN),
      ['old', 'new'],
    );
    const between = connect({ socket: begun, servername: 'localhost', ca: authority.pem });
    await once(between, 'secureConnect');
    for (const socket of [early, between]) {
      socket.write('AMQP\x03\x01\x00\x00', 'latin1');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      assert.equal(answer.toString('latin1', 0, 8), 'AMQP\x03\x01\x00\x00');
    }
    for (const socket of [early, between, late]) socket.destroy();
  });

  test('what cannot be used is refused in words that name the file', async () => {
    const folder = authority.folder;
    const good = await authority.issue('good');
    const other = await authority.issue('other');
    const text = async (name: string, content: string): Promise<string> => {
      const path = join(folder, name);
      await writeFile(path, content);
      return path;
    };
    const pem = await readFile(good.certificate, 'utf8');
    const broken = pem.replace(/\n(.{10}).{10}/, '\n$1aaaaaaaaaa');
    const locked = '-----BEGIN ENCRYPTED PRIVATE KEY-----\n-----END ENCRYPTED PRIVATE KEY-----\n';
    const nothing = await text('nothing.pem', 'hello\n');
    for (const [entry, words] of [
      [{ ...good, certificate: join(folder, 'absent.pem') }, /^The certificate cannot be read: ENOENT: .*absent\.pem/],
      [{ ...good, certificate: nothing }, /^There is no certificate in .*nothing\.pem: it has to be in PEM/],
      [{ ...good, certificate: await text('broken.pem', broken) }, /^A certificate in .*broken\.pem is broken: /],
      [{ ...good, key: nothing }, /^There is no private key in .*nothing\.pem: it has to be in PEM\.$/],
      [{ ...good, key: await text('locked.key', locked) }, /^The key in .*locked\.key is encrypted: take the password away/],
      [{ ...good, key: other.key }, /^The key in .*other\.key is not that of the certificate in .*good\.pem \(CN=good\)\.$/],
      [{ ...good, clientCa: nothing }, /^There is no certificate in .*nothing\.pem/],
      [{ ...good, certificate: await text('large.pem', 'x'.repeat(1_048_577)) }, /large\.pem is larger than 1048576 bytes/],
    ] as const)
      await assert.rejects(readCertificate({ name: 'default', ...entry }), { name: 'CertificateError', message: words });
  });

  test('names that are not given are those of the certificate', async () => {
    const issued = await authority.issue('named', { names: ['DNS:a.example', 'DNS:*.b.example', 'IP:127.0.0.1'] });
    assert.deepEqual((await readCertificate({ name: 'default', ...issued })).names, ['a.example', '*.b.example']);
  });

  test('a certificate that expires within 30 days is a warning, one that has expired an error: at the start, and each day', async () => {
    const issued = await authority.issue('short', { days: 10 });
    const certificate = await readCertificate({ name: 'default', ...issued });
    const log = new LogLines();
    const said = (): string[] => log.lines.splice(0).map(({ level, msg }) => `${level}: ${msg}`);
    const SOON = 'warn: a certificate expires soon: put a new one into its file';
    mock.timers.enable({ apis: ['setInterval', 'Date'], now: certificate.expiresMs - 32 * DAY_MS });
    try {
      using _watch = watchExpiry((): ServerCertificate[] => [certificate], reportTo(log.logger));
      assert.deepEqual(said(), []);
      mock.timers.tick(DAY_MS);
      assert.deepEqual(said(), []);
      mock.timers.tick(DAY_MS);
      assert.deepEqual(said(), []);
      mock.timers.tick(DAY_MS);
      assert.deepEqual(said(), [SOON]);
      mock.timers.tick(29 * DAY_MS);
      assert.equal(said().at(-1), 'error: a certificate has expired: clients refuse it. Put a new one into its file');
    } finally {
      mock.timers.reset();
    }
  });
});
