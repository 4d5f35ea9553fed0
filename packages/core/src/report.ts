/** Something worth a line in the log: `what` is the sentence, the rest are its details. */
export interface CoreEvent {
  level: 'debug' | 'info' | 'warn' | 'error';
  what: string;
  [detail: string]: unknown;
}

export type Report = (event: CoreEvent) => void;

/** Reports the first of its kind at once, and then at most one line an interval, which says how many were like it. For what a flood would repeat. */
export class RateLimitedReport {
  readonly #report: Report;
  readonly #intervalMs: number;
  #nextMs = 0;
  #since = 0;

  constructor(report: Report, intervalMs: number) {
    this.#report = report;
    this.#intervalMs = intervalMs;
  }

  say(nowMs: number, event: () => CoreEvent): void {
    this.#since++;
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + this.#intervalMs;
    this.#report({ ...event(), times: this.#since });
    this.#since = 0;
  }
}
