import { Refusal, type RefusalCode } from '../delivery/refusal.ts';
import type { Turn } from '../turn.ts';
import { type Limits, NO_LIMITS } from './limits.ts';
import { TokenBucket } from './token-bucket.ts';
import type { Reading } from './turn-share.ts';

/** What is there at a time, and is counted as it comes and goes. */
export type Counted = 'connections' | 'links';

const REFUSALS: Readonly<Record<Counted, RefusalCode>> = {
  connections: 'connections-exhausted',
  links: 'links-exhausted',
};
/** Connections that may come at once after a while without any, in seconds of the rate. */
const CONNECTION_BURST_SECONDS = 2;
/** What may come in at once: a tenth of a second's, so that it flows rather than jerks. */
const MESSAGE_BURST_SECONDS = 0.1;

/** What an address space or a user has of what it may have. */
export class Allowance {
  limits: Limits = NO_LIMITS;
  readonly #whose: string;
  readonly #turn: Turn;
  readonly #counts: Record<Counted, number> = { connections: 0, links: 0 };
  #connects: TokenBucket | undefined;
  #messages: TokenBucket | undefined;
  #bytes: TokenBucket | undefined;
  /** Who rests until the debt is paid off; one timer for all of them. */
  #resting: Reading[] = [];

  /** `whose` names it in refusals, such as `The address space a`. */
  constructor(whose: string, turn: Turn) {
    this.#whose = whose;
    this.#turn = turn;
  }

  /** Limits are other ones from now on. What is beyond them stays, and nothing more comes. */
  change(limits: Limits): void {
    const { nowMs } = this.#turn;
    this.limits = limits;
    this.#connects = bucket(this.#connects, limits.connectionsPerSecondMax, CONNECTION_BURST_SECONDS, nowMs);
    this.#messages = bucket(this.#messages, limits.messagesPerSecondMax, MESSAGE_BURST_SECONDS, nowMs);
    this.#bytes = bucket(this.#bytes, limits.bytesPerSecondMax, MESSAGE_BURST_SECONDS, nowMs);
  }

  count(what: Counted): number {
    return this.#counts[what];
  }

  /** One more, or one less. */
  add(what: Counted, change: 1 | -1): void {
    this.#counts[what] += change;
  }

  /** Why the one that was counted last cannot be; undefined: it may stay. */
  refuse(what: Counted): Refusal | undefined {
    const max = this.limits[`${what}Max`];
    if (max !== undefined && this.#counts[what] > max)
      return new Refusal(REFUSALS[what], `${this.#whose} has ${max} ${what}, as many as it may have (${what}Max): end some first.`);
    if (what === 'connections' && this.#connects?.tryTake(1, this.#turn.nowMs) === false)
      return new Refusal(
        'connections-exhausted',
        `${this.#whose} makes more than ${this.limits.connectionsPerSecondMax} connections a second (connectionsPerSecondMax): keep connections open, or wait before the next.`,
      );
    return undefined;
  }

  /** Whether what comes in is to be counted. */
  get rated(): boolean {
    return this.#messages !== undefined || this.#bytes !== undefined;
  }

  /** So much has come in. */
  charge(messages: number, bytes: number): void {
    const { nowMs } = this.#turn;
    this.#messages?.take(messages, nowMs);
    this.#bytes?.take(bytes, nowMs);
  }

  /** Whether nothing more is to come in for a while; the reader is told when that is over, and must not ask before. */
  rests(reading: Reading): boolean {
    if (!this.rated) return false;
    const restMs = this.#restMs();
    if (restMs === 0) return false;
    if (this.#resting.length === 0) this.#turn.after(restMs, () => this.#goOn());
    this.#resting.push(reading);
    return true;
  }

  #restMs(): number {
    const { nowMs } = this.#turn;
    return Math.max(this.#messages?.debtMs(nowMs) ?? 0, this.#bytes?.debtMs(nowMs) ?? 0);
  }

  /** In their order, until there is a debt again: then the others rest on, before those that come meanwhile. */
  #goOn(): void {
    const resting = this.#resting;
    this.#resting = [];
    let next = 0;
    while (next < resting.length && this.#restMs() === 0) resting[next++]!.readOn();
    if (next === resting.length) return;
    const alone = this.#resting.length === 0;
    this.#resting = [...resting.slice(next), ...this.#resting];
    if (alone) this.#turn.after(this.#restMs(), () => this.#goOn());
  }
}

function bucket(
  before: TokenBucket | undefined,
  perSecond: number | undefined,
  burstSeconds: number,
  nowMs: number,
): TokenBucket | undefined {
  if (perSecond === undefined) return undefined;
  if (!before) return new TokenBucket(perSecond, burstSeconds, nowMs);
  before.change(perSecond, burstSeconds, nowMs);
  return before;
}
