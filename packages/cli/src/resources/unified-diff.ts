/** Lines around a change that are shown with it. */
const CONTEXT = 3;
/** Beyond so many pairs of lines, what is between the first and the last difference is shown as one change: a better diff would take too long. */
const PAIRS_MAX = 4_000_000;

/** A line that both have, or one of them. */
interface DiffLine {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** What differs between two texts, in the unified format of `diff -u`; empty when nothing does. */
export function unifiedDiff(before: string, after: string, name: string): string {
  if (before === after) return '';
  const lines = diffLines(linesOf(before), linesOf(after));
  return [`--- ${name} (now)`, `+++ ${name} (after)`, ...hunksOf(lines)].join('\n');
}

/** The same with colours for terminals. */
export function coloured(diff: string): string {
  const colours: Readonly<Record<string, string>> = { '-': '31', '+': '32', '@': '36' };
  return diff
    .split('\n')
    .map(line => (colours[line[0] ?? ''] === undefined ? line : `\u001b[${colours[line[0]!]}m${line}\u001b[0m`))
    .join('\n');
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

function diffLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let [beforeEnd, afterEnd] = [before.length, after.length];
  while (beforeEnd > start && afterEnd > start && before[beforeEnd - 1] === after[afterEnd - 1]) {
    beforeEnd--;
    afterEnd--;
  }
  const same = (texts: readonly string[]): DiffLine[] => texts.map(text => ({ mark: ' ', text }));
  return [
    ...same(before.slice(0, start)),
    ...changedLines(before.slice(start, beforeEnd), after.slice(start, afterEnd)),
    ...same(before.slice(beforeEnd)),
  ];
}

/** By a longest common subsequence: the fewest lines are marked. */
function changedLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  const width = after.length + 1;
  const isLarge = before.length * after.length > PAIRS_MAX;
  // common[b * width + a]: lines that what follows before b and after a have in common.
  const common = new Uint32Array(isLarge ? 0 : (before.length + 1) * width);
  if (!isLarge)
    for (let b = before.length - 1; b >= 0; b--)
      for (let a = after.length - 1; a >= 0; a--)
        common[b * width + a] =
          before[b] === after[a]
            ? common[(b + 1) * width + a + 1]! + 1
            : Math.max(common[(b + 1) * width + a]!, common[b * width + a + 1]!);
  const lines: DiffLine[] = [];
  let [b, a] = [0, 0];
  while (b < before.length || a < after.length) {
    if (!isLarge && b < before.length && a < after.length && before[b] === after[a]) {
      lines.push({ mark: ' ', text: before[b++]! });
      a++;
    } else if (b < before.length && (isLarge || a === after.length || common[(b + 1) * width + a]! >= common[b * width + a + 1]!))
      lines.push({ mark: '-', text: before[b++]! });
    else lines.push({ mark: '+', text: after[a++]! });
  }
  return lines;
}

/** Changes with their context, those that are near to each other in one. */
function hunksOf(lines: readonly DiffLine[]): string[] {
  const printed: string[] = [];
  const changed = lines.flatMap(({ mark }, at) => (mark === ' ' ? [] : [at]));
  for (let next = 0; next < changed.length; ) {
    const start = Math.max(0, changed[next]! - CONTEXT);
    let last = changed[next]!;
    while (next < changed.length && changed[next]! <= last + 2 * CONTEXT) last = changed[next++]!;
    const end = Math.min(lines.length, last + CONTEXT + 1);
    const hunk = lines.slice(start, end);
    printed.push(`@@ -${range(lines, start, hunk, '+')} +${range(lines, start, hunk, '-')} @@`);
    printed.push(...hunk.map(({ mark, text }) => `${mark}${text}`));
  }
  return printed;
}

/** First line and number of lines of a hunk in the text that has no lines of the mark `without`. */
function range(lines: readonly DiffLine[], start: number, hunk: readonly DiffLine[], without: '+' | '-'): string {
  const count = (of: readonly DiffLine[]): number => of.filter(({ mark }) => mark !== without).length;
  const length = count(hunk);
  return `${count(lines.slice(0, start)) + (length === 0 ? 0 : 1)},${length}`;
}
