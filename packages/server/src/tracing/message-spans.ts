import type {
  Address,
  AddressSpace,
  Broker,
  Confirmation,
  ConsumerPort,
  DeliverySource,
  LivePort,
  Message,
  MessageObserver,
  Outcome,
  PeerDescription,
  ProducerPort,
  Refusal,
} from '@angarium/core';
import { type Followed, FollowedMessages, type StoredIn } from './followed-messages.ts';
import type { Sampler } from './sampler.ts';
import { type AttributeValue, Span, type SpanParent, spanNowMs } from './span.ts';
import { type Operation, SpanTemplates } from './span-template.ts';

/** Messages of direct addresses that wait for an outcome, and such that wait for credit; beyond, they have no further spans. */
const DIRECT_MAX = 10_000;

/** Which of several queues of one address. */
const SUBSCRIPTION = 'messaging.destination.subscription.name';

export interface MessageSpansOptions {
  readonly broker: Pick<Broker, 'whenDurable'>;
  readonly space: Pick<AddressSpace, 'name' | 'addresses'>;
  readonly sampler: Sampler;
  /** Takes each span when it has ended. */
  readonly add: (span: Span) => void;
}

/** The message that arrives. */
interface Arriving {
  readonly address: string;
  readonly send: Span;
  readonly route: Span;
  readonly stores: Span[];
  readonly durable: boolean;
  /** A consumer of a direct address has it, whose outcome ends the sending. */
  handed: boolean;
}

/** What a delivery of a direct address is part of. */
interface DirectDelivery {
  readonly deliver: Span;
  readonly send: Span;
}

/**
 * Makes the spans of sampled messages of one address space, with the names of OpenTelemetry's conventions for messaging:
 *
 *     send orders ────────────────────┐ until the producer may hear its outcome
 *       route orders ───┐             │ the call in which it is decided where the message goes
 *       store orders ───┴─────────────┘ until it is on disk
 *       deliver orders        ├──────────── … ─────────┤ until its consumer has said what became of it (event settle)
 */
export class MessageSpans implements MessageObserver {
  readonly #options: MessageSpansOptions;
  readonly #templates: SpanTemplates;
  readonly #followed = new FollowedMessages(this);
  readonly #direct = new Map<DeliverySource, Map<number, DirectDelivery>>();
  readonly #copies = new Map<Message, Span>();
  #directCount = 0;
  #arriving: Arriving | undefined;
  /** Of a message that is moved: what stores it anew is part of this. */
  #moving: SpanParent | undefined;
  /** Calls within each other: of an address that another one hands its message to. */
  #depth = 0;

  constructor(options: MessageSpansOptions) {
    this.#options = options;
    this.#templates = new SpanTemplates(options.space.name);
  }

  close(): void {
    this.#followed.forgetAll();
    this.#direct.clear();
    this.#copies.clear();
  }

  #begin(parent: SpanParent, operation: Operation, destination: string): Span {
    return new Span(parent, this.#templates.of(operation, destination));
  }

