import type { Confirmation, Consumer, ConsumerPort, DeliverySource } from './delivery.ts';
import type { Outcome } from './outcome.ts';
import type { Queue } from './queue.ts';
import { CreditedConsumer } from './ready-consumers.ts';

/** A competing consumer of a queue, and the source of its deliveries. */
export class QueueConsumer extends CreditedConsumer implements Consumer, DeliverySource {
  readonly #queue: Queue;
  readonly #onDetach: (keepMs: number) => void;

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
    this.#queue.changed(this, () => {
      this.credit = credit;
    });
    if (drain) this.#queue.drain(this);
  }

  pause(): void {
    if (this.paused) return;
    this.#queue.changed(this, () => {
      this.paused = true;
    });
  }

  resume(): void {
    if (!this.paused) return;
    this.#queue.changed(this, () => {
      this.paused = false;
    });
  }

  detach(keepMs: number): void {
    this.#queue.leave(this);
    this.#onDetach(keepMs);
  }
}
