// The library decorates its classes, and needs this to have been loaded before it.
import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { CommandError } from './exit-code.ts';
import { replaceFile } from './replace-file.ts';

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
/** The longest that all clients take: some refuse certificates for more than 398 days. */
const CERTIFICATE_DAYS = 397;
/** A server's certificate that is good for less than this is made anew, in days. */
const RENEW_DAYS = 30;
const KEY_MODE = 0o600;
const CERTIFICATE_MODE = 0o644;
const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING_ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' };
const SERIAL_BYTES = 16;
const LOCAL_NAMES = ['localhost', '127.0.0.1', '::1'];
const AUTHORITY_NAME = 'Angarium development';

/** Paths of a certificate and its key, and whether they are new. */
export interface MadeCertificate {
  readonly certificate: string;
  readonly key: string;
  readonly made: boolean;
}

export interface DevelopmentCertificates {
  readonly authority: MadeCertificate;
  readonly server: MadeCertificate & { readonly names: readonly string[] };
  readonly client: MadeCertificate | undefined;
}

/**
 * An authority of this folder alone, made once and kept; a server's certificate for this machine and `names`; and one for the client `user`. None of it is for
 * anything but development: who has the folder can be any server and any client.
 */
export async function makeDevelopmentCertificates(
  folder: string,
  names: readonly string[],
  user: string | undefined,
): Promise<DevelopmentCertificates> {
  x509.cryptoProvider.set(webcrypto as Crypto);
  await mkdir(folder, { recursive: true });
  const authority = await openAuthority(folder);
  return {
    authority: authority.files,
    server: await serverCertificate(folder, authority, names),
    client: user === undefined ? undefined : await clientCertificate(folder, authority, user),
  };
}

interface Authority {
  readonly files: MadeCertificate;
  readonly certificate: x509.X509Certificate;
  readonly key: CryptoKey;
}

async function openAuthority(folder: string): Promise<Authority> {
  const files = filesOf(folder, 'ca');
  const pem = await readIfThere(files.certificate);
  if (pem !== undefined) {
    const key = createPrivateKey(await readFile(files.key, 'utf8')).export({ type: 'pkcs8', format: 'der' });
    return {
      files: { ...files, made: false },
      certificate: new x509.X509Certificate(pem),
      key: await webcrypto.subtle.importKey('pkcs8', key, KEY_ALGORITHM, false, ['sign']),
    };
  }
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [AUTHORITY_NAME] }],
    ...validity(AUTHORITY_DAYS),
    keys,
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await write(files, certificate, keys);
  return { files: { ...files, made: true }, certificate, key: keys.privateKey };
}

/** The one that is there, if it will do; else a new one, which has the names of that too. */
async function serverCertificate(
  folder: string,
  authority: Authority,
  names: readonly string[],
): Promise<DevelopmentCertificates['server']> {
  const files = filesOf(folder, 'server');
  const pem = await readIfThere(files.certificate);
  const before = pem === undefined ? undefined : new X509Certificate(pem);
  const had = before === undefined ? [] : namesOf(before);
  const wanted = [...new Set([...LOCAL_NAMES, ...had, ...names.map(name => name.toLowerCase())])];
  const isGood =
    before !== undefined &&
    wanted.length === had.length &&
    before.validToDate.getTime() - Date.now() > RENEW_DAYS * DAY_MS &&
    before.verify(new X509Certificate(authority.certificate.toString('pem')).publicKey);
  if (!isGood) {
    const alternative = wanted.map(name => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name }));
    await issue(files, authority, 'localhost', x509.ExtendedKeyUsage.serverAuth, [new x509.SubjectAlternativeNameExtension(alternative)]);
  }
  return { ...files, names: wanted, made: !isGood };
}

async function clientCertificate(folder: string, authority: Authority, user: string): Promise<MadeCertificate> {
  if (!/^[\w.@+-]+$/.test(user) || ['ca', 'server'].includes(user))
    throw new CommandError(
      'usage',
      `"${user}" cannot be the name of a file too: use letters, digits and . _ @ + -, and neither ca nor server.`,
    );
  const files = filesOf(folder, user);
  await issue(files, authority, user, x509.ExtendedKeyUsage.clientAuth, []);
  return { ...files, made: true };
}

async function issue(
  files: { certificate: string; key: string },
  authority: Authority,
  commonName: string,
  usage: x509.ExtendedKeyUsage,
  extensions: readonly x509.Extension[],
): Promise<void> {
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [commonName] }],
    issuer: authority.certificate.subject,
    ...validity(CERTIFICATE_DAYS),
    publicKey: keys.publicKey,
    signingKey: authority.key,
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
      ...extensions,
    ],
  });
  await write(files, certificate, keys);
}

async function write(
  files: { certificate: string; key: string },
  certificate: x509.X509Certificate,
  keys: webcrypto.CryptoKeyPair,
): Promise<void> {
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  await replaceFile(files.key, `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`, KEY_MODE);
  await replaceFile(files.certificate, `${certificate.toString('pem')}\n`, CERTIFICATE_MODE);
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
}

/** RFC 5280, section 4.1.2.2: positive, and never the same twice. */
function serialNumber(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0]! &= 0x7f;
  return bytes.toString('hex');
}

/** From an hour ago, since clocks differ. */
function validity(days: number): { notBefore: Date; notAfter: Date } {
  const nowMs = Date.now();
  return { notBefore: new Date(nowMs - 3_600_000), notAfter: new Date(nowMs + days * DAY_MS) };
}

/** Host names and addresses that a certificate of ours is made out to. */
function namesOf(certificate: X509Certificate): string[] {
  const names = new x509.X509Certificate(certificate.toString()).getExtension(x509.SubjectAlternativeNameExtension);
  return (names?.names.items ?? []).map(({ value }) => value);
}

function filesOf(folder: string, name: string): { certificate: string; key: string } {
  return { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
