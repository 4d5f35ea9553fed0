/** Where a reader of a stream begins: at the first message that is kept, the last one, the next one to come, an offset, or the first since a time. */
export type ReadFrom =
  | 'first'
  | 'last'
  | 'next'
  /** An integer; one that is not there any more, or not yet, is the first or the next. */
  | { readonly offset: number }
  /** Milliseconds since the epoch. */
  | { readonly sinceMs: number }
  | { readonly agoMs: number };

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  D: 86_400_000,
  M: 30 * 86_400_000,
  Y: 365 * 86_400_000,
};
const AGO = /^(\d{1,9})([smhdDMY])$/;
const OFFSET = /^\d{1,15}$/;
/** A date, or a date with a time, of ISO 8601. */
const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** What a place in a stream may be written as, for whoever wrote something else. */
export const READ_FROM_FORMS = 'first, last, next, an offset, an ISO 8601 time, or how long ago as 30s, 15m, 6h or 7d';

/** Reads a place in a stream from text: undefined when it is none. */
export function parseReadFrom(text: string): ReadFrom | undefined {
  if (text === 'first' || text === 'last' || text === 'next') return text;
  if (OFFSET.test(text)) return { offset: Number(text) };
  const ago = AGO.exec(text);
  if (ago) return { agoMs: Number(ago[1]) * UNITS_MS[ago[2]!]! };
  const sinceMs = TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(sinceMs) ? undefined : { sinceMs: Math.max(0, sinceMs) };
}
