/** Any one character, in a pattern's elements; all others are the UTF-16 units that they stand for. */
const ANY_ONE = -1;

/**
 * A pattern of LIKE: `_` is any one character, `%` any sequence of characters, and the escape character takes the meaning of what follows it (JMS 3.1,
 * section 3.8.1.1). The pieces between the `%` are found one after the other, each as far to the left as it can be, and never looked for again: so a
 * comparison takes no more steps than the product of both lengths, whatever the pattern.
 *
 *     ab_c%de%f      pieces: [a b _ c] at the beginning, [d e] somewhere behind it, [f] at the end
 */
export class LikePattern {
  readonly #pieces: readonly (readonly number[])[];

  /** `escaping` is one character, or undefined; the pattern does not end with it. */
  constructor(pattern: string, escaping: string | undefined) {
    const pieces: number[][] = [[]];
    for (let at = 0; at < pattern.length; at++) {
      const piece = pieces[pieces.length - 1]!;
      const unit = pattern[at]!;
      if (unit === escaping) piece.push(pattern.charCodeAt(++at));
      else if (unit === '%') pieces.push([]);
      else piece.push(unit === '_' ? ANY_ONE : pattern.charCodeAt(at));
    }
    this.#pieces = pieces;
  }

  matches(text: string): boolean {
    const pieces = this.#pieces;
    const last = pieces.length - 1;
    let at = matchForwards(pieces[0]!, text, 0);
    if (last === 0) return at === text.length;
    for (let index = 1; index < last && at >= 0; index++) at = endOfFirst(pieces[index]!, text, at);
    return at >= 0 && matchBackwards(pieces[last]!, text) >= at;
  }
}

/** Where the first match at or after `from` ends; -1: there is none. */
function endOfFirst(piece: readonly number[], text: string, from: number): number {
  // Each element takes one unit at least.
  for (let at = from; at + piece.length <= text.length; at++) {
    // A character of two units is not taken apart.
    if (piece[0] === ANY_ONE && isLowSurrogate(text.charCodeAt(at)) && isHighSurrogate(text.charCodeAt(at - 1))) continue;
    const end = matchForwards(piece, text, at);
    if (end >= 0) return end;
  }
  return -1;
}

/** Where a match that begins at `from` ends; -1: there is none. */
function matchForwards(piece: readonly number[], text: string, from: number): number {
  let at = from;
  for (let index = 0; index < piece.length; index++) {
    if (at >= text.length) return -1;
    const unit = text.charCodeAt(at++);
    if (piece[index] === ANY_ONE) {
      if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(at))) at++;
    } else if (piece[index] !== unit) return -1;
  }
  return at;
}

/** Where a match that ends with the text begins; -1: there is none. */
function matchBackwards(piece: readonly number[], text: string): number {
  let at = text.length;
  for (let index = piece.length - 1; index >= 0; index--) {
    if (at <= 0) return -1;
    const unit = text.charCodeAt(--at);
    if (piece[index] === ANY_ONE) {
      if (isLowSurrogate(unit) && isHighSurrogate(text.charCodeAt(at - 1))) at--;
    } else if (piece[index] !== unit) return -1;
  }
  return at;
}

function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

function isLowSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}
