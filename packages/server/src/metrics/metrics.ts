import { statfs } from 'node:fs/promises';
import type { AddressSpace, Broker } from '@angarium/core';
import type { FileLog } from '@angarium/log-file';
import type { Census } from '../activity/link-census.ts';
import { type ExpositionFormat, exposition } from './exposition.ts';
import type { AddressFigures } from './figures.ts';
import { type Metric, OTHERS } from './metric.ts';
import { ProcessFigures } from './process-figures.ts';
import { type LogFigures, SERVER_METRICS, type ServerFigures } from './server-metrics.ts';
import { LEFT_OUT, metricsFor, SPACE_METRICS, type SpaceView } from './space-metrics.ts';
import { type Snapshot, Survey, type SurveyLimits } from './survey.ts';

/** Addresses of one space with series of their own, where its own users read about it. */
export const ADDRESSES_OF_SPACE_MAX = 1000;

export interface MetricsOptions {
  readonly broker: Broker;
  readonly limits: SurveyLimits;
  /** How the links of a space are, or those of all; looked at anew each time. */
  readonly census: (space?: AddressSpace) => Promise<Census>;
  /** What others know; asked anew each time. */
  readonly server: () => Omit<ServerFigures, 'process' | 'spaces' | 'log'>;
  readonly logPath: string;
}

interface Scrape {
  readonly server: ServerFigures;
  readonly snapshot: Snapshot;
}

interface SpaceScrape {
  readonly snapshot: Snapshot;
  readonly view: SpaceView & { readonly space: string };
}

/** Every metric of the server, those of its spaces and addresses included. */
export const METRICS: readonly Metric<Scrape>[] = [
  ...SERVER_METRICS.map(metric => metricOf(metric, ({ server }: Scrape) => server)),
  ...SPACE_METRICS.map(metric => metricOf(metric, ({ snapshot }: Scrape) => snapshot)),
];

/** A metric of a part as one of the whole. */
function metricOf<Part, Whole>(metric: Metric<Part>, part: (whole: Whole) => Part): Metric<Whole> {
  return { ...metric, samples: whole => metric.samples(part(whole)) };
}

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
    this.#survey = new Survey(options.limits, () => options.census());
  }

  /** For administrators of the server. */
  async *all(format: ExpositionFormat): AsyncGenerator<string> {
    const { broker, server } = this.#options;
    const log = await this.#logFigures();
    const snapshot = await this.#survey.take(broker.spaces.values());
    const figures = { ...server(), spaces: broker.spaces.size, process: this.process, ...(log && { log }) };
    yield* exposition(METRICS, { server: figures, snapshot }, format);
  }

  /** For users of one space: its addresses that they may see, and of the space together what `view` says. */
  async *ofSpace(
    space: AddressSpace,
    format: ExpositionFormat,
    sees: (address: string) => boolean,
    view: SpaceView,
  ): AsyncGenerator<string> {
    const survey = this.#ofSpaces.get(space) ?? this.#begin(space);
    const { spaces, addresses } = await survey.take([space]);
    const shown = ({ address }: AddressFigures): boolean => (address === OTHERS ? view.sums : sees(address));
    const of: SpaceScrape = { snapshot: { spaces, addresses: addresses.filter(shown) }, view: { ...view, space: space.name } };
    const leftOut = view.sums && view.visitors ? [] : [metricOf(LEFT_OUT, ({ view }: SpaceScrape) => view)];
    yield* exposition(
      [...leftOut, ...metricsFor(view).map(metric => metricOf(metric, ({ snapshot }: SpaceScrape) => snapshot))],
      of,
      format,
    );
  }

  #begin(space: AddressSpace): Survey {
    const limits = { spacesMax: 1, addressesMax: ADDRESSES_OF_SPACE_MAX };
    const survey = new Survey(limits, () => this.#options.census(space));
    this.#ofSpaces.set(space, survey);
    return survey;
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