  #end(span: Span, failure?: string, atMs = spanNowMs()): void {
    span.endedMs = atMs;
    span.failure = failure;
    this.#options.add(span);
  }

  #settle(span: Span, outcome: Outcome): void {
    span.set('angarium.outcome', outcome.kind);
    const atMs = spanNowMs();
    span.happened('settle', SETTLED[outcome.kind], atMs);
    this.#end(span, failureOf(outcome), atMs);
  }

  // ---- a message arrives

  arrived(message: Message, { name }: Address, port: ProducerPort | undefined): boolean {
    if (this.#depth > 0) {
      this.#depth++;
      return true;
    }
    // What comes from another address was looked at there.
    if (port === undefined) return false;
    const send = this.#waited(message) ?? this.#beginSend(message, name, port);
    if (send === undefined) return false;
    this.#depth = 1;
    const route = this.#begin(send, 'route', name);
    this.#arriving = { address: name, send, route, stores: [], durable: message.durable, handed: false };
    return true;
  }

  #beginSend(message: Message, address: string, port: ProducerPort): Span | undefined {
    const parent = this.#options.sampler.parentFor(message);
    if (parent === undefined) return undefined;
    const send = this.#begin(parent, 'send', address);
    send.set('messaging.message.envelope.size', message.end - message.start);
    if (message.topic !== '') send.set('angarium.topic', message.topic);
    setPeer(send.attributes, port.describePeer?.());
    return send;
  }

  /** The span of one that has waited for room, which arrives again. */
  #waited(message: Message): Span | undefined {
    if (this.#copies.size === 0) return undefined;
    const send = this.#copies.get(message);
    this.#dropCopy(message);
    return send;
  }

  refused({ code, description }: Refusal): void {
    const { route } = this.#arriving ?? {};
    if (route === undefined) return;
    route.set('error.type', code);
    route.failure = description;
  }

  repeated(): void {
    this.#arriving?.route.happened('duplicate', []);
  }

  stored(_message: Message, queue: StoredIn, sequence: number): void {
    const parent = this.#moving ?? this.#arriving?.send;
    if (parent === undefined) return;
    const destination = this.#destinationOf(queue);
    const store = this.#begin(parent, 'store', destination);
    store.set('angarium.sequence', sequence);
    if (queue.name !== destination) store.set(SUBSCRIPTION, queue.name);
    if (this.#arriving) this.#arriving.stores.push(store);
    else this.#whenDurable([store]);
    this.#followed.follow(queue, sequence, parent, destination);
  }

  heard(_message: Message, subscriber: LivePort, taken: boolean): void {
    if (this.#arriving === undefined) return;
    const { send, address, route } = this.#arriving;
    const peer = subscriber.describePeer?.();
    if (taken) this.#end(this.#deliver(send, address, peer));
    else this.#missed(route, peer, 'it is not connected, or takes no more just now');
  }

  #missed(route: Span, peer: PeerDescription | undefined, why: string): void {
    const attributes: AttributeValue[] = ['angarium.why', why];
    setPeer(attributes, peer);
    route.happened('missed', attributes);
  }

  /** What a session of a client keeps goes by the name of the address that it came to: there are as many sessions as there are clients. */
  #destinationOf({ name }: StoredIn): string {
    return this.#options.space.addresses.has(name) ? name : (this.#arriving?.address ?? name);
  }

  over(): void {
    if (this.#depth === 0 || --this.#depth > 0) return;
    this.#moving = undefined;
    const arriving = this.#arriving;
    if (arriving === undefined) return;
    this.#arriving = undefined;
    const { send, route, stores, durable, handed } = arriving;
    this.#end(route, route.failure);
    if (route.failure !== undefined) this.#end(send, route.failure);
    else if (stores.length > 0 && durable) this.#whenDurable([...stores, send]);
    else {
      for (const store of stores) this.#end(store);
      if (!handed) this.#end(send);
    }
  }

  #whenDurable(spans: readonly Span[]): void {
    const waiter: Confirmation = { confirmed: () => spans.forEach(span => void this.#end(span)) };
    this.#options.broker.whenDurable(waiter, 0);
  }

  // ---- stored messages

  delivered({ deliveryCount }: Message, queue: StoredIn, sequence: number, port: ConsumerPort): void {
    const followed = this.#followed.find(queue, sequence);
    if (followed === undefined) return;
    followed.deliveries.set(port, this.#deliverStored(followed, deliveryCount, port));
  }

  seen({ deliveryCount }: Message, queue: StoredIn, sequence: number, port: ConsumerPort): void {
    const followed = this.#followed.find(queue, sequence);
    if (followed !== undefined) this.#end(this.#deliverStored(followed, deliveryCount, port));
  }

  #deliverStored({ parent, destination, queue, sequence }: Followed, deliveryCount: number, port: ConsumerPort): Span {
    const deliver = this.#deliver(parent, destination, port.describePeer?.());
    if (queue.name !== destination) deliver.set(SUBSCRIPTION, queue.name);
    deliver.set('angarium.sequence', sequence);
    deliver.set('angarium.delivery_count', deliveryCount);
    return deliver;
  }

  #deliver(parent: SpanParent, address: string, peer: PeerDescription | undefined): Span {
    const deliver = this.#begin(parent, 'deliver', address);
    setPeer(deliver.attributes, peer);
    return deliver;
  }

  settled(queue: StoredIn, sequence: number, port: ConsumerPort, outcome: Outcome): void {
    const followed = this.#followed.find(queue, sequence);
    const deliver = followed?.deliveries.get(port);
    if (followed === undefined || deliver === undefined) return;
    followed.deliveries.delete(port);
    this.#settle(deliver, outcome);
    // A stream, which has readers, has it for the others of them, until it is the oldest that is followed.
    const remains = outcome.kind !== 'accepted' || 'readers' in queue;
    if (!remains) this.#followed.forget(followed);
  }

  leaving(queue: StoredIn, sequence: number, _cause: unknown, to: string | undefined): void {
    if (to === undefined) this.discarded(queue, sequence);
  }

  moved(queue: StoredIn, sequence: number): void {
    this.#depth++;
    const followed = this.#followed.find(queue, sequence);
    if (followed === undefined) return;
    this.#moving = followed.parent;
    this.#followed.forget(followed);
  }

  discarded(queue: StoredIn, sequence: number): void {
    const followed = this.#followed.find(queue, sequence);
    if (followed) this.#followed.forget(followed);
  }

  // ---- messages of direct addresses

  follows(message: Message): boolean {
    return this.#sendOf(message) !== undefined;
  }

  waits(_address: Address, message: Message, copy: Message): void {
    const send = this.#sendOf(message);
    if (send === undefined || this.#directCount >= DIRECT_MAX) return;
    if (this.#arriving) this.#arriving.handed = true;
    if (!this.#copies.has(copy)) this.#directCount++;
    this.#copies.set(copy, send);
  }

  #sendOf(message: Message): Span | undefined {
    return (this.#copies.size > 0 ? this.#copies.get(message) : undefined) ?? this.#arriving?.send;
  }

  #dropCopy(copy: Message): boolean {
    if (!this.#copies.delete(copy)) return false;
    this.#directCount--;
    return true;
  }

  handed({ name }: Address, message: Message, port: ConsumerPort, source: DeliverySource, token: number): void {
    const send = this.#sendOf(message);
    if (send === undefined) return;
    const waited = this.#dropCopy(message);
    const deliver = this.#deliver(send, name, port.describePeer?.());
    if (message.settled || this.#directCount >= DIRECT_MAX) {
      this.#end(deliver);
      if (waited) this.#end(send);
      return;
    }
    if (this.#arriving) this.#arriving.handed = true;
    const those = this.#direct.get(source) ?? new Map<number, DirectDelivery>();
    this.#direct.set(source, those.set(token, { deliver, send }));
    this.#directCount++;
  }

  missed(_address: Address, _message: Message, port: ConsumerPort, why: string): void {
    if (this.#arriving) this.#missed(this.#arriving.route, port.describePeer?.(), why);
  }

  givenBack(_address: Address, message: Message, why: string): void {
    const { route } = this.#arriving ?? {};
    if (route) route.failure = why;
    const send = this.#copies.get(message);
    if (send === undefined) return;
    this.#dropCopy(message);
    this.#end(send, why);
  }

  outcome(source: DeliverySource, token: number, outcome: Outcome): void {
    if (this.#directCount === 0) return;
    const those = this.#direct.get(source);
    const delivery = those?.get(token);
    if (those === undefined || delivery === undefined) return;
    those.delete(token);
    this.#directCount--;
    if (those.size === 0) this.#direct.delete(source);
    this.#settle(delivery.deliver, outcome);
    // Of several consumers the first one's outcome ends the sending.
    if (delivery.send.endedMs === 0) this.#end(delivery.send, failureOf(outcome));
  }
}

/** Attributes of the event that ends a delivery. */
const SETTLED = {
  accepted: settledAs('accepted'),
  rejected: settledAs('rejected'),
  released: settledAs('released'),
  modified: settledAs('modified'),
} as const satisfies Record<Outcome['kind'], readonly AttributeValue[]>;

function settledAs(kind: Outcome['kind']): readonly AttributeValue[] {
  return ['messaging.operation.name', 'settle', 'angarium.outcome', kind];
}

function setPeer(attributes: AttributeValue[], peer: PeerDescription | undefined): void {
  if (peer !== undefined) attributes.push('messaging.client.id', peer.name, 'network.protocol.name', peer.protocol);
}

/** Why the message was not processed, as far as its consumer says so. */
function failureOf(outcome: Outcome): string | undefined {
  if (outcome.kind === 'rejected') return outcome.refusal?.description ?? outcome.reason?.description ?? 'rejected';
  return outcome.kind === 'modified' && outcome.deliveryFailed ? 'the delivery failed' : undefined;
}
