import { CompetingConsumer } from '../delivery/competing-consumer.ts';
import type { ConsumerPort } from '../delivery/delivery.ts';
import type { MessageFilter } from '../message/message-filter.ts';
import type { Queue } from './queue.ts';
import type { Walk } from './walk.ts';

export interface QueueConsumerOptions {
  readonly filter?: MessageFilter | undefined;
  readonly priority?: number | undefined;
}

/** A competing consumer of a queue. */
export class QueueConsumer extends CompetingConsumer {
  readonly filter: MessageFilter | undefined;
  /** Those with a higher one are served first. */
  readonly priority: number;
  /** False: another consumer is the single active one. */
  active = true;
  /** Set by the walk that it is part of. */
  walk!: Walk;

  constructor(queue: Queue, port: ConsumerPort, options: QueueConsumerOptions, onDetach: (keepMs: number) => void) {
    super(queue, port, onDetach);
    this.filter = options.filter;
    this.priority = options.priority ?? 0;
    queue.add(this);
  }

  protected override get waitsForActive(): boolean {
    return !this.active;
  }

  override get able(): boolean {
    return this.active && super.able;
  }
}
