import { Button, PageSection } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import { useEvents } from '../../api/events.ts';
import { useSearchState, useSpace } from '../../app/parameters.ts';
import { useSession } from '../../app/session-context.ts';
import { commandLine } from '../../logic/command-line.ts';
import { EVENTS_SHOWN_MAX, filterEvents, type ServerEvent } from '../../logic/event-feed.ts';
import { counted } from '../../logic/units.ts';
import { Asking } from '../../parts/asking.tsx';
import { ChoiceFilter } from '../../parts/choice-filter.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { PauseButton } from '../../parts/pause-button.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { ShowCommand } from '../../parts/show-command.tsx';
import { eventColumns } from './event-columns.tsx';
import { EventDialog } from './event-dialog.tsx';

const WHERE = [{ value: 'server', title: 'the whole server' }];
const SEVERITIES = ['info', 'warning', 'error'].map(value => ({ value, title: value }));
const TYPES = ['connection', 'access', 'document', 'address', 'connector', 'certificate', 'log', 'problem'].map(value => ({
  value,
  title: value,
}));
const ANYTHING = { text: '', severity: '', type: '' };

/** What happens, as it happens. */
export default function EventsPage() {
  const space = useSpace();
  const { administersServer } = useSession();
  const [{ text, severity, type, where }, setSearch] = useSearchState({ ...ANYTHING, where: '' });
  const whole = administersServer && where === 'server';
  const { feed, problem, known } = useEvents(whole ? undefined : space);
  const [looked, setLooked] = useState<ServerEvent>();
  const events = feed.items;
  const rows = useMemo(() => filterEvents(events, { text, severity, type }), [events, text, severity, type]);
  const columns = useMemo(() => eventColumns(space, whole, setLooked), [space, whole]);
  return (
    <>
      <PageHeader
        title="Events"
        description="What happens here: who comes and goes, what is declared, what is refused, and what does not work."
      />
      <PageSection isFilled>
        <ProblemAlert error={problem} />
        {!known && !problem && <Asking />}
        {known && (
          <>
            <FilterBar
              label="Filter events"
              text={text}
              onText={next => setSearch({ text: next })}
              shown={`${rows.length === events.length ? '' : `${rows.length.toLocaleString('en')} of `}${counted(events.length, 'event')}`}
              moves
              actions={<PauseButton feed={feed} one="new event" many="new events" />}
            >
              <ChoiceFilter label="Severity" value={severity} choices={SEVERITIES} onChange={next => setSearch({ severity: next })} />
              <ChoiceFilter label="About" value={type} choices={TYPES} onChange={next => setSearch({ type: next })} />
              {administersServer && (
                <ChoiceFilter
                  label="Of"
                  value={where}
                  choices={WHERE}
                  onChange={next => setSearch({ where: next })}
                  none="this address space"
                />
              )}
            </FilterBar>
            <DataTable
              label="Events"
              columns={columns}
              rows={rows}
              rowKey={({ id }) => id}
              empty={
                events.length === 0 ? (
                  <NothingHere title="Nothing has happened yet">Events are listed here as they happen.</NothingHere>
                ) : (
                  <NothingHere
                    title="No event is like this"
                    action={
                      <Button variant="link" onClick={() => setSearch(ANYTHING)}>
                        Show all
                      </Button>
                    }
                  />
                )
              }
            />
            {events.length === EVENTS_SHOWN_MAX && <p>The latest {EVENTS_SHOWN_MAX.toLocaleString('en')} are listed.</p>}
            <ShowCommand change={{ commands: [commandLine(['events'], { follow: true, space: whole ? undefined : space })] }} />
          </>
        )}
        {looked && <EventDialog event={looked} onClose={() => setLooked(undefined)} />}
      </PageSection>
    </>
  );
}
