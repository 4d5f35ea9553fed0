import { EventEmitter, once } from 'node:events';
import { createLogger, type Logger } from '@angarium/server';

/** A line that does not come within this many milliseconds does not come. */
const DEADLINE_MS = 30_000;

/** One line of the log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [detail: string]: unknown;
}

/** A logger that keeps its lines, for tests to wait for them. */
export class LogLines {
  readonly logger: Logger;
  readonly lines: LogLine[] = [];
  readonly #written = new EventEmitter();

  constructor() {
    const write = (line: string): void => {
      this.lines.push(JSON.parse(line) as LogLine);
      this.#written.emit('line');
    };
    this.logger = createLogger({ level: 'debug', format: 'json', stream: { write } });
  }

  /** The first line for which it holds, from this one on; one that has been written already will do. */
  async find(holds: (line: LogLine) => boolean, from = 0): Promise<LogLine> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for (let at = from; ; at++) {
      while (at >= this.lines.length) await once(this.#written, 'line', { signal });
      if (holds(this.lines[at]!)) return this.lines[at]!;
    }
  }

  /** The same, taken out. */
  async take(holds: (line: LogLine) => boolean): Promise<LogLine> {
    const line = await this.find(holds);
    this.lines.splice(this.lines.indexOf(line), 1);
    return line;
  }
}
