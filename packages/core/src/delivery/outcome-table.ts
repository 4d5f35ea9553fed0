import type { Outcome } from './outcome.ts';
import type { RefusalCode } from './refusal.ts';

/**
 * One protocol's words for what becomes of a message, and for each way to say no. Each head has one such table, in its
 * `outcome-table.ts`; one that misses a row does not compile. docs/reference/outcomes.md shows them side by side.
 */
export interface OutcomeTable<OutcomeWord, RefusalWord> {
  /** What the sender hears of its message. */
  readonly outcomes: Readonly<Record<Outcome['kind'], OutcomeWord>>;
  /** How a refusal is said, of a message or of anything else that was asked for. */
  readonly refusals: Readonly<Record<RefusalCode, RefusalWord>>;
}
