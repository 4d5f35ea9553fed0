import type { CreditHolder } from './credit-share.ts';

/** How a producer or consumer stands with its address. Nothing is written down for a message: only when credit runs out, and when it comes again. */
export interface Standing {
  /** Messages that it may send, or takes, from now on. */
  readonly credit: number;
  /** Since when it has none, in milliseconds since the epoch; 0: it has some. */
  readonly withoutCreditSinceMs: number;
  /** A consumer gets nothing for now, whatever its credit: its connection has too much under way. */
  readonly paused: boolean;
  /** Another consumer is the single active one. */
  readonly waitsForActive: boolean;
}

export function producerStanding({ held, withoutCreditSinceMs }: CreditHolder): Standing {
  return { credit: held, withoutCreditSinceMs: held > 0 ? 0 : withoutCreditSinceMs, paused: false, waitsForActive: false };
}
