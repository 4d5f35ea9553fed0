import type { Column } from './data-table.tsx';
import { Count } from './figures.tsx';

type Others<Row> = Partial<Pick<Column<Row>, 'width' | 'narrow'>>;

/** Words that rows are ordered by too. */
export function textColumn<Row>(key: string, title: string, of: (row: Row) => string, others: Others<Row> = {}): Column<Row> {
  return { key, title, cell: of, order: of, ...others };
}

/** Words of which a column has room for the beginning: who points at them sees all. */
export function longTextColumn<Row>(key: string, title: string, of: (row: Row) => string, others: Others<Row> = {}): Column<Row> {
  return { ...textColumn(key, title, of, others), cell: row => <span title={of(row)}>{of(row)}</span> };
}

/** A number, short. */
export function countColumn<Row>(key: string, title: string, of: (row: Row) => number, others: Others<Row> = {}): Column<Row> {
  return { key, title, cell: row => <Count value={of(row)} />, order: of, figures: true, ...others };
}

interface Named {
  readonly metadata: { readonly name: string };
}

/** The name of a declared document. */
export function nameColumn<Row extends Named>(width?: string): Column<Row> {
  return textColumn('name', 'Name', ({ metadata }) => metadata.name, { narrow: true, ...(width !== undefined && { width }) });
}
