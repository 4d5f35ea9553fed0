import type { ConsumerPort } from './delivery.ts';
import type { Standing } from './standing.ts';

/** A consumer's credit, as an address that balances between consumers sees it. */
export abstract class CreditedConsumer {
  readonly port: ConsumerPort;
  credit = 0;
  paused = false;
  /** Its place in the list of those that can take a message now; -1: it cannot. */
  place = -1;
  /** When its credit was last used up, in milliseconds since the epoch. */
  protected ranOutAtMs = 0;

  constructor(port: ConsumerPort) {
    this.port = port;
  }

  /** It can take a message now. */
  get able(): boolean {
    return this.credit > 0 && !this.paused;
  }

  /** Its credit is used up, or taken back. */
  abstract ranOut(): void;

  /** Another consumer has all messages. */
  protected get waitsForActive(): boolean {
    return false;
  }

  get standing(): Standing {
    const { credit, paused, waitsForActive } = this;
    return { credit, withoutCreditSinceMs: credit > 0 ? 0 : this.ranOutAtMs, paused, waitsForActive };
  }
}

/** How many consumers are compared for the fewest unsettled deliveries; among more, this many from a moving start. */
const COMPARED_MAX = 32;

/** The consumers that can take a message now, and the sum of their credit. */
export class ReadyConsumers<C extends CreditedConsumer> {
  readonly #ready: C[] = [];
  #turn = 0;
  credit = 0;

  get size(): number {
    return this.#ready.length;
  }

  /** What the consumer can take is changed by `change`. */
  update(consumer: C, change: () => void): void {
    const before = consumer.credit;
    if (consumer.place >= 0) this.credit -= before;
    change();
    if (before > 0 && consumer.credit === 0) consumer.ranOut();
    const { able } = consumer;
    if (able) this.credit += consumer.credit;
    if (able && consumer.place < 0) {
      consumer.place = this.#ready.length;
      this.#ready.push(consumer);
    } else if (!able && consumer.place >= 0) this.#drop(consumer);
  }

  /** The one with the fewest unsettled deliveries, in turn among equals; its credit is lowered by one. */
  take(): C {
    const ready = this.#ready;
    const size = ready.length;
    if (++this.#turn >= size) this.#turn = 0;
    let best = ready[this.#turn]!;
    if (size > 1) {
      let fewest = best.port.unsettled;
      const compared = Math.min(size, COMPARED_MAX);
      for (let i = 1, at = this.#turn; i < compared && fewest > 0; i++) {
        if (++at >= size) at = 0;
        const other = ready[at]!;
        const unsettled = other.port.unsettled;
        if (unsettled < fewest) {
          fewest = unsettled;
          best = other;
        }
      }
    }
    this.spend(best);
    return best;
  }

  /** The lightest of those that can take a message, in turn among equals; its credit is not lowered. */
  lightest(weigh: (consumer: C) => number): C {
    const ready = this.#ready;
    let best = this.next(() => true)!;
    let least = weigh(best);
    for (let i = 0, at = this.#turn, compared = Math.min(ready.length, COMPARED_MAX); i < compared && least > 0; i++) {
      if (++at >= ready.length) at = 0;
      const weight = weigh(ready[at]!);
      if (weight >= least) continue;
      least = weight;
      best = ready[at]!;
    }
    return best;
  }

  /** The next in turn for which `fits` holds, its credit not lowered; undefined when there is none. */
  next(fits: (consumer: C) => boolean): C | undefined {
    const size = this.#ready.length;
    for (let i = 0; i < size; i++) {
      if (++this.#turn >= size) this.#turn = 0;
      const consumer = this.#ready[this.#turn]!;
      if (fits(consumer)) return consumer;
    }
    return undefined;
  }

  /** One credit of the consumer is used. */
  spend(consumer: C): void {
    this.credit--;
    if (--consumer.credit > 0) return;
    this.#drop(consumer);
    consumer.ranOut();
  }

  #drop(consumer: C): void {
    const last = this.#ready.pop()!;
    if (last !== consumer) {
      this.#ready[consumer.place] = last;
      last.place = consumer.place;
    }
    consumer.place = -1;
  }
}
