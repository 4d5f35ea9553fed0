import type { Action } from '../access/principal.ts';
import type { Address, AddressCounters, AddressSpec, AddressStatus, ConsumerOptions } from '../address/address.ts';
import type { AddressFigures } from '../address/address-figures.ts';
import type { CreditShare } from '../delivery/credit-share.ts';
import type { Consumer, ConsumerPort, Producer, ProducerPort } from '../delivery/delivery.ts';
import { Refusal } from '../delivery/refusal.ts';
import { ConsumerGate, ProducerGate, type SharedGates } from './shared-gates.ts';

/** What an address may be shared for. */
export type SharedAction = Extract<Action, 'send' | 'receive'>;

/** Where the address is that another space finds under a name of its own. */
export interface ImportedFrom {
  readonly space: string;
  readonly address: string;
}

/**
 * An address of another space, as it is found in this one. What is sent and received is the other space's in all: its credit, its limits, its
 * policies, its counters. Those who came this way go when it ends, and the address stays.
 */
export class SharedAddress implements Address {
  readonly name: string;
  /** The address itself. */
  readonly source: Address;
  readonly temporary = false;
  /** Its own space alone says who observes it. */
  observers: undefined;
  readonly ids: readonly number[] = [];
  readonly #importer: string;
  readonly #from: ImportedFrom;
  readonly #gates: SharedGates = new Set();
  #actions: ReadonlySet<SharedAction>;

  /** `importer` is the space in which it is found under this name. */
  constructor(name: string, importer: string, from: ImportedFrom, source: Address, actions: ReadonlySet<SharedAction>) {
    this.name = name;
    this.source = source;
    this.#importer = importer;
    this.#from = from;
    this.#actions = actions;
  }

  get spec(): AddressSpec {
    return this.source.spec;
  }

  get brokered(): boolean {
    return this.source.brokered;
  }

  get credit(): CreditShare {
    return this.source.credit;
  }

  /** Of those who came this way. */
  get links(): number {
    return this.#gates.size;
  }

  get stored(): number {
    return this.source.stored;
  }

  get counters(): Readonly<AddressCounters> {
    return this.source.counters;
  }

  status(): AddressStatus {
    return this.source.status();
  }

  measure(into: AddressFigures): void {
    this.source.measure(into);
  }

  get withheld(): string | undefined {
    return this.source.withheld;
  }

  /** Its own space alone says what it is like. */
  respec(): void {}

  attachProducer(port: ProducerPort): Producer | Refusal {
    const refusal = this.#refuse('send');
    if (refusal) return refusal;
    const gate = new ProducerGate(this.source.name, port, this.#gates);
    const producer = this.source.attachProducer(gate);
    if (producer instanceof Refusal) return producer;
    gate.open(producer);
    return gate;
  }

  attachConsumer(port: ConsumerPort, options: ConsumerOptions): Consumer | Refusal {
    const refusal = this.#refuse('receive');
    if (refusal) return refusal;
    const { subscription } = options;
    const gate = new ConsumerGate(port, this.#gates, subscription?.durable ?? false);
    // Two spaces may have clients of the same name, who are not to take each other's subscriptions over.
    const own = subscription && { subscription: { ...subscription, name: `${this.#importer}:${subscription.name}` } };
    const consumer = this.source.attachConsumer(gate, { ...options, ...own });
    if (consumer instanceof Refusal) return consumer;
    gate.open(consumer);
    return gate;
  }

  /** From now on it is shared for this; who does something else goes. */
  allow(actions: ReadonlySet<SharedAction>): void {
    this.#actions = actions;
    for (const gate of [...this.#gates]) {
      const refusal = this.#refuse(gate.action);
      if (refusal) gate.close(refusal);
    }
  }

  close(refusal: Refusal): void {
    for (const gate of [...this.#gates]) gate.close(refusal);
  }

  #refuse(action: SharedAction): Refusal | undefined {
    if (this.#actions.has(action)) return undefined;
    const allowed = [...this.#actions].join(' and ');
    return new Refusal(
      'unauthorized',
      `The address space ${this.#from.space} shares the address ${this.name} to ${allowed} alone, and not to ${action}: ask its administrator.`,
    );
  }
}
