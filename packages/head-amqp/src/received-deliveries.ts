import type { AmqpMap, DeliveryState } from '@angarium/codec-amqp';
import type { SuspendedDeliveries } from './suspended-links.ts';
import { type UnsettledMap, writeUnsettledMap } from './unsettled-map.ts';

/** Deliveries that one link keeps until their sender settles them, at the most: twice what it ever has credit for. */
export const RECEIVED_DELIVERIES_MAX = 2000;

/**
 * What came on a link whose receiver settles second, until the sender settles it: each message is taken once, however often its transfer is
 * resumed (part 2, section 2.6.13). Links of the same name hand it on to each other.
 */
export class ReceivedDeliveries implements SuspendedDeliveries {
  readonly #states = new Map<string, DeliveryState | undefined>();
  #undecided = 0;
  /** Hears of outcomes that come when the link which took the message has gone. */
  onDecidedLate: ((tag: string, state: DeliveryState) => void) | undefined;
  #onAllDecided: (() => void) | undefined;

  get size(): number {
    return this.#states.size;
  }

  get unsettled(): AmqpMap {
    return writeUnsettledMap(this.#states);
  }

  has(tag: string): boolean {
    return this.#states.has(tag);
  }

  state(tag: string): DeliveryState | undefined {
    return this.#states.get(tag);
  }

  add(tag: string): void {
    if (!this.#states.has(tag)) this.#undecided++;
    this.#states.set(tag, undefined);
  }

  decide(tag: string, state: DeliveryState): void {
    if (!this.#states.has(tag) || this.#states.get(tag) !== undefined) return;
    this.#states.set(tag, state);
    this.#less();
  }

  forget(tag: string): void {
    if (!this.#states.has(tag)) return;
    const decided = this.#states.get(tag) !== undefined;
    this.#states.delete(tag);
    if (!decided) this.#less();
  }

  #less(): void {
    if (--this.#undecided > 0) return;
    this.#onAllDecided?.();
    this.#onAllDecided = undefined;
  }

  /** What the sender does not know any more, it has settled. */
  keepOnly(theirs: UnsettledMap): void {
    for (const tag of this.#states.keys()) if (!theirs.has(tag)) this.forget(tag);
  }

  /** Calls `run` when each message has its outcome, perhaps at once. */
  whenDecided(run: () => void): void {
    if (this.#undecided === 0) return run();
    const before = this.#onAllDecided;
    this.#onAllDecided = () => {
      before?.();
      run();
    };
  }

  giveUp(): void {
    this.#states.clear();
    this.#undecided = 1;
    this.#less();
  }
}
