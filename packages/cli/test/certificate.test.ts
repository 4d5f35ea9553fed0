import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  type CommandResult,
  runCommand,
  runProgram,
  skipWithout,
  spawnServer,
  startTestServer,
  type TemporaryFolder,
  type TestServer,
  temporaryFolder,
} from '@angarium/testkit';

interface Made {
  readonly certificate: string;
  readonly key: string;
  readonly made: boolean;
}
type AllMade = { readonly authority: Made; readonly server: Made & { readonly names: string[] }; readonly client?: Made };

async function makeIn(dir: string, ...args: readonly string[]): Promise<AllMade> {
  const { code, stdout, stderr } = await runCommand(['certificate', 'dev', '--dir', dir, '--json', ...args]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as AllMade;
}

describe('angarium certificate dev', () => {
  test('makes an authority once, a server’s certificate, and one for a client; what is there and good is kept', async t => {
    await using folder = await temporaryFolder();
    const first = await makeIn(folder.path, '--name', 'Box.example', '--name', '10.0.0.7', '--client', 'ada');
    assert.deepEqual([first.authority.made, first.server.made, first.client?.made], [true, true, true]);
    assert.deepEqual(first.server.names, ['localhost', '127.0.0.1', '::1', 'box.example', '10.0.0.7']);
    for (const { key } of [first.authority, first.server, first.client!]) assert.equal((await stat(key)).mode & 0o777, 0o600, key);
    const again = await makeIn(folder.path, '--name', '10.0.0.7');
    assert.deepEqual([again.authority.made, again.server.made, again.client], [false, false, undefined]);
    const more = await makeIn(folder.path, '--name', 'other.example');
    assert.deepEqual([more.authority.made, more.server.made], [false, true]);
    assert.deepEqual(more.server.names, [...first.server.names, 'other.example']);
    if (skipWithout(t, 'openssl')) return;
    const verify = async (file: string, purpose: string): Promise<CommandResult> =>
      await runProgram('openssl', ['verify', '-x509_strict', '-CAfile', first.authority.certificate, '-purpose', purpose, file]);
    assert.match((await verify(more.server.certificate, 'sslserver')).stdout, /: OK\n$/);
    assert.match((await verify(first.client!.certificate, 'sslclient')).stdout, /: OK\n$/);
    assert.notEqual((await verify(first.client!.certificate, 'sslserver')).code, 0, 'a client is no server');
    const { stdout } = await runProgram('openssl', ['x509', '-in', first.client!.certificate, '-noout', '-subject']);
    assert.equal(stdout, 'subject=CN = ada\n');
  });

  test('says what to do next; a client whose name is no name of a file is refused', async () => {
    await using folder = await temporaryFolder();
    const { stdout } = await runCommand(['certificate', 'dev', '--client', 'ada'], { cwd: folder.path });
    assert.match(
      stdout,
      /--tls-certificate certificates\/server\.pem --tls-key certificates\/server\.key --tls-client-ca certificates\/ca\.pem/,
    );
    assert.match(stdout, /curl --cacert certificates\/ca\.pem --cert certificates\/ada\.pem --key certificates\/ada\.key/);
    for (const name of ['../eve', 'ca']) {
      const refused = await runCommand(['certificate', 'dev', '--client', name], { cwd: folder.path });
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /cannot be the name of a file/);
    }
  });
});

