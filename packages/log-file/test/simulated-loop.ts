import type { LogClock } from '../src/index.ts';

/** Pseudo-random numbers from a seed (mulberry32): the same run for the same seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }
}

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

/** What an operation of the disk does; it answers the call that tells of it. */
export type Effect = () => () => void;

/** An event loop without a machine: operations of the disk end in a random order, turns end when nothing else does, time jumps. */
export class SimulatedLoop {
  readonly #random: Random;
  #nowMs = 0;
  #deferred: (() => void)[] = [];
  #operations: Effect[] = [];
  #timers: Timer[] = [];
  /** Counts power failures: what belongs to an earlier life goes on in nobody's memory. */
  life = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The clock of this life; after a power failure it does nothing any more. */
  clock(): LogClock {
    const { life } = this;
    return {
      nowMs: () => this.#nowMs,
      defer: run => {
        if (life === this.life) this.#deferred.push(run);
      },
      after: (delayMs, run) => {
        const timer = { atMs: this.#nowMs + delayMs, run };
        if (life === this.life) this.#timers.push(timer);
        return {
          cancel: () => {
            this.#timers = this.#timers.filter(other => other !== timer);
          },
        };
      },
    };
  }

  /** An operation of the disk in this life, that happens at some time. */
  operation(life: number, effect: Effect): void {
    if (life === this.life) this.#operations.push(effect);
  }

  /** Whether something is going to happen without time passing. */
  get busy(): boolean {
    return this.#operations.length > 0 || this.#deferred.length > 0;
  }

  /** One callback of a turn, or the end of the turn; or time passes. Answers false when nothing is left to happen. */
  step(): boolean {
    if (this.#operations.length > 0 && (this.#deferred.length === 0 || this.#random.chance(0.6))) {
      this.#operations.splice(this.#random.below(this.#operations.length), 1)[0]!()();
      return true;
    }
    if (this.#deferred.length > 0) {
      const deferred = this.#deferred;
      this.#deferred = [];
      for (const run of deferred) run();
      return true;
    }
    const timer = this.#timers.reduce<Timer | undefined>(
      (first, one) => (first === undefined || one.atMs < first.atMs ? one : first),
      undefined,
    );
    if (timer === undefined) return false;
    this.#timers = this.#timers.filter(other => other !== timer);
    this.#nowMs = Math.max(this.#nowMs, timer.atMs);
    timer.run();
    return true;
  }

  /** The power fails: of the operations under way some have happened, nobody hears of it, and nothing else goes on. */
  crash(): void {
    this.life++;
    for (const effect of this.#operations) if (this.#random.chance(0.5)) effect();
    this.#operations = [];
    this.#deferred = [];
    this.#timers = [];
  }
}
