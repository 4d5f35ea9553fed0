import type { Report } from '@angarium/core';
import type { ServerCertificate } from './certificate-file.ts';

const DAY_MS = 86_400_000;
/** From here on it is said each day that a certificate expires soon, in days. */
const WARNING_DAYS = 30;

/** Says which certificates have expired, or will soon. */
export function reportExpiry(certificates: readonly ServerCertificate[], nowMs: number, report: Report): void {
  for (const { entry, expiresMs } of certificates) {
    const days = Math.floor((expiresMs - nowMs) / DAY_MS);
    const facts = { certificate: entry.name, file: entry.certificate, expires: new Date(expiresMs).toISOString() };
    if (expiresMs <= nowMs)
      report({
        level: 'error',
        event: 'CertificateExpired',
        what: 'a certificate has expired: clients refuse it. Put a new one into its file',
        ...facts,
      });
    else if (days < WARNING_DAYS)
      report({
        level: 'warn',
        event: 'CertificateExpires',
        what: 'a certificate expires soon: put a new one into its file',
        ...facts,
        days,
      });
  }
}

/** Says it now and once a day, of the certificates as they are then. */
export function watchExpiry(certificates: () => readonly ServerCertificate[], report: Report): Disposable {
  const say = (): void => reportExpiry(certificates(), Date.now(), report);
  say();
  const timer = setInterval(say, DAY_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
