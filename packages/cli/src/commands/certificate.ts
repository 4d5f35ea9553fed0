import { relative } from 'node:path';
import { ApiClient } from '../api-client.ts';
import type { DevelopmentCertificates, MadeCertificate } from '../development-certificates.ts';
import { CommandError } from '../exit-code.ts';
import { print, printJson } from '../output.ts';
import { formatTable } from '../table.ts';
import { resolveTarget, type TargetOptions } from '../target.ts';

const DAY_MS = 86_400_000;

interface DevelopmentOptions {
  readonly dir: string;
  readonly name?: readonly string[];
  readonly client?: string;
  readonly json?: boolean;
}

export async function developmentCertificates(options: DevelopmentOptions): Promise<void> {
  const { makeDevelopmentCertificates } = await import('../development-certificates.ts');
  let made: DevelopmentCertificates;
  try {
    made = await makeDevelopmentCertificates(options.dir, options.name ?? [], options.client);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError('failed', `There are no certificates in ${options.dir}: ${(error as Error).message}`, error);
  }
  if (options.json) printJson(made);
  else print(nextSteps(made));
}

function nextSteps({ authority, server, client }: DevelopmentCertificates): string {
  const command = process.env.npm_command === undefined ? 'angarium' : 'npx angarium';
  const row = (files: MadeCertificate, what: string): string[] => [shown(files.certificate), files.made ? 'made' : 'kept', what];
  const table = formatTable(
    ['file', '', 'what it is'],
    [
      row(authority, 'the authority: what clients trust'),
      row(server, `the server's certificate, for ${server.names.join(', ')}`),
      ...(client === undefined ? [] : [row(client, 'a certificate for a client')]),
    ],
  );
  const ca = shown(authority.certificate);
  const own = client && { cert: shown(client.certificate), key: shown(client.key) };
  const ownFlags = own === undefined ? '' : ` --cert ${own.cert} --key ${own.key}`;
  const ownOptions = own === undefined ? '' : `, cert: readFileSync('${own.cert}'), key: readFileSync('${own.key}')`;
  return [
    table,
    '',
    'Each has its key beside it (.key), which only you can read. They are for development: keep the folder out of version control.',
    '',
    'Start a server with them:',
    '',
    `  ${command} up --amqps 5671 --mqtts 8883 --https 8443 --tls-certificate ${shown(server.certificate)} --tls-key ${shown(server.key)} --tls-client-ca ${ca}`,
    '',
    'Try next, in another terminal:',
    '',
    `  ${command} send orders hello --type queue --url https://localhost:8443 --ca ${ca}${ownFlags}`,
    `  curl --cacert ${ca}${ownFlags} -d '' 'https://localhost:8443/m/orders:receive?settle=auto'`,
    `  mosquitto_pub --cafile ${ca}${ownFlags} -h localhost -p 8883 -t orders -m hello`,
    `  rhea: connect({ transport: 'tls', host: 'localhost', port: 5671, ca: readFileSync('${ca}')${ownOptions} })`,
  ].join('\n');
}

/** As short as it can be said from here. */
function shown(path: string): string {
  return relative('', path);
}

interface CertificateDocument {
  readonly metadata: { readonly name: string };
  readonly status: { readonly names: readonly string[]; readonly subject: string; readonly issuer: string; readonly expires: string };
}

export async function listCertificates(options: TargetOptions & { readonly json?: boolean }): Promise<void> {
  const certificates = await new ApiClient(await resolveTarget(options)).all<CertificateDocument>('/certificates');
  if (options.json) return printJson(certificates);
  if (certificates.length === 0) return print('The server has no endpoint with TLS, and no certificates.');
  const rows = certificates.map(({ metadata, status: { names, subject, issuer, expires } }) => [
    metadata.name,
    names.join(','),
    subject,
    issuer,
    expires.slice(0, 10),
    Math.floor((Date.parse(expires) - Date.now()) / DAY_MS),
  ]);
  print(formatTable(['name', 'server names', 'subject', 'issuer', 'expires', 'days'], rows));
}
