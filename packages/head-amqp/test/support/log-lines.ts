import { EventEmitter, once } from 'node:events';
import { createLogger, type Logger } from '@angarium/server';

const DEADLINE_MS = 30_000;

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [detail: string]: unknown;
}

/** What a server says in its log, to wait for. */
export class LogLines {
  readonly logger: Logger;
  readonly all: LogLine[] = [];
  readonly #emitter = new EventEmitter();

  constructor() {
    const write = (text: string): void => {
      this.all.push(JSON.parse(text) as LogLine);
      this.#emitter.emit('line');
    };
    this.logger = createLogger({ level: 'debug', format: 'json', stream: { write } });
  }

  /** The first line for which it holds, also one that is there already; from the one behind `from` on. */
  async find(holds: (line: LogLine) => boolean, from = 0): Promise<LogLine> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for (let at = from; ; at++) {
      while (at >= this.all.length) await once(this.#emitter, 'line', { signal });
      if (holds(this.all[at]!)) return this.all[at]!;
    }
  }
}
