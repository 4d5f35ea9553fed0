import { stat } from 'node:fs/promises';
import type { Report } from '@angarium/core';
import { type CertificateEntry, CertificateError, readCertificate, type ServerCertificate } from './certificate-file.ts';
import { Certificates } from './certificates.ts';
import type { TlsTerms } from './server-contexts.ts';

/** How often files are looked at, in milliseconds. */
const WATCH_MS = 2000;

export interface CertificateFilesOptions {
  readonly entries: readonly CertificateEntry[];
  readonly terms: TlsTerms;
  readonly report: Report;
  readonly watchMs?: number;
}

/**
 * Certificates that are read from files, and again when the files have changed. They are looked at rather than watched by the system: that sees a file that is
 * replaced and a link that leads elsewhere (`..data` of Kubernetes) alike, on file systems of other machines too.
 */
export class CertificateFiles implements Disposable {
  readonly certificates: Certificates;
  readonly #report: Report;
  readonly #watchMs: number;
  #loaded: readonly ServerCertificate[];
  /** How the files were when they were read, and when they were looked at last. */
  #loadedStamps: string;
  #seenStamps: string;
  #timer: NodeJS.Timeout | undefined;
  /** What is being read; a second wish waits for it. */
  #reading: Promise<void> = Promise.resolve();
  #closed = false;

  /** Throws `CertificateError` when one of the certificates cannot be used. */
  static async open(options: CertificateFilesOptions): Promise<CertificateFiles> {
    const stamps = await stampsOf(options.entries);
    return new CertificateFiles(options, stamps, await Promise.all(options.entries.map(readCertificate)));
  }

  private constructor({ terms, report, watchMs }: CertificateFilesOptions, stamps: string, loaded: readonly ServerCertificate[]) {
    this.certificates = new Certificates(loaded, terms);
    this.#report = report;
    this.#watchMs = watchMs ?? WATCH_MS;
    this.#loaded = loaded;
    this.#loadedStamps = this.#seenStamps = stamps;
    this.#lookLater();
  }

  #lookLater(): void {
    this.#timer = setTimeout(() => void this.#look(), this.#watchMs).unref();
  }

  async #look(): Promise<void> {
    const stamps = await stampsOf(this.#entries);
    const still = stamps === this.#seenStamps;
    this.#seenStamps = stamps;
    // A certificate and its key are often written one after the other: they are read when they have been left alone for a while.
    if (still && stamps !== this.#loadedStamps) await this.reload();
    if (!this.#closed) this.#lookLater();
  }

  get #entries(): readonly CertificateEntry[] {
    return this.#loaded.map(({ entry }) => entry);
  }

  /** Reads the files again, at once. Of a certificate that cannot be used now the one before stays, and the log says why. */
  reload(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read());
    return this.#reading;
  }

  async #read(): Promise<void> {
    this.#loadedStamps = await stampsOf(this.#entries);
    try {
      const loaded = await Promise.all(this.#loaded.map(before => this.#readAgain(before)));
      this.certificates.replace(loaded);
      const changed = loaded.filter(({ leaf }, at) => leaf.fingerprint256 !== this.#loaded[at]!.leaf.fingerprint256);
      this.#loaded = loaded;
      for (const { entry, expiresMs } of changed)
        this.#report({
          level: 'info',
          event: 'CertificateReplaced',
          what: 'a certificate was replaced',
          certificate: entry.name,
          expires: new Date(expiresMs).toISOString(),
        });
    } catch (error) {
      this.#refused(error);
    }
  }

  async #readAgain(before: ServerCertificate): Promise<ServerCertificate> {
    try {
      return await readCertificate(before.entry);
    } catch (error) {
      this.#refused(error);
      return before;
    }
  }

  #refused(error: unknown): void {
    if (!(error instanceof CertificateError)) throw error;
    this.#report({ level: 'error', what: 'a new certificate is not taken, and the one before stays', reason: error.message });
  }

  /** Looks at the files no more. */
  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}

/** How all files of the certificates are, links followed: another text means that one of them has changed. */
async function stampsOf(entries: readonly CertificateEntry[]): Promise<string> {
  const files = entries.flatMap(({ certificate, key, clientCa }) => [certificate, key, ...(clientCa === undefined ? [] : [clientCa])]);
  const stamps = await Promise.all(
    files.map(file =>
      stat(file, { bigint: true }).then(
        ({ dev, ino, size, mtimeNs, ctimeNs }) => `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`,
        (error: NodeJS.ErrnoException) => String(error.code),
      ),
    ),
  );
  return stamps.join('\n');
}
