import { Page, PageSidebar, PageSidebarBody, SkipToContent } from '@patternfly/react-core';
import { Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { LostBanner } from './lost-banner.tsx';
import { Navigation } from './navigation.tsx';
import { TopBar } from './top-bar.tsx';

const MAIN_ID = 'main';

/** Where PatternFly lays the navigation over the page. */
const NARROW = '(max-width: 74.99rem)';

/** What stands around every page. */
export function Shell() {
  const [narrow, setNarrow] = useState(() => window.matchMedia(NARROW).matches);
  const [open, setOpen] = useState(!narrow);
  const { pathname } = useLocation();
  // On a small screen the navigation lies over the page: it goes when it has done its work.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path is what it goes by.
  useEffect(() => setOpen(!narrow), [narrow, pathname]);
  // Who goes on by keyboard or hears the page goes on from the new one's beginning.
  const before = useRef(pathname);
  useEffect(() => {
    if (before.current !== pathname) document.getElementById(MAIN_ID)?.focus({ preventScroll: true });
    before.current = pathname;
  }, [pathname]);
  return (
    <Page
      masthead={<TopBar open={open} onToggle={() => setOpen(!open)} />}
      sidebar={
        <PageSidebar isSidebarOpen={open}>
          <PageSidebarBody>
            <Navigation />
          </PageSidebarBody>
        </PageSidebar>
      }
      skipToContent={<SkipToContent href={`#${MAIN_ID}`}>Skip to the page</SkipToContent>}
      mainContainerId={MAIN_ID}
      onPageResize={(_, { mobileView }) => setNarrow(mobileView)}
      isContentFilled
    >
      <LostBanner />
      <Outlet />
    </Page>
  );
}
