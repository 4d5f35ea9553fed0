import { Nav, NavGroup, NavItem } from '@patternfly/react-core';
import { Link, useLocation } from '@tanstack/react-router';
import { useMayKind } from './may-kind.ts';
import { PAGES, type Page, pagePath } from './pages.ts';
import { useSpace } from './parameters.ts';
import { useSession } from './session-context.ts';

const GROUPS = [
  { name: 'space', title: 'Messaging' },
  { name: 'access', title: 'Configuration' },
  { name: 'server', title: 'Server' },
] as const;

/** The pages that are not reached from another one, in groups. */
export function Navigation() {
  const space = useSpace();
  const { administersServer } = useSession();
  const may = useMayKind();
  const { pathname } = useLocation();
  const pages: readonly Page[] = PAGES;
  return (
    <Nav aria-label="Pages">
      {GROUPS.filter(({ name }) => name !== 'server' || administersServer).map(({ name, title }) => {
        const items = pages.filter(({ navigation, views }) => navigation === name && (views === undefined || may('view', views)));
        if (items.length === 0) return null;
        return (
          <NavGroup key={name} title={title}>
            {items.map(page => {
              const path = pagePath(page.id as (typeof PAGES)[number]['id'], { space });
              return (
                <NavItem key={page.id} isActive={isCurrent(pathname, path, page.path)}>
                  <Link to={path}>{page.title}</Link>
                </NavItem>
              );
            })}
          </NavGroup>
        );
      })}
    </Nav>
  );
}

/** Of a page that others stand below (addresses, of one address), it is current on those as well; the overview's path begins those of all. */
function isCurrent(pathname: string, path: string, pattern: string): boolean {
  const below = pattern.split('/').length > 3;
  return pathname.replace(/\/$/, '') === path || (below && pathname.startsWith(`${path}/`));
}
