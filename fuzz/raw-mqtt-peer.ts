import type { Socket } from 'node:net';
import {
  ByteWriter,
  type Connect,
  decodePacket,
  encodePacket,
  type Packet,
  type PacketKind,
  type PacketReceiver,
  PacketSplitter,
  type Qos,
} from '@angarium/codec-mqtt';
import { connectSocket, type RawPeerOptions, RawSocket, type Target } from './raw-socket.ts';

/** Packets other than PUBLISH that are kept of one peer, the latest ones; a flood has more, which say nothing new. */
const PACKETS_KEPT_MAX = 1000;
const PUBLISH_TYPE = 3;

/** An MQTT peer that minds no rules: it sends whatever it is given, and remembers what it was told. */
export class RawMqttPeer extends RawSocket implements PacketReceiver {
  readonly version: 4 | 5;
  /** The packets of each kind that came. */
  readonly heard = new Map<PacketKind, number>();
  readonly packets: Packet[] = [];
  onPublish: ((first: number, bytes: Uint8Array, start: number, end: number) => void) | undefined;
  readonly #splitter = new PacketSplitter();
  readonly #listens: boolean;

  private constructor(socket: Socket, options: RawPeerOptions, version: 4 | 5) {
    super(socket, options);
    this.version = version;
    this.#listens = options.listens ?? true;
  }

  static async connect(target: Target, options: RawPeerOptions = {}, version: 4 | 5 = 5): Promise<RawMqttPeer> {
    return new RawMqttPeer(await connectSocket(target), options, version);
  }

  protected hear(chunk: Uint8Array): void {
    if (this.#listens) this.#splitter.push(chunk, this);
  }

  protected heardSoFar(): string {
    const kinds = [...this.heard].map(([kind, count]) => `${count} ${kind}`).join(', ');
    return `heard ${kinds || 'nothing'}; last: ${JSON.stringify(this.packets.slice(-2))}`;
  }

  packet(first: number, bytes: Uint8Array, start: number, end: number): void {
    if (first >> 4 === PUBLISH_TYPE) {
      this.#count('publish');
      this.onPublish?.(first, bytes, start, end);
      return;
    }
    const packet = decodePacket(first, bytes, start, end, this.version);
    this.#count(packet.kind);
    if (this.packets.length === PACKETS_KEPT_MAX) this.packets.shift();
    this.packets.push(packet);
  }

  #count(kind: PacketKind): void {
    this.heard.set(kind, this.count(kind) + 1);
  }

  count(kind: PacketKind): number {
    return this.heard.get(kind) ?? 0;
  }

  /** The reason code that the server disconnected this peer with, or refused its CONNECT with; undefined: it did not say. */
  get reason(): number | undefined {
    for (const packet of this.packets) {
      if (packet.kind === 'disconnect') return packet.reasonCode;
      if (packet.kind === 'connack' && packet.reasonCode !== 0) return packet.reasonCode;
    }
    return undefined;
  }

  heardOf(kind: PacketKind, times = 1, timeoutMs?: number): Promise<void> {
    return this.until(() => this.count(kind) >= times, `${times} ${kind}`, timeoutMs);
  }

  /** Packets, in one write. */
  async say(...packets: Packet[]): Promise<void> {
    await this.send(packetBytes(packets, this.version));
  }

  /** As far as CONNACK. */
  async open(options: Partial<Connect> = {}): Promise<void> {
    await this.say(connectOf(options, this.version));
    await this.until(() => this.closed || this.count('connack') > 0, 'CONNACK');
  }

  async subscribe(filters: readonly string[], qos: Qos = 0, timeoutMs?: number): Promise<void> {
    const before = this.count('suback');
    await this.say(subscribeOf(filters, qos));
    await this.until(() => this.closed || this.count('suback') > before, 'SUBACK', timeoutMs);
  }
}

let clients = 0;

/** A CONNECT with a client identifier of its own. */
export function connectOf(options: Partial<Connect>, version: 4 | 5): Connect & { kind: 'connect' } {
  return { kind: 'connect', version, cleanStart: true, keepAliveSeconds: 0, clientId: `hostile-${++clients}`, ...options };
}

export function subscribeOf(filters: readonly string[], qos: Qos, packetId = 1): Packet {
  const options = { qos, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
  return { kind: 'subscribe', packetId, subscriptions: filters.map(filter => ({ filter, ...options })) };
}

export interface PublishOptions {
  readonly qos?: Qos;
  readonly retain?: boolean;
  readonly packetId?: number;
}

export function publishOf(topic: string, payload: Uint8Array, { qos = 0, retain = false, packetId = 1 }: PublishOptions = {}): Packet {
  return { kind: 'publish', topic, qos, duplicate: false, retain, packetId, payload };
}

export function packetBytes(packets: readonly Packet[], version: 4 | 5): Uint8Array {
  const writer = new ByteWriter(4096);
  for (const packet of packets) encodePacket(writer, packet, version);
  return writer.bytes.slice(0, writer.length);
}
