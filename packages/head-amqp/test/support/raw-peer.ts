import { connect, type Socket } from 'node:net';
import {
  ByteWriter,
  decodePerformative,
  decodeSaslFrame,
  FRAME_TYPE_AMQP,
  type FrameReceiver,
  FrameSplitter,
  type Open,
  type Performative,
  PROTOCOL_HEADER_AMQP,
  PROTOCOL_HEADER_SASL,
  SASL_OK,
  type SaslFrame,
  type Transfer,
  writeFrame,
  writeSaslFrame,
  writeTransfer,
} from '@angarium/codec-amqp';

/** How long a peer waits for a frame that has to come, in milliseconds. */
const DEADLINE_MS = 5000;
/** The largest frame a raw peer takes, in bytes: more than the server ever sends. */
const FRAME_BYTES_MAX = 1 << 20;

export type PerformativeOf<Kind extends Performative['kind']> = Performative & { kind: Kind };

/** What came from the server, in order. */
export type Received =
  | { readonly type: 'header'; readonly bytes: readonly number[] }
  | { readonly type: 'sasl'; readonly frame: SaslFrame }
  | {
      readonly type: 'amqp';
      readonly channel: number;
      readonly performative: Performative;
      readonly payload: Uint8Array;
      readonly frameBytes: number;
    }
  | { readonly type: 'heartbeat' }
  | { readonly type: 'end' };

/** An AMQP frame of one kind, with what came beside its performative. */
export interface Frame<Kind extends Performative['kind']> {
  readonly channel: number;
  readonly performative: PerformativeOf<Kind>;
  readonly payload: Uint8Array;
  /** Size of the whole frame. */
  readonly frameBytes: number;
}

interface Waiter {
  readonly matches: (received: Received) => boolean;
  readonly resolve: (received: Received) => void;
}

