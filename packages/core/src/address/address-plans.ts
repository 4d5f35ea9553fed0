import { Refusal } from '../delivery/refusal.ts';
import { LateMap } from '../late-map.ts';
import { type Described, type Metadata, NEVER_CHANGED } from '../resource/metadata.ts';
import type { Change, Revisions } from '../resource/revisions.ts';
import type { Shard } from '../store/shard.ts';
import type { Details } from '../topic/inbox.ts';
import type { Address, AddressSpec, AddressType } from './address.ts';
import { refuseAddressName } from './address-name.ts';
import { refuseAddressSpec, SPEC_FIELDS, SPEC_FIELDS_OF_ADDRESS_ALONE, sameSpec } from './address-spec.ts';
import type { PlanDefinition } from './definition.ts';

/** Fields that hold for every address which names the plan and says nothing of its own. */
export type PlanSpec = Omit<AddressSpec, (typeof SPEC_FIELDS_OF_ADDRESS_ALONE)[number]>;

export interface AddressPlan {
  readonly name: string;
  readonly spec: PlanSpec;
  readonly metadata: Metadata;
}

/** Plans of one address space, at the most. */
export const PLANS_MAX = 10_000;

/** What plans know of the addresses of their space. */
export interface PlannedAddresses {
  /** The addresses that use the plan. */
  readonly users: (plan: string) => readonly Address[];
  readonly declaredSpec: (address: Address) => AddressSpec;
  readonly respec: (address: Address, spec: AddressSpec) => void;
}

/** The address plans of a space: named defaults of specifications, kept over a restart. */
export class AddressPlans {
  readonly #space: string;
  readonly #shard: Shard;
  readonly #revisions: Revisions;
  readonly #addresses: PlannedAddresses;
  readonly #plans = new LateMap<string, AddressPlan & { readonly id: number }>();

  constructor(space: string, shard: Shard, revisions: Revisions, addresses: PlannedAddresses) {
    this.#space = space;
    this.#shard = shard;
    this.#revisions = revisions;
    this.#addresses = addresses;
  }

  get all(): ReadonlyMap<string, AddressPlan> {
    return this.#plans;
  }

  /** Makes a plan, or changes it for all addresses that use it. `done` is called when that is on disk; it is in force before. */
  put(name: string, spec: PlanSpec, done: (result: AddressPlan | Refusal) => void, described?: Described): void {
    const changed = this.#changedBy(name, spec);
    if (changed instanceof Refusal) return done(changed);
    const before = this.#plans.get(name);
    const metadata = this.#revisions.next(before?.metadata, described ?? before?.metadata ?? {}, !sameSpec(before?.spec, spec));
    const plan = { id: before?.id ?? this.#shard.newId(), name, spec, metadata };
    this.#shard.beginUnit();
    this.#shard.define({ kind: 'plan', space: this.#space, ...plan });
    this.#plans.set(name, plan);
    for (const [address, inForce] of changed) this.#addresses.respec(address, inForce);
    this.#shard.endUnit();
    this.#tell(before ? 'modified' : 'added', plan);
    this.#shard.whenDurable({ confirmed: () => done(plan) }, 0);
  }

  /** Why a plan cannot be like this; nothing is changed by asking. */
  refuse(name: string, spec: PlanSpec): Refusal | undefined {
    const changed = this.#changedBy(name, spec);
    return changed instanceof Refusal ? changed : undefined;
  }

  /** The addresses that use it with what will hold for them, or why the plan cannot be like this. */
  #changedBy(name: string, spec: PlanSpec): readonly (readonly [Address, AddressSpec])[] | Refusal {
    const refusal = this.#refuse(name, spec);
    if (refusal) return refusal;
    const changed: [Address, AddressSpec][] = [];
    for (const address of this.#addresses.users(name)) {
      const inForce = check(address.name, inForceBy({ spec }, this.#addresses.declaredSpec(address)));
      if (inForce instanceof Refusal) return inForce;
      changed.push([address, inForce]);
    }
    return changed;
  }

  #tell(what: Change['what'], { name, spec, metadata }: AddressPlan): void {
    this.#revisions.tell(what, { kind: 'AddressPlan', space: this.#space, name, spec: spec as Details, metadata });
  }

  /** Why it may not be deleted now. */
  refuseRemoval(name: string): Refusal | undefined {
    if (!this.#plans.has(name)) return this.#missing(name);
    const [user, ...others] = this.#addresses.users(name);
    if (!user) return undefined;
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    return new Refusal('plan-in-use', `The plan ${name} is used by the address ${user.name}${more}: change or delete those first.`);
  }

  /** Deletes a plan that no address uses. `done` is called when that is on disk. */
  remove(name: string, done: (refusal?: Refusal) => void): void {
    const refusal = this.refuseRemoval(name);
    if (refusal) return done(refusal);
    const plan = this.#plans.get(name)!;
    this.#plans.delete(name);
    this.#shard.remove(plan.id);
    this.#tell('deleted', plan);
    this.#shard.whenDurable({ confirmed: () => done() }, 0);
  }

  restore({ id, name, spec, metadata = NEVER_CHANGED }: PlanDefinition): void {
    this.#revisions.restored(metadata.revision);
    this.#plans.set(name, { id, name, spec, metadata });
  }

  #refuse(name: string, spec: PlanSpec): Refusal | undefined {
    const named = refuseAddressName(name);
    if (named) return new Refusal(named.code, named.description.replace('address name', 'plan name'));
    if (!this.#plans.has(name) && this.#plans.size >= PLANS_MAX)
      return new Refusal(
        'addresses-exhausted',
        `The address space ${this.#space} has ${PLANS_MAX.toLocaleString('en')} plans already: delete some.`,
      );
    const alone = SPEC_FIELDS_OF_ADDRESS_ALONE.find(field => field in spec);
    if (alone === undefined) return undefined;
    return new Refusal('address-spec-invalid', `The plan ${name} cannot say ${alone}: each address says that for itself.`);
  }

  #missing(name: string): Refusal {
    const description = `There is no address plan ${name} in the address space ${this.#space}: create it first, or name another one.`;
    return new Refusal('plan-not-found', description);
  }

  /** What will be in force for an address that declares this, or why it cannot be: its plan is missing, or fields do not go together. */
  resolve(name: string, declared: AddressSpec): AddressSpec | Refusal {
    if (declared.plan !== undefined && !this.#plans.has(declared.plan)) return this.#missing(declared.plan);
    return refuseAddressSpec(name, declared) ?? check(name, this.inForce(declared));
  }

  /** What is in force for an address that declares this. */
  inForce(declared: AddressSpec): AddressSpec {
    return inForceBy(declared.plan === undefined ? undefined : this.#plans.get(declared.plan), declared);
  }
}

/** Fields that an address declares win as a whole. A type inherits what it takes: one plan may serve queues and topics. */
function inForceBy(plan: { readonly spec: PlanSpec } | undefined, declared: AddressSpec): AddressSpec {
  if (!plan) return declared;
  const inherited = Object.entries(plan.spec).filter(([field]) => takes(declared.type, field));
  return { ...Object.fromEntries(inherited), ...declared };
}

function takes(type: AddressType, field: string): boolean {
  return SPEC_FIELDS[field as keyof typeof SPEC_FIELDS]?.includes(type) ?? false;
}

function check(name: string, spec: AddressSpec): AddressSpec | Refusal {
  return refuseAddressSpec(name, spec) ?? spec;
}
