import type { AddressOptions, AddressSpec, AddressStatus, ConsumerOptions, ReaderStatus, SubscriptionOptions } from '../address/address.ts';
import type { ReaderDefinition } from '../address/definition.ts';
import { BrokeredAddress } from '../brokered/brokered-address.ts';
import { CompetingConsumer } from '../delivery/competing-consumer.ts';
import type { Consumer, ConsumerPort } from '../delivery/delivery.ts';
import { Refusal } from '../delivery/refusal.ts';
import type { Message } from '../message/message.ts';
import type { LogPosition } from '../store/log.ts';
import type { Shard } from '../store/shard.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import type { Stream } from './stream.ts';
import { StreamReader } from './stream-reader.ts';

/** Readers of one stream that the server keeps a place for, at the most. */
export const READERS_MAX = 10_000;

/** Appends messages and keeps them, as its retention says; each reader goes through them at a place of its own. */
export class StreamAddress extends BrokeredAddress {
  readonly stream: Stream;
  readonly #space: string;
  readonly #named = new Map<string, StreamReader>();
  /** Run while nobody reads; end the reader. */
  readonly #expiries = new Map<StreamReader, { cancel(): void }>();

  constructor(options: AddressOptions, shard: Shard, stream: Stream, space: string) {
    super(options, shard);
    this.stream = stream;
    this.#space = space;
    stream.own(this, !options.temporary, options.spec.retention);
  }

  protected get queues(): readonly StoredQueue[] {
    return [this.stream];
  }

  get ids(): readonly number[] {
    return [this.stream.id, ...[...this.#named.values()].map(({ identity }) => identity.id).filter(id => id > 0)];
  }

  protected get consumers(): number {
    let consumers = 0;
    for (const reader of this.stream.readers) consumers += reader.consumers.size;
    return consumers;
  }

  /** What is too much goes at the front, and holds no producer back. */
  protected room(): number {
    return Number.POSITIVE_INFINITY;
  }

  protected hasRoom(): boolean {
    return true;
  }

  queuesFor(): readonly StoredQueue[] {
    return this.queues;
  }

  override respec(spec: AddressSpec): void {
    super.respec(spec);
    this.stream.own(this, this.stream.kept, spec.retention);
  }

  store(message: Message, expiresAtMs: number): LogPosition {
    const position = this.shard.store(message, this.queues, expiresAtMs);
    return message.durable && this.stream.kept ? position : -1;
  }

  attachConsumer(port: ConsumerPort, options: ConsumerOptions): Consumer | Refusal {
    const reader = this.#readerFor(options);
    if (reader instanceof Refusal) return reader;
    this.#expiries.get(reader)?.cancel();
    this.#expiries.delete(reader);
    reader.filter = options.filter;
    const consumer = new CompetingConsumer(reader, port, keepMs => this.#left(reader, keepMs));
    reader.add(consumer);
    return consumer;
  }

  #readerFor(options: ConsumerOptions): StreamReader | Refusal {
    const wanted = options.subscription;
    const existing = wanted && this.#named.get(wanted.name);
    if (!existing) return this.#begin(wanted, options);
    const { shared } = existing.identity;
    if (shared !== wanted.shared) {
      const [is, asked] = shared ? ['shared', 'unshared'] : ['unshared', 'shared'];
      const description = `The reader ${wanted.name} of ${this.name} is ${is} and was asked for ${asked}: attach as it is, or end it first.`;
      return new Refusal('subscription-mismatch', description);
    }
    if (!shared) existing.end(new Refusal('subscription-taken-over', `Another consumer reads as ${wanted.name} now.`));
    if (existing.consumers.size > 0 && existing.filter?.text !== options.filter?.text) {
      const description = `Those who share the reader ${wanted.name} of ${this.name} have another selector: use the same, or another name.`;
      return new Refusal('subscription-mismatch', description);
    }
    return existing;
  }

  #begin(wanted: SubscriptionOptions | undefined, options: ConsumerOptions): StreamReader | Refusal {
    if (wanted && this.#named.size >= READERS_MAX)
      return new Refusal('links-exhausted', `The stream ${this.name} has ${READERS_MAX} named readers already: end some, or share one.`);
    const start = this.stream.offsetOf(options.from ?? (options.browse ? 'first' : 'next'));
    if (!wanted) return this.#add({ name: undefined, shared: false, browses: options.browse ?? false, id: 0 }, start);
    const { name, shared } = wanted;
    // Nothing of a temporary stream outlives the server.
    const id = wanted.durable && this.stream.kept ? this.shard.newId() : 0;
    if (id > 0) this.shard.define({ id, kind: 'reader', space: this.#space, address: this.name, name, shared, start });
    return this.#add({ name, shared, browses: false, id }, start);
  }

  #add(identity: StreamReader['identity'], start: number): StreamReader {
    const reader = new StreamReader(this.stream, identity, start);
    if (identity.name !== undefined) this.#named.set(identity.name, reader);
    return reader;
  }

  /** The reader was found in the log. */
  restore({ id, name, shared, start }: ReaderDefinition): void {
    this.#add({ id, name, shared, browses: false }, start);
  }

  #left(reader: StreamReader, keepMs: number): void {
    if (reader.consumers.size === 0 && this.stream.readers.has(reader)) {
      this.#expiries.get(reader)?.cancel();
      // To a private one nobody can come back.
      if (keepMs <= 0 || reader.identity.name === undefined) this.#end(reader);
      else if (keepMs !== Number.POSITIVE_INFINITY)
        this.#expiries.set(
          reader,
          this.shard.turn.after(keepMs, () => this.#end(reader)),
        );
    }
    this.forget();
  }

  #end(reader: StreamReader): void {
    const { name, id } = reader.identity;
    this.#expiries.delete(reader);
    if (name !== undefined) this.#named.delete(name);
    reader.close();
    if (id > 0) this.shard.remove(id);
  }

  hasSubscription(name: string): boolean {
    return this.#named.has(name);
  }

  /** Ends a named reader that nobody reads as; with `force`, also one with consumers, who are told. Answers whether it did. */
  unsubscribe(name: string, force = false): boolean {
    const reader = this.#named.get(name);
    if (!reader || (reader.consumers.size > 0 && !force)) return false;
    reader.end(new Refusal('subscription-not-found', `The reader ${name} of ${this.name} was deleted.`));
    this.#expiries.get(reader)?.cancel();
    this.#end(reader);
    return true;
  }

  override status(): AddressStatus {
    const { head, tail } = this.stream.index;
    const readers: ReaderStatus[] = [...this.#named].map(([name, { place, lag, consumers }]) => ({
      name,
      offset: place,
      lag,
      consumers: consumers.size,
    }));
    return { ...super.status(), firstOffset: head, nextOffset: tail, readers };
  }

  override close(refusal: Refusal): void {
    for (const expiry of this.#expiries.values()) expiry.cancel();
    super.close(refusal);
    // What is settled from now on is noted nowhere.
    for (const reader of this.stream.readers) reader.close();
  }
}
