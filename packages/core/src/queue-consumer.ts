import type { Confirmation, Consumer, ConsumerPort, DeliverySource } from './delivery.ts';
import type { MessageFilter } from './message-filter.ts';
import type { Outcome } from './outcome.ts';
import type { Queue } from './queue.ts';
import { CreditedConsumer } from './ready-consumers.ts';
import type { Refusal } from './refusal.ts';
import type { Walk } from './walk.ts';

export interface QueueConsumerOptions {
  readonly filter?: MessageFilter | undefined;
  readonly priority?: number | undefined;
}

/** A competing consumer of a queue, and the source of its deliveries. */
export class QueueConsumer extends CreditedConsumer implements Consumer, DeliverySource {
  readonly #queue: Queue;
  readonly #onDetach: (keepMs: number) => void;
  readonly filter: MessageFilter | undefined;
  /** Those with a higher one are served first. */
  readonly priority: number;
  /** False: another consumer is the single active one. */
  active = true;
  /** Set by the walk that it is part of. */
  walk!: Walk;
  /** What the head says after the end counts for nothing: the subscription may be another consumer's by then. */
  #ended = false;

  constructor(queue: Queue, port: ConsumerPort, options: QueueConsumerOptions, onDetach: (keepMs: number) => void) {
    super(port);
    this.filter = options.filter;
    this.priority = options.priority ?? 0;
    this.#queue = queue;
    this.#onDetach = onDetach;
    queue.add(this);
  }

  override get able(): boolean {
    return this.active && super.able;
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
    this.#queue.part(this);
    this.port.end(refusal);
  }

  detach(keepMs: number): void {
    if (this.#ended) return;
    this.#queue.part(this);
    this.#onDetach(keepMs);
  }
}
