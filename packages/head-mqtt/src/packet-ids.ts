import type { DeliverySource } from '@angarium/core';
import type { DeliveryOrigin } from './delivery-origin.ts';

/** A publish under way to a client. */
export interface InFlight {
  readonly source: DeliverySource;
  readonly token: number;
  readonly qos: 1 | 2;
  readonly origin: DeliveryOrigin;
}

export const ID_MAX = 0xffff;
const NONE: ReadonlySet<number> = new Set();

/**
 * The packet identifiers of what is under way to a client: none twice at a time [MQTT-2.2.1-4]. A message that has to be sent again gets the
 * one that it had [MQTT-4.4.0-1].
 */
export class PacketIds {
  readonly #inFlight = new Map<number, InFlight>();
  /** QoS 2: the client has the message, and we wait for its PUBCOMP. */
  #releasing: Set<number> | undefined;
  /** Of messages that come again. */
  #reserved: Set<number> | undefined;
  #last = 0;

  get size(): number {
    return this.#inFlight.size + (this.#releasing?.size ?? 0);
  }

  /** What has been under way for the longest time; undefined: nothing is. */
  get oldest(): InFlight | undefined {
    return this.#inFlight.values().next().value;
  }

  get releasing(): ReadonlySet<number> {
    return this.#releasing ?? NONE;
  }

  /** Answers an identifier; negative when the message was under way before, and is sent again. */
  take(inFlight: InFlight): number {
    const { origin, token } = inFlight;
    const before = origin.again.get(token);
    if (before !== undefined) {
      origin.resumed(token);
      this.#reserved?.delete(before);
      this.#inFlight.set(before, inFlight);
      return -before;
    }
    const wanted = origin.wantedId(token);
    const packetId = wanted > 0 && this.#free(wanted) ? wanted : this.#next();
    this.#inFlight.set(packetId, inFlight);
    return packetId;
  }

  #next(): number {
    // Down from the top: messages that have an identifier of their own take theirs from the bottom up.
    do this.#last = this.#last <= 1 ? ID_MAX : this.#last - 1;
    while (!this.#free(this.#last));
    return this.#last;
  }

  #free(packetId: number): boolean {
    return !this.#inFlight.has(packetId) && !this.#releasing?.has(packetId) && !this.#reserved?.has(packetId);
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
    this.#releasing ??= new Set();
    this.#releasing.add(packetId);
  }

  released(packetId: number): boolean {
    return this.#releasing?.delete(packetId) ?? false;
  }

  /** A message that comes again has this identifier. */
  reserve(packetId: number): void {
    this.#reserved ??= new Set();
    this.#reserved.add(packetId);
  }

  unreserve(packetId: number): void {
    this.#reserved?.delete(packetId);
  }

  /** The message with this token comes next: those before it that were to come again are gone, and their identifiers free again. */
  passOver(origin: DeliveryOrigin, token: number): void {
    for (const [before, packetId] of origin.again) {
      // They stand in the order in which they were sent: one that is missed behind another is found with a later message.
      if (before >= token) return;
      origin.resumed(before);
      origin.over(before, packetId);
      this.#reserved?.delete(packetId);
    }
  }

  /** The connection broke: all that is under way goes back, in the order in which it was sent. */
  interrupt(): void {
    const interrupted = [...this.#inFlight];
    this.#inFlight.clear();
    for (const [packetId, { source, token, qos, origin }] of interrupted) {
      const outcome = origin.broken(token, packetId, qos);
      source.settle(token, outcome);
      if (origin.again.has(token)) this.reserve(packetId);
      else origin.over(token, packetId);
    }
  }
}
