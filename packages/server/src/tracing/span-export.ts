import { setTimeout as delay } from 'node:timers/promises';
import type { Report } from '@angarium/core';
import { CollectorClient } from './collector-client.ts';
import type { Span } from './span.ts';
import { SpanBatch } from './span-batch.ts';

/** Requests that wait to be sent, the one that is being filled included; spans beyond are dropped. */
const BATCHES_WAITING_MAX = 16;
/** How long spans wait for others, in milliseconds. */
const INTERVAL_MS = 1000;
/** How long stopping waits for answers, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2000;
/** How long it is waited after a request that may be tried again, and how often that is done. */
const RETRY_MS = 2000;
const ATTEMPTS_MAX = 5;
/** What another attempt may help against (OpenTelemetry Protocol, section "Retryable Response Codes"). */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export interface SpanExportOptions {
  /** The URL that takes OTLP over HTTP, with its path: `http://collector:4318/v1/traces`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What tells this server from others. */
  readonly instance: string;
  readonly report: Report;
}

/** Sends spans to a collector, in batches, one after the other. Nobody ever waits for it: what it cannot take or send is dropped, and counted. */
export class SpanExport {
  readonly #options: SpanExportOptions;
  readonly #client: CollectorClient;
  readonly #stopping = new AbortController();
  /** The last one is being filled. */
  #waiting: SpanBatch[] = [];
  /** Batches that have been sent: they are filled again. */
  readonly #spare: SpanBatch[] = [];
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;
  exported = 0;
  dropped = 0;

  constructor(options: SpanExportOptions) {
    this.#options = options;
    this.#client = new CollectorClient(options.endpoint, options.headers);
  }

  add(span: Span): void {
    const batch = this.#batch();
    if (batch === undefined) {
      this.dropped++;
      return;
    }
    batch.add(span);
    // Whoever sends looks for more when it is done.
    if (this.#sending !== undefined) return;
    if (batch.full) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), INTERVAL_MS).unref();
  }

  /** What takes the next span; undefined: there is no room. */
  #batch(): SpanBatch | undefined {
    const last = this.#waiting.at(-1);
    if (last?.full === false) return last;
    if (this.#waiting.length >= BATCHES_WAITING_MAX || this.#stopping.signal.aborted) return undefined;
    const batch = this.#spare.pop() ?? new SpanBatch();
    this.#waiting.push(batch);
    return batch;
  }

  /** Sends what waits, for a short time at the most. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#stopping.abort(), CLOSE_TIMEOUT_MS);
    await this.#sending;
    while (this.#waiting.length > 0 && !this.#stopping.signal.aborted) {
      this.#send();
      await this.#sending;
    }
    clearTimeout(timer);
    this.#stopping.abort();
    clearTimeout(this.#timer);
    for (const { count } of this.#waiting) this.dropped += count;
    this.#waiting = [];
    this.#client.close();
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
      if (this.#waiting.length > 0 && !this.#stopping.signal.aborted) this.#timer = setTimeout(() => this.#send(), INTERVAL_MS).unref();
    });
  }

  async #sendAll(): Promise<void> {
    do {
      const batch = this.#waiting.shift()!;
      const taken = await this.#deliver(batch.request(this.#options.instance));
      if (taken) this.exported += batch.count;
      else this.dropped += batch.count;
      batch.clear();
      this.#spare.push(batch);
    } while (this.#waiting[0]?.full);
    // A burst of spans is no reason to keep its room.
    this.#spare.length = Math.min(this.#spare.length, 1);
  }

  /** Answers whether the collector has taken them. */
  async #deliver(request: Uint8Array): Promise<boolean> {
    const { signal } = this.#stopping;
    for (let attempt = 1; ; attempt++) {
      const problem = await this.#post(request);
      if (problem === undefined) {
        this.#failing = false;
        return true;
      }
      if (!problem.again || attempt === ATTEMPTS_MAX || signal.aborted) {
        this.#failed(problem.why);
        return false;
      }
      // Stopping ends the wait.
      await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  /** undefined: it was taken. */
  async #post(request: Uint8Array): Promise<{ readonly why: string; readonly again: boolean } | undefined> {
    try {
      const status = await this.#client.post(request, this.#stopping.signal);
      return status >= 200 && status < 300 ? undefined : { why: `it answers with ${status}`, again: RETRYABLE.has(status) };
    } catch (error) {
      return { why: (error as Error).message, again: true };
    }
  }

  /** Says so once, and again when it has worked meanwhile. */
  #failed(why: string): void {
    if (this.#failing) return;
    this.#failing = true;
    const what =
      'spans of traces are dropped, as the collector does not take them: look whether it runs, and whether tracingEndpoint is its URL';
    this.#options.report({ level: 'warn', what, why });
  }
}
