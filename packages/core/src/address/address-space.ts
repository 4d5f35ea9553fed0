import type { Claimant } from '../access/principal.ts';
import { BrokeredAddress } from '../brokered/brokered-address.ts';
import { DuplicateWindows } from '../brokered/duplicate-windows.ts';
import { Transactions } from '../brokered/transactions.ts';
import type { Consumer, ConsumerPort, Producer, ProducerPort } from '../delivery/delivery.ts';
import { Refusal } from '../delivery/refusal.ts';
import { LateMap } from '../late-map.ts';
import { LateSet } from '../late-set.ts';
import { SpaceLimits } from '../limits/space-limits.ts';
import type { MessageFilter } from '../message/message-filter.ts';
import { Observation } from '../observe/observation.ts';
import { isAssumed, QueueAddress } from '../queue/queue-address.ts';
import { type Described, type Metadata, NEVER_CHANGED, type Resource } from '../resource/metadata.ts';
import type { Change } from '../resource/revisions.ts';
import { StreamAddress } from '../stream/stream-address.ts';
import { Audience } from '../topic/audience.ts';
import type { Details } from '../topic/inbox.ts';
import { Inboxes } from '../topic/inboxes.ts';
import { RetainedMessages } from '../topic/retained-messages.ts';
import { type SpaceTopics, TopicAddress } from '../topic/topic-address.ts';
import { TopicProducer } from '../topic/topic-producer.ts';
import { TopicRouter } from '../topic/topic-router.ts';
import { Wills } from '../will/wills.ts';
import { refuseDivertLoop } from '../wiring/divert-loop.ts';
import { Wiring } from '../wiring/wiring.ts';
import type { Address, AddressSpec, AddressType, ConsumerOptions } from './address.ts';
import { ENDS, type Lifetime, type Origin } from './address-lifetime.ts';
import { ADDRESS_NAME_LENGTH_MAX, DYNAMIC_PREFIX, isPattern, RESERVED_PREFIX, refuseAddressName } from './address-name.ts';
import { AddressNames } from './address-names.ts';
import { AddressPlans } from './address-plans.ts';
import { sameSpec } from './address-spec.ts';
import type { AddressDefinition, SpaceDefinition } from './definition.ts';
import { makeAddress } from './make-address.ts';
import { Notes } from './notes.ts';
import type { AddressSpaceOptions, SpaceSettings } from './space-options.ts';
import { refuseExistingAddress, refuseMissingAddress, refuseMoreAddresses, refuseRemoval, refuseUpdate } from './space-refusals.ts';
import { refuseStatusTopic, STATUS_NAME, StatusAddress, type StatusSource } from './status-address.ts';

export type { Lifetime } from './address-lifetime.ts';

/** The topic address of topics whose first level is no name of an address. */
const OTHER_TOPICS = '$topics';

/** What is kept of an address besides itself. Under the id its definition is kept; a queue's messages are kept under it too. */
type Declaration = Required<Pick<AddressDefinition, 'id' | 'spec' | 'metadata'>>;

/** A namespace of addresses. */
export class AddressSpace {
  readonly name: string;
  settings: SpaceSettings;
  readonly limits: SpaceLimits;
  readonly #options: AddressSpaceOptions;
  readonly names = new AddressNames();
  readonly #declarations = new Map<Address, Declaration>();
  readonly plans: AddressPlans;
  /** Addresses that end by themselves. */
  readonly #lifetimes = new LateMap<Address, Lifetime>();
  /** Dynamic addresses whose link, the one that asked for them, is still there: until it is gone, nothing ends them. */
  readonly #owned = new LateSet<Address>();
  readonly inboxes: Inboxes;
  readonly notes: Notes;
  readonly #home = { idle: (address: Address) => this.#idle(address), target: (name: string) => this.#target(name) };
  readonly #router = new TopicRouter();
  readonly #wiring = new Wiring(this.#router, this.#home.target);
  #retained: RetainedMessages | undefined;
  readonly #topics: SpaceTopics;
  readonly wills: Wills;
  readonly observation: Observation;
  #statusSource: StatusSource | undefined;
  #status: StatusAddress | undefined;
  readonly transactions: Transactions;
  readonly #duplicates: DuplicateWindows;

