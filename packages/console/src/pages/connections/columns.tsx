import type { Connection } from '../../api/connections.ts';
import type { LinkState } from '../../api/links.ts';
import { countColumn, textColumn } from '../../parts/columns.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { Age } from '../../parts/figures.tsx';
import { LinkStateLabel } from '../../parts/link-columns.tsx';
import { PageLink } from '../../parts/page-link.tsx';

/** A connection, and how its worst link is. */
export interface ConnectionRow {
  readonly id: string;
  readonly status: Connection['status'];
  /** Absent: it has no links, or it is not known. */
  readonly state: LinkState | undefined;
}

/** What the list says of each. */
export function connectionColumns(space: string): readonly Column<ConnectionRow>[] {
  return [
    {
      key: 'client',
      title: 'Client',
      cell: ({ id, status: { client } }) => (
        <PageLink page="connection" with={{ space, id }}>
          {client || `Connection ${id}`}
        </PageLink>
      ),
      order: ({ status }) => status.client,
      narrow: true,
    },
    {
      key: 'state',
      title: 'State',
      cell: ({ state }) => (state ? <LinkStateLabel state={state} /> : <span className="angarium-subtle">no links</span>),
      order: ({ state = '' }) => state,
      width: '6.5rem',
      narrow: true,
    },
    textColumn('user', 'User', ({ status }) => status.user ?? '–', { width: '8rem' }),
    textColumn('peer', 'From', ({ status }) => status.peer, { width: '11rem' }),
    textColumn('protocol', 'Protocol', ({ status }) => status.protocol, { width: '7rem' }),
    countColumn('unsettled', 'Unsettled', ({ status }) => status.unsettled, { width: '6rem' }),
    {
      key: 'since',
      title: 'Since',
      cell: ({ status }) => <Age since={status.since} />,
      // The newest first.
      order: ({ status }) => Date.parse(status.since),
      figures: true,
      width: '5rem',
    },
  ];
}
