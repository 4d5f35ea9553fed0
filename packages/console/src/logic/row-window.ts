/** Rows beyond what is seen that are drawn as well, so that scrolling does not show a gap. */
const OVERSCAN = 8;

/** Which rows of a table with rows of one height are drawn: from `first` up to, without it, `end`. */
export function rowWindow(count: number, rowHeight: number, scrollTop: number, viewHeight: number): { first: number; end: number } {
  const first = Math.max(0, Math.min(Math.floor(scrollTop / rowHeight), count) - OVERSCAN);
  const end = Math.min(count, Math.ceil((scrollTop + viewHeight) / rowHeight) + OVERSCAN);
  return { first, end: Math.max(first, end) };
}
