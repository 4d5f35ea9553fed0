import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type TlsOptions } from 'node:tls';
import { CertificateError, type ServerCertificate } from './certificate-file.ts';

/** How TLS is spoken, whatever the certificate. */
export interface TlsTerms {
  readonly versionMin: '1.2' | '1.3';
  /** As OpenSSL names them, best first. */
  readonly ciphers: string;
  /** Whether clients are asked for certificates where there are authorities for them. */
  readonly clientCertificate: 'none' | 'request' | 'require';
}

/** A certificate, ready for handshakes. */
interface ServerContext {
  readonly certificate: ServerCertificate;
  readonly options: TlsOptions;
  readonly context: SecureContext;
}

/** What handshakes need at one time: contexts by server name. It does not change; new certificates are a new one. */
export class ServerContexts {
  readonly terms: TlsTerms;
  readonly certificates: readonly ServerCertificate[];
  /** Whether clients are asked for certificates; some names may have no authorities for them all the same. */
  readonly requestsCertificates: boolean;
  readonly #default: ServerContext;
  readonly #exact = new Map<string, ServerContext>();
  /** By what follows `*.`. */
  readonly #wildcards = new Map<string, ServerContext>();

  /** The first of the certificates is for clients that ask for no name, or for one that no other is for. Throws `CertificateError`. */
  constructor(certificates: readonly ServerCertificate[], terms: TlsTerms) {
    if (certificates.length === 0) throw new CertificateError('There is no certificate.');
    this.terms = terms;
    this.certificates = certificates;
    this.requestsCertificates = terms.clientCertificate !== 'none' && certificates.some(({ clientCa }) => clientCa !== undefined);
    const contexts = certificates.map(certificate => this.#contextOf(certificate));
    this.#default = contexts[0]!;
    for (const context of contexts) for (const name of context.certificate.names) this.#add(name.toLowerCase(), context);
  }

  #contextOf(certificate: ServerCertificate): ServerContext {
    const { entry, chain, key, clientCa } = certificate;
    const { clientCertificate, ciphers, versionMin } = this.terms;
    if (clientCertificate === 'require' && clientCa === undefined)
      throw new CertificateError(`There are no authorities for the certificates of clients, which the certificate ${entry.name} requires.`);
    const options: TlsOptions = {
      cert: chain,
      key,
      // Without any, Node would take those of its own list, and trust strangers with a certificate of the public web.
      ca: clientCa ?? [],
      ciphers,
      minVersion: `TLSv${versionMin}`,
      honorCipherOrder: true,
      secureOptions:
        constants.SSL_OP_NO_RENEGOTIATION |
        constants.SSL_OP_PRIORITIZE_CHACHA |
        // A session that is resumed brings its certificate along, unchecked, and it may be of another name with other authorities.
        (this.requestsCertificates ? constants.SSL_OP_NO_TICKET : 0),
    };
    try {
      return { certificate, options, context: createSecureContext(options) };
    } catch (error) {
      throw new CertificateError(
        `TLS cannot be spoken with the certificate in ${entry.certificate} and these ciphers: ${(error as Error).message}.`,
        { cause: error },
      );
    }
  }

  #add(name: string, context: ServerContext): void {
    const isWildcard = name.startsWith('*.');
    const names = isWildcard ? this.#wildcards : this.#exact;
    // The first one that claims a name has it, as the first one is what there is without a name.
    const key = isWildcard ? name.slice(2) : name;
    if (!names.has(key)) names.set(key, context);
  }

  /** For clients that ask for no name. */
  get defaultOptions(): TlsOptions {
    return this.#default.options;
  }

  find(serverName: string): SecureContext {
    return this.#contextFor(serverName).context;
  }

  /** Whether certificates of clients that ask for this name can be checked; `undefined`: for none. */
  hasClientCa(serverName: string | undefined): boolean {
    return this.#contextFor(serverName).certificate.clientCa !== undefined;
  }

  /** RFC 6125, section 6.4.3: `*` stands for one label, the leftmost. */
  #contextFor(serverName: string | undefined): ServerContext {
    if (serverName === undefined) return this.#default;
    const name = serverName.toLowerCase().replace(/\.$/, '');
    const dot = name.indexOf('.');
    return this.#exact.get(name) ?? (dot > 0 ? this.#wildcards.get(name.slice(dot + 1)) : undefined) ?? this.#default;
  }
}
