import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { subjectNames } from './certificate-facts.ts';

/** The largest file of certificates or with a key, in bytes. */
const FILE_BYTES_MAX = 1_048_576;

/** Where a certificate is, and whom it is for. */
export interface CertificateEntry {
  /** What the server's lists call it. */
  readonly name: string;
  /** Server names, exact or beginning with `*.`; those that the certificate is made out to when absent. */
  readonly names?: readonly string[];
  /** Paths of files in PEM: the certificate and those that lead to its authority; its key; authorities of clients' certificates. */
  readonly certificate: string;
  readonly key: string;
  readonly clientCa?: string;
}

/** A certificate with its key, as it was read: they belong together. */
export interface ServerCertificate {
  readonly entry: CertificateEntry;
  readonly names: readonly string[];
  /** In PEM. */
  readonly chain: string;
  readonly key: string;
  readonly clientCa: string | undefined;
  /** The server's own, which is the first of the chain. */
  readonly leaf: X509Certificate;
  /** When the first of the chain expires, in milliseconds since the epoch. */
  readonly expiresMs: number;
}

/** Why a certificate cannot be used, in words that name the file. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/** Reads a certificate with its key, and finds out whether they can be used. Throws `CertificateError`. */
export async function readCertificate(entry: CertificateEntry): Promise<ServerCertificate> {
  const chain = await readPem(entry.certificate, 'certificate');
  const keyText = await readPem(entry.key, 'key');
  const certificates = parseChain(chain, entry.certificate);
  const leaf = certificates[0]!;
  const key = parseKey(keyText, entry.key);
  if (!leaf.checkPrivateKey(key))
    throw new CertificateError(`The key in ${entry.key} is not that of the certificate in ${entry.certificate} (${leaf.subject}).`);
  const clientCa = entry.clientCa === undefined ? undefined : await readPem(entry.clientCa, 'certificates of authorities');
  if (clientCa !== undefined) parseChain(clientCa, entry.clientCa!);
  return {
    entry,
    names:
      entry.names ??
      subjectNames(leaf)
        .filter(name => name.kind === 'DNS')
        .map(name => name.value),
    chain,
    key: keyText,
    clientCa,
    leaf,
    expiresMs: Math.min(...certificates.map(certificate => certificate.validToDate.getTime())),
  };
}

async function readPem(file: string, what: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new CertificateError(`The ${what} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
  if (text.length > FILE_BYTES_MAX) throw new CertificateError(`The file ${file} is larger than ${FILE_BYTES_MAX} bytes.`);
  return text;
}

function parseChain(text: string, file: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (blocks === null) throw new CertificateError(`There is no certificate in ${file}: it has to be in PEM (-----BEGIN CERTIFICATE-----).`);
  try {
    return blocks.map(block => new X509Certificate(block));
  } catch (error) {
    throw new CertificateError(`A certificate in ${file} is broken: ${(error as Error).message}.`, { cause: error });
  }
}

function parseKey(text: string, file: string): KeyObject {
  if (!text.includes('PRIVATE KEY-----')) throw new CertificateError(`There is no private key in ${file}: it has to be in PEM.`);
  if (text.includes('ENCRYPTED'))
    throw new CertificateError(`The key in ${file} is encrypted: take the password away (openssl pkey -in ${file}).`);
  try {
    return createPrivateKey(text);
  } catch (error) {
    throw new CertificateError(`The key in ${file} is broken: ${(error as Error).message}.`, { cause: error });
  }
}
