import { Button, Label, PageSection } from '@patternfly/react-core';
import { useMemo, useState } from 'react';
import { type AuditEntry, type PlacedEntry, useAudit } from '../../api/audit.ts';
import { useSearchState, useSpace } from '../../app/parameters.ts';
import { useSession } from '../../app/session-context.ts';
import { commandLine } from '../../logic/command-line.ts';
import { inOrder } from '../../logic/ordered-rows.ts';
import { counted } from '../../logic/units.ts';
import { Asking } from '../../parts/asking.tsx';
import { ChoiceFilter } from '../../parts/choice-filter.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { PageHeader } from '../../parts/page-header.tsx';
import { PauseButton } from '../../parts/pause-button.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { ShowCommand } from '../../parts/show-command.tsx';

/** Entries that are asked for at first, and at the most: what the server answers. */
const LIMIT = 1_000;
const LIMIT_MAX = 10_000;

/** An entry with its place in the list, which is the order of the log. */
interface Row extends PlacedEntry {
  readonly at: number;
}

const SINCE = [
  { value: '3600', title: 'the last hour', command: '1h' },
  { value: '86400', title: 'the last day', command: '24h' },
  { value: '604800', title: 'the last week', command: '7d' },
];
const OUTCOMES = [
  { value: 'done', title: 'done' },
  { value: 'refused', title: 'refused' },
];
const WHERE = [{ value: 'server', title: 'the whole server' }];

const TIME = { dateStyle: 'short', timeStyle: 'medium' } as const;

const whatOf = ({ kind, name }: AuditEntry): string => [kind, name].filter(Boolean).join(' ');
const whoOf = ({ user, userSpace, addressSpace }: AuditEntry): string =>
  user === undefined ? '–' : userSpace !== undefined && userSpace !== addressSpace ? `${user}@${userSpace}` : user;

/** Where it was: said when entries of the whole server are looked at. */
const WHERE_COLUMN = 'space';

const COLUMNS: readonly Column<Row>[] = [
  {
    key: 'time',
    title: 'When',
    cell: ({ time }) => <time dateTime={time}>{new Date(time).toLocaleString(undefined, TIME)}</time>,
    order: ({ at }) => at,
    width: '11.5rem',
    narrow: true,
  },
  { key: 'user', title: 'Who', cell: whoOf, order: whoOf, width: '8rem' },
  {
    key: 'outcome',
    title: 'Outcome',
    cell: ({ outcome, code, count = 1 }) => (
      <Label isCompact status={outcome === 'done' ? 'success' : 'danger'} {...(code !== undefined && { title: code })}>
        {code ?? outcome}
        {count > 1 && ` ×${count}`}
      </Label>
    ),
    order: ({ outcome, code = '' }) => `${outcome} ${code}`,
    width: '9rem',
  },
  {
    key: 'action',
    title: 'Did',
    cell: entry => (
      <span title={[entry.action, whatOf(entry)].join(' ')}>
        {entry.action} <strong>{entry.name}</strong>
      </span>
    ),
    order: ({ action, name = '' }) => `${action} ${name}`,
    narrow: true,
  },
  {
    key: WHERE_COLUMN,
    title: 'In',
    cell: ({ addressSpace = 'the server' }) => addressSpace,
    order: ({ addressSpace = '' }) => addressSpace,
    width: '8rem',
  },
  {
    key: 'peer',
    title: 'From',
    cell: ({ peer, protocol }) => <span title={protocol}>{peer ?? '–'}</span>,
    order: ({ peer = '' }) => peer,
    width: '10rem',
  },
];

const COLUMNS_OF_SPACE = COLUMNS.filter(({ key }) => key !== WHERE_COLUMN);

/** Who did what, and what was refused to whom. */
export default function AuditPage() {
  const own = useSpace();
  const { administersServer } = useSession();
  const [{ text, since, outcome, where, order }, setSearch] = useSearchState({
    text: '',
    since: '86400',
    outcome: '',
    where: '',
    order: '-time',
  });
  const [limit, setLimit] = useState(LIMIT);
  const space = where === 'server' && administersServer ? undefined : own;
  const seconds = since === 'all' ? undefined : Number(since);
  const { feed, problem, known } = useAudit({ seconds, space, limit });
  const entries = feed.items;
  const rows = useMemo(() => {
    const part = text.toLowerCase();
    const found = entries
      .map((entry, at) => ({ ...entry, at: entries.length - at }))
      .filter(
        entry =>
          (outcome === '' || entry.outcome === outcome) &&
          `${whoOf(entry)} ${entry.action} ${whatOf(entry)} ${entry.peer ?? ''} ${entry.code ?? ''}`.toLowerCase().includes(part),
      );
    return inOrder(found, COLUMNS, order);
  }, [entries, text, outcome, order]);
  const filtered = text !== '' || outcome !== '' || since !== 'all';
  return (
    <>
      <PageHeader
        title="Audit log"
        description="Every administrative act and every refusal, as they come: who, from where, what, and how it ended."
      />
      <PageSection isFilled>
        <ProblemAlert error={problem} />
        <FilterBar
          label="Filter by who, what or host"
          text={text}
          onText={next => setSearch({ text: next })}
          {...(known && {
            shown: `${rows.length === entries.length ? '' : `${rows.length.toLocaleString('en')} of `}${counted(entries.length, 'entry', 'entries')}`,
          })}
          moves
          actions={<PauseButton feed={feed} one="new entry" many="new entries" />}
        >
          <ChoiceFilter
            label="Since"
            value={since === 'all' ? '' : since}
            choices={SINCE}
            onChange={next => setSearch({ since: next === '' ? 'all' : next })}
          />
          <ChoiceFilter label="Outcome" value={outcome} choices={OUTCOMES} onChange={next => setSearch({ outcome: next })} />
          {administersServer && (
            <ChoiceFilter label="Where" value={where} choices={WHERE} onChange={next => setSearch({ where: next })} none={own} />
          )}
        </FilterBar>
        {!known && !problem && <Asking />}
        {known && (
          <DataTable
            label="Audit log"
            columns={space === undefined ? COLUMNS : COLUMNS_OF_SPACE}
            rows={rows}
            rowKey={({ id }) => id}
            order={order}
            onOrder={next => setSearch({ order: next })}
            empty={
              <NothingHere
                title={entries.length === 0 ? 'Nothing was recorded' : 'No entry is like this'}
                action={
                  filtered && (
                    <Button variant="link" onClick={() => setSearch({ text: '', outcome: '', since: 'all' })}>
                      Show all
                    </Button>
                  )
                }
              >
                Creating, changing and deleting stand here, and whatever was refused to somebody.
              </NothingHere>
            }
          />
        )}
        {entries.length === limit && (
          <p>
            Only the newest {limit.toLocaleString('en')} entries are looked at.{' '}
            {limit < LIMIT_MAX && (
              <Button variant="link" isInline onClick={() => setLimit(LIMIT_MAX)}>
                Look at {LIMIT_MAX.toLocaleString('en')}
              </Button>
            )}
          </p>
        )}
        <ShowCommand
          change={{
            commands: [
              commandLine(['audit', ...(space === undefined ? [] : ['--space', space])], {
                since: SINCE.find(({ value }) => value === since)?.command,
              }),
            ],
          }}
        />
      </PageSection>
    </>
  );
}
