import type { Address } from '../address/address.ts';
import type { AddressSpace } from '../address/address-space.ts';
import { BrokeredAddress } from '../brokered/brokered-address.ts';
import type { ConsumerPort, DeliverySource, PeerDescription, ProducerPort } from '../delivery/delivery.ts';
import type { Outcome } from '../delivery/outcome.ts';
import type { Refusal } from '../delivery/refusal.ts';
import { NO_SOURCE } from '../direct/direct-producer.ts';
import type { Message } from '../message/message.ts';
import type { MessageFields, MessageFilter } from '../message/message-filter.ts';
import type { WalkedMessage } from '../operations/queue-walk.ts';
import type { Cause } from '../queue/dead-letter.ts';
import { QueueAddress } from '../queue/queue-address.ts';
import type { Shard } from '../store/shard.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import { StreamAddress } from '../stream/stream-address.ts';
import type { Task } from '../turn.ts';
import { addressWords } from './address-words.ts';
import { deadLetterWords } from './dead-letter-words.ts';
import { type EntryFollower, FollowedEntries, outcomeWords, type StepFacts } from './followed-entries.ts';
import { placeWords } from './place-words.ts';
import { routeSteps } from './route-steps.ts';
import type { TracedPeer, TraceStep, TraceStepName } from './trace-step.ts';
import type { Whereabouts } from './whereabouts.ts';
import { counted, duration, peerWords } from './words.ts';

/** How often messages that wait are looked at, in milliseconds. */
const LOOK_INTERVAL_MS = 1000;
/** Steps of one trace. */
export const TRACE_STEPS_MAX = 10_000;

/** What a trace follows, and whom it tells. */
export interface TraceWish {
  readonly space: AddressSpace;
  readonly address: Address;
  /** Of a topic address: only messages of this topic; undefined: all. */
  readonly topic?: string | undefined;
  /** So many messages, of those for which the filter holds. */
  readonly count: number;
  readonly filter?: MessageFilter | undefined;
  /** Whether who asks may know of this address. */
  mayView(address: string): boolean;
  /** Whether he may know from where peers come, and as whom. */
  readonly seesConnections: boolean;
  /** A step, as it happens. `message` is there where it arrives, and valid during the call. */
  tell(step: TraceStep, message: Message | undefined): void;
  /** The trace is over, and why; it may be called from within what happens to a message. */
  end(words: string): void;
}

/** Follows the next messages of an address from their arrival to their end, and says in words what happens to them, and why they wait. */
export class MessageTrace implements EntryFollower, Task {
  deferred = false;
  readonly #wish: TraceWish;
  readonly #shard: Shard;
  readonly #entries: FollowedEntries;
  /** The queue or stream of the address itself. */
  readonly #own: StoredQueue | undefined;
  readonly #unobserve: () => void;
  /** Copies of messages that wait at a direct address, and deliveries of such, by source and token. */
  readonly #copies = new Map<Message, number>();
  readonly #deliveries = new Map<DeliverySource, Map<number, { readonly message: number; readonly port: ConsumerPort }>>();
  /** Messages so far, and those of them that are not over: in how many places they are. */
  #begun = 0;
  readonly #places = new Map<number, number>();
  /** The message that is arriving, 0: none that is followed; calls within each other; whether it was said what becomes of it. */
  #arriving = 0;
  #depth = 0;
  #said = false;
  /** What arrives is a message that has left another address. */
  #departed = false;
  #steps = 0;
  #timer: { cancel(): void } | undefined;
  #over = false;

  constructor(wish: TraceWish, shard: Shard) {
    this.#wish = wish;
    this.#shard = shard;
    const { space, address } = wish;
    // What comes by a binding or a divert comes to the queue, and not to the address.
    if (address instanceof QueueAddress) this.#own = address.queue;
    if (address instanceof StreamAddress) this.#own = address.stream;
    this.#entries = new FollowedEntries(this, shard, this.#own);
    this.#unobserve = space.observation.observe(address, this);
    this.tell(0, 'watching', addressWords(space, address));
    this.#lookLater();
  }

  /** It ends where it is. */
  close(words: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#unobserve();
    this.#entries.forgetAll();
    this.#wish.end(words);
  }

