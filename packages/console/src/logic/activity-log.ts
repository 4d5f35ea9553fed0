import { perSecond, RateHistory } from './rate-history.ts';

/** What the server tells of an address space: counters since it started (`GET …/activity`). */
export interface ActivityTotals {
  readonly in: number;
  readonly out: number;
  readonly stored: number;
  readonly bytes: number;
  /** Absent for who may not view connections. */
  readonly connections?: number;
  readonly addresses: number;
  readonly dropped: number;
  readonly deadLettered: number;
  readonly expired: number;
}

/** Something that somebody should look at, in words. */
export interface Attention {
  readonly severity: 'danger' | 'warning' | 'info';
  readonly address?: string;
  readonly connection?: string;
  readonly what: string;
  /** What to do about it. */
  readonly do: string;
}

interface ActivityEvent {
  readonly atMs: number;
  /** The totals are of the whole space; else of the addresses that one may view. */
  readonly whole: boolean;
  readonly totals: ActivityTotals;
  readonly rows: readonly (readonly unknown[])[];
  /** Addresses that have no row, since there are too many. */
  readonly leftOut: number;
  readonly attention: readonly Attention[];
}

/** The first event of a stream, and one after which it begins anew: all rows, and what they say in which order. */
export interface ActivitySnapshot extends ActivityEvent {
  readonly columns: readonly string[];
}

/** Rows that are other ones than before, and the names of those that are gone. */
export interface ActivityChange extends ActivityEvent {
  readonly removed: readonly string[];
}

/** What can be the matter with an address, in the words of a label. */
export const ATTENTION_WORDS: Readonly<Record<string, string>> = {
  blocked: 'Blocked',
  paused: 'Paused',
  stuck: 'Stuck',
  'no-consumer': 'No consumer',
  'no-credit': 'No credit',
  'dead-letters': 'Dead letters',
};

export interface AddressActivity {
  readonly name: string;
  readonly type: string;
  readonly in: number;
  readonly out: number;
  readonly settled: number;
  readonly dropped: number;
  readonly stored: number;
  readonly unsettled: number;
  readonly scheduled: number;
  readonly consumers: number;
  readonly producers: number;
  /** What is the matter: a key of `ATTENTION_WORDS`. */
  readonly attention: string | null;
}

/** An address with what its counters say about time. */
export interface AddressRow {
  activity: AddressActivity;
  rateIn: RateHistory | undefined;
  rateOut: RateHistory | undefined;
}

/** A stream that says nothing for longer than this has begun anew: what happened meanwhile is no rate. */
const GAP_MS_MAX = 90_000;

/** Rates and their history, made from the counters that the server tells. Only what moves is touched. */
export class ActivityLog {
  readonly rows = new Map<string, AddressRow>();
  totals: ActivityTotals | undefined;
  /** The totals are of the whole space; else of the addresses that one may view. */
  whole = true;
  attention: readonly Attention[] = [];
  leftOut = 0;
  readonly totalIn = new RateHistory();
  readonly totalOut = new RateHistory();
  /** Another number with each event: what a view compares. */
  version = 0;
  /** When the server made the last event, in milliseconds since 1970; 0: there was none. */
  atMs = 0;
  #columns: readonly string[] = [];
  /** Names of rows with a sample other than 0. */
  readonly #moving = new Set<string>();

  snapshot(event: ActivitySnapshot): void {
    this.#columns = event.columns;
    const present = new Set(this.#take(event));
    for (const name of this.rows.keys()) if (!present.has(name)) this.#remove(name);
  }

  change(event: ActivityChange): void {
    for (const name of event.removed) this.#remove(name);
    this.#take(event);
  }

  /** Takes the event's rows, and answers their names. */
  #take(event: ActivityEvent): string[] {
    const elapsedMs = this.atMs === 0 || event.atMs - this.atMs > GAP_MS_MAX ? 0 : event.atMs - this.atMs;
    const changed = event.rows.map(
      row => Object.fromEntries(this.#columns.map((column, at) => [column, row[at]])) as unknown as AddressActivity,
    );
    const names = changed.map(({ name }) => name);
    const told = new Set(names);
    for (const activity of changed) this.#update(activity, elapsedMs);
    for (const name of this.#moving) if (!told.has(name)) this.#rest(name);
    if (this.totals) {
      this.totalIn.push(perSecond(this.totals.in, event.totals.in, elapsedMs));
      this.totalOut.push(perSecond(this.totals.out, event.totals.out, elapsedMs));
    }
    this.totals = event.totals;
    this.whole = event.whole;
    this.attention = event.attention;
    this.leftOut = event.leftOut;
    this.atMs = event.atMs;
    this.version++;
    return names;
  }

  #update(activity: AddressActivity, elapsedMs: number): void {
    const row = this.rows.get(activity.name);
    if (!row) {
      this.rows.set(activity.name, { activity, rateIn: undefined, rateOut: undefined });
      return;
    }
    row.rateIn = pushed(row.rateIn, perSecond(row.activity.in, activity.in, elapsedMs));
    row.rateOut = pushed(row.rateOut, perSecond(row.activity.out, activity.out, elapsedMs));
    row.activity = activity;
    this.#keepMoving(activity.name, row);
  }

  /** Nothing was told of it: its counters stand still. */
  #rest(name: string): void {
    const row = this.rows.get(name)!;
    row.rateIn?.push(0);
    row.rateOut?.push(0);
    this.#keepMoving(name, row);
  }

  #keepMoving(name: string, { rateIn, rateOut }: AddressRow): void {
    if ((rateIn?.idle ?? true) && (rateOut?.idle ?? true)) this.#moving.delete(name);
    else this.#moving.add(name);
  }

  #remove(name: string): void {
    this.rows.delete(name);
    this.#moving.delete(name);
  }
}

function pushed(history: RateHistory | undefined, rate: number): RateHistory | undefined {
  if (!history && rate === 0) return undefined;
  const kept = history ?? new RateHistory();
  kept.push(rate);
  return kept;
}
