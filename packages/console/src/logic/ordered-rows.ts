type Key = string | number;

/** The rows by what `key` says of each; equal ones keep their order. Texts in the order of their letters, with numbers inside as numbers. */
export function orderedRows<Row>(rows: readonly Row[], key: (row: Row) => Key, descending: boolean): Row[] {
  const sign = descending ? -1 : 1;
  const keyed = rows.map(row => ({ row, key: key(row) }));
  keyed.sort((one, other) => sign * compare(one.key, other.key));
  return keyed.map(({ row }) => row);
}

const letters = new Intl.Collator('en', { numeric: true });

function compare(one: Key, other: Key): number {
  return typeof one === 'number' && typeof other === 'number' ? one - other : letters.compare(String(one), String(other));
}

interface OrderedBy<Row> {
  readonly key: string;
  readonly order?: (row: Row) => Key;
}

/** The rows as a table's order says: `-in` is by the column `in`, largest first. */
export function inOrder<Row>(rows: readonly Row[], columns: readonly OrderedBy<Row>[], order: string): readonly Row[] {
  const descending = order.startsWith('-');
  const column = columns.find(({ key }) => key === (descending ? order.slice(1) : order));
  return column?.order ? orderedRows(rows, column.order, descending) : rows;
}
