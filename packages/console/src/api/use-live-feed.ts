import { useEffect, useState } from 'react';
import { LiveFeed } from '../logic/live-feed.ts';
import { openEventStream } from './event-stream.ts';
import type { ApiProblem } from './problem.ts';
import { useVersioned } from './use-versioned.ts';

export interface FollowedFeed<Item extends { readonly id: string }> {
  readonly feed: LiveFeed<Item>;
  readonly problem: ApiProblem | undefined;
  /** The server has answered: there may be nothing in it for all that. */
  readonly known: boolean;
}

/** What an event stream tells, the latest `max` of it. `itemOf` is the same function each time. */
export function useLiveFeed<Item extends { readonly id: string }>(
  path: string,
  max: number,
  itemOf: (data: unknown, id: string) => Item,
): FollowedFeed<Item> {
  const [feed, setFeed] = useState(() => new LiveFeed<Item>(max));
  const [problem, setProblem] = useState<ApiProblem>();
  const [known, setKnown] = useState(false);
  useEffect(() => {
    const items = new LiveFeed<Item>(max);
    setFeed(items);
    setKnown(false);
    return openEventStream({
      path,
      events: ['message'],
      onOpen: () => {
        setKnown(true);
        setProblem(undefined);
      },
      onEvent: (_, data, id) => items.take(itemOf(data, id)),
      // That nobody answers is said on top of every page.
      onProblem: met => setProblem(met.status === 0 ? undefined : met),
    });
  }, [path, max, itemOf]);
  useVersioned(feed);
  return { feed, problem, known };
}
