/** The first `count` names after `after` in the order of their code units, without sorting all that there are. */
export function firstNames(names: Iterable<string>, after: string | undefined, count: number): string[] {
  const first: string[] = [];
  for (const name of names) {
    if (after !== undefined && name <= after) continue;
    if (first.length === count && name >= first[count - 1]!) continue;
    let low = 0;
    let high = first.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (first[middle]! < name) low = middle + 1;
      else high = middle;
    }
    first.splice(low, 0, name);
    if (first.length > count) first.pop();
  }
  return first;
}
