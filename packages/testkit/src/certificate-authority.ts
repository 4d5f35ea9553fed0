import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Paths of a certificate and its key, in PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface IssueOptions {
  /** As OpenSSL writes them: `DNS:localhost`, `IP:127.0.0.1`, `email:ada@example.org`; the loopback's by default. */
  readonly names?: readonly string[];
  /** As OpenSSL writes it: `/O=Acme/CN=ada`; `/CN=` and the file's name by default. */
  readonly subject?: string;
  /** How long it is good for; one of less than nothing has expired. */
  readonly days?: number;
}

/** An authority for certificates of one test, made with openssl. */
export interface CertificateAuthority extends AsyncDisposable {
  readonly folder: string;
  /** Its own certificate: the path, and what is in it. */
  readonly certificate: string;
  readonly pem: string;
  /** Makes `<name>.pem` and `<name>.key`, anew if there were some. */
  issue(name: string, options?: IssueOptions): Promise<IssuedCertificate>;
}

const LOOPBACK_NAMES = ['DNS:localhost', 'IP:127.0.0.1', 'IP:::1'];
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function certificateAuthority(name = 'authority of a test'): Promise<CertificateAuthority> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await temporaryFolder()).path;
  const [certificate, key] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
  await openssl(['req', '-x509', ...NEW_KEY, '-days', '3650', '-subj', `/CN=${name}`, '-keyout', key, '-out', certificate]);
  const running = started.move();
  return {
    folder,
    certificate,
    pem: await readFile(certificate, 'utf8'),
    issue: async (file, { names = LOOPBACK_NAMES, subject = `/CN=${file}`, days = 365 } = {}) => {
      const issued = { certificate: join(folder, `${file}.pem`), key: join(folder, `${file}.key`) };
      const request = join(folder, `${file}.csr`);
      const extensions = names.length === 0 ? [] : ['-addext', `subjectAltName=${names.join(',')}`];
      await openssl(['req', ...NEW_KEY, '-subj', subject, '-multivalue-rdn', ...extensions, '-keyout', issued.key, '-out', request]);
      const signed = ['-CA', certificate, '-CAkey', key, '-days', String(days), '-copy_extensions', 'copy'];
      await openssl(['x509', '-req', '-in', request, ...signed, '-out', issued.certificate]);
      return issued;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function openssl(args: readonly string[]): Promise<void> {
  const { code, stderr } = await runProgram('openssl', args);
  if (code !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`);
}