  constructor(options: AddressSpaceOptions) {
    this.name = options.name;
    this.settings = options.settings;
    this.#options = options;
    this.limits = new SpaceLimits(options.name, options.shares, options.shard.report, () => this.addresses.values());
    this.observation = new Observation(options.shard, () => this.addresses.values());
    this.plans = new AddressPlans(options.name, options.shard, options.revisions, {
      users: plan => [...this.addresses.values()].filter(address => this.declaredSpec(address).plan === plan),
      declaredSpec: address => this.declaredSpec(address),
      respec: (address, spec) => this.#respec(address, spec),
    });
    this.transactions = new Transactions(options.name, options.shard, address => this.names.leadTo(address));
    this.#duplicates = new DuplicateWindows(options.name, options.shard);
    this.#topics = { space: options.name, router: this.#router, limits: this.limits, retained: () => this.retained };
    this.inboxes = new Inboxes(options.name, options.shard, this.#router, this.limits);
    this.notes = new Notes(options.name, options.shard);
    this.wills = new Wills(this, options.shard, options.randomName);
  }

  get addresses(): ReadonlyMap<string, Address> {
    return this.names.own;
  }

  /** The address of this name, or of this alias. */
  find(name: string): Address | undefined {
    return this.names.find(name) ?? (name === STATUS_NAME ? this.serverStatus : undefined);
  }

  /** What was declared of it; what is in force besides comes from its plan. */
  declaredSpec(address: Address): AddressSpec {
    return this.#declarations.get(address)?.spec ?? address.spec;
  }

  /** What stands beside its declaration. */
  metadata(address: Address): Metadata | undefined {
    return this.#declarations.get(address)?.metadata;
  }

  // ---- declared

  /** Declares an address; the same one again is no error. `done` is called when it is on disk. */
  declare(name: string, spec: AddressSpec, done: (result: Address | Refusal) => void, described: Described = {}): void {
    const existing = this.addresses.get(name);
    if (existing && (existing.temporary || !sameSpec(this.declaredSpec(existing), spec)))
      return done(refuseExistingAddress(existing, this.declaredSpec(existing)));
    const refusal = existing ? undefined : (refuseAddressName(name) ?? this.#refuseMore());
    if (refusal) return done(refusal);
    const address = existing ?? this.#declareNew(name, spec, described);
    if (address instanceof Refusal) return done(address);
    // One that came by attaching, and would go with its links, stays from now on.
    if (existing && this.#settle(existing)) this.#define(existing);
    this.#options.shard.whenDurable({ confirmed: () => done(address) }, 0);
  }

  #declareNew(name: string, declared: AddressSpec, described: Described): Address | Refusal {
    const spec = this.#resolveSpec(name, declared);
    return spec instanceof Refusal ? spec : this.#create(name, declared, spec, undefined, 'wanted', described);
  }

  /** Why an address cannot be declared like this, new or in place of the one that is there; nothing is changed by asking. */
  refuseDeclared(name: string, declared: AddressSpec): Refusal | undefined {
    const existing = this.addresses.get(name);
    const refusal = existing ? refuseUpdate(existing, declared) : (refuseAddressName(name) ?? this.#refuseMore());
    const inForce = refusal ?? this.#resolveSpec(name, declared);
    return inForce instanceof Refusal ? inForce : undefined;
  }

  /** What will be in force, or why it cannot be. */
  #resolveSpec(name: string, declared: AddressSpec): AddressSpec | Refusal {
    const spec = this.plans.resolve(name, declared);
    if (spec instanceof Refusal) return spec;
    return this.names.refuse(name, spec.aliases) ?? refuseDivertLoop(name, spec, other => this.find(other)) ?? spec;
  }

  /**
   * Declares an address that exists anew; its type stays as it is, and so does what stands beside it where `described` is absent. `done` is called
   * when that is on disk; it is in force before.
   */
  update(name: string, spec: AddressSpec, done: (result: Address | Refusal) => void, described?: Described): void {
    const address = this.addresses.get(name);
    if (!address) return done(this.#refuseMissing(name));
    const inForce = refuseUpdate(address, spec) ?? this.#resolveSpec(name, spec);
    if (inForce instanceof Refusal) return done(inForce);
    this.#settle(address);
    const before = this.#declarations.get(address)!;
    const metadata = this.#options.revisions.next(before.metadata, described ?? before.metadata, !sameSpec(before.spec, spec));
    this.#declarations.set(address, { id: before.id, spec, metadata });
    this.#options.shard.beginUnit();
    this.#respec(address, inForce);
    this.#define(address);
    this.#options.shard.endUnit();
    this.#tell('modified', address);
    this.#options.shard.whenDurable({ confirmed: () => done(address) }, 0);
  }

  #respec(address: Address, spec: AddressSpec): void {
    this.names.remove(address);
    address.respec(spec);
    this.#duplicates.follow(address);
    this.names.add(address);
    this.#wiring.follow(address);
  }

  /** Ends an address; with `force` also one in use. `done` is called when that is on disk. */
  remove(name: string, options: { force?: boolean }, done: (refusal?: Refusal) => void): void {
    const address = this.addresses.get(name);
    if (!address) return done(this.#refuseMissing(name));
    const refusal = options.force ? undefined : refuseRemoval(address);
    if (refusal) return done(refusal);
    this.#end(address);
    this.#options.shard.whenDurable({ confirmed: () => done() }, 0);
  }

  #end(address: Address): void {
    if (!this.names.remove(address)) return;
    // The address last: a crash in between must not leave a subscription without its topic.
    const ids = [...address.ids, this.#declarations.get(address)!.id];
    this.#lifetimes.delete(address);
    this.#owned.delete(address);
    this.#wiring.forget(address);
    this.#duplicates.end(address);
    this.limits.tally.end(address.counters);
    address.close(new Refusal('address-deleted', `The address ${address.name} was deleted: attach to another, or declare it again.`));
    for (const id of ids) this.#options.shard.remove(id);
    this.#tell('deleted', address);
    this.#declarations.delete(address);
  }

  #tell(what: Change['what'], address: Address): void {
    if (!address.temporary) this.#options.revisions.tell(what, this.resourceOf(address));
  }

  /** The document of an address that is in the space. */
  resourceOf(address: Address): Resource {
    const { spec, metadata } = this.#declarations.get(address)!;
    return { kind: 'Address', space: this.name, name: address.name, metadata, spec: spec as unknown as Details };
  }

  /** Ends all that is in the space. What is connected has to be sent away besides. */
  end(): void {
    for (const inbox of [...this.inboxes.all.values()]) this.inboxes.end(inbox);
    for (const address of [...this.addresses.values()]) this.#end(address);
    this.wills.stop();
    for (const name of [...this.notes.all.keys()]) this.notes.remove(name);
    for (const name of [...this.plans.all.keys()]) this.plans.remove(name, () => {});
    if (this.#retained) this.#options.shard.remove(this.#retained.queue.id);
    this.#retained = undefined;
  }

  // ---- attached

  attachProducer(name: string, type: AddressType | undefined, port: ProducerPort): Producer | Refusal {
    const refusal = this.#statusSource && refuseStatusTopic(name);
    if (refusal) return refusal;
    const tree = this.#treeFor(name, type, false);
    if (tree) {
      const producer = refuseAddressName(name) ?? (tree instanceof Refusal ? tree : tree.attachProducer(port));
      return producer instanceof Refusal ? producer : new TopicProducer(producer, name);
    }
    const address = this.#resolve(name, type);
    return address instanceof Refusal ? address : address.attachProducer(port);
  }

  attachConsumer(name: string, type: AddressType | undefined, port: ConsumerPort, options: ConsumerOptions): Consumer | Refusal {
    const tree = this.#treeFor(name, type, isPattern(name));
    if (tree instanceof Refusal) return tree;
    if (tree) return tree.refusePattern(name) ?? tree.attachConsumer(port, { ...options, pattern: name });
    const address = this.#resolve(name, type);
    return address instanceof Refusal ? address : address.attachConsumer(port, options);
  }

  // ---- topics

  /**
   * The topic address by which this name is reached, when it is none of an address itself. Where there is none yet, it is made for what can only
   * be topics, a pattern of a consumer, and for a name of which nobody says a type and which others subscribe to as a topic.
   */
  #treeFor(name: string, type: AddressType | undefined, pattern: boolean): TopicAddress | Refusal | undefined {
    if (this.names.has(name) || (type !== undefined && type !== 'topic')) return undefined;
    const tree = this.treeOf(name);
    if (tree || !(pattern || (type === undefined && refuseAddressName(name) === undefined && this.#router.isNamed(name)))) return tree;
    const made = this.#makeTree(name);
    // Its own name is reached as any address is.
    return made instanceof TopicAddress && made.name === name ? undefined : made;
  }

  /** The topic address below which this name lies: the longest that is the name's beginning, by levels. */
  treeOf(name: string): TopicAddress | undefined {
    // No address has a longer name, however many levels a topic has.
    for (let end = name.lastIndexOf('/', ADDRESS_NAME_LENGTH_MAX); end > 0; end = name.lastIndexOf('/', end - 1)) {
      const address = this.find(name.slice(0, end));
      if (address instanceof TopicAddress) return address;
    }
    return undefined;
  }

  /**
   * Where a message to this topic goes: to the address of this very name; to the topic address below which it lies; or else to a topic
   * address that is made for its first level, and for names that no address may have to one for all of those.
   */
  addressOfTopic(topic: string): Address | Refusal {
    const found = this.find(topic) ?? this.treeOf(topic);
    if (found) return (found === this.#status && refuseStatusTopic(topic)) || found;
    return this.#makeTree(topic);
  }

  /** The same for somebody who may have gone; the server itself, where nobody is said. */
  addressFor(by: Claimant | undefined, topic: string): Address | Refusal {
    return by ? this.#options.visitOf(this, by).addressOfTopic(topic) : this.addressOfTopic(topic);
  }

  #makeTree(topic: string): TopicAddress | Refusal {
    if (topic.startsWith(RESERVED_PREFIX) || !this.settings.autoCreate || this.names.has(topic)) return this.#refuseMissing(topic);
    const first = topic.split('/', 1)[0]!;
    const name = refuseAddressName(first) === undefined ? first : OTHER_TOPICS;
    const existing = this.find(name);
    if (existing instanceof TopicAddress) return existing;
    const tree = this.names.has(name) ? OTHER_TOPICS : name;
    return (this.find(tree) ?? this.#refuseMore() ?? this.#createAs(tree, 'topic', undefined)) as TopicAddress | Refusal;
  }

  /** Topics that have a retained message. */
  get retainedCount(): number {
    return this.#retained?.size ?? 0;
  }

  /** The topics by which the server tells about itself, made when somebody asks for them; undefined: there are none. */
  get serverStatus(): StatusAddress | undefined {
    if (this.#statusSource) this.#status ??= new StatusAddress(this.#statusSource, this.#options.shard, this.#topics);
    return this.#status;
  }

  /** From now on there are the topics of the server itself, about what `source` says. */
  openStatus(source: StatusSource): void {
    this.#statusSource = source;
  }

  /** Tells those who read these topics what has changed. */
  publishStatus(): void {
    if (this.#status || this.#router.below(STATUS_NAME) > 0) this.serverStatus?.publish();
  }

  get retained(): RetainedMessages {
    if (!this.#retained) {
      const { shard } = this.#options;
      const queue = shard.newQueue();
      shard.define({ id: queue.id, kind: 'retained', space: this.name });
      this.#retained = new RetainedMessages(queue, shard, this.limits);
    }
    return this.#retained;
  }

  /** `done` is called when everything that was written so far is on disk. */
  whenDurable(done: () => void): void {
    this.#options.shard.whenDurable({ confirmed: done }, 0);
  }

  /** The type of what attaching to this name would reach; undefined when it does not exist. */
  typeOf(name: string): AddressType | undefined {
    return (this.find(name) ?? this.treeOf(name))?.spec.type;
  }

  /** The subscription of this name, whichever topic it is of. */
  subscriptionNamed(name: string): { topic: string; shared: boolean; filter: MessageFilter | undefined } | undefined {
    for (const address of this.addresses.values()) {
      const found = address instanceof TopicAddress && address.subscriptionNamed(name);
      if (found) return { topic: address.name, shared: found.shared, filter: found.filter };
    }
    return undefined;
  }

  #resolve(name: string, type: AddressType | undefined): Address | Refusal {
    const existing = this.find(name);
    if (existing) {
      if (type === undefined || type === existing.spec.type) return existing;
      return new Refusal('address-type-mismatch', `The address ${name} is of type ${existing.spec.type}, and was asked for as ${type}.`);
    }
    if (!this.settings.autoCreate || name.startsWith(RESERVED_PREFIX) || this.names.has(name)) return this.#refuseMissing(name);
    const refusal = refuseAddressName(name) ?? this.#refuseMore();
    if (refusal) return refusal;
    const wanted = type ?? 'queue';
    // A direct address holds nothing, so that one nobody declared needs not outlive its links.
    const lifetime = wanted === 'anycast' || wanted === 'multicast' ? 'no-links' : undefined;
    return this.#createAs(name, wanted, lifetime, type ? 'wanted' : 'assumed');
  }

  /** Makes an address for a dynamic terminus. */
  createDynamic(type: AddressType, lifetime: Lifetime): Address | Refusal {
    const refusal = this.#refuseMore();
    if (refusal) return refusal;
    const address = this.#createAs(`${DYNAMIC_PREFIX}${this.#options.randomName()}`, type, lifetime, 'temporary');
    this.#owned.add(address);
    return address;
  }

  /** The link that asked for a dynamic address is gone. */
  closeDynamic(address: Address): void {
    this.#owned.delete(address);
    if (this.#lifetimes.get(address) === 'link-closed') this.#end(address);
    else this.#idle(address);
  }

  #createAs(name: string, type: AddressType, lifetime: Lifetime | undefined, origin?: Origin): Address {
    return this.#create(name, { type }, { type }, lifetime, origin);
  }

  /** Makes an address; one without a lifetime is defined, and kept until somebody ends it. */
  #create(
    name: string,
    declared: AddressSpec,
    spec: AddressSpec,
    lifetime: Lifetime | undefined,
    origin: Origin = 'wanted',
    described: Described = {},
  ): Address {
    const { shard, revisions } = this.#options;
    const id = spec.type === 'stream' ? shard.newStreamId() : shard.newId();
    const address = this.#make(name, { id, spec: declared, metadata: revisions.next(undefined, described, true) }, spec, origin);
    if (lifetime) this.#lifetimes.set(address, lifetime);
    else this.#define(address);
    this.#duplicates.follow(address);
    this.#tell('added', address);
    return address;
  }

  #define(address: Address): void {
    const { id, spec, metadata } = this.#declarations.get(address)!;
    const assumed = isAssumed(address) && { assumed: true as const };
    this.#options.shard.define({ id, kind: 'address', space: this.name, name: address.name, spec, metadata, ...assumed });
  }

  /** Somebody says now what it is to be. Answers whether that was open, or when it ends. */
  #settle(address: Address): boolean {
    const assumed = isAssumed(address);
    if (assumed) address.audience = undefined;
    return this.#lifetimes.delete(address) || assumed;
  }

  #make(name: string, declaration: Declaration, spec: AddressSpec, origin: Origin): Address {
    const temporary = origin === 'temporary';
    const options = { name, spec, temporary, limits: this.limits, home: this.#home };
    const address = makeAddress(options, declaration.id, this.#options.shard, this.#topics);
    // It is open to those who subscribe to its name as a topic.
    if (origin === 'assumed' && address instanceof QueueAddress)
      address.audience = new Audience(this.#router, this.#options.shard, () => [address.queue]);
    this.#declarations.set(address, declaration);
    this.names.add(address);
    this.observation.follow(address);
    this.#wiring.follow(address);
    return address;
  }

  /** The definition was found in the log. Patterns and subscriptions come after what they belong to. */
  restore(definition: SpaceDefinition): void {
    const { shard } = this.#options;
    switch (definition.kind) {
      case 'address': {
        const { id, name, spec, metadata = NEVER_CHANGED, assumed } = definition;
        this.#options.revisions.restored(metadata.revision);
        this.#make(name, { id, spec, metadata }, this.plans.inForce(spec), assumed ? 'assumed' : 'wanted');
        return;
      }
      case 'plan':
        this.plans.restore(definition);
        return;
      case 'subscription': {
        const topic = this.addresses.get(definition.address);
        if (topic instanceof TopicAddress) topic.restore(definition, shard.queue(definition.id));
        return;
      }
      case 'reader': {
        const stream = this.addresses.get(definition.address);
        if (stream instanceof StreamAddress) stream.restore(definition);
        return;
      }
      case 'inbox':
        this.inboxes.restore(definition);
        return;
      case 'pattern':
        this.inboxes.restorePattern(definition);
        return;
      case 'duplicates':
        this.#duplicates.restore(definition, this.addresses.get(definition.address));
        return;
      case 'retained':
        this.#retained = new RetainedMessages(shard.queue(definition.id), shard, this.limits);
        return;
      case 'note':
        this.notes.restore(definition);
        return;
    }
  }

  /** The log can be read: what was found in it is looked into. `done` is called when all is known. */
  restored(done: () => void): void {
    const restoreIds = (): void => this.#duplicates.restored(this.addresses.values(), done);
    if (this.#retained) this.#retained.restore(restoreIds);
    else restoreIds();
  }

  /** Where a message goes that leaves another address: named in a specification, it is made when it is not there. */
  #target(name: string): BrokeredAddress | undefined {
    const existing = this.find(name);
    if (existing) return existing instanceof BrokeredAddress ? existing : undefined;
    if (this.names.has(name) || refuseAddressName(name) || this.#refuseMore()) return undefined;
    const made = this.#createAs(name, 'queue', undefined);
    return made instanceof BrokeredAddress ? made : undefined;
  }

  /** The last link left, or the last message. */
  #idle(address: Address): void {
    const lifetime = this.#lifetimes.get(address);
    if (lifetime && !this.#owned.has(address) && ENDS[lifetime](address)) this.#end(address);
  }

  // ---- refusals

  #refuseMore(): Refusal | undefined {
    const { addressesMax } = this.settings;
    return this.addresses.size < addressesMax ? undefined : refuseMoreAddresses(this.name, addressesMax);
  }

  #refuseMissing(name: string): Refusal {
    return this.names.imports.get(name)?.refuse() ?? refuseMissingAddress(this.name, name, this.settings.autoCreate);
  }
}
