import { fit } from './fitted-table.ts';

/** Control sequences of ECMA-48 and, for the alternate screen, of xterm, which all terminals in use take. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[2J';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const PLAIN = '\x1b[0m';
export const STYLES = {
  plain: '',
  title: '\x1b[7m',
  danger: '\x1b[31m',
  warning: '\x1b[33m',
  faint: '\x1b[2m',
  strong: '\x1b[1m',
} as const;

export interface StyledLine {
  readonly text: string;
  readonly style?: keyof typeof STYLES;
}

/** What a screen needs of a terminal. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

/** A whole terminal to draw on; what was there before is there again when it is disposed of. Lines that have not changed are not drawn again. */
export class Screen implements Disposable {
  readonly #terminal: Terminal;
  readonly #colours: boolean;
  #drawn: string[] = [];
  #left = false;

  constructor(terminal: Terminal, colours: boolean) {
    this.#terminal = terminal;
    this.#colours = colours;
    terminal.write(ENTER);
  }

  get width(): number {
    return this.#terminal.columns;
  }

  get height(): number {
    return this.#terminal.rows;
  }

  /** The terminal has another size: all is drawn anew. */
  resized(): void {
    this.#drawn = [];
    if (!this.#left) this.#terminal.write('\x1b[2J');
  }

  draw(lines: readonly StyledLine[]): void {
    if (this.#left) return;
    let changes = '';
    const drawn: string[] = [];
    for (let row = 0; row < this.height; row++) {
      const { text = '', style = 'plain' } = lines[row] ?? {};
      const styled = `${this.#colours ? STYLES[style] : ''}${fit(text, this.width)}${this.#colours ? PLAIN : ''}`;
      drawn.push(styled);
      if (this.#drawn[row] !== styled) changes += `\x1b[${row + 1};1H${styled}`;
    }
    this.#drawn = drawn;
    if (changes !== '') this.#terminal.write(changes);
  }

  [Symbol.dispose](): void {
    if (this.#left) return;
    this.#left = true;
    this.#terminal.write(LEAVE);
  }
}
