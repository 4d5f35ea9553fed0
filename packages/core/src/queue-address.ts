import type { AddressOptions, ConsumerOptions } from './address.ts';
import { BrokeredAddress } from './brokered-address.ts';
import type { Consumer, ConsumerPort } from './delivery.ts';
import type { LogPosition } from './log.ts';
import type { Message } from './message.ts';
import type { Queue } from './queue.ts';
import { Browser } from './queue-browser.ts';
import { QueueConsumer } from './queue-consumer.ts';
import type { Shard } from './shard.ts';

/** Stores each message until one of the competing consumers has it. */
export class QueueAddress extends BrokeredAddress {
  readonly #queue: Queue;
  readonly #queues: readonly Queue[];

  constructor(options: AddressOptions, shard: Shard, queue: Queue) {
    super(options, shard);
    this.#queue = queue;
    this.#queues = [queue];
    queue.own(this, !options.temporary);
  }

  protected get queues(): readonly Queue[] {
    return this.#queues;
  }

  get ids(): readonly number[] {
    return [this.#queue.id];
  }

  protected get consumers(): number {
    return this.#queue.consumers;
  }

  protected room(): number {
    return this.roomIn(this.#queue);
  }

  store(message: Message, expiresAtMs: number): LogPosition {
    const position = this.shard.store(message, this.#queues, expiresAtMs);
    return message.durable && this.#queue.kept ? position : -1;
  }

  attachConsumer(port: ConsumerPort, options: ConsumerOptions): Consumer {
    const onDetach = () => this.forget();
    return options.browse ? new Browser(this.#queue, port, onDetach) : new QueueConsumer(this.#queue, port, onDetach);
  }
}
