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
  /** A kind of documents (or `Connection`): who may not view those does not find the page in the navigation. */
  readonly views?: string;
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
    id: 'connections',
    path: '/spaces/$space/connections',
    title: 'Connections',
    navigation: 'space',
    views: 'Connection',
    load: () => import('../pages/connections/route.tsx'),
  },
  {
    id: 'connection',
    path: '/spaces/$space/connections/$id',
    title: 'Connection',
    load: () => import('../pages/connection/route.tsx'),
  },
  {
    id: 'flow',
    path: '/spaces/$space/flow',
    title: 'Flow',
    navigation: 'space',
    load: () => import('../pages/flow/route.tsx'),
  },
  {
    id: 'trace',
    path: '/spaces/$space/trace',
    title: 'Trace',
    navigation: 'space',
    load: () => import('../pages/trace/route.tsx'),
  },
  {
    id: 'events',
    path: '/spaces/$space/events',
    title: 'Events',
    navigation: 'space',
    load: () => import('../pages/events/route.tsx'),
  },
  {
    id: 'try-it',
    path: '/spaces/$space/try-it',
    title: 'Try it',
    navigation: 'space',
    load: () => import('../pages/try-it/route.tsx'),
  },
  {
    id: 'users',
    path: '/spaces/$space/users',
    title: 'Users',
    navigation: 'access',
    views: 'User',
    load: () => import('../pages/users/route.tsx'),
  },
  {
    id: 'user',
    path: '/spaces/$space/users/$name',
    title: 'User',
    load: () => import('../pages/user/route.tsx'),
  },
  {
    id: 'roles',
    path: '/spaces/$space/roles',
    title: 'Roles',
    navigation: 'access',
    views: 'Role',
    load: () => import('../pages/roles/route.tsx'),
  },
  {
    id: 'plans',
    path: '/spaces/$space/plans',
    title: 'Plans',
    navigation: 'access',
    views: 'AddressPlan',
    load: () => import('../pages/plans/route.tsx'),
  },
  {
    id: 'connectors',
    path: '/spaces/$space/connectors',
    title: 'Connectors',
    navigation: 'access',
    views: 'Connector',
    load: () => import('../pages/connectors/route.tsx'),
  },
  {
    id: 'audit',
    path: '/spaces/$space/audit',
    title: 'Audit log',
    navigation: 'access',
    views: 'User',
    load: () => import('../pages/audit/route.tsx'),
  },
  {
    id: 'spaces',
    path: '/spaces',
    title: 'Address spaces',
    navigation: 'server',
    load: () => import('../pages/spaces/route.tsx'),
  },
  {
    id: 'certificates',
    path: '/certificates',
    title: 'Certificates',
    navigation: 'server',
    load: () => import('../pages/certificates/route.tsx'),
  },
] as const satisfies readonly Page[];

export type PageId = (typeof PAGES)[number]['id'];

/** The path of a page with its parameters, below /ui. What is missing, or is no page, is our own mistake. */
export function pagePath(id: PageId, parameters: Readonly<Record<string, string>>): string {
  const page = PAGES.find(each => each.id === id)!;
  return page.path.replaceAll(/\$(\w+)/g, (_, name: string) => encodeURIComponent(parameters[name]!));
}
