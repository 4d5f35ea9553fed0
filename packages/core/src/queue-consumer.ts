import type { Confirmation, Consumer, ConsumerPort, DeliverySource } from './delivery.ts';
import type { Outcome } from './outcome.ts';
import type { Queue } from './queue.ts';
import { CreditedConsumer } from './ready-consumers.ts';
import type { Refusal } from './refusal.ts';

/** A competing consumer of a queue, and the source of its deliveries. */
export class QueueConsumer extends CreditedConsumer implements Consumer, DeliverySource {
  readonly #queue: Queue;
  readonly #onDetach: (keepMs: number) => void;
  /** What the head says after the end counts for nothing: the subscription may be another consumer's by then. */
  #ended = false;

  constructor(queue: Queue, port: ConsumerPort, onDetach: (keepMs: number) => void) {
    super(port);
    this.#queue = queue;
    this.#onDetach = onDetach;
    queue.add(this);
  }

  get available(): number {
    return this.#queue.available;
  }

  settle(token: number, outcome: Outcome): void {
    this.#queue.settle(this, token, outcome);
  }

  settleConfirmed(token: number, outcome: Outcome, confirm: Confirmation, confirmToken: number): void {
    this.#queue.settleConfirmed(this, token, outcome, confirm, confirmToken);
  }

  grant(credit: number, drain: boolean): void {
    if (this.#ended) return;
    this.#queue.changed(this, () => {
      this.credit = credit;
    });
    if (drain) this.#queue.drain(this);
    else this.#queue.undrain(this);
  }

  pause(): void {
    if (this.paused || this.#ended) return;
    this.#queue.changed(this, () => {
      this.paused = true;
    });
  }

  resume(): void {
    if (!this.paused || this.#ended) return;
    this.#queue.changed(this, () => {
      this.paused = false;
    });
  }

  /** The address, or this consumer's place at it, is gone. Its deliveries are settled by the head still. */
  end(refusal: Refusal): void {
    this.#ended = true;
    this.#queue.leave(this);
    this.port.end(refusal);
  }

  detach(keepMs: number): void {
    if (this.#ended) return;
    this.#queue.leave(this);
    this.#onDetach(keepMs);
  }
}
