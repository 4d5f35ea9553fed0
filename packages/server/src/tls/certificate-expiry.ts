import type { Logger } from '../logger.ts';
import type { ServerCertificate } from './certificate-file.ts';

const DAY_MS = 86_400_000;
/** From here on it is said each day that a certificate expires soon, in days. */
const WARNING_DAYS = 30;

/** Says which certificates have expired, or will soon. */
export function reportExpiry(certificates: readonly ServerCertificate[], nowMs: number, logger: Logger): void {
  for (const { entry, expiresMs } of certificates) {
    const days = Math.floor((expiresMs - nowMs) / DAY_MS);
    const facts = { certificate: entry.name, file: entry.certificate, expires: new Date(expiresMs).toISOString() };
    if (expiresMs <= nowMs) logger.error(facts, 'a certificate has expired: clients refuse it. Put a new one into its file');
    else if (days < WARNING_DAYS) logger.warn({ ...facts, days }, 'a certificate expires soon: put a new one into its file');
  }
}

/** Says it now and once a day, of the certificates as they are then. */
export function watchExpiry(certificates: () => readonly ServerCertificate[], logger: Logger): Disposable {
  const report = (): void => reportExpiry(certificates(), Date.now(), logger);
  report();
  const timer = setInterval(report, DAY_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
