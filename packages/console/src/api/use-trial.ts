import { useEffect, useState } from 'react';
import { useSession } from '../app/session-context.ts';
import { Trial } from '../logic/trial.ts';
import { type MessageSocket, messageSocketUrl, openMessageSocket } from './message-socket.ts';
import { ApiProblem } from './problem.ts';
import { send, spacePath } from './request.ts';
import { useVersioned } from './use-versioned.ts';

export interface TrialOfSpace {
  readonly trial: Trial;
  /** Why there is no connection, in words; `undefined` when there is one, or nothing is known yet. */
  readonly problem: string | undefined;
}

/** A WebSocket for the messages of an address space, as long as the component is there. It is drawn anew with what comes, once a frame at most. */
export function useTrial(space: string): TrialOfSpace {
  const path = useSocketPath(space);
  const [problem, setProblem] = useState<string>();
  const [open, setOpen] = useState(() => ({ path, trial: new Trial(() => false) }));
  useEffect(() => {
    let socket: MessageSocket | undefined;
    const trial = new Trial(frame => socket?.send(frame) ?? false);
    setOpen({ path, trial });
    socket = openMessageSocket({
      url: messageSocketUrl(path, window.location.href),
      onOpen: () => {
        setProblem(undefined);
        trial.opened();
      },
      onFrame: frame => trial.take(frame),
      onLost: (reason, opened) => {
        trial.lost();
        if (opened) setProblem(reason === '' ? 'The connection was lost.' : `The server closed the connection: ${reason}.`);
        else void whyNot(path).then(setProblem);
      },
    });
    return () => socket.close();
  }, [path]);
  const { trial } = open;
  useVersioned(trial);
  return { trial, problem };
}

/** The path says where frames go that name no address; ours all name one. */
function useSocketPath(space: string): string {
  const { addressSpace } = useSession();
  return space === addressSpace ? '/ws' : spacePath(space, 'addresses', '-', 'ws');
}

/** Browsers do not say why a WebSocket was refused: the same path asked plainly answers that it is for WebSockets, or what else is wrong. */
async function whyNot(path: string): Promise<string | undefined> {
  try {
    await send(path);
  } catch (error) {
    if (error instanceof ApiProblem) return error.status === 404 ? 'The connection was lost.' : error.message;
    throw error;
  }
  return undefined;
}
