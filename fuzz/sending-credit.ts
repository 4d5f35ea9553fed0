import type { Performative } from '@angarium/codec-amqp';

/** What a sender that minds the rules may send on one link, alone in its session: the link's credit, and the session's window. */
export class SendingCredit {
  readonly #handle: number;
  #deliveries = 0;
  #frames = 0;
  #deliveriesMax = 0;
  #framesMax = 0;

  constructor(handle = 0) {
    this.#handle = handle;
  }

  /** Part 2, sections 2.6.7 and 2.5.6. */
  hear(performative: Performative): void {
    if (performative.kind !== 'flow') return;
    this.#framesMax = (performative.nextIncomingId ?? 0) + performative.incomingWindow;
    if (performative.handle === this.#handle) this.#deliveriesMax = (performative.deliveryCount ?? 0) + (performative.linkCredit ?? 0);
  }

  /** Deliveries of one frame that may be sent now. */
  get room(): number {
    return Math.max(0, Math.min(this.#deliveriesMax - this.#deliveries, this.#framesMax - this.#frames));
  }

  /** Frames that may be sent now. */
  get frames(): number {
    return this.#framesMax - this.#frames;
  }

  use(deliveries: number, frames: number = deliveries): void {
    this.#deliveries += deliveries;
    this.#frames += frames;
  }
}
