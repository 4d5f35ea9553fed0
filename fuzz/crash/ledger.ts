/** What happened to one message; all of it from the clients' side, over all lives of the server. */
const ACCEPTED = 1;
const DELIVERED = 2;
const CONFIRMED = 4;
const VIOLATIONS_KEPT_MAX = 20;

export interface Delivery {
  readonly deliveryCount: number;
  readonly firstAcquirer: boolean;
}

/** The messages of one producer to one destination, by sequence number from 0 on. */
export class ProducerLedger {
  readonly name: string;
  /** Whether the first deliveries have to come in the order in which the messages were sent: where there is one consumer. */
  readonly ordered: boolean;
  sent = 0;
  accepted = 0;
  delivered = 0;
  confirmed = 0;
  redelivered = 0;
  readonly #violations: string[];
  #states = new Uint8Array(4096);
  #lastFirst = -1;

  constructor(name: string, ordered: boolean, violations: string[]) {
    this.name = name;
    this.ordered = ordered;
    this.#violations = violations;
  }

  /** Sent, and neither accepted nor delivered: what a crash leaves in doubt is in here for ever. */
  get waiting(): number {
    return this.sent - this.delivered;
  }

  send(count: number): number {
    const first = this.sent;
    this.sent += count;
    if (this.sent > this.#states.length) {
      const larger = new Uint8Array(Math.max(this.sent, this.#states.length * 2));
      larger.set(this.#states);
      this.#states = larger;
    }
    return first;
  }

  accept(sequence: number): void {
    if (!this.#is(sequence, ACCEPTED)) this.accepted++;
    this.#states[sequence]! |= ACCEPTED;
  }

  deliver(sequence: number, { deliveryCount, firstAcquirer }: Delivery): void {
    const asNew = deliveryCount === 0 && firstAcquirer;
    if (sequence >= this.sent) return this.#violate(`${sequence} was delivered and never sent`);
    if (this.#is(sequence, CONFIRMED)) this.#violate(`${sequence} was delivered after its acknowledgement was confirmed`);
    if (this.#is(sequence, DELIVERED)) {
      this.redelivered++;
      if (asNew) this.#violate(`${sequence} was delivered as new after an earlier delivery`);
      return;
    }
    this.delivered++;
    this.#states[sequence]! |= DELIVERED;
    if (this.ordered && sequence < this.#lastFirst) this.#violate(`${sequence} was first delivered after ${this.#lastFirst}`);
    this.#lastFirst = Math.max(this.#lastFirst, sequence);
  }

  confirm(sequence: number): void {
    if (!this.#is(sequence, CONFIRMED)) this.confirmed++;
    this.#states[sequence]! |= CONFIRMED;
  }

  /** Messages that were accepted and never delivered; asked when the queue is known to be empty. */
  lost(): number {
    let lost = 0;
    for (let sequence = 0; sequence < this.sent; sequence++) {
      if (!this.#is(sequence, ACCEPTED) || this.#is(sequence, DELIVERED)) continue;
      lost++;
      this.#violate(`${sequence} was accepted and never delivered`);
    }
    return lost;
  }

  violate(what: string): void {
    this.#violate(what);
  }

  #is(sequence: number, state: number): boolean {
    return (this.#states[sequence]! & state) !== 0;
  }

  #violate(what: string): void {
    if (this.#violations.length < VIOLATIONS_KEPT_MAX) this.#violations.push(`${this.name}: message ${what}`);
  }
}
