import type { Report, Turn } from '@angarium/core';

/**
 * How a connector or forwarder is. `Connecting`: for the first time, or again after it had worked; `Failed`: the last attempt did, and there will be
 * another; `Paused`: somebody has said so.
 */
export type LinkPhase = 'Connecting' | 'Active' | 'Failed' | 'Paused' | 'Terminating';

/** What the status of a connector and that of a forwarder begin with. */
export interface PhaseStatus {
  readonly phase: LinkPhase;
  /** When it got there, in ISO 8601. */
  readonly since: string;
  /** Of `Paused`: by whom, and how it goes on. */
  readonly message?: string;
  /** Why it does not work, or did not the last time, and what to do; and when that was, in ISO 8601. */
  readonly lastError?: string;
  readonly lastErrorTime?: string;
}

/** Remembers how something is, and since when; each change is a line in the log, a failure that repeats itself is not. */
export class PhaseRecord {
  readonly #turn: Turn;
  readonly #report: Report;
  readonly #what: string;
  readonly #details: Record<string, unknown>;
  #phase: LinkPhase = 'Connecting';
  #sinceMs: number;
  #message: string | undefined;
  #lastError: string | undefined;
  #lastErrorMs = 0;

  constructor(turn: Turn, report: Report, what: 'connector' | 'forwarder', details: Record<string, unknown>) {
    this.#turn = turn;
    this.#report = report;
    this.#what = what;
    this.#details = details;
    this.#sinceMs = turn.nowMs;
  }

  get phase(): LinkPhase {
    return this.#phase;
  }

  /** Nothing is wrong: somebody wants it so, as `message` says. */
  paused(message: string): void {
    if (this.#phase === 'Paused' && this.#message === message) return;
    this.is('Paused', undefined, { why: message });
    this.#message = message;
  }

  /** Without `why` the last error stays: it is of interest when things work again. */
  is(phase: LinkPhase, why: string | undefined, details: Record<string, unknown> = {}): void {
    const same = phase === this.#phase && (why === undefined || why === this.#lastError);
    if (phase !== this.#phase) this.#sinceMs = this.#turn.nowMs;
    this.#phase = phase;
    this.#message = undefined;
    if (why !== undefined) {
      this.#lastError = why;
      this.#lastErrorMs = this.#turn.nowMs;
    }
    if (same) return;
    const level = phase === 'Failed' ? 'warn' : 'info';
    const event = EVENTS[phase];
    this.#report({
      level,
      ...(event && { event }),
      what: `${this.#what} ${WORDS[phase]}`,
      ...this.#details,
      ...details,
      ...(why !== undefined && { why }),
    });
  }

  status(): PhaseStatus {
    return {
      phase: this.#phase,
      since: new Date(this.#sinceMs).toISOString(),
      ...(this.#message !== undefined && { message: this.#message }),
      ...(this.#lastError !== undefined && { lastError: this.#lastError, lastErrorTime: new Date(this.#lastErrorMs).toISOString() }),
    };
  }
}

/** What is an event for who looks after the server. */
const EVENTS: Partial<Record<LinkPhase, string>> = { Active: 'ConnectorWorks', Failed: 'ConnectorFailed' };

const WORDS: Readonly<Record<LinkPhase, string>> = {
  Connecting: 'connects',
  Active: 'works',
  Failed: 'fails, and is tried again',
  Paused: 'is paused',
  Terminating: 'ends',
};