/** One end of a TCP connection that says exactly what a test wants it to say, and keeps everything that comes back. */
export class RawPeer implements AsyncDisposable {
  readonly socket: Socket;
  /** What came and was not asked for yet. */
  readonly received: Received[] = [];
  /** Transfer frames that came, by channel: what a flow has to say. */
  readonly transfersByChannel = new Map<number, number>();
  /** The newest flow of each channel. */
  readonly flowByChannel = new Map<number, PerformativeOf<'flow'>>();
  readonly #splitter = new FrameSplitter(FRAME_BYTES_MAX);
  #waiters: Waiter[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    const intake: FrameReceiver = {
      frame: (type, channel, bytes, start, end) => this.#frame(type, channel, bytes, start, end),
      header: (...bytes) => this.#take({ type: 'header', bytes }),
    };
    socket.on('data', (chunk: Uint8Array) => this.#splitter.push(chunk, intake));
    socket.on('end', () => this.#take({ type: 'end' }));
    // A server that cuts a connection may do so with a reset, which ends it like anything else.
    socket.on('error', () => this.#take({ type: 'end' }));
  }

  static async connect({ host, port }: { readonly host: string; readonly port: number }): Promise<RawPeer> {
    const socket = connect({ host, port, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawPeer(socket);
  }

  /** One that another end has connected. */
  static over(socket: Socket): RawPeer {
    return new RawPeer(socket);
  }

  /** Connects, and is as far as open without SASL. */
  static async open(server: { readonly host: string; readonly port: number }, open: Partial<Open> = {}): Promise<RawPeer> {
    const peer = await RawPeer.connect(server);
    peer.send(PROTOCOL_HEADER_AMQP);
    peer.write({ kind: 'open', containerId: 'raw-peer', ...open });
    await peer.header();
    await peer.next('open');
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.closed) return;
    const closed = new Promise<void>(resolve => this.socket.once('close', () => resolve()));
    this.socket.destroy();
    await closed;
  }

  // ---- writing

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  sendHeader(sasl = false): void {
    this.send(sasl ? PROTOCOL_HEADER_SASL : PROTOCOL_HEADER_AMQP);
  }

  write(performative: Performative, channel = 0): void {
    this.send(frameBytes(performative, channel));
  }

  sasl(frame: SaslFrame): void {
    this.send(saslBytes(frame));
    if (frame.kind === 'sasl-outcome' && frame.code === SASL_OK) this.#splitter.expectHeader();
  }

  transfer(transfer: Transfer, payload: Uint8Array, channel = 0): void {
    this.send(transferBytes(transfer, payload, channel));
  }

  // ---- reading

  #frame(type: number, channel: number, bytes: Uint8Array, start: number, end: number): void {
    if (type !== FRAME_TYPE_AMQP) {
      const frame = decodeSaslFrame(bytes, start, end);
      // After SASL a protocol header comes again (part 5, section 5.3.2).
      if (frame.kind === 'sasl-outcome' && frame.code === SASL_OK) this.#splitter.expectHeader();
      return this.#take({ type: 'sasl', frame });
    }
    if (start === end) return this.#take({ type: 'heartbeat' });
    const { performative, payloadStart } = decodePerformative(bytes, start, end);
    if (performative.kind === 'transfer') this.transfersByChannel.set(channel, (this.transfersByChannel.get(channel) ?? 0) + 1);
    if (performative.kind === 'flow') this.flowByChannel.set(channel, performative);
    this.#take({ type: 'amqp', channel, performative, payload: bytes.slice(payloadStart, end), frameBytes: end - start + 8 });
  }

  /** The next protocol header: protocol id, major, minor, revision. */
  async header(): Promise<readonly number[]> {
    const received = await this.until('a protocol header', one => one.type === 'header');
    return received.type === 'header' ? received.bytes : [];
  }

  #take(received: Received): void {
    const index = this.#waiters.findIndex(waiter => waiter.matches(received));
    if (index < 0) this.received.push(received);
    else this.#waiters.splice(index, 1)[0]!.resolve(received);
  }

  /** The first thing that matches, of those that came and were not asked for, or the next that does. Others stay where they are. */
  until(what: string, matches: (received: Received) => boolean, deadlineMs = DEADLINE_MS): Promise<Received> {
    const index = this.received.findIndex(matches);
    if (index >= 0) return Promise.resolve(this.received.splice(index, 1)[0]!);
    const waitedFrom = new Error(`${what} did not come`);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        matches,
        resolve: received => {
          clearTimeout(deadline);
          resolve(received);
        },
      };
      const deadline = setTimeout(() => {
        this.#waiters = this.#waiters.filter(other => other !== waiter);
        waitedFrom.message = `${what} did not come within ${deadlineMs} ms; there are: ${this.received.map(describe).join(', ')}`;
        reject(waitedFrom);
      }, deadlineMs);
      this.#waiters.push(waiter);
    });
  }

  /** The next frame of this kind, passing over others, which stay. */
  async frameOf<Kind extends Performative['kind']>(
    kind: Kind,
    matches: (performative: PerformativeOf<Kind>, channel: number) => boolean = () => true,
  ): Promise<Frame<Kind>> {
    const received = await this.until(
      kind,
      one => one.type === 'amqp' && one.performative.kind === kind && matches(one.performative as PerformativeOf<Kind>, one.channel),
    );
    return received as unknown as Frame<Kind>;
  }

  /** The performative of the next frame of this kind, passing over others. */
  async next<Kind extends Performative['kind']>(
    kind: Kind,
    matches?: (performative: PerformativeOf<Kind>, channel: number) => boolean,
  ): Promise<PerformativeOf<Kind>> {
    return (await this.frameOf(kind, matches)).performative;
  }

  async saslFrame<Kind extends SaslFrame['kind']>(kind: Kind): Promise<SaslFrame & { kind: Kind }> {
    const received = await this.until(kind, one => one.type === 'sasl' && one.frame.kind === kind);
    return (received as unknown as { frame: SaslFrame & { kind: Kind } }).frame;
  }

  /** The server ends the connection. */
  async ended(deadlineMs?: number): Promise<void> {
    await this.until('the end of the connection', received => received.type === 'end', deadlineMs);
  }

  /** Frames of this kind that came and were not asked for. */
  unread<Kind extends Performative['kind']>(kind: Kind): Frame<Kind>[] {
    return this.received.filter(one => one.type === 'amqp' && one.performative.kind === kind) as unknown as Frame<Kind>[];
  }

  /** Sends close and waits for the server's, which must be without an error. */
  async close(): Promise<void> {
    this.write({ kind: 'close' });
    const { error } = await this.next('close');
    if (error) throw new Error(`the server closed with ${error.condition}: ${error.description}`);
    await this.ended();
  }
}

export function frameBytes(performative: Performative, channel = 0): Uint8Array {
  const writer = new ByteWriter();
  writeFrame(writer, channel, performative);
  return writer.bytes.subarray(0, writer.length);
}

export function saslBytes(frame: SaslFrame): Uint8Array {
  const writer = new ByteWriter();
  writeSaslFrame(writer, frame);
  return writer.bytes.subarray(0, writer.length);
}

export function transferBytes(transfer: Transfer, payload: Uint8Array, channel = 0): Uint8Array {
  const writer = new ByteWriter(payload.length + 128);
  writeTransfer(writer, channel, transfer, payload);
  return writer.bytes.subarray(0, writer.length);
}

/** What the bytes of `frames` are one after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

function describe(received: Received): string {
  if (received.type === 'amqp') {
    const { performative } = received;
    const error =
      'error' in performative && performative.error ? ` (${performative.error.condition}: ${performative.error.description})` : '';
    return `${performative.kind}${error}`;
  }
  return received.type === 'sasl' ? received.frame.kind : received.type;
}
