/** A column of a table that is as wide as the terminal. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string | number;
  /** What goes first where there is no room for all: the highest. The column with 0 stays, and takes the room that is left. */
  readonly expendable: number;
}

const GAP = 2;
/** The one column that stays is never narrower. */
const NAME_WIDTH_MIN = 12;

/** The text, cut to so many characters and filled up to them. */
export function fit(text: string, width: number): string {
  if (text.length <= width) return text.padEnd(width);
  return width < 1 ? '' : `${text.slice(0, width - 1)}…`;
}

/** For people: few digits, whatever the number. */
export function short(value: number): string {
  if (value < 10 && !Number.isInteger(value)) return value.toFixed(1);
  if (value < 10_000) return Math.round(value).toLocaleString('en');
  if (value < 10_000_000) return `${(value / 1e3).toFixed(value < 100_000 ? 1 : 0)}k`;
  return `${(value / 1e6).toFixed(1)}M`;
}

/** A title and a line for each row, each exactly as wide as said; columns that find no room are left out. */
export function fittedTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): { title: string; lines: string[] } {
  const cells = columns.map(({ cell }) => rows.map(row => cell(row)));
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...cells[at]!.map(value => textOf(value).length)));
  const shown = columns.map((_, at) => at);
  const needed = (): number => shown.reduce((sum, at) => sum + GAP + (columns[at]!.expendable === 0 ? NAME_WIDTH_MIN : widths[at]!), -GAP);
  while (needed() > width && shown.length > 1) {
    const least = Math.max(...shown.map(at => columns[at]!.expendable));
    shown.splice(
      shown.findIndex(at => columns[at]!.expendable === least),
      1,
    );
  }
  const name = shown.find(at => columns[at]!.expendable === 0);
  if (name !== undefined) widths[name] = Math.max(0, Math.min(widths[name]!, width - needed() + NAME_WIDTH_MIN));
  const line = (values: readonly (string | number)[]): string =>
    fit(
      shown
        .map((at, place) => {
          const value = values[place]!;
          return typeof value === 'number' ? textOf(value).padStart(widths[at]!) : fit(value, widths[at]!);
        })
        .join(' '.repeat(GAP)),
      width,
    );
  const isNumber = (at: number): boolean => cells[at]!.length > 0 && typeof cells[at]![0] === 'number';
  const titles = shown.map(at => (isNumber(at) ? columns[at]!.title.padStart(widths[at]!) : columns[at]!.title));
  return { title: line(titles), lines: rows.map((_, row) => line(shown.map(at => cells[at]![row]!))) };
}

function textOf(value: string | number): string {
  return typeof value === 'number' ? short(value) : value;
}
