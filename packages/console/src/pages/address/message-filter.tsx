import {
  FormHelperText,
  HelperText,
  HelperTextItem,
  SearchInput,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from '@patternfly/react-core';
import { type ReactNode, useEffect, useId, useState } from 'react';
import type { ApiProblem } from '../../api/problem.ts';
import { ChoiceFilter } from '../../parts/choice-filter.tsx';

const STATES = [
  { value: 'ready', title: 'ready' },
  { value: 'scheduled', title: 'scheduled' },
  { value: 'unsettled', title: 'unsettled' },
];

interface MessageFilterProps {
  readonly selector: string;
  /** What is wrong with it, as the server says. */
  readonly problem: ApiProblem | undefined;
  readonly onSelector: (selector: string) => void;
  readonly state: string;
  readonly onState: (state: string) => void;
  readonly shown: string;
  /** What is chosen first, such as the subscription. */
  readonly before?: ReactNode;
  readonly actions: ReactNode;
}

/** Which messages are meant: by a selector, which is asked for with Enter, and by their state. */
export function MessageFilter({ selector, problem, onSelector, state, onState, shown, before, actions }: MessageFilterProps) {
  const id = useId();
  const [text, setText] = useState(selector);
  useEffect(() => setText(selector), [selector]);
  return (
    <Toolbar inset={{ default: 'insetNone' }}>
      <ToolbarContent>
        {before && <ToolbarItem>{before}</ToolbarItem>}
        <ToolbarItem className="angarium-selector">
          <div>
            <SearchInput
              value={text}
              onChange={(_, next) => setText(next)}
              onSearch={() => onSelector(text)}
              onClear={() => onSelector('')}
              placeholder="Selector, such as colour = 'red' AND size > 5"
              aria-label="Selector"
              aria-describedby={id}
              submitSearchButtonLabel="Look for it"
            />
            <FormHelperText id={id} aria-live="polite">
              {problem && (
                <HelperText>
                  <HelperTextItem variant="error">{problem.message.replace(/^selector: /, '')}</HelperTextItem>
                </HelperText>
              )}
            </FormHelperText>
          </div>
        </ToolbarItem>
        <ToolbarGroup variant="filter-group">
          <ChoiceFilter label="State" value={state} choices={STATES} onChange={onState} />
        </ToolbarGroup>
        <ToolbarGroup variant="action-group">{actions}</ToolbarGroup>
        <ToolbarItem align={{ default: 'alignEnd' }} alignSelf="center">
          <span role="status">{shown}</span>
        </ToolbarItem>
      </ToolbarContent>
    </Toolbar>
  );
}
