/**
 * Core NATS publish/subscribe as fast as the server goes: the reference that direct addresses are compared with. A process of its own that
 * prints one line of JSON, in the form of the AMQP generator's.
 *
 *     node bench/nats-load.ts --port 4222 --subscribers 1 --size 100 --seconds 5 --pid 4711
 *
 * One big buffer holds the same PUB many times over and is written again and again; received messages all have the same length, so that
 * they are counted by stepping from one `M` (of MSG) to the next.
 */
import { connect, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { UsageMeter } from '@angarium/load';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '4222' },
    subscribers: { type: 'string', default: '1' },
    size: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '5' },
    'warm-up': { type: 'string', default: '1' },
    // Core NATS has no credit: a subscriber that falls behind too far is cut off, so messages under way are bounded here.
    'under-way': { type: 'string', default: '20000' },
    pid: { type: 'string' },
  },
});

const SUBJECT = 'bench';
const BURST_BYTES = 128 << 10;
const HANDSHAKE_MS = 5000;
const SETTLE_MS = 5000;

const subscribers = Number(values.subscribers);
const sizeBytes = Number(values.size);
const underWayMax = Number(values['under-way']);
const pid = values.pid === undefined ? undefined : Number(values.pid);

const publish = Buffer.from(`PUB ${SUBJECT} ${sizeBytes}\r\n${'x'.repeat(sizeBytes)}\r\n`, 'latin1');
const message = Buffer.from(`MSG ${SUBJECT} 1 ${sizeBytes}\r\n${'x'.repeat(sizeBytes)}\r\n`, 'latin1');
const burstMessages = Math.max(1, Math.floor(BURST_BYTES / publish.length));
const burst = Buffer.alloc(burstMessages * publish.length, publish);
const readBuffer = Buffer.allocUnsafeSlow(256 << 10);

let sent = 0;
let received = 0;
let sending = false;
let over = false;

function fail(words: string): never {
  process.stdout.write(`${JSON.stringify({ mode: 'flow', errors: [words] })}\n`);
  process.exit(1);
}

/** A client: counts messages, answers PING, and calls `ready` with the first PONG. */
class NatsClient {
  readonly socket: Socket;
  readonly #ready: () => void;
  /** Bytes of the message at hand that are still to come. */
  #pending = 0;
  #line = '';

  constructor(subscribes: boolean, ready: () => void) {
    this.#ready = ready;
    const callback = (count: number, bytes: Uint8Array): boolean => {
      this.#read(bytes as Buffer, count);
      return true;
    };
    this.socket = connect({ host: values.host, port: Number(values.port), noDelay: true, onread: { buffer: readBuffer, callback } });
    this.socket.on('error', error => fail(error.message));
    this.socket.on('close', () => over || fail('nats-server closed the connection'));
    this.socket.write('CONNECT {"verbose":false,"pedantic":false,"echo":true}\r\n');
    if (subscribes) this.socket.write(`SUB ${SUBJECT} 1\r\n`);
    this.socket.write('PING\r\n');
  }

  #read(bytes: Buffer, count: number): void {
    let at = 0;
    while (at < count) {
      if (this.#pending > 0) {
        const step = Math.min(this.#pending, count - at);
        this.#pending -= step;
        at += step;
        if (this.#pending === 0) received++;
      } else if (this.#line === '' && bytes[at] === 0x4d) {
        let whole = 0;
        while (at + message.length <= count && bytes[at] === 0x4d) {
          at += message.length;
          whole++;
        }
        received += whole;
        if (at < count && bytes[at] === 0x4d) this.#pending = message.length;
      } else {
        const end = bytes.indexOf(0x0a, at);
        const stop = end < 0 || end >= count ? count : end + 1;
        this.#line += bytes.toString('latin1', at, stop);
        at = stop;
        if (this.#line.endsWith('\n')) this.#take();
      }
    }
    wake();
  }

  #take(): void {
    const line = this.#line;
    this.#line = '';
    if (line.startsWith('PING')) this.socket.write('PONG\r\n');
    else if (line.startsWith('PONG')) this.#ready();
    else if (line.startsWith('-ERR')) fail(line.trim());
  }
}

let scheduled = false;
let writing = false;

function wake(): void {
  if (scheduled) return;
  scheduled = true;
  setImmediate(turn);
}

function turn(): void {
  scheduled = false;
  if (!sending || writing) return;
  const allowed = subscribers === 0 ? burstMessages : underWayMax - (sent - Math.floor(received / subscribers));
  const count = Math.min(burstMessages, allowed);
  if (count <= 0) return;
  sent += count;
  writing = true;
  publisher.socket.write(burst.subarray(0, count * publish.length), written);
}

function written(): void {
  writing = false;
  wake();
}

const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));

function opened(subscribes: boolean): Promise<NatsClient> {
  return new Promise(resolve => {
    const limit = setTimeout(() => fail(`no answer from nats-server within ${HANDSHAKE_MS / 1000} s`), HANDSHAKE_MS);
    const client = new NatsClient(subscribes, () => {
      clearTimeout(limit);
      resolve(client);
    });
  });
}

const meter = new UsageMeter(pid);

function mark(): { readonly atMs: number; readonly sent: number; readonly received: number } {
  meter.mark();
  return { atMs: performance.now(), sent, received };
}

for (let i = 0; i < subscribers; i++) await opened(true);
const publisher = await opened(false);
sending = true;
wake();
await wait(Number(values['warm-up']) * 1000);
const begin = mark();
await wait(Number(values.seconds) * 1000);
const end = mark();
sending = false;
const limitMs = performance.now() + SETTLE_MS;
while (received < sent * subscribers && performance.now() < limitMs) await wait(10);
over = true;

const seconds = (end.atMs - begin.atMs) / 1000;
process.stdout.write(
  `${JSON.stringify({
    mode: 'flow',
    seconds,
    sendRate: (end.sent - begin.sent) / seconds,
    receiveRate: (end.received - begin.received) / seconds,
    lost: Math.max(0, sent * subscribers - received),
    errors: [],
    ...meter.report(),
  })}\n`,
);
process.exit(0);
