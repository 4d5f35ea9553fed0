import { Label } from '@patternfly/react-core';
import { type AddressRow, ATTENTION_WORDS } from '../logic/activity-log.ts';
import type { RateHistory } from '../logic/rate-history.ts';
import { shortRate } from '../logic/units.ts';
import { countColumn, textColumn } from './columns.tsx';
import type { Column } from './data-table.tsx';
import { PageLink } from './page-link.tsx';
import { Sparkline } from './sparkline.tsx';

/** What lists of addresses say of each. */
export function addressColumns(space: string): readonly Column<AddressRow>[] {
  return [
    {
      key: 'name',
      title: 'Name',
      cell: ({ activity: { name, attention } }) => (
        <span className="angarium-name" title={name}>
          <span className="angarium-cut">
            <PageLink page="address" with={{ space, name }}>
              {name}
            </PageLink>
          </span>
          <AttentionLabel code={attention} />
        </span>
      ),
      order: ({ activity }) => activity.name,
      narrow: true,
    },
    textColumn('type', 'Type', ({ activity }) => activity.type, { width: '6rem' }),
    rateColumn('in', 'In/s', ({ rateIn }) => rateIn),
    rateColumn('out', 'Out/s', ({ rateOut }) => rateOut),
    countColumn('stored', 'Stored', ({ activity }) => activity.stored, { width: '5.5rem', narrow: true }),
    countColumn('producers', 'Producers', ({ activity }) => activity.producers, { width: '6.5rem' }),
    countColumn('consumers', 'Consumers', ({ activity }) => activity.consumers, { width: '7rem' }),
  ];
}

/** The columns of these keys, in the order of all. */
export function pickColumns<Row>(columns: readonly Column<Row>[], keys: readonly string[]): readonly Column<Row>[] {
  return columns.filter(({ key }) => keys.includes(key));
}

function rateColumn(key: string, title: string, of: (row: AddressRow) => RateHistory | undefined): Column<AddressRow> {
  return { key, title, cell: row => <Rate history={of(row)} />, order: row => of(row)?.latest ?? 0, figures: true, width: '8.5rem' };
}

function Rate({ history }: { readonly history: RateHistory | undefined }) {
  return (
    <>
      <Sparkline history={history} /> <span className="angarium-rate">{shortRate(history?.latest ?? 0)}</span>
    </>
  );
}

/** What is the matter with an address, in two words; nothing where nothing is. */
export function AttentionLabel({ code }: { readonly code: string | null }) {
  if (code === null) return null;
  const waits = code === 'no-consumer' || code === 'no-credit' || code === 'dead-letters';
  return (
    <Label status={waits ? 'warning' : 'danger'} isCompact>
      {ATTENTION_WORDS[code] ?? code}
    </Label>
  );
}
