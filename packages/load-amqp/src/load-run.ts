import { type LatencyPercentiles, LatencyRecord } from '@angarium/load';
import type { LoadConnection } from './load-connection.ts';
import { LOAD_LIMITS, type LoadOptions } from './load-options.ts';
import type { LoadResult } from './load-result.ts';
import type { OutgoingLink } from './outgoing-link.ts';
import { stampOf, Tally } from './tally.ts';

/**
 * One run: its connections, its counts, and its turns. In a turn everything that was read is answered with one write per
 * connection, then every sender sends what it may, in one write each.
 */
export class LoadRun {
  readonly options: LoadOptions;
  readonly tally = new Tally();
  readonly latency = new LatencyRecord();
  readonly errors: string[] = [];
  readonly connections: LoadConnection[] = [];
  /** What tells our stamped bodies from others'. */
  readonly token = Math.floor(Math.random() * 0xffffffff);
  readonly stamped: boolean;
  /** Copies that the server makes of a message. */
  readonly copies: number;
  /** With a rate: milliseconds between two messages of one sender. */
  readonly senderIntervalMs: number;
  /** Senders send, and receivers have credit: both end when the measured time is over and everything has arrived. */
  sending = false;
  receiving = false;
  /** Ends: failed, or called off. */
  stopped = false;
  readyCount = 0;
  /** Called after each read of a connection; ping answers by it. */
  afterRead: ((connection: LoadConnection) => void) | undefined;
  /** Fill with latency: hears of each settled delivery when it was sent. */
  readonly eachSettled: ((sentMs: number) => void) | undefined;
  /** Read once a turn. */
  nowMs = performance.now();
  previousTurnMs = this.nowMs;

  readonly #startMs = performance.now();
  readonly #timers: NodeJS.Timeout[] = [];
  #scheduled = false;
  #dirty: LoadConnection[] = [];
  #flushing: LoadConnection[] = [];
  #senders: LoadConnection[] = [];
  #wait: { readonly met: () => boolean; readonly done: (met: boolean) => void } | undefined;
  #suppressedErrors = 0;
  #readStampValue = -1;
  #begin: Tally | undefined;
  #beginMs = 0;
  #end: Tally | undefined;
  #endMs = 0;
  #percentiles: LatencyPercentiles | undefined;

  constructor(options: LoadOptions) {
    this.options = options;
    this.stamped = options.latency && (options.mode === 'flow' || options.mode === 'drain');
    const fansOut = ['topic', 'stream', 'multicast'].includes(options.capability ?? '');
    this.copies = options.mode === 'flow' && fansOut ? options.receivers : 1;
    this.senderIntervalMs = options.ratePerSecond === undefined ? 0 : (1000 * options.senders) / options.ratePerSecond;
    this.eachSettled =
      options.latency && options.mode === 'fill' ? sentMs => this.latency.record((performance.now() - sentMs) * 1000) : undefined;
    options.signal?.addEventListener('abort', this.#aborted);
    if (options.signal?.aborted) this.stopped = true;
    this.#timers.push(setInterval(() => this.#beat(), 1000));
    if (this.senderIntervalMs > 0) this.#timers.push(setInterval(() => this.wakeSenders(), 1));
    if (options.onProgress !== undefined) this.#timers.push(setInterval(() => this.#progress(), 1000));
  }

  /** Opens the connections, a bounded number at the same time, and answers whether all of them became ready. */
  async open(connections: readonly LoadConnection[]): Promise<boolean> {
    let opening = 0;
    const readyBefore = this.readyCount;
    const limit = this.#handshakeSeconds;
    for (const connection of connections) {
      if (this.stopped) return false;
      this.connections.push(connection);
      if (connection.outgoing !== undefined) this.#senders.push(connection);
      connection.connect();
      opening++;
      const room = (): boolean => opening - (this.readyCount - readyBefore) < LOAD_LIMITS.openingConnections;
      if (!room() && !(await this.until(room, limit, () => this.#unready()))) return false;
    }
    return this.until(
      () => this.readyCount - readyBefore === opening,
      limit,
      () => this.#unready(),
    );
  }

  /** Waits until `met`, for `seconds` at most; then fails with `words`, when there are any. False: not met, or the run was stopped. */
  until(met: () => boolean, seconds: number, words?: () => string): Promise<boolean> {
    if (this.stopped) return Promise.resolve(false);
    if (met()) return Promise.resolve(true);
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        if (words !== undefined) this.fail(words());
        this.#wait?.done(false);
      }, seconds * 1000);
      const done = (isMet: boolean): void => {
        clearTimeout(timer);
        this.#wait = undefined;
        resolve(isMet);
      };
      this.#wait = { met, done };
    });
  }

