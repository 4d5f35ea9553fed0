import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { checkDocument, type DocumentDraft } from './documents.ts';
import { ApiProblem } from './problem.ts';

/** How long somebody has stopped typing before the server is asked, in milliseconds. */
const PAUSE_MS = 250;

/**
 * What the server would say if this were created, while somebody types: `undefined` when it would, or when it has not answered yet. Rules of names and
 * limits are the server's alone.
 */
export function useChecked(draft: DocumentDraft | undefined, space: string): ApiProblem | undefined {
  return useDryRun(draft && { draft, space }, create);
}

const create = ({ draft, space }: { readonly draft: DocumentDraft; readonly space: string }): Promise<unknown> =>
  checkDocument(draft, space);

/** The same of any wish; `ask` makes a dry run of it. */
export function useDryRun<Wish>(wish: Wish | undefined, ask: (wish: Wish) => Promise<unknown>): ApiProblem | undefined {
  const now = JSON.stringify(wish ?? null);
  const [asked, setAsked] = useState('null');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(now), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [now]);
  const { error } = useQuery({
    queryKey: ['check', asked],
    queryFn: () => ask(JSON.parse(asked) as Wish).then(() => true),
    enabled: asked !== 'null',
    retry: false,
    gcTime: 0,
  });
  return asked === now && error instanceof ApiProblem ? error : undefined;
}
