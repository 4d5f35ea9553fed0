import type { Redelivery } from '../address/address.ts';

/** How long a message waits after so many failed attempts, in milliseconds. `seed` spreads those that failed together. */
export function redeliveryDelayMs(redelivery: Redelivery | undefined, attempts: number, seed: number): number {
  const { delayMs = 0, multiplier = 1, delayMaxMs = Number.MAX_SAFE_INTEGER, jitter = 0 } = redelivery ?? {};
  if (delayMs === 0) return 0;
  const delay = Math.min(delayMaxMs, delayMs * multiplier ** (attempts - 1));
  return Math.round(delay * (1 - jitter * fraction(seed + attempts)));
}

/** A number from 0 to 1 that looks like chance and is the same for the same seed: a queue does the same again over the same records. */
function fraction(seed: number): number {
  let hash = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}
