import type { Socket } from 'node:net';
import {
  type AmqpError,
  ByteWriter,
  decodePerformative,
  FRAME_TYPE_AMQP,
  type FrameReceiver,
  FrameSplitter,
  isTransfer,
  type Performative,
  PROTOCOL_HEADER_AMQP,
  TransferReader,
  writeFrame,
} from '@angarium/codec-amqp';
import { connectSocket, type RawPeerOptions, RawSocket, type Target } from './raw-socket.ts';

/** What the server said when it ended something: a link, a session, the connection. */
export interface Ending {
  readonly kind: 'detach' | 'end' | 'close';
  readonly channel: number;
  readonly error: AmqpError | undefined;
}

/** Endings kept of one peer, the latest ones; a flood has more, which say nothing new. */
const ENDINGS_KEPT_MAX = 1000;
const FRAME_SIZE_BYTES_MAX = 1 << 20;
/** An AMQP peer that minds no rules: it sends whatever it is given, and remembers what it was told. */
export class RawPeer extends RawSocket implements FrameReceiver {
  /** The frames of each kind that came, by performative. */
  readonly heard = new Map<string, number>();
  readonly endings: Ending[] = [];
  onPerformative: ((performative: Performative, channel: number) => void) | undefined;
  onTransfer: ((transfer: TransferReader, bytes: Uint8Array, end: number) => void) | undefined;
  readonly #splitter = new FrameSplitter(FRAME_SIZE_BYTES_MAX);
  readonly #transfer = new TransferReader();
  readonly #writer = new ByteWriter(4096);

  private constructor(socket: Socket, options: RawPeerOptions) {
    super(socket, options);
  }

  static async connect(target: Target, options: RawPeerOptions = {}): Promise<RawPeer> {
    return new RawPeer(await connectSocket(target), options);
  }

  // ---- what it hears

  protected hear(chunk: Uint8Array): void {
    this.#splitter.push(chunk, this);
  }

  header(): void {
    this.#count('header');
  }

  frame(type: number, channel: number, bytes: Uint8Array, start: number, end: number): void {
    if (type !== FRAME_TYPE_AMQP || start === end) {
      this.#count(type === FRAME_TYPE_AMQP ? 'heartbeat' : 'sasl');
      return;
    }
    if (isTransfer(bytes, start, end)) {
      this.#count('transfer');
      if (this.onTransfer) {
        this.#transfer.read(bytes, start, end);
        this.onTransfer(this.#transfer, bytes, end);
      }
      return;
    }
    const { performative } = decodePerformative(bytes, start, end);
    this.#count(performative.kind);
    if (performative.kind === 'detach' || performative.kind === 'end' || performative.kind === 'close') {
      if (this.endings.length === ENDINGS_KEPT_MAX) this.endings.shift();
      this.endings.push({ kind: performative.kind, channel, error: performative.error });
    }
    this.onPerformative?.(performative, channel);
  }

  #count(kind: string): void {
    this.heard.set(kind, this.count(kind) + 1);
  }

  count(kind: string): number {
    return this.heard.get(kind) ?? 0;
  }

  /** The condition that the server closed the connection with, if it did. */
  get closeCondition(): string | undefined {
    return this.endings.find(({ kind }) => kind === 'close')?.error?.condition;
  }

  /** The conditions of everything that was ended, in order. */
  get conditions(): string[] {
    return this.endings.flatMap(({ error }) => (error ? [error.condition] : []));
  }

  protected heardSoFar(): string {
    const frames = [...this.heard].map(([kind, count]) => `${count} ${kind}`).join(', ');
    return `heard ${frames || 'nothing'}; endings: ${JSON.stringify(this.endings.slice(-3))}`;
  }

  /** The server has answered an error of any kind, or closed the connection. */
  refused(timeoutMs?: number): Promise<void> {
    return this.until(() => this.closed || this.conditions.length > 0, 'an error or the end', timeoutMs);
  }

  heardOf(kind: string, times = 1): Promise<void> {
    return this.until(() => this.count(kind) >= times, `${times} ${kind}`);
  }

  // ---- what it says

  /** Performatives of one channel, in one write. */
  async say(performatives: Performative | readonly Performative[], channel = 0): Promise<void> {
    await this.send(this.encoded(performatives, channel));
  }

  encoded(performatives: Performative | readonly Performative[], channel = 0): Uint8Array {
    const writer = this.#writer;
    writer.length = 0;
    for (const performative of [performatives].flat() as Performative[]) writeFrame(writer, channel, performative);
    return writer.bytes.slice(0, writer.length);
  }

  /** As far as an open connection with sessions on channels 0 to `sessions` - 1. */
  async open(options: { sessions?: number; containerId?: string; maxFrameSize?: number; incomingWindow?: number } = {}): Promise<void> {
    const { sessions = 1, containerId = `hostile-${this.name}`, maxFrameSize = 65_536, incomingWindow = 2048 } = options;
    await this.send(PROTOCOL_HEADER_AMQP);
    await this.say({ kind: 'open', containerId, maxFrameSize });
    for (let channel = 0; channel < sessions; channel++)
      await this.say({ kind: 'begin', nextOutgoingId: 0, incomingWindow, outgoingWindow: 2048 }, channel);
    await this.until(() => this.closed || (this.count('open') > 0 && this.count('begin') >= sessions), 'open and begin');
  }

  /** A link on which this peer sends. */
  async attachSender(address: string, handle: number, name = `sender-${handle}`, channel = 0): Promise<void> {
    const credits = this.count('flow');
    await this.say(senderAttach(address, handle, name), channel);
    await this.until(() => this.closed || this.count('flow') > credits || this.conditions.length > 0, `credit from ${address}`);
  }

  /** A link on which this peer receives, with credit. */
  async attachReceiver(address: string, handle: number, credit: number, name = `receiver-${handle}`, channel = 0): Promise<void> {
    const attached = this.count('attach');
    await this.say([receiverAttach(address, handle, name), creditFlow(handle, credit)], channel);
    await this.until(() => this.closed || this.count('attach') > attached, `the attach of ${address}`);
  }
}

export function senderAttach(address: string, handle: number, name: string, capability?: string): Performative {
  return {
    kind: 'attach',
    name,
    handle,
    role: 'sender',
    initialDeliveryCount: 0,
    source: {},
    target: { kind: 'target', address, ...(capability !== undefined && { capabilities: [capability] }) },
  };
}

export function receiverAttach(address: string, handle: number, name: string, capability?: string): Performative {
  return {
    kind: 'attach',
    name,
    handle,
    role: 'receiver',
    source: { address, ...(capability !== undefined && { capabilities: [capability] }) },
    target: { kind: 'target' },
  };
}

export function creditFlow(handle: number, linkCredit: number, deliveryCount = 0): Performative {
  return {
    kind: 'flow',
    nextIncomingId: 0,
    incomingWindow: 0x7fff_ffff,
    nextOutgoingId: 0,
    outgoingWindow: 2048,
    handle,
    deliveryCount,
    linkCredit,
  };
}
