import type { ServerCertificate } from './certificate-file.ts';
import { ServerContexts, type TlsTerms } from './server-contexts.ts';

/** The certificates of all endpoints; they can be replaced while connections come and go. */
export class Certificates {
  readonly #terms: TlsTerms;
  #contexts: ServerContexts;

  /** Throws `CertificateError` when one of them cannot be used. */
  constructor(entries: readonly ServerCertificate[], terms: TlsTerms) {
    this.#terms = terms;
    this.#contexts = new ServerContexts(entries, terms);
  }

  /** What a handshake that begins now needs. */
  get contexts(): ServerContexts {
    return this.#contexts;
  }

  /** Handshakes from now on get these. Throws `CertificateError` when one of them cannot be used; those before stay then. */
  replace(entries: readonly ServerCertificate[]): void {
    this.#contexts = new ServerContexts(entries, this.#terms);
  }
}
