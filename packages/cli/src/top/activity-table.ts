/** What the server says of an address space (docs/reference/openapi.json, `Activity`); without `columns`, what has changed since it said so before. */
export interface ActivityDocument {
  readonly atMs: number;
  /** The totals are of the whole space, and not of a part that may be viewed. */
  readonly whole: boolean;
  readonly totals: Readonly<Record<string, number>>;
  readonly columns?: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  readonly removed?: readonly string[];
  readonly attention: readonly Attention[];
}

export interface Attention {
  readonly severity: 'danger' | 'warning' | 'info';
  readonly address?: string;
  readonly what: string;
  readonly do: string;
}

/** An address with what it does in a second. */
export interface AddressLine {
  readonly name: string;
  readonly type: string;
  readonly inPerSecond: number;
  readonly outPerSecond: number;
  readonly settledPerSecond: number;
  readonly stored: number;
  readonly unsettled: number;
  readonly consumers: number;
  readonly producers: number;
  readonly attention: string | undefined;
}

/** Of an event without this of an address, the address has not changed. */
interface Row {
  readonly values: Readonly<Record<string, string | number | null>>;
  line: AddressLine;
}

/** The addresses of a space as the server tells of them, with rates from the counters of two of its words. */
export class ActivityTable {
  #columns: readonly string[] = [];
  #rows = new Map<string, Row>();
  #atMs = 0;
  #totals: ActivityDocument['totals'] = {};
  /** In a second, of the whole space. */
  inPerSecond = 0;
  outPerSecond = 0;
  attention: readonly Attention[] = [];
  whole = true;

  get totals(): ActivityDocument['totals'] {
    return this.#totals;
  }

  get atMs(): number {
    return this.#atMs;
  }

  take(document: ActivityDocument): void {
    const { atMs, whole, totals, columns, rows, removed = [], attention } = document;
    const seconds = this.#atMs === 0 ? 0 : (atMs - this.#atMs) / 1000;
    const before = this.#rows;
    if (columns) {
      this.#columns = columns;
      this.#rows = new Map();
    } else for (const row of before.values()) row.line = { ...row.line, inPerSecond: 0, outPerSecond: 0, settledPerSecond: 0 };
    for (const cells of rows) {
      const values = Object.fromEntries(this.#columns.map((column, at) => [column, cells[at] ?? null]));
      const name = String(values.name);
      this.#rows.set(name, { values, line: lineOf(name, values, before.get(name)?.values, seconds) });
    }
    for (const name of removed) this.#rows.delete(name);
    this.inPerSecond = rate(totals.in, this.#totals.in, seconds);
    this.outPerSecond = rate(totals.out, this.#totals.out, seconds);
    this.#totals = totals;
    this.whole = whole;
    this.#atMs = atMs;
    this.attention = attention;
  }

  lines(): AddressLine[] {
    return [...this.#rows.values()].map(({ line }) => line);
  }
}

function lineOf(name: string, values: Row['values'], before: Row['values'] | undefined, seconds: number): AddressLine {
  const count = (column: string): number => Number(values[column] ?? 0);
  const perSecond = (column: string): number => rate(count(column), before && Number(before[column] ?? 0), seconds);
  return {
    name,
    type: String(values.type),
    inPerSecond: perSecond('in'),
    outPerSecond: perSecond('out'),
    settledPerSecond: perSecond('settled'),
    stored: count('stored'),
    unsettled: count('unsettled'),
    consumers: count('consumers'),
    producers: count('producers'),
    attention: values.attention === null ? undefined : String(values.attention),
  };
}

/** 0 where there was nothing before, or where a server was started anew and counts from the beginning. */
function rate(now: number | undefined, before: number | undefined, seconds: number): number {
  if (now === undefined || before === undefined || seconds <= 0) return 0;
  return Math.max(0, now - before) / seconds;
}