describe('the command line over TLS', () => {
  let folder: TemporaryFolder;
  let made: AllMade;
  let server: TestServer;
  let url: string;

  before(async () => {
    folder = await temporaryFolder();
    made = await makeIn(folder.path, '--client', 'ada');
    server = await startTestServer({
      // Nothing is spoken without TLS.
      amqp: 'off',
      http: 'off',
      mqtt: 'off',
      amqps: '127.0.0.1:0',
      https: '127.0.0.1:0',
      tlsCertificate: made.server.certificate,
      tlsKey: made.server.key,
      tlsClientCa: made.authority.certificate,
      tlsClientCertificate: 'require',
    });
    url = server.endpoints.https!.replace('127.0.0.1', 'localhost');
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  test('messages are sent and received, and load runs, with the authority and the certificate of variables', async () => {
    const env = {
      ANGARIUM_URL: url,
      ANGARIUM_CA: made.authority.certificate,
      ANGARIUM_CERT: made.client!.certificate,
      ANGARIUM_KEY: made.client!.key,
    };
    const sent = await runCommand(['send', 'orders', 'sealed', '--type', 'queue'], { env });
    assert.equal(sent.code, 0, sent.stderr);
    assert.equal((await runCommand(['receive', 'orders', '--count', '1', '--timeout', '10s'], { env })).stdout, 'sealed\n');
    const bench = await runCommand(['bench', '--count', '100', '--json'], { env });
    assert.equal((JSON.parse(bench.stdout) as { received: number }).received, 100, bench.stderr);
  });

  test('a context keeps what TLS needs, with paths that mean the same everywhere', async () => {
    const env = { XDG_CONFIG_HOME: join(folder.path, 'config') };
    const files = ['--ca', 'ca.pem', '--cert', 'ada.pem', '--key', 'ada.key'];
    const created = await runCommand(['context', 'create', 'dev', '--url', url, ...files], { env, cwd: folder.path });
    assert.equal(created.code, 0, created.stderr);
    const listed = await runCommand(['certificate', 'list'], { env, cwd: '/' });
    assert.match(
      listed.stdout,
      /^NAME +SERVER NAMES +SUBJECT +ISSUER +EXPIRES +DAYS\ndefault +localhost +CN=localhost +CN=Angarium development +\d{4}-\d\d-\d\d +39\d\n$/,
    );
    const absent = await runCommand(['context', 'create', 'other', '--url', url, '--ca', 'absent.pem'], { env, cwd: folder.path });
    assert.match(absent.stderr, /The file absent\.pem cannot be read: ENOENT/);
  });

  test('what is wrong with TLS is said in words', async () => {
    const own = ['--cert', made.client!.certificate, '--key', made.client!.key];
    const ca = ['--ca', made.authority.certificate];
    for (const [args, words, code] of [
      [[...own, '--url', url], /its certificate is of an authority that is not known here: give that with --ca FILE/, 4],
      [[...ca, '--url', url], /it wants a certificate from you: --cert FILE --key FILE/, 4],
      [[...ca, ...own.slice(0, 2), '--url', url], /give both --cert and --key/, 2],
      [[...own, '--insecure', '--url', url], /^$/, 0],
    ] as const) {
      const result = await runCommand(['address', 'list', ...args]);
      assert.match(result.stderr, words);
      assert.equal(result.code, code, result.stderr);
    }
  });
});

test('SIGHUP lets the server read its certificates again', async () => {
  await using folder = await temporaryFolder();
  const { authority, server: files } = await makeIn(folder.path);
  const options = ['--https', '127.0.0.1:0', '--tls-certificate', files.certificate, '--tls-key', files.key];
  await using server = await spawnServer({ args: options });
  const list = async (): Promise<string[]> => {
    const listed = await runCommand(['certificate', 'list', '--json', '--ca', authority.certificate, '--url', server.endpoints.https!]);
    return (JSON.parse(listed.stdout) as { status: { names: string[] } }[])[0]!.status.names;
  };
  assert.deepEqual(await list(), ['localhost']);
  await makeIn(folder.path, '--name', 'new.example');
  process.kill(server.pid, 'SIGHUP');
  // It may have seen the new file by itself already: the signal has to leave the server alive, and the certificate new.
  while (!server.log().includes('a certificate was replaced')) assert.ok((await fetch(`${server.http}/healthz`)).ok);
  assert.deepEqual(await list(), ['localhost', 'new.example']);
  assert.equal(await server.kill('SIGTERM'), 0);
});
