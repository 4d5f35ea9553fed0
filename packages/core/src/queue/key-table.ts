/** Texts that many entries share, as small numbers from 1 on: a number is used again when nothing uses its text any more. */
export class KeyTable {
  readonly #ids = new Map<string, number>();
  readonly #uses: { text: string; count: number }[] = [{ text: '', count: 0 }];
  readonly #free: number[] = [];

  /** The number of the text, used once more. */
  use(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#free.pop() ?? this.#uses.length;
      this.#uses[id] = { text, count: 0 };
      this.#ids.set(text, id);
    }
    this.#uses[id]!.count++;
    return id;
  }

  /** Used once less. */
  drop(id: number): void {
    const use = this.#uses[id]!;
    if (--use.count > 0) return;
    this.#ids.delete(use.text);
    this.#free.push(id);
  }

  text(id: number): string {
    return this.#uses[id]!.text;
  }
}
