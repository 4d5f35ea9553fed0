import type { Report } from '@angarium/core';
import type { Configuration } from '../configuration.ts';
import { limitsOf } from '../limit-options.ts';
import { StartError } from '../start-error.ts';
import { type CertificateEntry, CertificateError } from './certificate-file.ts';
import { CertificateFiles } from './certificate-files.ts';
import { TLS_LIMITS, type TlsLimits } from './tls-limits.ts';

export function tlsLimitsOf(configuration: Configuration): TlsLimits {
  return limitsOf('tls', TLS_LIMITS, configuration);
}

/** The certificates of these endpoints; `undefined` when there are no such endpoints. Throws `StartError`. */
export async function certificateFilesOf(
  configuration: Configuration,
  endpoints: readonly string[],
  report: Report,
): Promise<CertificateFiles | undefined> {
  const { tlsCertificate, tlsKey, tlsClientCertificate, tlsVersionMin, tlsCiphers } = configuration;
  if ((tlsCertificate === '') !== (tlsKey === ''))
    throw new StartError('configuration', 'A certificate and its key belong together: give both tlsCertificate and tlsKey.');
  const [endpoint] = endpoints;
  if (endpoint === undefined) return undefined;
  const entries = certificateEntries(configuration);
  if (entries.length === 0)
    throw new StartError(
      'configuration',
      `${endpoint.toUpperCase()} needs a certificate: --tls-certificate and --tls-key. For development, one is made by: angarium certificate dev`,
    );
  const terms = { versionMin: tlsVersionMin, ciphers: tlsCiphers, clientCertificate: tlsClientCertificate };
  try {
    return await CertificateFiles.open({ entries, terms, report });
  } catch (error) {
    if (error instanceof CertificateError) throw new StartError('configuration', error.message, error);
    throw error;
  }
}

/** All certificates of the configuration; that of clients that ask for no name comes first. */
function certificateEntries({ tlsCertificate, tlsKey, tlsClientCa, certificates }: Configuration): CertificateEntry[] {
  const entry = (name: string, certificate: string, key: string, clientCa = tlsClientCa): CertificateEntry => ({
    name,
    certificate,
    key,
    ...(clientCa !== '' && { clientCa }),
  });
  return [
    ...(tlsCertificate === '' ? [] : [entry('default', tlsCertificate, tlsKey)]),
    ...certificates.map(({ names, certificate, key, clientCa }) => ({
      ...entry(names?.[0] ?? certificate, certificate, key, clientCa),
      ...(names && { names }),
    })),
  ];
}
