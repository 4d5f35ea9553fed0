import { readFile } from 'node:fs/promises';
import { CommandError } from './exit-code.ts';

/** What a user gives for TLS; paths of files in PEM. */
export interface TlsFiles {
  /** Authorities, in place of those that the system trusts. */
  readonly ca?: string;
  /** A certificate of the user's own, and its key. */
  readonly cert?: string;
  readonly key?: string;
  /** Whoever answers is believed. */
  readonly insecure?: boolean;
}

/** The same as connections of Node take it; undefined where there was nothing. */
export interface TlsClientOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized?: false;
}

export async function readTlsFiles({ ca, cert, key, insecure }: TlsFiles): Promise<TlsClientOptions> {
  if ((cert === undefined) !== (key === undefined))
    throw new CommandError('usage', 'A certificate and its key belong together: give both --cert and --key.');
  return {
    ...(ca !== undefined && { ca: await readPem(ca) }),
    ...(cert !== undefined && { cert: await readPem(cert) }),
    ...(key !== undefined && { key: await readPem(key) }),
    ...(insecure && { rejectUnauthorized: false as const }),
  };
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError('usage', `The file ${file} cannot be read: ${(error as Error).message}`, error);
  }
}

const UNKNOWN_AUTHORITY = 'its certificate is of an authority that is not known here: give that with --ca FILE';

/** What goes wrong with TLS, by the codes of Node. */
const WORDS: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for other names than this one',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a certificate from you: --cert FILE --key FILE',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: 'it refuses the handshake: it may want a certificate from you (--cert FILE --key FILE)',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS there',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS there',
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: 'the key of --key is not that of the certificate of --cert',
};

/** Why a server cannot be spoken to over TLS, and what to do; `undefined` when it is not for TLS. */
export function tlsWords({ code }: { readonly code?: string }): string | undefined {
  const words = code === undefined ? undefined : WORDS[code];
  return words && `${words} (${code})`;
}
