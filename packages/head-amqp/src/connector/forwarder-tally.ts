import type { Outcome } from '@angarium/core';

/** What a forwarder has moved since it was made. Plain numbers, moved on the path. */
export class ForwarderTally {
  /** Messages that were handed over, each time that they were. */
  messages = 0;
  /** Of those that somebody waits for, by their receiver's outcome. */
  readonly outcomes: Record<Outcome['kind'], number> = { accepted: 0, rejected: 0, released: 0, modified: 0 };
  /** Why the last message that came to nothing did. */
  lastRejection: string | undefined;

  count(outcome: Outcome): void {
    this.outcomes[outcome.kind]++;
    if (outcome.kind === 'rejected')
      this.lastRejection = outcome.refusal?.description ?? outcome.reason?.description ?? outcome.reason?.condition;
  }
}
