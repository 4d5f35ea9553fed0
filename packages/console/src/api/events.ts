import { useEffect, useState } from 'react';
import { EventFeed, type ServerEvent } from '../logic/event-feed.ts';
import { openEventStream } from './event-stream.ts';
import type { ApiProblem } from './problem.ts';
import { API, withQuery } from './request.ts';
import { useVersioned } from './use-versioned.ts';

/** Events of before that the list begins with. */
const BEFORE = 1_000;

/** What has happened lately and happens, of an address space, or of the whole server where none is named. */
export function useEvents(space: string | undefined): {
  readonly feed: EventFeed;
  readonly problem: ApiProblem | undefined;
  readonly known: boolean;
} {
  const [feed, setFeed] = useState(() => new EventFeed());
  const [problem, setProblem] = useState<ApiProblem>();
  const [known, setKnown] = useState(false);
  useEffect(() => {
    const events = new EventFeed();
    setFeed(events);
    setKnown(false);
    return openEventStream({
      path: withQuery(`${API}/events`, { limit: BEFORE, space }),
      events: ['message'],
      onOpen: () => {
        setKnown(true);
        setProblem(undefined);
      },
      onEvent: (_, event) => events.take(event as ServerEvent),
      onProblem: met => setProblem(met.status === 0 ? undefined : met),
    });
  }, [space]);
  useVersioned(feed);
  return { feed, problem, known };
}
