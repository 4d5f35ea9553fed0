import type { InboxDefinition, PatternDefinition } from '../address/definition.ts';
import { LateMap } from '../late-map.ts';
import type { SpaceLimits } from '../limits/space-limits.ts';
import type { Shard } from '../store/shard.ts';
import { type Details, Inbox } from './inbox.ts';
import type { TopicRouter } from './topic-router.ts';

/** The inboxes of a space, by name. */
export class Inboxes {
  readonly #space: string;
  readonly #shard: Shard;
  readonly #router: TopicRouter;
  readonly #limits: SpaceLimits;
  readonly #inboxes = new LateMap<string, Inbox>();
  /** By id, for the patterns that follow them in the log. */
  readonly #restored = new LateMap<number, Inbox>();

  constructor(space: string, shard: Shard, router: TopicRouter, limits: SpaceLimits) {
    this.#space = space;
    this.#shard = shard;
    this.#router = router;
    this.#limits = limits;
  }

  get all(): ReadonlyMap<string, Inbox> {
    return this.#inboxes;
  }

  /** There must be none of this name. */
  create(name: string, options: { kept: boolean; prefersLive: boolean; details: Details }): Inbox {
    const inbox = new Inbox(
      { name, space: this.#space, limits: this.#limits, ...options },
      this.#shard.newQueue(),
      this.#shard,
      this.#router,
    );
    inbox.define();
    this.#inboxes.set(name, inbox);
    return inbox;
  }

  end(inbox: Inbox): void {
    if (!this.#inboxes.delete(inbox.name)) return;
    this.#limits.tally.end(inbox.counters);
    inbox.end();
  }

  restore({ id, name, prefersLive, details }: InboxDefinition): void {
    const options = { name, space: this.#space, limits: this.#limits, kept: true, prefersLive, details };
    const inbox = new Inbox(options, this.#shard.queue(id), this.#shard, this.#router);
    this.#inboxes.set(name, inbox);
    this.#restored.set(id, inbox);
  }

  restorePattern({ id, inbox, pattern, stored, noLocal, details }: PatternDefinition): void {
    this.#restored.get(inbox)?.restore({ id, pattern, stored, noLocal, details });
  }
}
