import { useMemo } from 'react';
import { useSearchState } from '../../app/parameters.ts';
import { EDGE_WORDS, type FlowEdge, type FlowNode, type FlowPicture } from '../../logic/flow-picture.ts';
import { inOrder } from '../../logic/ordered-rows.ts';
import { shortRate } from '../../logic/units.ts';
import { countColumn } from '../../parts/columns.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { LinkStateLabel } from '../../parts/link-columns.tsx';
import { NothingHere } from '../../parts/nothing-here.tsx';
import { PageLink } from '../../parts/page-link.tsx';

interface FlowTableProps {
  readonly space: string;
  readonly picture: Pick<FlowPicture, 'nodes' | 'edges'>;
}

/** The same as the picture, for who would rather read. */
export function FlowTable({ space, picture: { nodes, edges } }: FlowTableProps) {
  const [{ order }, setSearch] = useSearchState({ order: 'from' });
  const columns = useMemo(() => columnsOf(space, nodes), [space, nodes]);
  const rows = useMemo(() => inOrder(edges, columns, order), [edges, columns, order]);
  return (
    <DataTable
      label="Who sends to whom"
      columns={columns}
      rows={rows}
      rowKey={({ kind, from, to }) => `${kind} ${from} ${to}`}
      order={order}
      onOrder={next => setSearch({ order: next })}
      empty={<NothingHere title="Nobody sends here or receives">The addresses that are left have no links.</NothingHere>}
    />
  );
}

function columnsOf(space: string, nodes: readonly FlowNode[]): readonly Column<FlowEdge>[] {
  const named = new Map(nodes.map(node => [node.id, node]));
  const nameOf = (id: string): string => named.get(id)?.name ?? id;
  const cell = (id: string) => {
    const node = named.get(id);
    if (node?.kind !== 'address') return <span title={node?.detail}>{nameOf(id)}</span>;
    return (
      <PageLink page="address" with={{ space, name: node.name }}>
        {node.name}
      </PageLink>
    );
  };
  return [
    { key: 'from', title: 'From', cell: ({ from }) => cell(from), order: ({ from }) => nameOf(from), narrow: true },
    { key: 'kind', title: 'What', cell: ({ kind }) => EDGE_WORDS[kind], order: ({ kind }) => EDGE_WORDS[kind], width: '12rem' },
    { key: 'to', title: 'To', cell: ({ to }) => cell(to), order: ({ to }) => nameOf(to), narrow: true },
    countColumn('count', 'Count', ({ count }) => count, { width: '5rem' }),
    {
      key: 'rate',
      title: 'Messages/s',
      cell: ({ rate }) => (rate === undefined ? '–' : shortRate(rate)),
      order: ({ rate = -1 }) => rate,
      figures: true,
      width: '7rem',
    },
    {
      key: 'state',
      title: 'State',
      cell: ({ state }) => <LinkStateLabel state={state} />,
      order: ({ state }) => state,
      width: '8rem',
      narrow: true,
    },
  ];
}
