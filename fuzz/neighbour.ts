import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Target } from './raw-socket.ts';

export type NeighbourWish = 'report' | 'leave';

/** What a neighbour went through since its last report. */
export interface NeighbourReport {
  /** Messages that went through the queue and back. */
  readonly rounds: number;
  readonly accepted: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Since the message that is under way was sent. */
  readonly waitingMs: number;
  /** A lost connection, an outcome other than accepted, a message that is missing, doubled or out of order. */
  readonly problems: readonly string[];
}

/** A normal client at work beside the attackers, on a thread of its own, so that it measures the server and not them. */
export class Neighbour implements AsyncDisposable {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static async start(target: Target): Promise<Neighbour> {
    const worker = new Worker(new URL('./neighbour-loop.ts', import.meta.url), { workerData: { host: target.host, port: target.port } });
    await once(worker, 'message');
    return new Neighbour(worker);
  }

  /** Counts from here on anew. */
  async report(): Promise<NeighbourReport> {
    this.#worker.postMessage('report' satisfies NeighbourWish);
    const [report] = (await once(this.#worker, 'message')) as [NeighbourReport];
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#worker, 'exit');
    this.#worker.postMessage('leave' satisfies NeighbourWish);
    await ended;
  }
}
