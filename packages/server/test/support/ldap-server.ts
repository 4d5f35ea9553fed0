import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type CertificateAuthority, certificateAuthority, runProgram, temporaryFolder, unusedPort } from '@angarium/testkit';

/** Where Debian puts it, which is not on everybody's path. */
export const SLAPD = '/usr/sbin/slapd';
export const LDAP_BASE = 'dc=acme,dc=example';
/** How long it may take to start, in milliseconds. */
const START_TIMEOUT_MS = 20_000;

/** OpenLDAP's slapd with entries of its own, on this machine. */
export interface LdapServer extends AsyncDisposable {
  readonly url: string;
  readonly secureUrl: string;
  readonly authority: CertificateAuthority;
}

export async function startLdapServer(entries: string): Promise<LdapServer> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await temporaryFolder()).path;
  const authority = started.use(await certificateAuthority());
  const { certificate, key } = await authority.issue('slapd');
  const database = join(folder, 'database');
  await mkdir(database);
  const configuration = join(folder, 'slapd.conf');
  await writeFile(
    configuration,
    [
      ...['core', 'cosine', 'inetorgperson'].map(schema => `include /etc/ldap/schema/${schema}.schema`),
      'modulepath /usr/lib/ldap',
      'moduleload back_mdb',
      `pidfile ${join(folder, 'slapd.pid')}`,
      `TLSCACertificateFile ${authority.certificate}`,
      `TLSCertificateFile ${certificate}`,
      `TLSCertificateKeyFile ${key}`,
      'database mdb',
      `suffix "${LDAP_BASE}"`,
      `rootdn "cn=admin,${LDAP_BASE}"`,
      'rootpw "secret of the admin"',
      `directory ${database}`,
      '',
    ].join('\n'),
  );
  const ldif = join(folder, 'entries.ldif');
  await writeFile(ldif, entries);
  const added = await runProgram(SLAPD, ['-T', 'add', '-f', configuration, '-l', ldif]);
  if (added.code !== 0) throw new Error(`slapd does not take its entries: ${added.stderr}`);
  // It cannot choose a port itself.
  const [port, securePort] = [await unusedPort(), await unusedPort()];
  const urls = { url: `ldap://127.0.0.1:${port}`, secureUrl: `ldaps://localhost:${securePort}` };
  const child = spawn(SLAPD, ['-d', '0', '-f', configuration, '-h', `${urls.url} ldaps://127.0.0.1:${securePort}`], { stdio: 'ignore' });
  started.defer(() => ended(child));
  await answers(port, child);
  const running = started.move();
  return { ...urls, authority, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}

async function answers(port: number, child: ChildProcess): Promise<void> {
  const untilMs = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < untilMs && child.exitCode === null) {
    const socket = connect({ host: '127.0.0.1', port });
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
  }
  throw new Error(`slapd does not listen (exit code ${child.exitCode})`);
}
