import { print } from './output.ts';

/** Prints a table whose lines come one by one: how long later ones are is not known, so columns are as wide at least as `widths` says. */
export class TableLines<Column extends string> {
  readonly #widths: Readonly<Record<Column, number>>;
  /** Printed so far, without the titles. */
  count = 0;

  constructor(widths: Readonly<Record<Column, number>>) {
    this.#widths = widths;
  }

  print(row: Readonly<Record<Column, string>>): void {
    if (this.count++ === 0) print(this.#line(column => column.toUpperCase()));
    print(this.#line(column => row[column]));
  }

  /** What others have named themselves shall not move the cursor of a terminal. */
  #line(cell: (column: Column) => string): string {
    return (Object.entries(this.#widths) as [Column, number][])
      .map(([column, width]) =>
        cell(column)
          .replaceAll(/\p{Cc}/gu, '?')
          .padEnd(width),
      )
      .join('  ')
      .trimEnd();
  }
}
