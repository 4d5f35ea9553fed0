import type { ComponentType } from 'react';

export interface Page {
  /** What links to it say. */
  readonly id: string;
  /** Below /ui. `$space` and other parts with a dollar are parameters. */
  readonly path: string;
  /** In the navigation and as the window's title. */
  readonly title: string;
  /** Where the navigation has it; a page without is reached from others. `server`: for administrators of the server alone. */
  readonly navigation?: 'space' | 'access' | 'server';
  /** Its code, fetched when it is first shown: `route.tsx` of its folder, whose default export is the page. */
  readonly load: () => Promise<{ readonly default: ComponentType }>;
}

/** All pages, in the order of the navigation. */
export const PAGES = [
  {
    id: 'overview',
    path: '/spaces/$space',
    title: 'Overview',
    navigation: 'space',
    load: () => import('../pages/overview/route.tsx'),
  },
  {
    id: 'addresses',
    path: '/spaces/$space/addresses',
    title: 'Addresses',
    navigation: 'space',
    load: () => import('../pages/addresses/route.tsx'),
  },
  {
    id: 'address',
    path: '/spaces/$space/addresses/$name',
    title: 'Address',
    load: () => import('../pages/address/route.tsx'),
  },
  {
    id: 'wizard',
    path: '/spaces/$space/new-address',
    title: 'Create an address',
    load: () => import('../pages/wizard/route.tsx'),
  },
  {
    id: 'spaces',
    path: '/spaces',
    title: 'Address spaces',
    navigation: 'server',
    load: () => import('../pages/spaces/route.tsx'),
  },
] as const satisfies readonly Page[];

export type PageId = (typeof PAGES)[number]['id'];

/** The path of a page with its parameters, below /ui. What is missing, or is no page, is our own mistake. */
export function pagePath(id: PageId, parameters: Readonly<Record<string, string>>): string {
  const page = PAGES.find(each => each.id === id)!;
  return page.path.replaceAll(/\$(\w+)/g, (_, name: string) => encodeURIComponent(parameters[name]!));
}
