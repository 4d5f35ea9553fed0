import type {
  Address,
  AddressSpace,
  Broker,
  Confirmation,
  ConsumerPort,
  DeliverySource,
  Message,
  MessageObserver,
  Outcome,
  PeerDescription,
  ProducerPort,
  Refusal,
} from '@angarium/core';
import { FollowedMessages, type StoredIn } from './followed-messages.ts';
import type { Sampler } from './sampler.ts';
import { type AttributeValue, SPAN_CONSUMER, SPAN_INTERNAL, SPAN_PRODUCER, Span, type SpanParent, spanNowMs } from './span.ts';

/** Messages of direct addresses that wait for an outcome, and such that wait for credit; beyond, they have no further spans. */
const DIRECT_MAX = 10_000;

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
  }

  close(): void {
    this.#followed.forgetAll();
    this.#direct.clear();
    this.#copies.clear();
  }

  #begin(parent: SpanParent, operation: string, destination: string, kind: number, more: [string, AttributeValue][] = []): Span {
    return new Span(parent, `${operation} ${destination}`, kind, [
      ['messaging.system', 'angarium'],
      ['messaging.operation.name', operation],
      ['messaging.destination.name', destination],
      ['angarium.address_space', this.#options.space.name],
      ...more,
    ]);
  }

  #end(span: Span, failure?: string): void {
    span.endedMs = spanNowMs();
    span.failure = failure;
    this.#options.add(span);
  }

  #settle(span: Span, outcome: Outcome): void {
    span.happened('settle', [
      ['messaging.operation.name', 'settle'],
      ['angarium.outcome', outcome.kind],
    ]);
    span.attributes.push(['angarium.outcome', outcome.kind]);
    this.#end(span, failureOf(outcome));
  }

  // ---- a message arrives

  arrived(message: Message, { name }: Address, port: ProducerPort | undefined): void {
    if (this.#depth++ > 0) return;
    const parent = this.#options.sampler.parentFor(message);
    if (parent === undefined) return;
    const send = this.#begin(parent, 'send', name, SPAN_CONSUMER, [
      ['messaging.operation.type', 'send'],
      ['messaging.message.envelope.size', message.end - message.start],
      ...(message.topic === '' ? [] : [['angarium.topic', message.topic] satisfies [string, string]]),
      ...peerAttributes(port?.describePeer?.()),
    ]);
    const route = this.#begin(send, 'route', name, SPAN_INTERNAL);
    this.#arriving = { address: name, send, route, stores: [], durable: message.durable, handed: false };
  }

  refused({ code, description }: Refusal): void {
    const { route } = this.#arriving ?? {};
    if (route === undefined) return;
    route.attributes.push(['error.type', code]);
    route.failure = description;
  }

  repeated(): void {
    this.#arriving?.route.happened('duplicate', []);
  }

  stored(_message: Message, queue: StoredIn, sequence: number): void {
    const parent = this.#moving ?? this.#arriving?.send;
    if (parent === undefined) return;
    const destination = this.#destinationOf(queue);
    const store = this.#begin(parent, 'store', destination, SPAN_INTERNAL, [
      ['angarium.sequence', sequence],
      ...subscription(queue, destination),
    ]);
    if (this.#arriving) this.#arriving.stores.push(store);
    else this.#whenDurable([store]);
    this.#followed.follow(queue, sequence, parent, destination);
  }

  /** What a session of a client keeps goes by the name of the address that it came to: there are as many sessions as there are clients. */
  #destinationOf({ name }: StoredIn): string {
    return this.#options.space.addresses.has(name) ? name : (this.#arriving?.address ?? name);
  }

  over(): void {
    if (this.#depth > 0 && --this.#depth > 0) return;
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
    followed.deliveries.set(
      port,
      this.#deliver(followed.parent, followed.destination, port, [
        ...subscription(queue, followed.destination),
        ['angarium.sequence', sequence],
        ['angarium.delivery_count', deliveryCount],
      ]),
    );
  }

  #deliver(parent: SpanParent, name: string, port: ConsumerPort, more: [string, AttributeValue][]): Span {
    return this.#begin(parent, 'deliver', name, SPAN_PRODUCER, [
      ['messaging.operation.type', 'receive'],
      ...more,
      ...peerAttributes(port.describePeer?.()),
    ]);
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

  waits(_address: Address, message: Message, copy: Message): void {
    const send = this.#sendOf(message);
    if (send === undefined || this.#directCount >= DIRECT_MAX) return;
    if (this.#arriving) this.#arriving.handed = true;
    if (!this.#copies.has(copy)) this.#directCount++;
    this.#copies.set(copy, send);
  }

  #sendOf(message: Message): Span | undefined {
    return this.#copies.get(message) ?? this.#arriving?.send;
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
    const deliver = this.#deliver(send, name, port, []);
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
    this.#arriving?.route.happened('missed', [...peerAttributes(port.describePeer?.()), ['angarium.why', why]]);
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

function peerAttributes(peer: PeerDescription | undefined): [string, AttributeValue][] {
  if (peer === undefined) return [];
  return [
    ['messaging.client.id', peer.name],
    ['network.protocol.name', peer.protocol],
  ];
}

function subscription({ name }: StoredIn, destination: string): [string, AttributeValue][] {
  return name === destination ? [] : [['messaging.destination.subscription.name', name]];
}

/** Why the message was not processed, as far as its consumer says so. */
function failureOf(outcome: Outcome): string | undefined {
  if (outcome.kind === 'rejected') return outcome.refusal?.description ?? outcome.reason?.description ?? 'rejected';
  return outcome.kind === 'modified' && outcome.deliveryFailed ? 'the delivery failed' : undefined;
}
