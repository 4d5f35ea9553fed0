import { useCallback, useEffect, useRef, useState } from 'react';
import { type TraceLine, TraceLog, type TraceWish } from '../logic/trace-log.ts';
import { jsonLines } from './json-lines.ts';
import { ApiProblem } from './problem.ts';
import { send, spacePath } from './request.ts';
import { useVersioned } from './use-versioned.ts';

export interface Trace {
  readonly log: TraceLog;
  /** What is followed; `undefined`: nothing was asked for yet. */
  readonly wish: TraceWish | undefined;
  /** Why there is no trace. */
  readonly error: unknown;
  readonly begin: (wish: TraceWish) => void;
  readonly stop: () => void;
}

/** Follows messages of an address space, one wish at a time. It ends with the component. */
export function useTrace(space: string): Trace {
  const [{ log, wish }, setTrace] = useState<{ readonly log: TraceLog; readonly wish?: TraceWish }>(() => ({ log: new TraceLog() }));
  const [error, setError] = useState<unknown>();
  const asking = useRef<AbortController>(undefined);
  const stop = useCallback(() => asking.current?.abort(), []);
  const begin = useCallback(
    (next: TraceWish) => {
      stop();
      const aborting = new AbortController();
      asking.current = aborting;
      const told = new TraceLog();
      setTrace({ log: told, wish: next });
      setError(undefined);
      follow(space, next, told, aborting.signal).catch((failed: unknown) => {
        if (aborting.signal.aborted) told.stop('You have ended it.');
        // A stream that breaks off is none of the server's problems.
        else if (failed instanceof ApiProblem) setError(failed);
        else told.stop('The connection was lost.');
      });
    },
    [space, stop],
  );
  useEffect(() => stop, [stop]);
  useVersioned(log);
  return { log, wish, error, begin, stop };
}

async function follow(space: string, { address, ...wish }: TraceWish, log: TraceLog, signal: AbortSignal): Promise<void> {
  const response = await send(spacePath(space, 'addresses', address, 'trace'), { method: 'POST', body: wish, signal });
  for await (const line of jsonLines<TraceLine>(response)) log.take(line);
  log.stop('The server has ended the trace: it may be stopping.');
}
