import { LatencyRecord } from '@angarium/load';
import { LoadClient, type LoadClientOwner } from './load-client.ts';
import { checkLoadOptions, LOAD_LIMITS, type LoadOptions } from './load-options.ts';
import type { LoadResult } from './load-result.ts';
import { PublishBurst } from './packets.ts';

/** Puts one load on one server. Whatever goes wrong on the way stands in `errors`, in words; only options that make no sense are thrown (RangeError). */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  checkLoadOptions(options);
  const run = new LoadRun(options);
  try {
    if (options.mode === 'flow') await run.flow();
    else if (options.mode === 'ping') await run.ping();
    else await run.idle();
  } finally {
    run.close();
  }
  return run.result();
}

interface Count {
  readonly atMs: number;
  readonly sent: number;
  readonly received: number;
  readonly acknowledged: number;
}

/** A client that publishes one message again and again. */
class Publisher {
  readonly client: LoadClient;
  readonly burst: PublishBurst;
  sent = 0;
  #packetId = 1;
  #writing = false;
  readonly #written: () => void;

  constructor(client: LoadClient, burst: PublishBurst, written: () => void) {
    this.client = client;
    this.burst = burst;
    this.#written = () => {
      this.#writing = false;
      written();
    };
  }

  /** Sends at most so many, in one write; answers how many. */
  send(most: number): number {
    const count = this.#writing ? 0 : Math.min(most, this.burst.capacity);
    if (count <= 0) return 0;
    this.#packetId = this.burst.number(this.#packetId, count);
    this.sent += count;
    this.#writing = true;
    this.client.write(this.burst.bytes.subarray(0, count * this.burst.stride), this.#written);
    return count;
  }
}

/** One run: its clients, its counts, and its turns. In a turn everything that was read is answered, then every publisher sends what it may. */
class LoadRun implements LoadClientOwner {
  readonly options: LoadOptions;
  readonly #errors: string[] = [];
  readonly #latency = new LatencyRecord();
  readonly #subscribers: LoadClient[] = [];
  readonly #publishers: Publisher[] = [];
  readonly #clients: LoadClient[] = [];
  #reading: LoadClient[] = [];
  #scheduled = false;
  #sending = false;
  #begin: Count | undefined;
  #end: Count | undefined;
  #afterTurn: (() => void) | undefined;
  #stop = Promise.withResolvers<void>();
  #lost = 0;

  constructor(options: LoadOptions) {
    this.options = options;
  }

  // ---- what clients say

  readDone(client: LoadClient): void {
    this.#reading.push(client);
    this.#wake();
  }

  lost(words: string): void {
    if (this.#errors.length === 0) this.#errors.push(words);
    this.#sending = false;
    this.#stop.resolve();
  }

  #wake = (): void => {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#turn);
  };

  #turn = (): void => {
    this.#scheduled = false;
    const reading = this.#reading;
    this.#reading = [];
    for (const client of reading) client.flush();
    this.#afterTurn?.();
    if (!this.#sending) return;
    const { qos, window, underWayMax, subscribers } = this.options;
    const underWay = this.#sent() * subscribers - this.#received();
    let room = Math.max(underWay === 0 ? 1 : 0, Math.floor((underWayMax - underWay) / subscribers));
    for (const publisher of this.#publishers) {
      const free = qos === 0 ? room : Math.min(room, window - (publisher.sent - publisher.client.acknowledged));
      room -= publisher.send(free);
    }
  };

  // ---- what is counted

  #sent(): number {
    let sent = 0;
    for (const publisher of this.#publishers) sent += publisher.sent;
    return sent;
  }

  #received(): number {
    let received = 0;
    for (const { received: its } of this.#subscribers) received += its;
    return received;
  }

  #acknowledged(): number {
    let acknowledged = 0;
    for (const { client } of this.#publishers) acknowledged += client.acknowledged;
    return acknowledged;
  }

  #count(phase: 'begin' | 'end'): Count {
    this.options.onMeasure?.(phase);
    return { atMs: performance.now(), sent: this.#sent(), received: this.#received(), acknowledged: this.#acknowledged() };
  }

