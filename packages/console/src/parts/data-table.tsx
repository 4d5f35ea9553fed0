import styles from '@patternfly/react-styles/css/components/Table/table';
import { type CSSProperties, type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { rowWindow } from '../logic/row-window.ts';
import './data-table.css';

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** What rows are ordered by; a column without cannot be ordered by. */
  readonly order?: (row: Row) => string | number;
  /** Figures stand at the right, so that they can be compared. */
  readonly figures?: boolean;
  /** A width as CSS has it, as in `8rem`; what is left is shared by the others. */
  readonly width?: string;
  /** Shown on a phone too. */
  readonly narrow?: boolean;
}

/** `-name`: by the column `name`, largest first. */
export type Order = string;

interface DataTableProps<Row> {
  /** What the rows are, for who does not see it. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly order?: Order;
  readonly onOrder?: (order: Order) => void;
  readonly selected?: ReadonlySet<string>;
  readonly onSelected?: (selected: ReadonlySet<string>) => void;
  /** Buttons or a menu at the end of a row. */
  readonly actions?: (row: Row) => ReactNode;
  /** In the place of rows when there are none. */
  readonly empty?: ReactNode;
}

/** Where a column says no width, it has at least this one; where there is less room, the list scrolls sideways. */
const WIDTH_MIN = '11rem';
/** Height of every row in pixels, so that those which are not seen need not be drawn. */
const ROW_HEIGHT = 41;

/** A list of any length: only what is seen is drawn. It scrolls inside, so that its head and the filters stay. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { label, columns, rows, rowKey, order = '', onOrder, selected, onSelected, actions, empty } = props;
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const look = (): void => {
    const { current } = box;
    if (current) setView({ top: current.scrollTop, height: current.clientHeight });
  };
  useLayoutEffect(() => {
    const { current } = box;
    if (!current) return;
    const observer = new ResizeObserver(() => setView({ top: current.scrollTop, height: current.clientHeight }));
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  const { first, end } = rowWindow(rows.length, ROW_HEIGHT, view.top, view.height);
  const allSelected = rows.length > 0 && selected !== undefined && rows.every(row => selected.has(rowKey(row)));
  if (rows.length === 0 && empty) return empty;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard.
    <section className="angarium-table" ref={box} onScroll={look} aria-label={label} tabIndex={0}>
      <table
        className={`${styles.table} ${styles.modifiers.compact}`}
        aria-rowcount={rows.length + 1}
        style={{ '--angarium-width': leastWidth(columns, onSelected !== undefined, actions !== undefined) } as CSSProperties}
      >
        <caption className="pf-v6-screen-reader">{label}</caption>
        <colgroup>
          {onSelected && <col className="angarium-check" />}
          {columns.map(column => (
            <col
              key={column.key}
              className={column.narrow ? '' : 'angarium-wide'}
              {...(column.width && { style: { width: column.width } })}
            />
          ))}
          {actions && <col className="angarium-actions" />}
        </colgroup>
        <thead className={styles.tableThead}>
          <tr className={styles.tableTr} aria-rowindex={1}>
            {onSelected && (
              <th className={`${styles.tableTh} angarium-check`} scope="col">
                <input
                  type="checkbox"
                  aria-label={`Select all ${rows.length} shown`}
                  checked={allSelected}
                  onChange={() => onSelected(allSelected ? new Set() : new Set(rows.map(rowKey)))}
                />
              </th>
            )}
            {columns.map(column => (
              <ColumnHead key={column.key} column={column} order={order} onOrder={column.order && onOrder} />
            ))}
            {actions && (
              <th className={`${styles.tableTh} angarium-actions`} scope="col">
                <span className="pf-v6-screen-reader">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody className={styles.tableTbody}>
          <Gap rows={first} />
          {rows.slice(first, end).map((row, at) => {
            const key = rowKey(row);
            return (
              <tr key={key} className={styles.tableTr} aria-rowindex={first + at + 2}>
                {onSelected && (
                  <td className={`${styles.tableTd} angarium-check`}>
                    <input
                      type="checkbox"
                      aria-label={`Select ${key}`}
                      checked={selected?.has(key) ?? false}
                      onChange={() => onSelected(toggled(selected ?? new Set(), key))}
                    />
                  </td>
                )}
                {columns.map(column => (
                  <td key={column.key} className={classOf(styles.tableTd, column)}>
                    <div className="angarium-cell">{column.cell(row)}</div>
                  </td>
                ))}
                {actions && <td className={`${styles.tableTd} angarium-actions`}>{actions(row)}</td>}
              </tr>
            );
          })}
          <Gap rows={rows.length - end} />
        </tbody>
      </table>
    </section>
  );
}

interface ColumnHeadProps<Row> {
  readonly column: Column<Row>;
  readonly order: Order;
  readonly onOrder: ((order: Order) => void) | undefined;
}

function ColumnHead<Row>({ column, order, onOrder }: ColumnHeadProps<Row>) {
  const { key, title } = column;
  const ascending = order === key;
  const descending = order === `-${key}`;
  const sort = ascending ? 'ascending' : descending ? 'descending' : undefined;
  return (
    <th className={classOf(styles.tableTh, column)} scope="col" {...(sort && { 'aria-sort': sort })}>
      {onOrder ? (
        // Figures are looked at for the largest ones: those come first.
        <button
          type="button"
          className="angarium-order"
          onClick={() => onOrder(column.figures ? (descending ? key : `-${key}`) : ascending ? `-${key}` : key)}
        >
          {title}
          <span aria-hidden="true">{ascending ? ' ▴' : descending ? ' ▾' : ''}</span>
        </button>
      ) : (
        title
      )}
    </th>
  );
}

function leastWidth<Row>(columns: readonly Column<Row>[], selects: boolean, acts: boolean): string {
  const widths = columns.map(({ width }) => width ?? WIDTH_MIN);
  // As data-table.css has them.
  if (selects) widths.push('2.5rem');
  if (acts) widths.push('3.5rem');
  return `calc(${widths.join(' + ')})`;
}

/** The room of rows that are not drawn. One cell is enough: spanning columns that a phone does not show would make room for them. */
function Gap({ rows }: { readonly rows: number }) {
  if (rows <= 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it takes the focus.
    <tr aria-hidden="true">
      <td style={{ height: rows * ROW_HEIGHT, padding: 0 }} />
    </tr>
  );
}

function classOf<Row>(name: string, { figures, narrow }: Column<Row>): string {
  return `${name}${figures ? ' angarium-figure' : ''}${narrow ? '' : ' angarium-wide'}`;
}

function toggled(before: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const after = new Set(before);
  if (!after.delete(key)) after.add(key);
  return after;
}