  /** The time for it is over. */
  timeOver(words: string): void {
    if (this.#begun > 0)
      return this.close(
        this.#places.size === 0
          ? words
          : `${words}, and ${counted(this.#places.size, 'message')} of ${this.#begun} ${this.#places.size === 1 ? 'has' : 'have'} not come to an end`,
      );
    this.close(`${words}, and no such message came. ${addressWords(this.#wish.space, this.#wish.address)}`);
  }

  /** Why a stored message is where it is. */
  explain(queue: StoredQueue, sequence: number): Whereabouts {
    return this.#entries.explain(queue, sequence);
  }

  /** Follows a message that is there already. */
  followStored(queue: StoredQueue, { sequence, storedAtMs, attempts, message }: WalkedMessage): void {
    const number = this.#begin();
    const facts = { address: this.nameOf(queue.name), sequence };
    const failed = attempts > 0 ? `, ${counted(attempts, 'attempt')} failed` : '';
    const since = duration(this.#shard.turn.nowMs - storedAtMs);
    this.#tell(number, 'stored', `stored as ${sequence} in ${this.place(queue)} for ${since}${failed}`, facts, message);
    const fields = this.#shard.fieldsOf(message);
    const departed = this.#departure(fields);
    if (departed !== undefined) this.tell(number, 'dead-lettered', departed, facts);
    const { reason, words } = this.#entries.explain(queue, sequence, fields);
    this.tell(number, 'waiting', words, { ...facts, reason });
    this.#enter(number);
    this.#entries.follow(queue, sequence, number, reason);
  }

  /** Why it is a dead letter, or was one before it was sent again. */
  #departure(fields: MessageFields): string | undefined {
    return deadLetterWords(fields, this.#shard.turn.nowMs, address => this.nameOf(address));
  }

  // ---- what is told

  tell(message: number, step: TraceStepName, words: string, facts: StepFacts = {}): void {
    this.#tell(message, step, words, facts, undefined);
  }

  #tell(message: number, step: TraceStepName, words: string, facts: StepFacts, body: Message | undefined): void {
    if (this.#over) return;
    const { address, tell } = this.#wish;
    tell({ atMs: this.#shard.turn.nowMs, message, step, address: address.name, ...facts, words }, body);
    if (++this.#steps >= TRACE_STEPS_MAX) this.close(`the trace has ${TRACE_STEPS_MAX} steps, the most there may be`);
  }

  describe(port: ProducerPort | ConsumerPort): TracedPeer | undefined {
    const peer = port.describePeer?.();
    return peer && this.#shown(peer);
  }

  /** As far as who asks may know. */
  #shown({ protocol, name, user, from }: PeerDescription): TracedPeer {
    if (!this.#wish.seesConnections) return { protocol, name };
    return { protocol, name, ...(user !== undefined && { user }), ...(from !== undefined && { from }) };
  }

  nameOf(address: string): string {
    const { space, mayView } = this.#wish;
    return !space.addresses.has(address) || mayView(address) ? address : 'another address';
  }

  place(queue: StoredQueue): string {
    return placeWords(this.#wish.space, queue);
  }

  // ---- how many, and where

  #begin(): number {
    this.#places.set(++this.#begun, 0);
    return this.#begun;
  }

  #enter(message: number): void {
    this.#places.set(message, this.#places.get(message)! + 1);
  }

  leave(message: number): void {
    this.#places.set(message, this.#places.get(message)! - 1);
    this.#endOf(message);
  }

  #endOf(message: number): void {
    if (this.#places.get(message) !== 0 || this.#arriving === message) return;
    this.#places.delete(message);
    // Not from within what happens to the message: who is told may want to observe something else.
    if (this.#begun >= this.#wish.count && this.#places.size === 0) this.#shard.turn.deferNext(this);
  }

  #lookLater(): void {
    this.#timer ??= this.#shard.turn.after(LOOK_INTERVAL_MS, () => {
      this.#timer = undefined;
      this.run();
      if (!this.#over) this.#lookLater();
    });
  }

  run(): void {
    if (this.#over) return;
    const { space, address, count } = this.#wish;
    if (space.addresses.get(address.name) !== address) return this.close(`the address ${address.name} was deleted`);
    this.#entries.look();
    if (this.#begun >= count && this.#places.size === 0)
      this.close(count === 1 ? 'the message has come to its end' : `all ${count} messages have come to their end`);
  }

  // ---- a message arrives

  /** True in any case: calls within each other are counted. */
  arrived(message: Message, address: Address, port: ProducerPort | undefined): boolean {
    this.#depth++;
    // One that is followed has come back here.
    if (this.#arriving > 0) return true;
    if (this.#copies.has(message)) this.#goOn(message);
    else if (this.#wants(message)) this.#follow(message, address, port);
    return true;
  }

  /** It has waited for room. */
  #goOn(copy: Message): void {
    this.#arriving = this.#copies.get(copy)!;
    this.#said = false;
    this.#dropCopy(copy);
  }

  #follow(message: Message, address: Address, port: ProducerPort | undefined): void {
    const departed = port ? undefined : this.#departure(this.#shard.fieldsOf(message));
    const comes = departed === undefined ? 'comes from another address' : `comes as a dead letter: ${departed}`;
    this.#arrive(message, port ? `sent by ${peerWords(this.describe(port))}` : comes, port);
    if (!(address instanceof BrokeredAddress)) return;
    const fields = this.#shard.fieldsOf(message);
    for (const { step, words } of routeSteps(this.#wish.space, address, message, fields, name => this.#wish.mayView(name))) {
      if (step === 'unrouted' || step === 'matched') this.#said = true;
      this.tell(this.#arriving, step, words);
    }
  }

  #arrive(message: Message, words: string, port: ProducerPort | undefined): void {
    this.#arriving = this.#begin();
    this.#said = false;
    const topic = message.topic === '' ? '' : `, to the topic ${message.topic}`;
    const peer = port && this.describe(port);
    this.#tell(
      this.#arriving,
      'arrived',
      `${words}, ${counted(message.end - message.start, 'byte')}${topic}`,
      peer ? { peer } : {},
      message,
    );
  }

  #wants(message: Message): boolean {
    const { count, filter, topic, address } = this.#wish;
    if (this.#over || this.#begun >= count) return false;
    if (topic !== undefined && (message.topic || address.name) !== topic) return false;
    return !filter || filter.matches(this.#shard.fieldsOf(message));
  }

  denied(peer: PeerDescription, refusal: Refusal): void {
    // The words say who it is.
    if (!this.#wish.seesConnections) return;
    this.tell(0, 'refused', `${peerWords(peer)} is refused: ${refusal.description}`, { refusal: refusal.code });
  }

  refused(refusal: Refusal): void {
    if (this.#arriving === 0) return;
    this.#said = true;
    this.tell(this.#arriving, 'refused', `refused: ${refusal.description}`, { refusal: refusal.code });
  }

  repeated(): void {
    if (this.#arriving === 0) return;
    this.#said = true;
    this.tell(this.#arriving, 'dropped', 'accepted, and not stored again: a message of its id has come before');
  }

  stored(message: Message, queue: StoredQueue, sequence: number): void {
    if (this.#arriving > 0) return this.#stored(queue, sequence);
    // Nobody has said that it comes: it was sent to another address.
    if (this.#depth > 0 || queue !== this.#own || !this.#wants(message)) return;
    this.#arrive(message, 'came by another address: a binding, a divert or a dead letter', undefined);
    this.#stored(queue, sequence);
    this.#arriving = 0;
  }

  #stored(queue: StoredQueue, sequence: number): void {
    const message = this.#arriving;
    this.#said = true;
    const address = this.nameOf(queue.name);
    // What becomes of it where who asks may not look is not told.
    if (address !== queue.name) return this.tell(message, 'stored', `stored in ${address}`, { address });
    this.tell(message, 'stored', `stored as ${sequence} in ${this.place(queue)}`, { address, sequence });
    // A dead letter waits for people: the trace is not to wait for them.
    if (this.#departed || !this.#entries.canFollow(queue)) return;
    this.#enter(message);
    this.#entries.follow(queue, sequence, message);
    this.#shard.turn.deferNext(this);
  }

  over(): void {
    if (this.#depth === 0 || --this.#depth > 0 || this.#arriving === 0) return;
    const message = this.#arriving;
    this.#arriving = 0;
    this.#departed = false;
    if (!this.#said && this.#places.get(message) === 0) this.tell(message, 'unrouted', 'nobody gets it');
    this.#endOf(message);
  }

  // ---- stored messages

  delivered({ deliveryCount }: Message, queue: StoredQueue, sequence: number, port: ConsumerPort): void {
    this.#entries.delivered(queue, sequence, port, deliveryCount);
  }

  settled(queue: StoredQueue, sequence: number, port: ConsumerPort, outcome: Outcome): void {
    this.#entries.settled(queue, sequence, port, outcome);
    if (outcome.kind !== 'accepted') this.#shard.turn.deferNext(this);
  }

  leaving(queue: StoredQueue, sequence: number, cause: Cause, to: string | undefined): void {
    this.#entries.leaving(queue, sequence, cause, to);
  }

  moved(queue: StoredQueue, sequence: number, to: string | undefined): void {
    this.#depth++;
    const message = this.#entries.moved(queue, sequence, to);
    this.#departed = true;
    this.#arriving = message;
    this.#said = true;
    this.#entries.gone(queue, sequence);
  }

  discarded(queue: StoredQueue, sequence: number, why: string): void {
    this.#entries.discarded(queue, sequence, why);
  }

  // ---- messages of direct addresses, and those that wait for room

  follows(message: Message): boolean {
    return this.#numberOf(message) !== 0;
  }

  waits(address: Address, message: Message, copy: Message): void {
    const number = this.#numberOf(message);
    if (number === 0) return;
    this.#said = true;
    if (!this.#copies.has(copy)) this.#enter(number);
    this.#copies.set(copy, number);
    const { brokered, withheld } = address;
    if (brokered) this.tell(number, 'waiting', `waits for room: ${withheld ?? 'others have come before it'}`, { reason: 'no-room' });
    else
      this.tell(number, 'waiting', `waits for credit: ${withheld ?? 'a consumer that is slower than the others gets it later'}`, {
        reason: 'no-credit',
      });
  }

  /** 0: it is not followed. */
  #numberOf(message: Message): number {
    return this.#copies.get(message) ?? this.#arriving;
  }

  handed(_address: Address, message: Message, port: ConsumerPort, source: DeliverySource, token: number): void {
    const number = this.#numberOf(message);
    if (number === 0) return;
    this.#said = true;
    const peer = this.describe(port);
    const settled = source === NO_SOURCE ? ', whose outcome nobody waits for' : '';
    this.tell(number, 'delivered', `delivered to ${peerWords(peer)}${settled}`, peer ? { peer } : {});
    if (source !== NO_SOURCE) {
      this.#enter(number);
      const those = this.#deliveries.get(source) ?? new Map();
      this.#deliveries.set(source, those.set(token, { message: number, port }));
    }
    this.#dropCopy(message);
  }

  #dropCopy(copy: Message): void {
    const number = this.#copies.get(copy);
    if (number === undefined) return;
    this.#copies.delete(copy);
    this.leave(number);
  }

  missed(_address: Address, message: Message, port: ConsumerPort, why: string): void {
    const number = this.#numberOf(message);
    if (number === 0) return;
    this.#said = true;
    const peer = this.describe(port);
    this.tell(number, 'dropped', `${peerWords(peer)} does not get it: ${why}`, peer ? { peer } : {});
  }

  givenBack(_address: Address, message: Message, why: string): void {
    const number = this.#numberOf(message);
    if (number === 0) return;
    this.#said = true;
    const hears = message.settled ? 'it is dropped, as its sender waits for no outcome' : 'its sender hears that it was released';
    this.tell(number, 'unrouted', `nobody gets it: ${why}; ${hears}`);
    this.#dropCopy(message);
  }

  outcome(source: DeliverySource, token: number, outcome: Outcome): void {
    const deliveries = this.#deliveries.get(source);
    const delivery = deliveries?.get(token);
    if (!deliveries || !delivery) return;
    deliveries.delete(token);
    if (deliveries.size === 0) this.#deliveries.delete(source);
    const peer = this.describe(delivery.port);
    this.tell(delivery.message, 'settled', `${outcomeWords(outcome)} by ${peerWords(peer)}`, {
      outcome: outcome.kind,
      ...(peer && { peer }),
    });
    this.leave(delivery.message);
  }
}
