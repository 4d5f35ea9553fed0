import { Tab, Tabs, TabTitleText } from '@patternfly/react-core';
import type { ReactNode } from 'react';
import { useSearchState } from '../app/parameters.ts';

export interface PageTab {
  /** As the address bar has it. */
  readonly key: string;
  readonly title: string;
  readonly content: ReactNode;
}

/** The lists of a page, of which one is seen; each begins without a filter. A single one needs no tab. */
export function PageTabs({ tabs }: { readonly tabs: readonly [PageTab, ...PageTab[]] }) {
  const [{ tab }, setSearch] = useSearchState({ tab: tabs[0].key, name: '', order: 'name' });
  if (tabs.length === 1) return tabs[0].content;
  return (
    <Tabs activeKey={tab} onSelect={(_, key) => setSearch({ tab: String(key), name: '', order: 'name' })} mountOnEnter unmountOnExit>
      {tabs.map(({ key, title, content }) => (
        <Tab key={key} eventKey={key} title={<TabTitleText>{title}</TabTitleText>}>
          {content}
        </Tab>
      ))}
    </Tabs>
  );
}
