import type { Message } from '../message/message.ts';
import type { Shard } from '../store/shard.ts';
import type { StoredQueue } from '../store/stored-queue.ts';
import type { TopicMatch, TopicRouter } from './topic-router.ts';

/** Topics whose subscribers are remembered, by one address. */
const MATCHES_MAX = 10_000;

/** What is remembered before the first message; it stays empty. */
const NO_MATCHES = new Map<string, TopicMatch>();

/** Who gets what is sent to one address: found by topic, and remembered until any subscription changes. */
export class Audience {
  readonly #router: TopicRouter;
  readonly #shard: Shard;
  readonly #always: () => readonly StoredQueue[];
  #matches = NO_MATCHES;
  #version = -1;

  /** `always`: the queues of the address itself, which get messages of all topics. */
  constructor(router: TopicRouter, shard: Shard, always: () => readonly StoredQueue[]) {
    this.#router = router;
    this.#shard = shard;
    this.#always = always;
  }

  /** Queues that one message may go to. */
  get sizeMax(): number {
    return this.#always().length + this.#router.size;
  }

  /** The queues of the address are other ones. */
  changed(): void {
    this.#version = -1;
  }

  of(topic: string): TopicMatch {
    if (this.#version !== this.#router.version || this.#matches.size >= MATCHES_MAX) {
      this.#matches = new Map();
      this.#version = this.#router.version;
    }
    let match = this.#matches.get(topic);
    if (!match) {
      match = this.#router.match(topic, this.#always());
      this.#matches.set(topic, match);
    }
    return match;
  }

  /** Hands the message to those who take it live, and answers the queues of all others who want it and have room. */
  tell(match: TopicMatch, message: Message): readonly StoredQueue[] {
    match.deliverLive(message, this.#shard.stores?.arriving);
    return this.#wanted(message, withRoom(match.queuesFor(message), message));
  }

  /** The queues of those who want the message and do not take it live, whether they have room or not. */
  queuesOf(match: TopicMatch, message: Message): readonly StoredQueue[] {
    return this.#wanted(message, match.queuesFor(message));
  }

  /** The queues of those that take this message. Each filter is asked once, however many subscriptions have it. */
  #wanted(message: Message, queues: readonly StoredQueue[]): readonly StoredQueue[] {
    const { choices } = this.#router;
    if (choices.size === 0 || !queues.some(queue => choices.has(queue))) return queues;
    const fields = this.#shard.fieldsOf(message);
    const answers = new Map<string, boolean>();
    return queues.filter(queue => {
      const choice = choices.get(queue);
      if (!choice) return true;
      const { filter, notFrom } = choice;
      if (notFrom !== undefined && notFrom === message.origin) return false;
      if (!filter) return true;
      let answer = answers.get(filter.text);
      if (answer === undefined) {
        answer = filter.matches(fields);
        answers.set(filter.text, answer);
      }
      return answer;
    });
  }
}

/** Leaves out the queues that hold as much as they may. */
function withRoom(queues: readonly StoredQueue[], message: Message): readonly StoredQueue[] {
  for (const each of queues) {
    if (!each.lacksRoomFor(message, queues)) continue;
    return queues.filter(queue => {
      const lacks = queue.lacksRoomFor(message, queues);
      if (lacks) queue.leaveOut();
      return !lacks;
    });
  }
  return queues;
}
