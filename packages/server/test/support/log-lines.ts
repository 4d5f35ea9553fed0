import { EventEmitter, once } from 'node:events';
import { createLogger, type Logger } from '../../src/logger.ts';

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

  /** The next line for which it holds, taken out; one that has been written already will do. */
  async take(holds: (line: LogLine) => boolean): Promise<LogLine> {
    for (;;) {
      const at = this.lines.findIndex(holds);
      if (at >= 0) return this.lines.splice(at, 1)[0]!;
      await once(this.#written, 'line');
    }
  }
}
