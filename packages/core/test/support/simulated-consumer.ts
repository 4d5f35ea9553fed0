import assert from 'node:assert/strict';
import type { FeaturedConsumer } from './featured-queue-model.ts';
import { type RecordedDelivery, RecordingConsumer } from './recording-consumer.ts';

/** A consumer as the model of a queue sees it, too. */
export class SimulatedConsumer extends RecordingConsumer implements FeaturedConsumer {
  readonly colour: string | undefined;
  readonly priority: number;
  credit = 0;
  active = true;

  constructor(colour: string | undefined, priority: number) {
    super();
    this.colour = colour;
    this.priority = priority;
  }

  get open(): RecordedDelivery[] {
    return this.deliveries.filter(({ settled }) => !settled);
  }

  activated(active: boolean): void {
    assert.equal(this.active, active, 'each is told what it is');
  }
}
