import type { DeliverySource } from '@angarium/core';

/** A publish under way to a client. */
export interface InFlight {
  readonly source: DeliverySource;
  readonly token: number;
  readonly qos: 1 | 2;
  /** It is from the session's own inbox, and comes again with the same packet identifier. */
  readonly own: boolean;
}

const ID_MAX = 0xffff;
const NONE: readonly number[] = [];

/**
 * The packet identifiers of what is under way to a client: handed out in turn, none twice at a time. A message that has to be sent
 * again gets the one that it had [MQTT-4.4.0-1].
 */
export class PacketIds {
  readonly #inFlight = new Map<number, InFlight>();
  /** QoS 2: the client has the message, and we wait for its PUBCOMP. */
  readonly #releasing = new Set<number>();
  /** By token: what was under way when the connection broke. */
  readonly #again = new Map<number, number>();
  readonly #reserved = new Set<number>();
  #last = 0;

  get size(): number {
    return this.#inFlight.size + this.#releasing.size;
  }

  get releasing(): ReadonlySet<number> {
    return this.#releasing;
  }

  /** Answers an identifier; negative when the message was under way before, and is sent again. */
  take(inFlight: InFlight): number {
    const before = inFlight.own ? this.#again.get(inFlight.token) : undefined;
    if (before !== undefined) {
      this.#again.delete(inFlight.token);
      this.#reserved.delete(before);
      this.#inFlight.set(before, inFlight);
      return -before;
    }
    do this.#last = this.#last === ID_MAX ? 1 : this.#last + 1;
    while (this.#inFlight.has(this.#last) || this.#releasing.has(this.#last) || this.#reserved.has(this.#last));
    this.#inFlight.set(this.#last, inFlight);
    return this.#last;
  }

  /** The message of this identifier is over, or known to the client. */
  settle(packetId: number): InFlight | undefined {
    const inFlight = this.#inFlight.get(packetId);
    if (inFlight) this.#inFlight.delete(packetId);
    return inFlight;
  }

  get(packetId: number): InFlight | undefined {
    return this.#inFlight.get(packetId);
  }

  release(packetId: number): void {
    this.#releasing.add(packetId);
  }

  released(packetId: number): boolean {
    return this.#releasing.delete(packetId);
  }

  /** The message with this token has the identifier when it comes again. */
  reserve(packetId: number, token: number): void {
    this.#again.set(token, packetId);
    this.#reserved.add(packetId);
  }

  /**
   * The message with this token comes next: those before it that were to come again never will, since they have expired. Answers their
   * identifiers, which are free again.
   */
  passOver(token: number): readonly number[] {
    if (this.#again.size === 0) return NONE;
    const passed: number[] = [];
    for (const [before, packetId] of this.#again) {
      if (before >= token) continue;
      this.#again.delete(before);
      this.#reserved.delete(packetId);
      passed.push(packetId);
    }
    return passed;
  }

  /** The connection broke: all that is under way is taken out, in the order in which it was sent. */
  interrupt(): InFlight[] {
    const interrupted = [...this.#inFlight];
    this.#inFlight.clear();
    for (const [packetId, inFlight] of interrupted) if (inFlight.own) this.reserve(packetId, inFlight.token);
    return interrupted.map(([, inFlight]) => inFlight);
  }
}
