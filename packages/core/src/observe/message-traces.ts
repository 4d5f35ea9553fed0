import { Refusal } from '../delivery/refusal.ts';
import type { QueueOperations } from '../operations/queue-operations.ts';
import { described, type QueuePlace, walkedOf } from '../operations/queue-place.ts';
import type { WalkedMessage } from '../operations/queue-walk.ts';
import type { Shard } from '../store/shard.ts';
import { MessageTrace, type TraceWish } from './message-trace.ts';
import { duration } from './words.ts';

/** Traces of one address space at a time. */
export const TRACES_MAX = 8;
/** Messages that one trace follows, and seconds for which it does. */
export const TRACED_MESSAGES_MAX = 1000;
export const TRACE_SECONDS_MAX = 3600;

/** The traces that are under way, each for a time. */
export class MessageTraces {
  readonly #shard: Shard;
  readonly #operations: QueueOperations;
  /** By the names of address spaces. */
  readonly #underWay = new Map<string, number>();

  constructor(shard: Shard, operations: QueueOperations) {
    this.#shard = shard;
    this.#operations = operations;
  }

  /** Traces of the space that are under way. */
  count(space: string): number {
    return this.#underWay.get(space) ?? 0;
  }

  /** Follows the next messages of an address, for so many seconds at the most. */
  begin(wish: TraceWish, seconds: number): MessageTrace | Refusal {
    const { name } = wish.space;
    if (this.count(name) >= TRACES_MAX)
      return new Refusal('links-exhausted', `The address space ${name} has ${TRACES_MAX} traces under way: end one first.`);
    this.#underWay.set(name, this.count(name) + 1);
    const timer = this.#shard.turn.after(seconds * 1000, () => trace.timeOver(`the ${duration(seconds * 1000)} are over`));
    const end = (words: string): void => {
      timer.cancel();
      if (this.count(name) === 1) this.#underWay.delete(name);
      else this.#underWay.set(name, this.count(name) - 1);
      wish.end(words);
    };
    const trace = new MessageTrace({ ...wish, end }, this.#shard);
    return trace;
  }

  /**
   * Says of a stored message where it is and why, and follows it from there; for no time at all, when `seconds` is 0. What is wrong with the place is
   * answered at once, and that there is no such message is the trace's end.
   */
  beginStored(place: QueuePlace, sequence: number, wish: TraceWish, seconds: number): MessageTrace | Refusal {
    const walked = walkedOf(place);
    if (walked instanceof Refusal) return walked;
    const trace = this.begin({ ...wish, count: 1, filter: NOTHING }, Math.max(seconds, 1));
    if (trace instanceof Refusal) return trace;
    let found = false;
    const visit = (message: WalkedMessage): boolean => {
      found = message.sequence === sequence;
      if (found) trace.followStored(walked.stored, message);
      return false;
    };
    const operation = this.#operations.browse(place, { from: sequence, max: 1 }, visit, (_report, refusal) => {
      if (refusal) trace.close(refusal.description);
      else if (!found) trace.close(`the message ${sequence} of ${described(place)} ${trace.explain(walked.stored, sequence).words}`);
      else if (seconds === 0) trace.close('that is how it is now');
    });
    if (!(operation instanceof Refusal)) return trace;
    trace.close(operation.description);
    return operation;
  }
}

/** Of a trace that follows what is there already, and nothing that comes. */
const NOTHING = { text: 'FALSE', matches: () => false };
