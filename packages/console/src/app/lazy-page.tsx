import { type ComponentType, createElement, type ReactNode, use } from 'react';
import type { Page } from './pages.ts';

/** A page whose code is fetched when somebody goes to it, or is about to. */
type LazyPage = (() => ReactNode) & { preload: () => Promise<void> };

/**
 * What fails while somebody only points at a link is forgotten: it is tried again when he goes there, and told there (`page-problem.tsx`).
 * TanStack's own `lazyRouteComponent` loads the whole page anew instead, whether there is a newer console or not.
 */
export function lazyPage(load: Page['load']): LazyPage {
  let found: ComponentType | undefined;
  let failed: unknown;
  let loading: Promise<void> | undefined;
  const fetchCode = async (): Promise<void> => {
    failed = undefined;
    try {
      found = (await load()).default;
    } catch (error) {
      failed = error;
    }
    loading = undefined;
  };
  const fetching = (): Promise<void> => {
    loading ??= fetchCode();
    return loading;
  };
  const lazy = (): ReactNode => {
    if (found !== undefined) return createElement(found);
    if (failed !== undefined) throw failed;
    use(fetching());
    return undefined;
  };
  return Object.assign(lazy, { preload: async () => (found === undefined ? fetching() : undefined) });
}
