import type { Confirmation, Consumer, ConsumerPort, DeliverySource } from './delivery.ts';
import type { Outcome } from './outcome.ts';
import { CreditedConsumer } from './ready-consumers.ts';
import type { Refusal } from './refusal.ts';

/** What consumers compete for. */
export interface Competition {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Messages that could be delivered at once, were there credit. */
  readonly available: number;
  part(consumer: CompetingConsumer): void;
  /** The consumer's credit, or whether it is paused, is changed by `change`. */
  changed(consumer: CompetingConsumer, change: () => void): void;
  /** The consumer hears `drained` when there is nothing more for it; or it has given credit anew, and does not drain any more. */
  drain(consumer: CompetingConsumer): void;
  undrain(consumer: CompetingConsumer): void;
  settle(consumer: CompetingConsumer, sequence: number, outcome: Outcome): void;
  settleConfirmed(consumer: CompetingConsumer, sequence: number, outcome: Outcome, confirm: Confirmation, token: number): void;
}

/** One of those that compete, and the source of its deliveries. */
export class CompetingConsumer extends CreditedConsumer implements Consumer, DeliverySource {
  readonly #competition: Competition;
  readonly #onDetach: (keepMs: number) => void;
  /** What the head says after the end counts for nothing: its place may be another consumer's by then. */
  #ended = false;

  constructor(competition: Competition, port: ConsumerPort, onDetach: (keepMs: number) => void) {
    super(port);
    this.#competition = competition;
    this.#onDetach = onDetach;
    this.ranOut();
  }

  ranOut(): void {
    this.ranOutAtMs = this.#competition.nowMs;
  }

  get available(): number {
    return this.#competition.available;
  }

  settle(token: number, outcome: Outcome): void {
    this.#competition.settle(this, token, outcome);
  }

  settleConfirmed(token: number, outcome: Outcome, confirm: Confirmation, confirmToken: number): void {
    this.#competition.settleConfirmed(this, token, outcome, confirm, confirmToken);
  }

  grant(credit: number, drain: boolean): void {
    if (this.#ended) return;
    this.#competition.changed(this, () => {
      this.credit = credit;
    });
    if (drain) this.#competition.drain(this);
    else this.#competition.undrain(this);
  }

  pause(): void {
    this.#setPaused(true);
  }

  resume(): void {
    this.#setPaused(false);
  }

  #setPaused(paused: boolean): void {
    if (this.paused === paused || this.#ended) return;
    this.#competition.changed(this, () => {
      this.paused = paused;
    });
  }

  /** The address, or this consumer's place at it, is gone. Its deliveries are settled by the head still. */
  end(refusal: Refusal): void {
    this.#ended = true;
    this.#competition.part(this);
    this.port.end(refusal);
  }

  detach(keepMs: number): void {
    if (this.#ended) return;
    this.#competition.part(this);
    this.#onDetach(keepMs);
  }
}
