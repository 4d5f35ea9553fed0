import { RateLimitedReport, type Report } from '@angarium/core';

/** What goes wrong is said in the log so often, in milliseconds. */
const REPORT_INTERVAL_MS = 10_000;
/** What others say of a failure is kept so far, in characters. */
const WHY_LENGTH_MAX = 500;

/** A time that an authentication service could not be asked. */
export interface AuthorityFailure {
  /** In milliseconds since the epoch. */
  readonly atMs: number;
  /** What went wrong, and what to do; nothing that is secret. */
  readonly words: string;
}

/** What was last heard of an authentication service: that it answered, whatever it said, or why it could not be asked. */
export class AuthorityHealth {
  readonly #report: RateLimitedReport;
  readonly #remedy: string;
  #failing = false;
  #lastFailure: AuthorityFailure | undefined;

  /** `remedy`: a sentence that says what to do when it fails. */
  constructor(report: Report, remedy: string) {
    this.#report = new RateLimitedReport(report, REPORT_INTERVAL_MS);
    this.#remedy = remedy;
  }

  /** Whether it could not be asked the last time. */
  get failing(): boolean {
    return this.#failing;
  }

  /** The last one, although it may have answered since. */
  get lastFailure(): AuthorityFailure | undefined {
    return this.#lastFailure;
  }

  answered(): void {
    this.#failing = false;
  }

  /** `what` could not be done, because of `why`; `details` are for the log. */
  failed(nowMs: number, what: string, why: string, details: object = {}): void {
    const because = why.length > WHY_LENGTH_MAX ? `${why.slice(0, WHY_LENGTH_MAX)}…` : why;
    this.#failing = true;
    this.#lastFailure = { atMs: nowMs, words: `${what[0]!.toUpperCase()}${what.slice(1)}: ${because.replace(/\.$/, '')}. ${this.#remedy}` };
    this.#report.say(nowMs, () => ({ level: 'error', what: `${what}: ${why}`, ...details }));
  }
}
