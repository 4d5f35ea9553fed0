/** How many letters may be wrong in a name for it to be suggested. */
const TYPING_ERRORS_MAX = 2;

/** The name that is meant by `text`, when it differs by a few letters only. */
export function closest(text: string, names: readonly string[]): string | undefined {
  const ranked = names
    // Whatever else differs in length by more is further off, and a text may be long.
    .filter(name => Math.abs(name.length - text.length) <= TYPING_ERRORS_MAX)
    .map(name => ({ name, distance: distance(text.toLowerCase(), name.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= TYPING_ERRORS_MAX ? best.name : undefined;
}

/** Levenshtein's distance: letters to add, leave out or change. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[other.length]!;
}
