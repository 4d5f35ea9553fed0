import type { Report, Turn } from '@angarium/core';
import { DelayedAnswers } from './delayed-answers.ts';

/** Failures of a source, or of a user, that cost nothing: somebody mistyped, or a fleet has an old password. */
export const FREE_FAILURES = 10;
/** The first delay, in milliseconds; each further failure doubles it. */
export const DELAY_FIRST_MS = 100;
/** The longest delay, in milliseconds: a guess in so long from each answer that may wait. */
export const DELAY_MAX_MS = 5_000;
/** So long until half of the failures are forgotten, in milliseconds. */
export const HALF_LIFE_MS = 60_000;
/** Sources and users whose failures are known; the one that failed longest ago is forgotten for another. */
export const FAILING_MAX = 10_000;
/** Delayed answers of one source: further attempts of it are refused at once, and not looked at. */
export const DELAYED_OF_SOURCE_MAX = 20;
/** Delayed answers of all sources: further ones are not delayed. */
export const DELAYED_MAX = 5_000;

/** Failures of one source or user; as time goes by they count less. */
interface Failing {
  count: number;
  atMs: number;
  /** Its guessing was said in the log, and has not ended since. */
  said: boolean;
}

/**
 * Slows down who guesses: failures are counted by where they come from and by whom they are about, and from `FREE_FAILURES` on the answer to a
 * further failure waits longer and longer. What is right is answered at once whatever was tried before, so that guessing at a name does not shut out
 * its owner: the compromise is that many sources together may guess at one name, as fast as passwords are hashed and their delayed answers allow.
 */
export class FailedAttempts {
  readonly #turn: Turn;
  readonly #report: Report;
  readonly #onFailure: (source: string, user: string) => void;
  readonly #answers: DelayedAnswers;
  readonly #sources = new Map<string, Failing>();
  readonly #users = new Map<string, Failing>();
  /** Delayed answers by source. */
  readonly #delayed = new Map<string, number>();

  constructor(turn: Turn, report: Report, onFailure: (source: string, user: string) => void = () => {}) {
    this.#turn = turn;
    this.#report = report;
    this.#onFailure = onFailure;
    this.#answers = new DelayedAnswers(turn);
  }

  /** Whether an attempt from there is to be refused without looking at it. */
  refuses(source: string): boolean {
    return (this.#delayed.get(source) ?? 0) >= DELAYED_OF_SOURCE_MAX;
  }

  /** An attempt has failed; `answer` is called when its time has come, at once or later. `user` says the space too. */
  failed(source: string, user: string, answer: () => void): void {
    this.#onFailure(source, user);
    const delayMs = Math.max(this.#count(this.#sources, source, { source }), this.#count(this.#users, user, { source, user }));
    if (delayMs === 0 || this.#answers.size >= DELAYED_MAX) return answer();
    this.#delayed.set(source, (this.#delayed.get(source) ?? 0) + 1);
    this.#answers.add(delayMs, () => {
      const left = this.#delayed.get(source)! - 1;
      if (left === 0) this.#delayed.delete(source);
      else this.#delayed.set(source, left);
      answer();
    });
  }

  /** Counts one more, and says how long its answer waits. */
  #count(failing: Map<string, Failing>, key: string, details: Record<string, string>): number {
    const { nowMs } = this.#turn;
    const before = failing.get(key);
    const now: Failing = { count: 1 + (before ? remaining(before, nowMs) : 0), atMs: nowMs, said: before?.said ?? false };
    failing.delete(key);
    if (failing.size >= FAILING_MAX) failing.delete(failing.keys().next().value!);
    failing.set(key, now);
    const excess = Math.floor(now.count) - FREE_FAILURES;
    if (excess <= 0) {
      now.said = false;
      return 0;
    }
    if (!now.said)
      this.#report({
        level: 'warn',
        event: 'GuessingNoticed',
        what: 'somebody guesses: answers to what is wrong are delayed from now on',
        ...details,
      });
    now.said = true;
    return Math.min(DELAY_MAX_MS, DELAY_FIRST_MS * 2 ** (excess - 1));
  }

  /** Answers all that wait, at once. */
  close(): void {
    this.#answers.close();
  }
}

function remaining({ count, atMs }: Failing, nowMs: number): number {
  return count * 2 ** -((nowMs - atMs) / HALF_LIFE_MS);
}

/** What an attempt is counted by: the host, of IPv6 the network that one customer usually has. `address` is `host:port`. */
export function sourceOf(address: string): string {
  const host = address.slice(0, address.lastIndexOf(':'));
  if (!host.startsWith('[')) return host;
  const [front = '', back] = host.slice(1, -1).split('::');
  const groups = front === '' ? [] : front.split(':');
  const more = back === undefined || back === '' ? 0 : back.split(':').length;
  while (back !== undefined && groups.length < 8 - more) groups.push('0');
  return `[${groups.slice(0, 4).join(':')}::/64]`;
}
