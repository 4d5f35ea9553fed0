import { SearchInput, Toolbar, ToolbarContent, ToolbarGroup, ToolbarItem } from '@patternfly/react-core';
import type { ReactNode } from 'react';

interface FilterBarProps {
  /** What is filtered, as in "Filter addresses by name". */
  readonly label: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  /** How many are shown, and of how many; read out when it changes. */
  readonly shown?: string;
  /** `shown` changes by itself, without anybody filtering: then it is not read out. */
  readonly moves?: boolean;
  /** Further filters, such as a `ChoiceFilter`. */
  readonly children?: ReactNode;
  /** Buttons at the right. */
  readonly actions?: ReactNode;
}

/** What stands above a list. */
export function FilterBar({ label, text, onText, shown, moves = false, children, actions }: FilterBarProps) {
  return (
    <Toolbar inset={{ default: 'insetNone' }}>
      <ToolbarContent>
        <ToolbarItem>
          <SearchInput
            value={text}
            onChange={(_, next) => onText(next)}
            onClear={() => onText('')}
            placeholder={label}
            aria-label={label}
          />
        </ToolbarItem>
        {children && (
          <ToolbarGroup variant="filter-group" rowWrap={{ default: 'wrap' }}>
            {children}
          </ToolbarGroup>
        )}
        {actions && <ToolbarGroup variant="action-group">{actions}</ToolbarGroup>}
        {shown !== undefined && (
          <ToolbarItem align={{ default: 'alignEnd' }} alignSelf="center">
            <span {...(!moves && { role: 'status' })}>{shown}</span>
          </ToolbarItem>
        )}
      </ToolbarContent>
    </Toolbar>
  );
}
