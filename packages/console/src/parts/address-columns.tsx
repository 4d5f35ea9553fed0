import { Label } from '@patternfly/react-core';
import { type AddressRow, ATTENTION_WORDS } from '../logic/activity-log.ts';
import type { RateHistory } from '../logic/rate-history.ts';
import { shortRate } from '../logic/units.ts';
import type { Column } from './data-table.tsx';
import { Count } from './figures.tsx';
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
    { key: 'type', title: 'Type', cell: ({ activity }) => activity.type, order: ({ activity }) => activity.type, width: '6rem' },
    {
      key: 'in',
      title: 'In/s',
      cell: ({ rateIn }) => <Rate history={rateIn} />,
      order: ({ rateIn }) => rateIn?.latest ?? 0,
      figures: true,
      width: '8.5rem',
    },
    {
      key: 'out',
      title: 'Out/s',
      cell: ({ rateOut }) => <Rate history={rateOut} />,
      order: ({ rateOut }) => rateOut?.latest ?? 0,
      figures: true,
      width: '8.5rem',
    },
    {
      key: 'stored',
      title: 'Stored',
      cell: ({ activity }) => <Count value={activity.stored} />,
      order: ({ activity }) => activity.stored,
      figures: true,
      width: '5.5rem',
      narrow: true,
    },
    {
      key: 'producers',
      title: 'Producers',
      cell: ({ activity }) => <Count value={activity.producers} />,
      order: ({ activity }) => activity.producers,
      figures: true,
      width: '6.5rem',
    },
    {
      key: 'consumers',
      title: 'Consumers',
      cell: ({ activity }) => <Count value={activity.consumers} />,
      order: ({ activity }) => activity.consumers,
      figures: true,
      width: '7rem',
    },
  ];
}

/** The columns of these keys, in the order of all. */
export function pickColumns<Row>(columns: readonly Column<Row>[], keys: readonly string[]): readonly Column<Row>[] {
  return columns.filter(({ key }) => keys.includes(key));
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
