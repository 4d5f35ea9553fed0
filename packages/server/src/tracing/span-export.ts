import { setTimeout as delay } from 'node:timers/promises';
import type { Report } from '@angarium/core';
import { otlpJson } from './otlp-json.ts';
import type { Span } from './span.ts';

/** Spans that wait to be sent; beyond, they are dropped. */
const SPANS_WAITING_MAX = 8192;
/** Spans of one request. */
const BATCH_MAX = 512;
/** How long spans wait for others, in milliseconds. */
const INTERVAL_MS = 1000;
/** How long an answer may take, and what stopping waits for it, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;
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
  readonly #stopping = new AbortController();
  #waiting: Span[] = [];
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failing = false;
  exported = 0;
  dropped = 0;

  constructor(options: SpanExportOptions) {
    this.#options = options;
  }

  add(span: Span): void {
    if (this.#waiting.length >= SPANS_WAITING_MAX || this.#stopping.signal.aborted) {
      this.dropped++;
      return;
    }
    this.#waiting.push(span);
    // Whoever sends looks for more when it is done.
    if (this.#sending !== undefined) return;
    if (this.#waiting.length === BATCH_MAX) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), INTERVAL_MS).unref();
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
    this.dropped += this.#waiting.length;
    this.#waiting = [];
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
      const batch = this.#waiting.splice(0, BATCH_MAX);
      const sent = await this.#deliver(batch);
      this.exported += sent;
      this.dropped += batch.length - sent;
    } while (this.#waiting.length >= BATCH_MAX);
  }

  /** Answers how many of them the collector has taken. */
  async #deliver(batch: readonly Span[]): Promise<number> {
    const { signal } = this.#stopping;
    const body = otlpJson(batch, this.#options.instance);
    for (let attempt = 1; ; attempt++) {
      const problem = await this.#post(body);
      if (problem === undefined) {
        this.#failing = false;
        return batch.length;
      }
      if (!problem.again || attempt === ATTEMPTS_MAX || signal.aborted) {
        this.#failed(problem.why);
        return 0;
      }
      // Stopping ends the wait.
      await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  }

  /** undefined: it was taken. */
  async #post(body: string): Promise<{ readonly why: string; readonly again: boolean } | undefined> {
    const { endpoint, headers } = this.#options;
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
    try {
      const answer = await fetch(endpoint, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
        redirect: 'error',
        signal,
      });
      await answer.body?.cancel();
      return answer.ok ? undefined : { why: `it answers with ${answer.status}`, again: RETRYABLE.has(answer.status) };
    } catch (error) {
      const { message, cause } = error as Error;
      return { why: cause instanceof Error ? cause.message : message, again: true };
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
