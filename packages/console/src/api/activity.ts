import { useSyncExternalStore } from 'react';
import { type ActivityChange, ActivityLog, type ActivitySnapshot } from '../logic/activity-log.ts';
import { openEventStream } from './event-stream.ts';
import type { ApiProblem } from './problem.ts';
import { spacePath, withQuery } from './request.ts';

/** How often the server tells what changed. */
const INTERVAL = '2s';

/** One stream for all who look at the same space. */
class SharedActivity {
  readonly log = new ActivityLog();
  problem: ApiProblem | undefined;
  #version = 0;
  readonly #path: string;
  readonly #listeners = new Set<() => void>();
  #close: (() => void) | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#close ??= this.#open();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#close?.();
      this.#close = undefined;
    };
  };

  readonly version = (): number => this.#version;

  #open(): () => void {
    return openEventStream({
      path: this.#path,
      events: ['snapshot', 'change'],
      onEvent: (event, data) => {
        if (event === 'snapshot') this.log.snapshot(data as ActivitySnapshot);
        else this.log.change(data as ActivityChange);
        this.problem = undefined;
        this.#changed();
      },
      onProblem: problem => {
        this.problem = problem.status === 0 ? undefined : problem;
        this.#changed();
      },
    });
  }

  #changed(): void {
    this.#version++;
    for (const listener of this.#listeners) listener();
  }
}

/** Spaces that were looked at in this visit: who comes back sees the last minute at once. */
const shared = new Map<string, SharedActivity>();
/** Of so many spaces; those that were looked at first are forgotten. */
const SHARED_MAX = 8;

export interface Activity {
  readonly log: ActivityLog;
  /** Another one with each event. */
  readonly version: number;
  /** Why there is nothing to see; that the server does not answer is said on top of every page. */
  readonly problem: ApiProblem | undefined;
}

/** What happens in an address space, live. The component is drawn again with each event. */
export function useActivity(space: string): Activity {
  const path = withQuery(spacePath(space, 'activity'), { interval: INTERVAL });
  let activity = shared.get(path);
  if (!activity) {
    const [oldest] = shared.keys();
    if (oldest !== undefined && shared.size >= SHARED_MAX) shared.delete(oldest);
    activity = new SharedActivity(path);
    shared.set(path, activity);
  }
  const version = useSyncExternalStore(activity.subscribe, activity.version);
  return { log: activity.log, version, problem: activity.problem };
}
