import type { CreditShare } from '../delivery/credit-share.ts';
import type { Refusal } from '../delivery/refusal.ts';
import type { Report } from '../report.ts';
import type { Task, Turn } from '../turn.ts';
import { Allowance } from './allowance.ts';
import { type Limits, NO_LIMITS } from './limits.ts';
import { SpaceTally } from './space-tally.ts';
import { StoredAccount } from './stored-account.ts';
import { TurnShare } from './turn-share.ts';
import type { TurnShares } from './turn-shares.ts';

/** What the limits of a space are asked for about its addresses. */
interface Crediting {
  readonly brokered: boolean;
  readonly credit: CreditShare;
}

/** What an address space may have, and has. */
export class SpaceLimits implements Task {
  deferred = false;
  /** Its name. */
  readonly space: string;
  /** What its queues and streams hold together. */
  readonly account: StoredAccount;
  readonly allowance: Allowance;
  /** What its connections may read in a turn. */
  readonly share: TurnShare;
  readonly tally = new SpaceTally();
  readonly #turn: Turn;
  readonly #report: Report;
  readonly #addresses: () => Iterable<Crediting>;
  #limits: Limits = NO_LIMITS;
  #full = false;

  constructor(space: string, shares: TurnShares, report: Report, addresses: () => Iterable<Crediting>) {
    this.space = space;
    this.#report = report;
    this.allowance = new Allowance(`The address space ${space}`, shares.turn);
    this.account = new StoredAccount(() => this.#turn.defer(this));
    this.#turn = shares.turn;
    this.share = new TurnShare(shares);
    this.#addresses = addresses;
  }

  get inForce(): Limits {
    return this.#limits;
  }

  /** The largest message, in bytes. */
  get messageSizeBytesMax(): number {
    return this.#limits.messageSizeBytesMax ?? Number.POSITIVE_INFINITY;
  }

  /** Whose limit it is that messages have at most so many bytes, in words for who sends a larger one. */
  sizeWords(most: number): string {
    return most === this.messageSizeBytesMax
      ? `messageSizeBytesMax of the address space ${this.space}`
      : 'messageSizeBytesMax of the address';
  }

  /** Limits are other ones from now on: at once for what comes. What is beyond them already stays. */
  change(limits: Limits): void {
    this.#limits = limits;
    this.allowance.change(limits);
    this.account.limit(limits);
    this.#turn.defer(this);
  }

  /** All producers together have become poorer, or have room again. */
  run(): void {
    const full = this.account.room === 0;
    if (full !== this.#full) this.#say(full);
    this.#full = full;
    for (const { brokered, credit } of this.#addresses()) {
      if (!brokered) continue;
      if (full) credit.shrunk();
      else credit.changed();
    }
  }

  /** A connection of this user is one too many: counts it, says it, and answers why. */
  refusedConnection(user: string, refusal: Refusal): Refusal {
    this.#report({
      level: 'debug',
      event: 'ConnectionRefused',
      what: 'a connection is refused',
      why: refusal.description,
      addressSpace: this.space,
      user,
    });
    return this.tally.refused(refusal);
  }

  #say(full: boolean): void {
    const { space: addressSpace, account } = this;
    this.#report(
      full
        ? {
            level: 'warn',
            event: 'SpaceFull',
            what: `an address space stores as much as it may, ${account.words}: producers wait`,
            addressSpace,
          }
        : { level: 'info', event: 'SpaceHasRoom', what: 'an address space has room again', addressSpace },
    );
  }
}
