import assert from 'node:assert/strict';
import { connect as connectSocket, type Socket } from 'node:net';
import {
  ByteWriter,
  type Connect,
  decodePacket,
  encodePacket,
  type MqttVersion,
  type Packet,
  PacketSplitter,
  type Publish,
  REASON,
  type Subscription,
} from '@angarium/codec-mqtt';

/** How long a client waits for a packet that has to come, in milliseconds. */
const DEADLINE_MS = 8000;

export type Kind = Packet['kind'];
export type PacketOf<K extends Kind> = Packet & { kind: K };

interface Place {
  readonly host: string;
  readonly port: number;
}

interface Waiter {
  readonly matches: (packet: Packet | 'end') => boolean;
  readonly resolve: (packet: Packet | 'end') => void;
}

/** A CONNECT of version 5 with nothing but a client identifier. */
export function connectPacket(connect: Partial<Connect> = {}): Packet {
  return { kind: 'connect', version: 5, cleanStart: true, keepAliveSeconds: 0, clientId: '', ...connect };
}

export function packetBytes(packet: Packet, version: MqttVersion = 5): Uint8Array {
  const writer = new ByteWriter();
  encodePacket(writer, packet, version);
  return writer.bytes.slice(0, writer.length);
}

/** One end of a TCP connection that says exactly what a test wants it to say, and keeps every packet that comes back. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  /** What came and was not asked for yet, in order. */
  readonly received: (Packet | 'end')[] = [];
  /** The whole sizes of the packets that came, in bytes. */
  readonly sizes: number[] = [];
  connack: PacketOf<'connack'> | undefined;
  readonly #version: MqttVersion;
  readonly #splitter = new PacketSplitter();
  #waiters: Waiter[] = [];
  #packetId = 0;

  private constructor(socket: Socket, version: MqttVersion) {
    this.socket = socket;
    this.#version = version;
    const packet = (first: number, bytes: Uint8Array, start: number, end: number): void => {
      this.sizes.push(end - start + (end - start < 128 ? 2 : end - start < 16_384 ? 3 : 4));
      this.#take(decodePacket(first, bytes, start, end, version));
    };
    socket.on('data', (chunk: Uint8Array) => this.#splitter.push(chunk, { packet }));
    socket.on('end', () => this.#take('end'));
    // A server that cuts a connection may do so with a reset, which ends it like anything else.
    socket.on('error', () => this.#take('end'));
  }

  static async connect({ host, port }: Place, version: MqttVersion = 5): Promise<RawClient> {
    const socket = connectSocket({ host, port, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new RawClient(socket, version);
  }

  /** Connects, and has the CONNACK, which must be of success. */
  static async open(place: Place, connect: Partial<Connect> = {}): Promise<RawClient> {
    const client = await RawClient.connect(place, connect.version ?? 5);
    client.write(connectPacket(connect));
    const connack = await client.next('connack');
    assert.equal(connack.reasonCode, REASON.success);
    client.connack = connack;
    return client;
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

  write(...packets: Packet[]): void {
    this.send(Buffer.concat(packets.map(packet => packetBytes(packet, this.#version))));
  }

  /** Writes a PUBLISH and answers its packet identifier; one is chosen where QoS wants one and none is given. */
  put(topic: string, payload: string | Uint8Array, rest: Partial<Publish> = {}): number {
    const packetId = rest.packetId ?? ((rest.qos ?? 0) > 0 ? this.#nextId() : 0);
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const identified = packetId > 0 ? { packetId } : {};
    this.write({ kind: 'publish', topic, payload: bytes, qos: 0, duplicate: false, retain: false, ...rest, ...identified });
    return packetId;
  }

  ack(kind: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp', packetId: number, reasonCode: number = REASON.success): void {
    this.write({ kind, packetId, reasonCode });
  }

  #nextId(): number {
    return ++this.#packetId;
  }

  // ---- whole exchanges

  /** Subscribes and answers the reason codes. A string is a filter with QoS 2. */
  async subscribe(subscriptions: string | readonly (Partial<Subscription> & { filter: string })[], identifier = 0): Promise<number[]> {
    const list = typeof subscriptions === 'string' ? [{ filter: subscriptions }] : subscriptions;
    const defaults = { qos: 2, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
    const packetId = this.#nextId();
    this.write({
      kind: 'subscribe',
      packetId,
      subscriptions: list.map(subscription => ({ ...defaults, ...subscription })),
      ...(identifier > 0 && { properties: { subscriptionIdentifiers: [identifier] } }),
    });
    const suback = await this.next('suback');
    assert.equal(suback.packetId, packetId, '[MQTT-3.8.4-2] SUBACK has the packet identifier of its SUBSCRIBE');
    return suback.reasonCodes;
  }

  async unsubscribe(...filters: string[]): Promise<number[]> {
    const packetId = this.#nextId();
    this.write({ kind: 'unsubscribe', packetId, filters });
    const unsuback = await this.next('unsuback');
    assert.equal(unsuback.packetId, packetId);
    return unsuback.reasonCodes;
  }

  /** Publishes to the end of the exchange and answers the reason code of PUBACK, or of PUBREC. */
  async publish(topic: string, payload: string | Uint8Array, rest: Partial<Publish> = {}): Promise<number> {
    const packetId = this.put(topic, payload, rest);
    if (packetId === 0) {
      await this.fence();
      return REASON.success;
    }
    const { qos } = { qos: 0, ...rest };
    const answer = await this.next(qos === 1 ? 'puback' : 'pubrec');
    assert.equal(answer.packetId, packetId);
    if (qos === 2 && answer.reasonCode < 0x80) {
      this.ack('pubrel', packetId);
      assert.equal((await this.next('pubcomp')).packetId, packetId);
    }
    return answer.reasonCode;
  }

  /** The next PUBLISH: its payload as text, acknowledged to the end. */
  async take(): Promise<string> {
    const publish = await this.next('publish');
    const { qos, packetId } = publish;
    if (qos === 1) this.ack('puback', packetId!);
    if (qos === 2) {
      this.ack('pubrec', packetId!);
      assert.equal((await this.next('pubrel')).packetId, packetId);
      this.ack('pubcomp', packetId!);
    }
    return textOf(publish);
  }

  /** When this resolves, the server has taken what was written here before, and what it had for this client has come. */
  async fence(): Promise<void> {
    this.write({ kind: 'pingreq' });
    await this.next('pingresp');
  }

  /** Fails if a PUBLISH has come that nobody has asked for. */
  async nothing(): Promise<void> {
    await this.fence();
    assert.deepEqual(this.unread('publish').map(textOf), []);
  }

  /** Leaves in order. */
  async leave(reasonCode: number = REASON.success, sessionExpiryInterval?: number): Promise<void> {
    const properties = sessionExpiryInterval === undefined ? {} : { properties: { sessionExpiryInterval } };
    this.write({ kind: 'disconnect', reasonCode, ...properties });
    await this.ended();
  }

  /** Goes without a word; resolves when the socket is closed on this side. */
  async vanish(): Promise<void> {
    await this[Symbol.asyncDispose]();
  }

  // ---- reading

  #take(packet: Packet | 'end'): void {
    const index = this.#waiters.findIndex(waiter => waiter.matches(packet));
    if (index < 0) this.received.push(packet);
    else this.#waiters.splice(index, 1)[0]!.resolve(packet);
  }

  async next<K extends Kind>(kind: K, deadlineMs = DEADLINE_MS): Promise<PacketOf<K>> {
    const packet = await this.#until(kind, one => one === 'end' || one.kind === kind, deadlineMs);
    if (packet === 'end') {
      this.received.push('end');
      throw new Error(`the server closed the connection; ${kind} had to come. There were: ${this.#describe()}`);
    }
    return packet as PacketOf<K>;
  }

  /** The server ends the connection. */
  async ended(deadlineMs = DEADLINE_MS): Promise<void> {
    await this.#until('the end of the connection', one => one === 'end', deadlineMs);
  }

  /** DISCONNECT with this reason code, and the end. */
  async dismissed(reasonCode: number, deadlineMs = DEADLINE_MS): Promise<PacketOf<'disconnect'>> {
    const disconnect = await this.next('disconnect', deadlineMs);
    assert.equal(disconnect.reasonCode, reasonCode, `it was dismissed with: ${disconnect.properties?.reasonString}`);
    await this.ended();
    return disconnect;
  }

  /** Packets of this kind that came and were not asked for. */
  unread<K extends Kind>(kind: K): PacketOf<K>[] {
    return this.received.filter(one => one !== 'end' && one.kind === kind) as unknown as PacketOf<K>[];
  }

  #describe(): string {
    const said = this.received.map(one => (one === 'end' ? one : `${one.kind}${'reasonCode' in one ? ` ${one.reasonCode}` : ''}`));
    return said.join(', ') || 'none';
  }

  #until(what: string, matches: (packet: Packet | 'end') => boolean, deadlineMs: number): Promise<Packet | 'end'> {
    const index = this.received.findIndex(matches);
    if (index >= 0) return Promise.resolve(this.received.splice(index, 1)[0]!);
    const waitedFrom = new Error(`${what} did not come`);
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        matches,
        resolve: packet => {
          clearTimeout(deadline);
          resolve(packet);
        },
      };
      const deadline = setTimeout(() => {
        this.#waiters = this.#waiters.filter(one => one !== waiter);
        waitedFrom.message += ` within ${deadlineMs} ms; unread: ${this.#describe()}`;
        reject(waitedFrom);
      }, deadlineMs);
      this.#waiters.push(waiter);
    });
  }
}

export function textOf({ payload }: { readonly payload: Uint8Array }): string {
  return Buffer.from(payload).toString();
}