  /** Like `until`, but fails also when nothing moved for the stall limit. */
  async untilMoving(met: () => boolean, seconds: number, words?: () => string): Promise<boolean> {
    const limitMs = (this.options.stallSeconds ?? LOAD_LIMITS.stallSeconds) * 1000;
    // A slow rate is no stall.
    const stallMs = Math.max(limitMs, this.senderIntervalMs * 2);
    let moved = -1;
    let movedMs = performance.now();
    const watch = setInterval(
      () => {
        const { sent, acknowledged, received, refused } = this.tally;
        const now = sent + acknowledged + received + refused;
        if (now !== moved) {
          moved = now;
          movedMs = performance.now();
        } else if (performance.now() - movedMs > stallMs) this.fail(`nothing moved for ${stallMs / 1000} s: ${this.#states()}`);
      },
      Math.max(10, stallMs / 20),
    );
    try {
      return await this.until(met, seconds, words);
    } finally {
      clearInterval(watch);
    }
  }

  beginMeasure(): void {
    this.options.onMeasure?.('begin');
    this.latency.reset();
    this.#begin = this.tally.copy();
    this.#beginMs = performance.now();
  }

  endMeasure(): void {
    if (this.#begin === undefined || this.#end !== undefined) return;
    this.#endMs = performance.now();
    this.#end = this.tally.copy();
    this.#percentiles = this.latency.percentiles();
    this.options.onMeasure?.('end');
  }

  /** How many of `count` messages this sender may send now, by the run's count, its rate and what is under way. */
  allowance(link: OutgoingLink, count: number): number {
    const { options, tally } = this;
    if (options.mode === 'ping') {
      const owed = Math.min(link.owed, count);
      link.owed -= owed;
      return owed;
    }
    if (!this.sending) return 0;
    let allowed = count;
    if (options.count !== undefined) allowed = Math.min(allowed, options.count - tally.sent);
    if (options.underWayMax !== undefined && options.receivers > 0) {
      const underWay = tally.sent - tally.refused - Math.floor(tally.received / this.copies);
      allowed = Math.min(allowed, options.underWayMax - underWay);
    }
    const interval = this.senderIntervalMs;
    if (interval > 0) {
      if (link.nextDueMs === 0) link.nextDueMs = this.nowMs;
      allowed = Math.max(0, Math.min(allowed, Math.floor((this.nowMs - link.nextDueMs) / interval) + 1));
      link.nextDueMs += allowed * interval;
    }
    return allowed;
  }

  wake(connection: LoadConnection): void {
    if (!connection.dirty) {
      connection.dirty = true;
      this.#dirty.push(connection);
    }
    this.wakeSenders();
  }

  wakeSenders(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#turn);
  }

  readFrom(connection: LoadConnection): void {
    this.#readStampValue = -1;
    this.afterRead?.(connection);
    this.wake(connection);
  }

  becameReady(): void {
    this.readyCount++;
  }

  /** The time of the read that is being worked on, for all of its deliveries. */
  readStamp(): number {
    if (this.#readStampValue < 0) this.#readStampValue = stampOf(performance.now());
    return this.#readStampValue;
  }

  /** Ends the run with an error in words. */
  fail(words: string): void {
    this.note(words);
    this.#stop();
  }

  /** Reports an error that does not end the run, once. */
  note(words: string): void {
    if (this.errors.includes(words)) return;
    if (this.errors.length < LOAD_LIMITS.errors) this.errors.push(words);
    else this.#suppressedErrors++;
  }

  /** Closes every connection in the protocol's way, within a limit. */
  async close(): Promise<void> {
    this.sending = false;
    this.receiving = false;
    this.endMeasure();
    this.options.signal?.removeEventListener('abort', this.#aborted);
    this.stopped = false;
    for (const connection of this.connections) connection.close();
    await this.until(() => this.connections.every(one => one.closed), LOAD_LIMITS.closeSeconds);
    this.stopped = true;
    for (const connection of this.connections) connection.destroy();
    for (const timer of this.#timers) clearInterval(timer);
    if (this.options.onProgress !== undefined) this.#progress();
  }

  result(lost: number, idle?: LoadResult['idle']): LoadResult {
    const begin = this.#begin ?? this.tally;
    const end = this.#end ?? this.tally;
    const seconds = Math.max(1e-9, (this.#endMs - this.#beginMs) / 1000);
    const sent = end.sent - begin.sent;
    const acknowledged = end.acknowledged - begin.acknowledged;
    const received = end.received - begin.received;
    const latencyUs = this.#percentiles;
    const { mode, sizeBytes } = this.options;
    const errors = this.#suppressedErrors > 0 ? [...this.errors, `and ${this.#suppressedErrors} more`] : this.errors;
    return {
      mode,
      sent,
      acknowledged,
      received,
      refused: {
        rejected: end.rejected - begin.rejected,
        released: end.released - begin.released,
        modified: end.modified - begin.modified,
      },
      seconds,
      sendRate: sent / seconds,
      acknowledgeRate: acknowledged / seconds,
      receiveRate: received / seconds,
      bytesPerSecond: ((mode === 'fill' ? sent : received) * sizeBytes) / seconds,
      ...(latencyUs === undefined ? {} : { latencyUs }),
      lost,
      ...(idle === undefined ? {} : { idle }),
      errors,
    };
  }

  readonly #aborted = (): void => this.#stop();

  #stop(): void {
    this.stopped = true;
    this.sending = false;
    this.#wait?.done(false);
  }

  readonly #turn = (): void => {
    this.#scheduled = false;
    this.previousTurnMs = this.nowMs;
    this.nowMs = performance.now();
    const flushing = this.#dirty;
    this.#dirty = this.#flushing;
    this.#flushing = flushing;
    for (const connection of flushing) {
      connection.dirty = false;
      connection.flush();
    }
    flushing.length = 0;
    for (const sender of this.#senders) sender.pump();
    if (this.#wait?.met()) this.#wait.done(true);
  };

  #beat(): void {
    const now = performance.now();
    for (const connection of this.connections) connection.beat(now);
    // What is waited for may have come about without a read or write.
    this.wakeSenders();
  }

  get #handshakeSeconds(): number {
    return Math.min(LOAD_LIMITS.handshakeSeconds, this.options.stallSeconds ?? LOAD_LIMITS.stallSeconds);
  }

  #unready(): string {
    const unready = this.connections.filter(one => !one.ready);
    const limit = this.#handshakeSeconds;
    return `${unready.length} of ${this.connections.length} connections were not attached within ${limit} s (first: ${unready[0]?.label ?? '-'})`;
  }

  #states(): string {
    const words = this.connections.slice(0, 4).map(one => one.state());
    return this.connections.length > 4 ? `${words.join('; ')}; …` : words.join('; ');
  }

  #lastProgress = { ms: 0, tally: new Tally() };

  #progress(): void {
    const { tally } = this;
    const ms = performance.now() - this.#startMs;
    const last = this.#lastProgress;
    const seconds = Math.max(1e-9, (ms - last.ms) / 1000);
    this.options.onProgress?.({
      elapsedSeconds: ms / 1000,
      sent: tally.sent,
      acknowledged: tally.acknowledged,
      received: tally.received,
      refused: tally.refused,
      sendRate: (tally.sent - last.tally.sent) / seconds,
      acknowledgeRate: (tally.acknowledged - last.tally.acknowledged) / seconds,
      receiveRate: (tally.received - last.tally.received) / seconds,
    });
    this.#lastProgress = { ms, tally: tally.copy() };
  }
}
