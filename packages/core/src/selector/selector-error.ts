/** Why a text is no selector, in words for the one who wrote it. */
export class SelectorError extends Error {
  /** Where the mistake is, in UTF-16 units from the text's beginning. */
  readonly position: number;

  constructor(position: number, what: string) {
    super(`${what} (at character ${position + 1})`);
    this.name = 'SelectorError';
    this.position = position;
  }
}
