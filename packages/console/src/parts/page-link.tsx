import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { type PageId, pagePath } from '../app/pages.ts';

interface PageLinkProps {
  readonly page: PageId;
  /** Parameters of its path. */
  readonly with?: Readonly<Record<string, string>>;
  /** Of its query: what `useSearchState` reads there. */
  readonly search?: Readonly<Record<string, string>>;
  /** Class names; `pf-v6-c-button pf-m-primary` makes it look like a button. */
  readonly className?: string;
  readonly children: ReactNode;
}

/** A link to a page of the console. Its code is fetched when somebody is about to follow it. */
export function PageLink({ page, with: parameters = {}, search, className, children }: PageLinkProps) {
  return (
    <Link to={pagePath(page, parameters)} {...(search && { search: search as never })} {...(className && { className })}>
      {children}
    </Link>
  );
}
