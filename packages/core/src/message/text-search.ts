/** Finds one ASCII text in bytes, looking at few of them: about one in as many as the text has (Horspool, 1980). */
export class TextSearch {
  readonly #text: Uint8Array;
  /** By a byte that stands under the text's last one: how far the text can be moved on. */
  readonly #steps = new Uint8Array(256);

  /** Of 2 to 255 characters. */
  constructor(text: string) {
    this.#text = Uint8Array.from(text, character => character.charCodeAt(0));
    const last = this.#text.length - 1;
    this.#steps.fill(this.#text.length);
    for (let at = 0; at < last; at++) this.#steps[this.#text[at]!] = last - at;
  }

  get length(): number {
    return this.#text.length;
  }

  /** Where the text begins for the first time in `bytes[start, end)`; −1: nowhere. */
  in(bytes: Uint8Array, start: number, end: number): number {
    const text = this.#text;
    const steps = this.#steps;
    const last = text.length - 1;
    for (let at = start + last; at < end; at += steps[bytes[at]!]!) {
      let behind = 0;
      while (behind <= last && bytes[at - behind] === text[last - behind]) behind++;
      if (behind > last) return at - last;
    }
    return -1;
  }
}
