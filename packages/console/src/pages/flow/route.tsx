import { Button, PageSection, ToggleGroup, ToggleGroupItem } from '@patternfly/react-core';
import { useMemo } from 'react';
import { useActivity } from '../../api/activity.ts';
import { useFlow } from '../../api/flow.ts';
import { useSearchState, useSpace } from '../../app/parameters.ts';
import { filterFlow, inTrouble } from '../../logic/flow-picture.ts';
import { counted } from '../../logic/units.ts';
import { Asking } from '../../parts/asking.tsx';
import { ChoiceFilter } from '../../parts/choice-filter.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { PageLink } from '../../parts/page-link.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { FlowPictureView } from './flow-picture.tsx';
import { FlowTable } from './flow-table.tsx';

const VIEWS = [
  { view: 'picture', title: 'Picture' },
  { view: 'table', title: 'Table' },
] as const;

/** Who sends to whom through which address, as a picture, and as a table that says the same. */
export default function FlowPage() {
  const space = useSpace();
  const { picture, problem } = useFlow(space);
  const { log } = useActivity(space);
  const [{ text, state, view }, setSearch] = useSearchState({ text: '', state: '', view: 'picture' });
  const shown = useMemo(() => picture && filterFlow(picture, { text, trouble: state === 'trouble' }), [picture, text, state]);
  return (
    <>
      <PageHeader title="Flow" description="Who sends to whom through which address. Messages go from left to right." />
      <PageSection isFilled>
        <ProblemAlert error={problem} />
        {!picture && !problem && <Asking />}
        {picture && picture.nodes.length === 0 && (
          <NothingHere
            title="Nothing flows here"
            action={
              <PageLink page="try-it" with={{ space }} className="pf-v6-c-button pf-m-primary">
                Send something
              </PageLink>
            }
          >
            Clients that send and receive are drawn here with the addresses between them, as soon as there are any.
          </NothingHere>
        )}
        {picture && shown && picture.nodes.length > 0 && (
          <>
            <FilterBar
              label="Filter by name"
              text={text}
              onText={next => setSearch({ text: next })}
              shown={summary(picture.edges.filter(inTrouble).length, picture.leftOut.nodes)}
              actions={
                <ToggleGroup aria-label="How it is shown">
                  {VIEWS.map(({ view: each, title }) => (
                    <ToggleGroupItem
                      key={each}
                      text={title}
                      buttonId={`flow-${each}`}
                      isSelected={view === each}
                      onChange={() => setSearch({ view: each })}
                    />
                  ))}
                </ToggleGroup>
              }
            >
              <ChoiceFilter
                label="State"
                value={state}
                choices={[{ value: 'trouble', title: 'blocked, stuck or delayed' }]}
                onChange={next => setSearch({ state: next })}
              />
            </FilterBar>
            {shown.nodes.length === 0 && (
              <NothingHere
                title="Nothing is like this"
                action={
                  <Button variant="link" onClick={() => setSearch({ text: '', state: '' })}>
                    Show all
                  </Button>
                }
              />
            )}
            {shown.nodes.length > 0 && view === 'picture' && <FlowPictureView space={space} picture={shown} rates={log.rows} />}
            {shown.nodes.length > 0 && view === 'table' && <FlowTable space={space} picture={shown} />}
          </>
        )}
      </PageSection>
    </>
  );
}

function summary(trouble: number, leftOut: number): string {
  const words = trouble === 0 ? 'Nothing is in the way' : `${counted(trouble, 'link')} blocked, stuck or delayed`;
  return leftOut === 0 ? words : `${words}; ${counted(leftOut, 'node')} with the fewest links left out`;
}
