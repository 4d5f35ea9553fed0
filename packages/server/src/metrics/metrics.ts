import { statfs } from 'node:fs/promises';
import type { AddressSpace, Broker } from '@angarium/core';
import type { FileLog } from '@angarium/log-file';
import { type ExpositionFormat, exposition } from './exposition.ts';
import type { AddressFigures } from './figures.ts';
import { type Metric, OTHERS } from './metric.ts';
import { ProcessFigures } from './process-figures.ts';
import { type LogFigures, SERVER_METRICS, type ServerFigures } from './server-metrics.ts';
import { SPACE_METRICS } from './space-metrics.ts';
import { type Snapshot, Survey, type SurveyLimits } from './survey.ts';

/** Addresses of one space with series of their own, where its own users read about it. */
export const ADDRESSES_OF_SPACE_MAX = 1000;

export interface MetricsOptions {
  readonly broker: Broker;
  readonly limits: SurveyLimits;
  /** What others know; asked anew each time. */
  readonly server: () => Omit<ServerFigures, 'process' | 'spaces' | 'log'>;
  readonly logPath: string;
}

interface Scrape {
  readonly server: ServerFigures;
  readonly snapshot: Snapshot;
}

/** Every metric of the server, those of its spaces and addresses included. */
export const METRICS: readonly Metric<Scrape>[] = [
  ...SERVER_METRICS.map(metric => ({ ...metric, samples: ({ server }: Scrape) => metric.samples(server) })),
  ...SPACE_METRICS.map(metric => ({ ...metric, samples: ({ snapshot }: Scrape) => metric.samples(snapshot) })),
];

/** What Prometheus and its like read. Nothing is counted for it on a message's way that is not counted anyway: all is put together when it is asked for. */
export class Metrics implements Disposable {
  readonly process = new ProcessFigures();
  readonly #options: MetricsOptions;
  readonly #survey: Survey;
  /** Of spaces whose own users read; a space that has ended is forgotten. */
  readonly #ofSpaces = new WeakMap<AddressSpace, Survey>();
  #log: FileLog | undefined;
  #logBeganAt = 0;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#survey = new Survey(options.limits);
  }

  /** For administrators of the server. */
  async *all(format: ExpositionFormat): AsyncGenerator<string> {
    const { broker, server } = this.#options;
    const log = await this.#logFigures();
    const snapshot = await this.#survey.take(broker.spaces.values());
    const figures = { ...server(), spaces: broker.spaces.size, process: this.process, ...(log && { log }) };
    yield* exposition(METRICS, { server: figures, snapshot }, format);
  }

  /** For users of one space: its addresses that may be seen, and with `others` what the rest of them is together. */
  async *ofSpace(
    space: AddressSpace,
    format: ExpositionFormat,
    sees: (address: string) => boolean,
    others: boolean,
  ): AsyncGenerator<string> {
    const survey = this.#ofSpaces.get(space) ?? new Survey({ spacesMax: 1, addressesMax: ADDRESSES_OF_SPACE_MAX });
    this.#ofSpaces.set(space, survey);
    const { spaces, addresses } = await survey.take([space]);
    const shown = ({ address }: AddressFigures): boolean => (address === OTHERS ? others : sees(address));
    yield* exposition(SPACE_METRICS, { spaces, addresses: addresses.filter(shown) }, format);
  }

  /** What is appended counts from here. */
  logOpened(log: FileLog): void {
    this.#log = log;
    this.#logBeganAt = log.end;
  }

  [Symbol.dispose](): void {
    this.process[Symbol.dispose]();
  }

  async #logFigures(): Promise<LogFigures | undefined> {
    const log = this.#log;
    if (!log) return undefined;
    const disk = await diskOf(this.#options.logPath);
    return { ...log.stats(), pressure: log.pressure, appendedBytes: log.end - this.#logBeganAt, ...(disk && { disk }) };
  }
}

/** undefined: it cannot be said, which is no reason to say nothing of the rest. */
async function diskOf(path: string): Promise<LogFigures['disk']> {
  try {
    const { bavail, blocks, bsize } = await statfs(path);
    return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
  } catch {
    return undefined;
  }
}
