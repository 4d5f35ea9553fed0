import { countOutcome } from '../address/address.ts';
import type { CreditHolder } from '../delivery/credit-share.ts';
import type { Confirmation, DeliverySource, MessageStream, Producer, ProducerPort } from '../delivery/delivery.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { Refusal } from '../delivery/refusal.ts';
import { producerStanding, type Standing } from '../delivery/standing.ts';
import type { Message } from '../message/message.ts';
import type { Observers } from '../observe/observers.ts';
import type { CreditedDirectAddress } from './direct-address.ts';

/** A producer of a direct address, and the source of its deliveries: an outcome passes through to the port. */
export class DirectProducer implements Producer, DeliverySource, CreditHolder {
  readonly brokered = false;
  readonly port: ProducerPort;
  readonly #address: CreditedDirectAddress;
  held = 0;
  lowMark = 0;
  withoutCreditSinceMs = 0;
  readonly inLine = 0;
  listed = false;
  #attached = true;

  constructor(address: CreditedDirectAddress, port: ProducerPort) {
    this.#address = address;
    this.port = port;
  }

  get messageSizeBytesMax(): number {
    return this.#address.messageSizeBytesMax;
  }

  get standing(): Standing {
    return producerStanding(this);
  }

  send(message: Message, token: number): MessageStream | undefined {
    this.#address.counters.in++;
    this.#address.credit.used(this);
    const { observers } = this.#address;
    return observers === undefined ? this.#address.take(this, message, token) : this.#sendObserved(observers, message, token);
  }

  #sendObserved(observers: Observers, message: Message, token: number): MessageStream | undefined {
    const address = this.#address;
    if (!observers.arrived(message, address, this.port, token)) return address.take(this, message, token);
    const before = address.following;
    address.following = observers;
    const stream = address.take(this, message, token);
    address.following = before;
    observers.over();
    return stream;
  }

  settle(token: number, outcome: Outcome): void {
    this.#address.observers?.outcome(this, token, outcome);
    countOutcome(this.#address.counters, outcome);
    if (this.#attached) this.port.settle(token, outcome);
  }

  settleConfirmed(token: number, outcome: Outcome, confirm: Confirmation, confirmToken: number): void {
    this.settle(token, outcome);
    confirm.confirmed(confirmToken);
  }

  detach(): void {
    if (!this.#attached) return;
    this.#attached = false;
    this.#address.credit.remove(this);
    this.#address.forget();
  }

  end(refusal: Refusal): void {
    this.#attached = false;
    this.port.end(refusal);
  }
}

/** Where the outcome of a settled message goes: nobody waits for it. */
export const NO_SOURCE: DeliverySource = Object.freeze({
  settle(): void {},
  settleConfirmed(_token: number, _outcome: Outcome, confirm: Confirmation, confirmToken: number): void {
    confirm.confirmed(confirmToken);
  },
});

/** A stream nobody takes: the rest of a message whose first bytes were refused. */
export const NO_STREAM: MessageStream = Object.freeze({
  push(): void {},
  abort(): void {},
  blocked: false,
  get onUnblocked(): undefined {
    return undefined;
  },
  // Never blocked, it has nobody to tell.
  set onUnblocked(_run: (() => void) | undefined) {},
});
