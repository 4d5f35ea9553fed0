import { useEffect, useState } from 'react';
import type { FlowPicture } from '../logic/flow-picture.ts';
import { openEventStream } from './event-stream.ts';
import type { ApiProblem } from './problem.ts';
import { spacePath, withQuery } from './request.ts';

/** How often the picture is drawn anew. */
const INTERVAL = '3s';

export interface Flow {
  readonly picture: FlowPicture | undefined;
  readonly problem: ApiProblem | undefined;
}

/** Who sends to whom, live. */
export function useFlow(space: string): Flow {
  const [flow, setFlow] = useState<Flow>({ picture: undefined, problem: undefined });
  useEffect(() => {
    setFlow({ picture: undefined, problem: undefined });
    return openEventStream({
      path: withQuery(spacePath(space, 'flow'), { interval: INTERVAL }),
      events: ['snapshot'],
      onEvent: (_, picture) => setFlow({ picture: picture as FlowPicture, problem: undefined }),
      // That nobody answers is said on top of every page, and the last picture stays.
      onProblem: problem => setFlow(({ picture }) => ({ picture, problem: problem.status === 0 ? undefined : problem })),
    });
  }, [space]);
  return flow;
}
