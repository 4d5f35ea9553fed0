import { EVENTS_SHOWN_MAX, type ServerEvent } from '../logic/event-feed.ts';
import { API, withQuery } from './request.ts';
import { type FollowedFeed, useLiveFeed } from './use-live-feed.ts';

/** Events of before that the list begins with. */
const BEFORE = 1_000;

const eventOf = (data: unknown): ServerEvent => data as ServerEvent;

/** What has happened lately and happens, of an address space, or of the whole server where none is named. */
export function useEvents(space: string | undefined): FollowedFeed<ServerEvent> {
  return useLiveFeed(withQuery(`${API}/events`, { limit: BEFORE, space }), EVENTS_SHOWN_MAX, eventOf);
}
