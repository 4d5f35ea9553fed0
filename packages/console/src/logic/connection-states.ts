import type { Link, LinkState } from '../api/links.ts';

/** The worst first: a connection is as its worst link is. */
const WORST_FIRST: readonly LinkState[] = ['stuck', 'blocked', 'delayed', 'flowing', 'idle'];

/** How each connection is, by its id: as the worst of its links. One without links is not there. */
export function connectionStates(links: Iterable<Pick<Link, 'connection' | 'state'>>): ReadonlyMap<string, LinkState> {
  const states = new Map<string, LinkState>();
  for (const { connection, state } of links) {
    if (connection === undefined) continue;
    const known = states.get(connection);
    if (known === undefined || WORST_FIRST.indexOf(state) < WORST_FIRST.indexOf(known)) states.set(connection, state);
  }
  return states;
}

/** Whether somebody has to look at it. */
export function needsAttention(state: LinkState | undefined): boolean {
  return state === 'stuck' || state === 'blocked' || state === 'delayed';
}
