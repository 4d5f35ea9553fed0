import type { ActivityTable, AddressLine } from './activity-table.ts';
import { type Column, fittedTable, short } from './fitted-table.ts';
import type { StyledLine } from './screen.ts';

/** A connection with how its links are. */
export interface ConnectionLine {
  readonly id: string;
  readonly protocol: string;
  readonly client: string;
  readonly user: string;
  readonly peer: string;
  readonly subscriptions: number;
  readonly unsettled: number;
  readonly unsentBytes: number;
  /** The worst state of its links. */
  readonly state: string;
}

export const ADDRESS_COLUMNS: readonly Column<AddressLine>[] = [
  { title: 'ADDRESS', cell: ({ name }) => name, expendable: 0 },
  { title: 'TYPE', cell: ({ type }) => type, expendable: 6 },
  { title: 'IN/S', cell: ({ inPerSecond }) => inPerSecond, expendable: 1 },
  { title: 'OUT/S', cell: ({ outPerSecond }) => outPerSecond, expendable: 2 },
  { title: 'SETTLED/S', cell: ({ settledPerSecond }) => settledPerSecond, expendable: 8 },
  { title: 'STORED', cell: ({ stored }) => stored, expendable: 3 },
  { title: 'UNSETTLED', cell: ({ unsettled }) => unsettled, expendable: 7 },
  { title: 'PRODUCERS', cell: ({ producers }) => producers, expendable: 10 },
  { title: 'CONSUMERS', cell: ({ consumers }) => consumers, expendable: 9 },
  { title: 'ATTENTION', cell: ({ attention = '' }) => attention, expendable: 4 },
];

export const CONNECTION_COLUMNS: readonly Column<ConnectionLine>[] = [
  { title: 'CLIENT', cell: ({ client, id }) => client || `connection ${id}`, expendable: 0 },
  { title: 'ID', cell: ({ id }) => id, expendable: 5 },
  { title: 'PROTOCOL', cell: ({ protocol }) => protocol, expendable: 4 },
  { title: 'USER', cell: ({ user }) => user, expendable: 3 },
  { title: 'PEER', cell: ({ peer }) => peer, expendable: 8 },
  { title: 'SUBSCRIPTIONS', cell: ({ subscriptions }) => subscriptions, expendable: 9 },
  { title: 'UNSETTLED', cell: ({ unsettled }) => unsettled, expendable: 2 },
  { title: 'UNSENT BYTES', cell: ({ unsentBytes }) => unsentBytes, expendable: 7 },
  { title: 'STATE', cell: ({ state }) => state, expendable: 1 },
];

/** By what lines are sorted: numbers the largest first, names as in a dictionary. */
export const SORTS = {
  addresses: ['inPerSecond', 'outPerSecond', 'stored', 'unsettled', 'attention', 'name'],
  connections: ['state', 'unsettled', 'unsentBytes', 'client'],
} as const;
export type View = keyof typeof SORTS;

const SORT_WORDS: Readonly<Record<string, string>> = { inPerSecond: 'in/s', outPerSecond: 'out/s', unsentBytes: 'unsent bytes' };

/** What the user has chosen to see. */
export interface Choice {
  readonly view: View;
  /** A place in `SORTS[view]`. */
  readonly sort: number;
  readonly filter: string;
  /** The filter is being typed. */
  readonly typing: boolean;
  /** Lines that are above what is shown. */
  readonly skip: number;
}

/** Those that the filter is in, in order. */
export function chosen<Row extends AddressLine | ConnectionLine>(rows: readonly Row[], { view, sort, filter }: Choice): Row[] {
  const key = SORTS[view][sort % SORTS[view].length] as keyof Row;
  const wanted = filter.toLowerCase();
  const sortValue = (row: Row): string | number => (row[key] as string | number | undefined) ?? '';
  const nameOf = (row: Row): string => ('name' in row ? row.name : row.client);
  return rows
    .filter(row => Object.values(row).some(value => String(value).toLowerCase().includes(wanted)))
    .sort((one, other) => {
      const [left, right] = [sortValue(one), sortValue(other)];
      if (typeof left === 'number' && typeof right === 'number' && left !== right) return right - left;
      // What has a word of its own comes before what has none.
      if (left !== right && (left === '' || right === '')) return left === '' ? 1 : -1;
      return String(left).localeCompare(String(right)) || nameOf(one).localeCompare(nameOf(other));
    });
}

/** Everything that stands on the screen. */
export function topScreen(
  choice: Choice,
  {
    where,
    table,
    connections,
    trouble,
  }: { where: string; table: ActivityTable; connections: readonly ConnectionLine[]; trouble: string | undefined },
  { width, height }: { readonly width: number; readonly height: number },
): StyledLine[] {
  const { totals, attention } = table;
  const head = [
    `in ${short(table.inPerSecond)}/s   out ${short(table.outPerSecond)}/s   stored ${short(totals.stored ?? 0)}`,
    `${totals.addresses ?? 0} addresses${table.whole ? '' : ' that you may view'}`,
    ...(totals.connections === undefined ? [] : [`${totals.connections} connections`]),
    where,
  ].join('   ');
  const [worst] = attention;
  const more = attention.length > 1 ? ` (and ${attention.length - 1} more)` : '';
  const said: StyledLine =
    trouble !== undefined
      ? { text: trouble, style: 'danger' }
      : worst
        ? { text: `! ${worst.what}${more} ${worst.do}`, style: worst.severity === 'danger' ? 'danger' : 'warning' }
        : { text: 'Nothing needs attention.', style: 'faint' };
  const room = Math.max(0, height - 5);
  const body =
    choice.view === 'addresses' ? addressLines(table.lines(), choice, width, room) : connectionLines(connections, choice, width, room);
  const lines: StyledLine[] = [{ text: head, style: 'strong' }, said, { text: '' }, ...body];
  while (lines.length < height - 1) lines.push({ text: '' });
  return [...lines.slice(0, height - 1), { text: help(choice), style: 'faint' }];
}

function addressLines(rows: readonly AddressLine[], choice: Choice, width: number, room: number): StyledLine[] {
  const shown = chosen(rows, choice).slice(choice.skip, choice.skip + room);
  const { title, lines } = fittedTable(ADDRESS_COLUMNS, shown, width);
  return [{ text: title, style: 'title' }, ...lines.map((text, at) => ({ text, style: styleOf(shown[at]!.attention) }))];
}

function connectionLines(rows: readonly ConnectionLine[], choice: Choice, width: number, room: number): StyledLine[] {
  const shown = chosen(rows, choice).slice(choice.skip, choice.skip + room);
  const { title, lines } = fittedTable(CONNECTION_COLUMNS, shown, width);
  return [{ text: title, style: 'title' }, ...lines.map((text, at) => ({ text, style: styleOf(shown[at]!.state) }))];
}

function styleOf(state: string | undefined): NonNullable<StyledLine['style']> {
  if (state === 'blocked' || state === 'stuck' || state === 'paused') return 'danger';
  return state === 'no-consumer' || state === 'no-credit' || state === 'dead-letters' || state === 'delayed' ? 'warning' : 'plain';
}

function help({ view, sort, filter, typing }: Choice): string {
  if (typing) return `filter: ${filter}_   Enter: done   Esc: all`;
  const by = SORTS[view][sort % SORTS[view].length]!;
  const other = view === 'addresses' ? 'c connections' : 'a addresses';
  return `q quit   s sort: ${SORT_WORDS[by] ?? by}   ${other}   / filter${filter === '' ? '' : `: ${filter}`}   ↑↓ more`;
}
