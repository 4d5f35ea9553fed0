import type { Message, MessageStream, Outcome, PeerDescription, Producer, ProducerPort, Refusal, Standing } from '@angarium/core';
import { forgetDeliveries } from './forwarded-message.ts';
import type { ForwarderTally } from './forwarder-tally.ts';

/**
 * Between a link on which the remote sends and the producer of our address: hands on the address's credit, but no more at a time than `window`,
 * and counts. It is the address's producer before there is a link, and gives what credit there is when one comes.
 */
export class ForwardedProducer implements Producer, ProducerPort {
  readonly #window: number;
  readonly #tally: ForwarderTally;
  readonly #onEnd: (refusal: Refusal) => void;
  #producer: Producer | undefined;
  #link: ProducerPort | undefined;
  /** What the address takes, and how much of it the link has. */
  #credit = 0;
  #given = 0;
  #resting = false;
  /** Messages whose sender waits for an outcome. */
  #unsettled = 0;

  constructor(window: number, tally: ForwarderTally, onEnd: (refusal: Refusal) => void) {
    this.#window = window;
    this.#tally = tally;
    this.#onEnd = onEnd;
  }

  /** The address has it; it may have granted credit already. */
  start(producer: Producer): void {
    this.#producer = producer;
  }

  /** The link is there. */
  serve(link: ProducerPort): void {
    this.#link = link;
    this.#give();
  }

  get unsettled(): number {
    return this.#unsettled;
  }

  /** The remote gets no credit while it rests. */
  rest(resting: boolean): void {
    this.#resting = resting;
    this.#give();
  }

  get standing(): Standing | undefined {
    return this.#producer?.standing;
  }

  get brokered(): boolean {
    return this.#producer!.brokered;
  }

  get messageSizeBytesMax(): number {
    return this.#producer!.messageSizeBytesMax;
  }

  // ---- the address

  describePeer(): PeerDescription | undefined {
    return this.#link?.describePeer?.();
  }

  grant(credit: number): void {
    this.#credit = credit;
    this.#give();
  }

  #give(): void {
    const credit = this.#resting ? 0 : Math.min(this.#credit, this.#window);
    if (!this.#link || credit === this.#given) return;
    this.#given = credit;
    this.#link.grant(credit);
  }

  settle(token: number, outcome: Outcome): void {
    this.#tally.count(outcome);
    this.#unsettled--;
    this.#link?.settle(token, outcome);
  }

  end(refusal: Refusal): void {
    this.#onEnd(refusal);
  }

  // ---- the link

  send(message: Message, token: number): MessageStream | undefined {
    this.#tally.messages++;
    if (!message.settled) this.#unsettled++;
    forgetDeliveries(message);
    if (this.#credit > 0) this.#credit--;
    if (this.#given > 0) this.#given--;
    const stream = this.#producer!.send(message, token);
    // More is given when half of the window is used: a flow for each message would be many.
    if (this.#given <= this.#window >> 1) this.#give();
    return stream;
  }

  detach(): void {
    this.#link = undefined;
    this.#producer?.detach();
    this.#producer = undefined;
  }
}
