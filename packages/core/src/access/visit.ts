import type { Address, AddressType, ConsumerOptions } from '../address/address.ts';
import type { Lifetime } from '../address/address-lifetime.ts';
import type { AddressSpace } from '../address/address-space.ts';
import type { Consumer, ConsumerPort, PeerDescription, Producer, ProducerPort } from '../delivery/delivery.ts';
import { Refusal } from '../delivery/refusal.ts';
import type { Will } from '../will/wills.ts';
import type { Door, OnRefused } from './door.ts';
import { type Action, claimantOf, type Principal, type Rights, refuseAction } from './principal.ts';

/** Somebody in an address space: what heads reach its addresses by. Each entrance asks for the right first. */
export class Visit {
  readonly space: AddressSpace;
  #principal: Principal;
  readonly #door: Door | undefined;
  readonly #onRefused: OnRefused | undefined;

  /** `onRefused` is told what is refused to who came in by this door; without a door nobody is. */
  constructor(space: AddressSpace, principal: Principal, door?: Door, onRefused?: OnRefused) {
    this.space = space;
    this.#principal = principal;
    this.#door = door;
    this.#onRefused = onRefused;
  }

  get principal(): Principal {
    return this.#principal;
  }

  /** The same user has proved again who he is. */
  renew(principal: Principal): void {
    this.#principal = principal;
  }

  /** Who it is, for people; by the user's name where it calls itself nothing else. */
  describePeer(name = this.principal.user): PeerDescription {
    const door = this.#door?.status();
    return { protocol: door?.protocol ?? 'the server', name, user: this.principal.user, from: door?.peer };
  }

  get rights(): Rights {
    return this.principal.rights;
  }

  /** Whether the address, or one that it is an alias of, may not be used so. Says the same whether it exists or not. */
  refuse(action: Action, address: string): Refusal | undefined {
    // The name of what it is an alias of is not told to those who may not use that.
    return this.may(action, address) ? undefined : this.#refused(action, address);
  }

  /** The same question where a no is no answer to anybody. */
  may(action: Action, address: string): boolean {
    return this.principal.rights.refuse(action, this.#ownName(address)) === undefined;
  }

  #refused(action: Action, address: string): Refusal {
    const { principal, space } = this;
    if (this.#door) this.#onRefused?.({ principal, space: space.name, action, address, door: this.#door });
    const refusal = refuseAction(principal, action, address);
    if (action !== 'view' && action !== 'manage') this.tell(address, refusal);
    return refusal;
  }

  /** Tells those who trace the address of a no to this visitor that the address itself has no part in. */
  tell(address: string, refusal: Refusal): void {
    const { space } = this;
    const name = this.#ownName(address);
    space.observation.denied(space.treeOf(name)?.name ?? name, () => this.describePeer(), refusal);
  }

  /** An alias is another way to say the name: it gives no right, and takes none. */
  #ownName(name: string): string {
    return this.space.names.ownName(name);
  }

  /** Why nothing may be sent there, or made to be sent to. */
  refuseProducer(name: string): Refusal | undefined {
    return this.refuse('send', name) ?? this.#refuseToMake(name);
  }

  /** Why nothing may be received from there, or made to be received from. */
  refuseConsumer(name: string): Refusal | undefined {
    return this.refuseToReceive(name) ?? this.#refuseToMake(name);
  }

  attachProducer(name: string, type: AddressType | undefined, port: ProducerPort): Producer | Refusal {
    return this.#told(this.refuseProducer(name) ?? this.space.attachProducer(name, type, port));
  }

  attachConsumer(name: string, type: AddressType | undefined, port: ConsumerPort, options: ConsumerOptions): Consumer | Refusal {
    return this.#told(this.refuseConsumer(name) ?? this.space.attachConsumer(name, type, port, options));
  }

  /** Receiving from a name that may be a pattern of topics. */
  refuseToReceive(name: string): Refusal | undefined {
    if (!/[+#]/.test(name)) return this.refuse('receive', name);
    const refusal = this.principal.rights.refusePattern('receive', this.#ownName(name));
    return refusal && this.#refused('receive', name);
  }

  /** An address of one's own needs no right: its name is known to whom it is told. */
  createDynamic(type: AddressType, lifetime: Lifetime): Address | Refusal {
    return this.#told(this.space.createDynamic(type, lifetime));
  }

  /** Where a message to this topic goes. */
  addressOfTopic(topic: string): Address | Refusal {
    return this.#told(this.refuseProducer(topic) ?? this.space.addressOfTopic(topic));
  }

  /** Counts what the visitor is told no to. */
  #told<Answer>(answer: Answer): Answer {
    if (answer instanceof Refusal) this.space.limits.tally.refused(answer);
    return answer;
  }

  /** The will as it is kept: with who leaves it, who has to have the right to send it when it is due as well. */
  will(will: Will): Will | Refusal {
    return this.refuse('send', will.to) ?? { ...will, by: claimantOf(this.principal) };
  }

  /** To attach to an address that is not there makes it, which is to manage it. */
  #refuseToMake(name: string): Refusal | undefined {
    if (this.space.typeOf(name) !== undefined || this.may('manage', name)) return undefined;
    return new Refusal(
      'address-not-found',
      `There is no address ${name} in the address space ${this.space.name}: ask for it to be declared.`,
    );
  }
}
