import { ReadyConsumers } from '../delivery/ready-consumers.ts';
import type { MessageFilter } from '../message/message-filter.ts';
import type { EntryOrder } from './entry-order.ts';
import type { ExcludedPorts } from './excluded-ports.ts';
import { MessageGroups } from './message-groups.ts';
import type { QueueConsumer } from './queue-consumer.ts';

interface Level {
  readonly priority: number;
  readonly ready: ReadyConsumers<QueueConsumer>;
  /** Able or not. */
  consumers: number;
}

/** Consumers of a queue that want the same messages, and how far they have come in its order. */
export class Walk {
  readonly filter: MessageFilter | undefined;
  order: EntryOrder;
  /** By the consumers' priority, highest first. */
  readonly #levels: Level[] = [];
  consumers = 0;
  /** Made when a message with a group comes. */
  groups: MessageGroups | undefined;
  /** Ready entries that none of the consumers may have, as each has said so; looked at again when a consumer comes. */
  parked: number[] = [];

  constructor(filter: MessageFilter | undefined, order: EntryOrder) {
    this.filter = filter;
    this.order = order;
  }

  /** Somebody can take a message. */
  get able(): boolean {
    for (let i = 0; i < this.#levels.length; i++) if (this.#levels[i]!.ready.size > 0) return true;
    return false;
  }

  add(consumer: QueueConsumer): void {
    consumer.walk = this;
    this.consumers++;
    this.groups?.rebalance(this.consumers);
    const level = this.#levels.find(({ priority }) => priority === consumer.priority);
    if (level) level.consumers++;
    else {
      this.#levels.push({ priority: consumer.priority, ready: new ReadyConsumers(), consumers: 1 });
      this.#levels.sort((one, other) => other.priority - one.priority);
    }
  }

  remove(consumer: QueueConsumer): void {
    this.consumers--;
    this.groups?.left(consumer);
    // Priorities that nobody has any more cost each delivery a look.
    const at = this.#levels.findIndex(({ priority }) => priority === consumer.priority);
    if (--this.#levels[at]!.consumers === 0) this.#levels.splice(at, 1);
  }

  /** Call for each change of what the consumer can take. */
  update(consumer: QueueConsumer, change: () => void): void {
    this.#level(consumer).update(consumer, change);
  }

  #level({ priority }: QueueConsumer): ReadyConsumers<QueueConsumer> {
    for (const level of this.#levels) if (level.priority === priority) return level.ready;
    throw new Error('the consumer has left');
  }

  /** A consumer that can take a message, of those with the highest priority; one of its credit is used. */
  take(): QueueConsumer {
    for (let i = 0; ; i++) {
      const { ready } = this.#levels[i]!;
      if (ready.size > 0) return ready.take();
    }
  }

  /** The one with the fewest groups, of those that can take a message and have the highest priority. */
  takeFor(groups: MessageGroups): QueueConsumer {
    for (let i = 0; ; i++) {
      const { ready } = this.#levels[i]!;
      if (ready.size === 0) continue;
      const consumer = ready.lightest(each => groups.countOf(each));
      ready.spend(consumer);
      return consumer;
    }
  }

  /** Whether one that can take a message is like this. */
  has(fits: (consumer: QueueConsumer) => boolean): boolean {
    return this.#levels.some(({ ready }) => ready.next(fits) !== undefined);
  }

  /** The same, leaving out some; undefined: there is no other. */
  takeBut(excluded: ExcludedPorts): QueueConsumer | undefined {
    for (const { ready } of this.#levels) {
      const consumer = ready.next(({ port }) => !excluded.has(port));
      if (!consumer) continue;
      ready.spend(consumer);
      return consumer;
    }
    return undefined;
  }

  spend(consumer: QueueConsumer): void {
    this.#level(consumer).spend(consumer);
  }

  makeGroups(): MessageGroups {
    this.groups ??= new MessageGroups(sequence => this.order.returned(sequence));
    return this.groups;
  }
}