  /** Measures for so long as was asked for, or until something goes wrong. */
  async #measure(): Promise<void> {
    await this.#for(this.options.warmUpSeconds);
    this.#latency.reset();
    this.#begin = this.#count('begin');
    await this.#for(this.options.seconds);
    this.#end = this.#count('end');
  }

  async #for(seconds: number): Promise<void> {
    const timer = setTimeout(() => this.#stop.resolve(), seconds * 1000);
    await this.#stop.promise;
    clearTimeout(timer);
    if (this.#errors.length === 0) this.#stop = Promise.withResolvers<void>();
  }

  // ---- clients

  #client(name: string, filter?: string): LoadClient {
    const client = new LoadClient(this, name, filter);
    this.#clients.push(client);
    return client;
  }

  /** Fails when the clients are not let in and subscribed in time. */
  async #ready(clients: readonly LoadClient[]): Promise<boolean> {
    let late = true;
    const timer = setTimeout(() => {
      if (late) this.lost(`not all of ${this.#clients.length} connections were ready within ${LOAD_LIMITS.answerSeconds} s`);
    }, LOAD_LIMITS.answerSeconds * 1000);
    await Promise.race([Promise.all(clients.map(({ ready }) => ready)), this.#stop.promise]);
    late = false;
    clearTimeout(timer);
    return this.#errors.length === 0;
  }

  #publisher(client: LoadClient, topic: string, written: () => void): Publisher {
    const { qos, version, sizeBytes } = this.options;
    const publisher = new Publisher(
      client,
      new PublishBurst({ topic, qos, version, sizeBytes, bytesMax: LOAD_LIMITS.burstBytes }),
      written,
    );
    this.#publishers.push(publisher);
    return publisher;
  }

  // ---- modes

  async flow(): Promise<void> {
    const { topic, subscribers, publishers } = this.options;
    for (let i = 0; i < subscribers; i++) this.#subscribers.push(this.#client(`subscriber-${i}`, topic));
    for (let i = 0; i < publishers; i++) this.#publisher(this.#client(`publisher-${i}`), topic, this.#wake);
    if (!(await this.#ready(this.#clients))) return;
    this.#sending = true;
    this.#wake();
    await this.#measure();
    this.#sending = false;
    if (this.#errors.length > 0) return;
    const limitMs = performance.now() + LOAD_LIMITS.settleSeconds * 1000;
    const missing = (): number => this.#sent() * subscribers - this.#received();
    while (missing() > 0 && performance.now() < limitMs) await new Promise(resolve => setTimeout(resolve, 10));
    this.#lost = Math.max(0, missing());
  }

  /** The asker publishes to one topic, and the answerer to another when it has heard: two passes through the server a round. */
  async ping(): Promise<void> {
    const { topic } = this.options;
    const asker = this.#client('asker', `${topic}/b`);
    const answerer = this.#client('answerer', `${topic}/a`);
    this.#subscribers.push(asker);
    if (!(await this.#ready(this.#clients))) return;
    const ask = this.#publisher(asker, `${topic}/a`, () => {});
    const answer = this.#publisher(answerer, `${topic}/b`, () => {});
    let answered = 0;
    let heard = 0;
    let askedAtMs = performance.now();
    this.#afterTurn = () => {
      if (answerer.received > answered) answered += answer.send(1);
      if (asker.received > heard) {
        heard++;
        this.#latency.record((performance.now() - askedAtMs) * 1000);
        askedAtMs = performance.now();
        ask.send(1);
      }
    };
    ask.send(1);
    await this.#measure();
    this.#afterTurn = undefined;
    if (heard === 0) this.lost('no answer came');
  }

  async idle(): Promise<void> {
    const { connections, topic, seconds } = this.options;
    this.#begin = this.#count('begin');
    for (let i = 0; i < connections; i += LOAD_LIMITS.openingMax) {
      const count = Math.min(LOAD_LIMITS.openingMax, connections - i);
      if (!(await this.#ready(Array.from({ length: count }, (_, j) => this.#client(`idle-${i + j}`, `${topic}/${i + j}`))))) return;
    }
    await this.#for(seconds);
    this.#end = this.#count('end');
  }

  close(): void {
    this.#sending = false;
    for (const client of this.#clients) client.close();
  }

  result(): LoadResult {
    const { mode, qos } = this.options;
    const zero: Count = { atMs: 0, sent: 0, received: 0, acknowledged: 0 };
    const begin = this.#begin ?? zero;
    const end = this.#end ?? begin;
    const seconds = Math.max(1e-9, (end.atMs - begin.atMs) / 1000);
    const [sent, received] = [end.sent - begin.sent, end.received - begin.received];
    const latencyUs = this.#latency.percentiles();
    const refused = this.#clients.reduce((sum, client) => sum + client.refused, 0);
    return {
      mode,
      qos,
      seconds,
      sent,
      received,
      sendRate: sent / seconds,
      receiveRate: received / seconds,
      acknowledgeRate: (end.acknowledged - begin.acknowledged) / seconds,
      ...(latencyUs && { latencyUs }),
      ...(mode === 'idle' && { connections: this.#clients.length }),
      lost: this.#lost,
      errors: refused > 0 ? [...this.#errors, `${refused} publishes were refused`] : this.#errors,
    };
  }
}
