import type { AddressSpace } from '../address/address-space.ts';
import { BrokeredAddress } from '../brokered/brokered-address.ts';
import { refuseMessage, refuseRecord } from '../brokered/refuse-message.ts';
import type { Consumer, ConsumerPort } from '../delivery/delivery.ts';
import { Refusal } from '../delivery/refusal.ts';
import { filterOfText } from '../message/filter-of-text.ts';
import { emptyMessage, type Message } from '../message/message.ts';
import type { Shard } from '../store/shard.ts';
import { StreamAddress } from '../stream/stream-address.ts';
import { TopicAddress } from '../topic/topic-address.ts';
import type { Exported, ExportedMessage, ExportedReader, ExportedSubscription } from './exported.ts';
import { type QueuePlace, queueOf } from './queue-place.ts';

/** Makes a subscription, and leaves: it takes nothing. */
const NOBODY: ConsumerPort = { unsettled: 0, deliver: () => undefined, drained: () => {}, end: () => {} };

/**
 * Stores in a space what was exported from another one, each message in its own place and nowhere else: no divert, binding or window of duplicates looks at it again. Addresses have to be
 * there; subscriptions and readers are made where they are missing.
 */
export class MessageImport {
  /** Messages stored, and those left out because their time to live had ended. */
  stored = 0;
  expired = 0;
  readonly #space: AddressSpace;
  readonly #shard: Shard;
  readonly #message: Message = emptyMessage();

  constructor(space: AddressSpace, shard: Shard) {
    this.#space = space;
    this.#shard = shard;
  }

  /** `done` is called when everything that was taken so far is on disk. */
  whenDurable(done: () => void): void {
    this.#shard.whenDurable({ confirmed: done }, 0);
  }

  /** Takes the next of what was exported, in its order; or says why it cannot. */
  take(exported: Exported): Refusal | undefined {
    switch (exported.kind) {
      case 'message':
        return this.#store(exported);
      case 'subscription':
        return this.#subscribe(exported);
      case 'reader':
        return this.#read(exported);
    }
  }

  #store(exported: ExportedMessage): Refusal | undefined {
    const { expiresAtMs } = exported;
    if (expiresAtMs > 0 && expiresAtMs <= this.#shard.turn.nowMs) {
      this.expired++;
      return undefined;
    }
    const refusal = this.#refuseForLog() ?? this.#storeIn(exported, this.#filled(exported));
    if (refusal === undefined) this.stored++;
    return refusal;
  }

  /** A log that is only behind takes what is sent to it in measure: whoever calls waits for it now and then. */
  #refuseForLog(): Refusal | undefined {
    const { pressure } = this.#shard.log;
    if (pressure === 'none' || pressure === 'unsynced-bytes') return undefined;
    return new Refusal('log-unavailable', `The log takes no messages (${pressure}): free some disk space.`);
  }

  #storeIn({ address: name, subscription, retained, expiresAtMs }: ExportedMessage, message: Message): Refusal | undefined {
    if (retained) return this.#retain(message, expiresAtMs);
    const address = this.#space.find(name);
    if (address === undefined)
      return new Refusal('address-not-found', `There is no address ${name} in the address space ${this.#space.name}: import it first.`);
    if (!(address instanceof BrokeredAddress))
      return new Refusal('address-type-mismatch', `The address ${name} stores nothing (${address.spec.type}).`);
    const refusal = refuseRecord(address, message) ?? refuseMessage(address, message);
    if (refusal !== undefined) return refusal;
    if (address instanceof TopicAddress) return this.#storeFor({ space: this.#space, address: name, subscription }, message, expiresAtMs);
    if (subscription !== undefined)
      return new Refusal('address-type-mismatch', `The address ${name} is of type ${address.spec.type}, and has no subscriptions.`);
    address.counters.in++;
    address.store(message, expiresAtMs);
    address.fuller();
    return undefined;
  }

  #storeFor(place: QueuePlace, message: Message, expiresAtMs: number): Refusal | undefined {
    const queue = queueOf(place);
    if (queue instanceof Refusal) return queue;
    this.#shard.store(message, [queue], expiresAtMs);
    return undefined;
  }

  #retain(message: Message, expiresAtMs: number): Refusal | undefined {
    if (message.topic === '') return new Refusal('message-target-missing', 'A retained message names its topic, and this one does not.');
    const { retained } = this.#space;
    const { queue } = retained;
    message.durable = true;
    if (!retained.replace(message.topic, queue.nextSequence, expiresAtMs > 0))
      return new Refusal('queue-full', `The address space ${this.#space.name} has as many retained messages as it may.`);
    this.#shard.store(message, [queue], expiresAtMs);
    return undefined;
  }

  #filled(exported: ExportedMessage): Message {
    const { encoding, bytes, format, durable, priority, attempts, grouped, topic, retained, dueAtMs } = exported;
    const message = this.#message;
    Object.assign(message, { encoding, bytes, start: 0, end: bytes.length, format, durable, priority, grouped, topic, retained });
    message.deliveryCount = attempts;
    message.deliverAtMs = dueAtMs;
    return message;
  }

  #subscribe({ address, name, shared, pattern, selector }: ExportedSubscription): Refusal | undefined {
    const topic = this.#space.find(address);
    if (!(topic instanceof TopicAddress)) return wrongType(address, topic?.spec.type, 'topic');
    if (topic.hasSubscription(name)) return undefined;
    const refusal = pattern === undefined ? undefined : topic.refusePattern(pattern);
    if (refusal !== undefined) return refusal;
    const filter = selector === undefined ? undefined : filterOfText(selector);
    return leave(
      topic.attachConsumer(NOBODY, {
        subscription: { name, shared, durable: true },
        ...(pattern !== undefined && { pattern }),
        ...(filter && { filter }),
      }),
    );
  }

  #read({ address, name, shared, lag }: ExportedReader): Refusal | undefined {
    const found = this.#space.find(address);
    if (!(found instanceof StreamAddress)) return wrongType(address, found?.spec.type, 'stream');
    if (found.hasSubscription(name)) return undefined;
    const offset = Math.max(0, found.stream.index.tail - lag);
    return leave(found.attachConsumer(NOBODY, { from: { offset }, subscription: { name, shared, durable: true } }));
  }
}

/** What was made stays until somebody ends it. */
function leave(consumer: Consumer | Refusal): Refusal | undefined {
  if (consumer instanceof Refusal) return consumer;
  consumer.detach(Number.POSITIVE_INFINITY);
  return undefined;
}

function wrongType(address: string, type: string | undefined, wanted: string): Refusal {
  if (type === undefined) return new Refusal('address-not-found', `There is no address ${address}: import it first.`);
  return new Refusal('address-type-mismatch', `The address ${address} is of type ${type}, and not a ${wanted}.`);
}
