import type { Address, AddressType, ConsumerOptions } from '../address/address.ts';
import type { Lifetime } from '../address/address-lifetime.ts';
import type { AddressSpace } from '../address/address-space.ts';
import type { Consumer, ConsumerPort, Producer, ProducerPort } from '../delivery/delivery.ts';
import { Refusal } from '../delivery/refusal.ts';
import type { Action, Principal, Rights } from './principal.ts';

/** Somebody in an address space: what heads reach its addresses by. Each entrance asks for the right first. */
export class Visit {
  readonly space: AddressSpace;
  readonly principal: Principal;

  constructor(space: AddressSpace, principal: Principal) {
    this.space = space;
    this.principal = principal;
  }

  get rights(): Rights {
    return this.principal.rights;
  }

  refuse(action: Action, address: string): Refusal | undefined {
    return this.principal.rights.refuse(action, address);
  }

  attachProducer(name: string, type: AddressType | undefined, port: ProducerPort): Producer | Refusal {
    return this.refuse('send', name) ?? this.#refuseToMake(name) ?? this.space.attachProducer(name, type, port);
  }

  attachConsumer(name: string, type: AddressType | undefined, port: ConsumerPort, options: ConsumerOptions): Consumer | Refusal {
    return this.refuseToReceive(name) ?? this.#refuseToMake(name) ?? this.space.attachConsumer(name, type, port, options);
  }

  /** Receiving from a name that may be a pattern of topics. */
  refuseToReceive(name: string): Refusal | undefined {
    const { rights } = this.principal;
    return /[+#]/.test(name) ? rights.refusePattern('receive', name) : rights.refuse('receive', name);
  }

  /** An address of one's own needs no right: its name is known to whom it is told. */
  createDynamic(type: AddressType, lifetime: Lifetime): Address | Refusal {
    return this.space.createDynamic(type, lifetime);
  }

  /** Where a message to this topic goes. */
  addressOfTopic(topic: string): Address | Refusal {
    return this.refuse('send', topic) ?? this.#refuseToMake(topic) ?? this.space.addressOfTopic(topic);
  }

  /** To attach to an address that is not there makes it, which is to manage it. */
  #refuseToMake(name: string): Refusal | undefined {
    if (this.space.typeOf(name) !== undefined || this.refuse('manage', name) === undefined) return undefined;
    return new Refusal(
      'address-not-found',
      `There is no address ${name} in the address space ${this.space.name}: ask for it to be declared.`,
    );
  }
}
