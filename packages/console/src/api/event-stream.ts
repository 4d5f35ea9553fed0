import { ApiProblem } from './problem.ts';
import { reachable } from './reachable.ts';
import { send } from './request.ts';

/** How long to wait before the next try, in milliseconds: doubled each time up to the last, with a share left to chance. */
const RETRY_MS_FIRST = 500;
const RETRY_MS_MAX = 15_000;

/** The wait before try `attempt` (0 is the first again). `chance` is between 0 and 1. */
export function retryDelayMs(attempt: number, chance: number): number {
  return Math.min(RETRY_MS_MAX, RETRY_MS_FIRST * 2 ** Math.min(attempt, 10)) * (0.75 + chance * 0.5);
}

export interface EventStreamOptions {
  /** Path with its query. */
  readonly path: string;
  /** Names of events that are asked for, each with the JSON of its data. */
  readonly onEvent: (event: string, data: unknown, id: string) => void;
  readonly events: readonly string[];
  /** It is there, or there again: there may be no event for long. */
  readonly onOpen?: () => void;
  /** Why there is no stream: what the server answers who asks it plainly. It tries again by itself. */
  readonly onProblem?: (problem: ApiProblem) => void;
}

/**
 * Server-sent events that come back: the browser's own EventSource gives up when an answer is not one (a proxy's 502, a server that starts), and asks
 * again at once when it is. Hidden pages close their stream and begin anew when they are seen, so that nobody pays for what nobody looks at.
 */
export function openEventStream(options: EventStreamOptions): () => void {
  const { path, events, onOpen, onEvent, onProblem } = options;
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;

  const connect = (): void => {
    timer = undefined;
    source = new EventSource(path);
    source.onopen = () => {
      attempt = 0;
      reachable.tell(true);
      onOpen?.();
    };
    for (const event of events)
      source.addEventListener(event, message => onEvent(event, JSON.parse(message.data as string), message.lastEventId));
    source.onerror = () => {
      disconnect();
      // An EventSource does not say what it was answered.
      void whyNot(path).then(problem => problem && onProblem?.(problem));
      timer = setTimeout(connect, retryDelayMs(attempt++, Math.random()));
    };
  };
  const disconnect = (): void => {
    source?.close();
    source = undefined;
    clearTimeout(timer);
    timer = undefined;
  };
  const onVisibility = (): void => {
    if (document.hidden) disconnect();
    else if (!source && !timer) connect();
  };
  document.addEventListener('visibilitychange', onVisibility);
  if (!document.hidden) connect();
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    disconnect();
  };
}

/** `undefined`: it would be answered now. */
async function whyNot(path: string): Promise<ApiProblem | undefined> {
  const asking = new AbortController();
  try {
    await send(path, { signal: asking.signal, headers: { accept: 'application/json' } });
    return undefined;
  } catch (error) {
    if (error instanceof ApiProblem) return error;
    throw error;
  } finally {
    // The head of the answer says enough.
    asking.abort();
  }
}
