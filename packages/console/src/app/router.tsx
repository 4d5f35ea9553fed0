import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { lazyPage } from './lazy-page.tsx';
import { LostPage } from './lost-page.tsx';
import { PageProblem } from './page-problem.tsx';
import { PAGES } from './pages.ts';
import { Shell } from './shell.tsx';

/** The console's pages stand below this path: what stands beside it is the API's. */
const BASE = '/ui';

/** Parameters of the query are texts: nobody has to put quotes around a filter that looks like a number. */
const readSearch = (search: string): Record<string, string> => Object.fromEntries(new URLSearchParams(search));
const writeSearch = (search: Record<string, unknown>): string => {
  const said = Object.entries(search).filter(([, value]) => value !== undefined && value !== '');
  return said.length === 0 ? '' : `?${new URLSearchParams(said.map(([name, value]) => [name, String(value)]))}`;
};

/** `ownSpace` is where `/ui` leads to. */
export function makeRouter(ownSpace: string) {
  const root = createRootRoute({ component: Shell, notFoundComponent: LostPage, errorComponent: PageProblem });
  const home = createRoute({
    getParentRoute: () => root,
    path: '/',
    beforeLoad: () => {
      throw redirect({ to: '/spaces/$space', params: { space: ownSpace }, replace: true });
    },
  });
  const pages = PAGES.map(({ path, load }) =>
    createRoute({ getParentRoute: () => root, path, component: lazyPage(load), errorComponent: PageProblem }),
  );
  return createRouter({
    routeTree: root.addChildren([home, ...pages]),
    basepath: BASE,
    parseSearch: readSearch,
    stringifySearch: writeSearch,
    defaultPreload: 'intent',
    scrollRestoration: true,
  });
}
