/** Buckets of pairs of bytes: a power of two. */
const PAIRS = 1024;

/**
 * Finds one ASCII text in bytes, looking at few of them. It is laid beside the bytes from its end; of the pair of bytes there it is known how far it can be moved on
 * until it has the same pair there (Horspool, 1980, with pairs: of single letters, texts of one language have too many in common).
 */
export class TextSearch {
  readonly #text: Uint8Array;
  /** By the pair under the text's last two: by how much it can be moved; 0: it may be here. */
  readonly #steps = new Uint8Array(PAIRS);

  /** Of 2 to 255 characters. */
  constructor(text: string) {
    this.#text = Uint8Array.from(text, character => character.charCodeAt(0));
    const last = this.#text.length - 1;
    this.#steps.fill(last);
    for (let at = 1; at <= last; at++) this.#steps[bucketOf(this.#text[at - 1]!, this.#text[at]!)] = last - at;
  }

  get length(): number {
    return this.#text.length;
  }

  /** Where the text begins for the first time in `bytes[start, end)`; −1: nowhere. */
  in(bytes: Uint8Array, start: number, end: number): number {
    const text = this.#text;
    const steps = this.#steps;
    const last = text.length - 1;
    let at = start + last;
    while (at < end) {
      const step = steps[bucketOf(bytes[at - 1]!, bytes[at]!)]!;
      if (step > 0) {
        at += step;
        continue;
      }
      let behind = 0;
      while (behind <= last && bytes[at - behind] === text[last - behind]) behind++;
      if (behind > last) return at - last;
      at++;
    }
    return -1;
  }
}

function bucketOf(first: number, second: number): number {
  return ((first << 4) ^ second) & (PAIRS - 1);
}
