import { constants, type PerformanceEntry, PerformanceObserver, performance } from 'node:perf_hooks';
import { Histogram } from '@angarium/core';

/** How often it is looked how late the event loop is, in milliseconds. */
const SAMPLE_INTERVAL_MS = 100;
/** What `lateMs` looks back on: about ten seconds. */
const SAMPLES_KEPT = 100;
/** In seconds. */
const DELAY_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const COLLECTION_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

const COLLECTIONS = new Map<number, string>([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

/** What Node says of a collection; its types leave out the detail. */
type CollectionEntry = PerformanceEntry & { readonly detail: { readonly kind: number } };

/** What the process itself tells: how late its event loop is, and what collecting garbage takes. */
export class ProcessFigures implements Disposable {
  /** How much later than wanted a timer runs, which is how long whatever comes waits to be seen. */
  readonly loopDelay = new Histogram(DELAY_SECONDS);
  readonly collections: ReadonlyMap<string, Histogram> = new Map(
    [...COLLECTIONS.values()].map(kind => [kind, new Histogram(COLLECTION_SECONDS)]),
  );
  readonly #late: number[] = [];
  readonly #observer: PerformanceObserver;
  readonly #timer: NodeJS.Timeout;
  #expectedMs = performance.now() + SAMPLE_INTERVAL_MS;
  #samples = 0;

  constructor() {
    this.#timer = setInterval(() => this.#sample(), SAMPLE_INTERVAL_MS).unref();
    this.#observer = new PerformanceObserver(list => {
      for (const { duration, detail } of list.getEntries() as CollectionEntry[]) {
        const kind = COLLECTIONS.get(detail.kind);
        if (kind !== undefined) this.collections.get(kind)!.add(duration / 1000);
      }
    });
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** The latest that the event loop has been in the last seconds, and is just now, in milliseconds. */
  get lateMs(): number {
    return Math.max(0, performance.now() - this.#expectedMs, ...this.#late);
  }

  /** What the event loop has worked, and not waited, since the process began, in seconds. */
  get busySeconds(): number {
    return performance.eventLoopUtilization().active / 1000;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#observer.disconnect();
  }

  #sample(): void {
    const nowMs = performance.now();
    const lateMs = Math.max(0, nowMs - this.#expectedMs);
    this.#expectedMs = nowMs + SAMPLE_INTERVAL_MS;
    this.loopDelay.add(lateMs / 1000);
    this.#late[this.#samples++ % SAMPLES_KEPT] = lateMs;
  }
}
