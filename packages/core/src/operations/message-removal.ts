import type { Queue } from '../queue/queue.ts';
import type { WalkAct, WalkedMessage } from './queue-walk.ts';

/** Removes what it meets, but for what consumers have. */
export class MessageRemoval implements WalkAct {
  readonly readsBodies = false;
  readonly writes = false;
  done = 0;
  /** Selected, and left where they are: with a consumer. */
  skipped = 0;
  readonly #queue: Queue;

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  meet({ sequence, state }: WalkedMessage): boolean {
    if (state === 'unsettled') this.skipped++;
    else if (this.#queue.discard(sequence, true)) this.done++;
    return true;
  }

  sliced(): void {
    this.#queue.recordSettled();
  }
}
