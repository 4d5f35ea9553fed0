import type { Address } from '../address/address.ts';
import type { Confirmation, ConsumerPort, DeliverySource } from '../delivery/delivery.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { Message } from '../message/message.ts';
import type { Observers } from './observers.ts';

/** The source of a delivery that is one of several of its message, as those are told who observe the address: there each has a source of its own. */
export function observedDelivery(
  observers: Observers,
  address: Address,
  message: Message,
  port: ConsumerPort,
  source: DeliverySource,
): DeliverySource {
  const observed = new ObservedDelivery(source, observers);
  observers.handed(address, message, port, observed, 0);
  return observed;
}

class ObservedDelivery implements DeliverySource {
  readonly #source: DeliverySource;
  readonly #observers: Observers;

  constructor(source: DeliverySource, observers: Observers) {
    this.#source = source;
    this.#observers = observers;
  }

  settle(token: number, outcome: Outcome): void {
    this.#observers.outcome(this, token, outcome);
    this.#source.settle(token, outcome);
  }

  settleConfirmed(token: number, outcome: Outcome, confirm: Confirmation, confirmToken: number): void {
    this.#observers.outcome(this, token, outcome);
    this.#source.settleConfirmed(token, outcome, confirm, confirmToken);
  }
}
