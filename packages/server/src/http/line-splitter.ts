/** Cuts a stream of bytes into lines, of at most so many bytes each. */
export class LineSplitter {
  readonly #lineBytesMax: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** The lines that end in this chunk, without their ends; undefined: one is too long. */
  *push(chunk: Uint8Array): Generator<string | undefined> {
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      this.#keep(chunk.subarray(start, end));
      start = end + 1;
      yield this.#bytes > this.#lineBytesMax ? undefined : this.end();
    }
    this.#keep(chunk.subarray(start));
    if (this.#bytes > this.#lineBytesMax) yield undefined;
  }

  /** What is there of a last line. */
  end(): string {
    const line = Buffer.concat(this.#pieces, this.#bytes).toString('utf8');
    this.#pieces = [];
    this.#bytes = 0;
    return line;
  }

  #keep(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#bytes += piece.length;
  }
}

const LF = 0x0a;
