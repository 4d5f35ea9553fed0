import type { Log } from '@angarium/core';

/** `starting`: the log is being read; `stopping`: peers have been told to go elsewhere. */
export type ServerPhase = 'starting' | 'ready' | 'stopping';

/** One thing that has to be right. */
export interface HealthCheck {
  readonly name: string;
  readonly passed: boolean;
  /** How it is, and where it is not right what that means. */
  readonly words: string;
}

export interface HealthOptions {
  readonly phase: () => ServerPhase;
  /** The latest that the event loop has been in the last seconds, in milliseconds. */
  readonly lateMs: () => number;
  /** Absent while it is being read. */
  readonly log: () => Pick<Log, 'pressure'> | undefined;
  /** Names of all endpoints, and whether each listens. */
  readonly endpoints: () => ReadonlyMap<string, boolean>;
}

/** How the server is, for who decides whether it gets traffic, or is started anew. Says nothing that would deserve a password. */
export class Health {
  readonly #options: HealthOptions;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  get phase(): ServerPhase {
    return this.#options.phase();
  }

  /** A loop that does not turn answers nothing; one that is late is busy, and to start it anew would make that worse. */
  live(): HealthCheck[] {
    const lateMs = Math.round(this.#options.lateMs());
    return [
      { name: 'event-loop', passed: true, words: `The event loop turns; in the last ten seconds it was late by ${lateMs} ms at most.` },
    ];
  }

  ready(): HealthCheck[] {
    return [this.#phaseCheck(), this.#logCheck(), this.#endpointsCheck()];
  }

  get isReady(): boolean {
    return this.ready().every(({ passed }) => passed);
  }

  #phaseCheck(): HealthCheck {
    const { phase } = this;
    const words = {
      starting: 'The server starts.',
      ready: 'The server has started.',
      stopping: 'The server stops: peers are told to go elsewhere.',
    };
    return { name: 'phase', passed: phase === 'ready', words: words[phase] };
  }

  #logCheck(): HealthCheck {
    const pressure = this.#options.log()?.pressure;
    switch (pressure) {
      case undefined:
        return { name: 'log', passed: false, words: 'The durable log is being read.' };
      case 'none':
        return { name: 'log', passed: true, words: 'The durable log takes messages.' };
      // That is over in a moment: producers get no credit until the disk has caught up.
      case 'unsynced-bytes':
        return { name: 'log', passed: true, words: 'The durable log waits for the disk.' };
      case 'disk-full':
        return { name: 'log', passed: false, words: 'The durable log takes no messages: the disk is full.' };
      case 'write-failed':
        return { name: 'log', passed: false, words: 'The durable log takes no messages: writing to the disk fails.' };
    }
  }

  #endpointsCheck(): HealthCheck {
    const endpoints = [...this.#options.endpoints()];
    const missing = endpoints.filter(([, listens]) => !listens).map(([name]) => name);
    if (missing.length > 0) return { name: 'endpoints', passed: false, words: `Nobody listens yet for ${missing.join(', ')}.` };
    return { name: 'endpoints', passed: true, words: `These listen: ${endpoints.map(([name]) => name).join(', ')}.` };
  }
}
