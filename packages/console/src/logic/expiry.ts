/** How soon somebody has to do something about a certificate. */
const WARNING_DAYS = 30;
const DANGER_DAYS = 7;
const DAY_MS = 86_400_000;

export interface Expiry {
  readonly severity: 'fine' | 'warning' | 'danger';
  readonly words: string;
}

/** How long something is good that expires then, as ISO 8601 has it. */
export function expiryOf(expires: string, nowMs: number): Expiry {
  const leftMs = Date.parse(expires) - nowMs;
  if (leftMs <= 0) return { severity: 'danger', words: 'has expired' };
  const days = Math.floor(leftMs / DAY_MS);
  const words = days === 0 ? 'expires today' : days === 1 ? 'expires tomorrow' : `expires in ${days} days`;
  return { severity: days < DANGER_DAYS ? 'danger' : days < WARNING_DAYS ? 'warning' : 'fine', words };
}
