/** Columns for people: as wide as their widest cell; numbers, and only they, to the right. */
export function formatTable(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const texts = rows.map(row => row.map(cell => (typeof cell === 'number' ? cell.toLocaleString('en') : cell)));
  const widths = header.map((title, column) => Math.max(title.length, ...texts.map(row => (row[column] ?? '').length)));
  const line = (cells: readonly string[], numbers: readonly boolean[]): string =>
    cells
      .map((cell, column) => (numbers[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd();
  const numbers = header.map((_, column) => rows.length > 0 && rows.every(row => typeof row[column] === 'number'));
  return [
    line(
      header.map(title => title.toUpperCase()),
      numbers,
    ),
    ...texts.map(row => line(row, numbers)),
  ].join('\n');
}
