import { createLogger, type Logger } from '@angarium/server';

/** What a server under test writes to its log. */
export class ServerLog {
  readonly lines: string[] = [];
  readonly logger: Logger;
  #looks: (() => void)[] = [];

  constructor() {
    const write = (line: string): void => {
      this.lines.push(line);
      for (const look of this.#looks) look();
    };
    this.logger = createLogger({ level: 'info', format: 'json', stream: { write } });
  }

  has(...words: readonly string[]): boolean {
    return this.lines.some(line => words.every(word => line.includes(word)));
  }

  /** Resolves when a line has all of these words; the test's own time limit is the limit. */
  seen(...words: readonly string[]): Promise<void> {
    if (this.has(...words)) return Promise.resolve();
    return new Promise(resolve => {
      const look = (): void => {
        if (!this.has(...words)) return;
        this.#looks = this.#looks.filter(each => each !== look);
        resolve();
      };
      this.#looks.push(look);
    });
  }
}
