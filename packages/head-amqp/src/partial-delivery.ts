import { ByteWriter, TRANSFER_HEAD_BYTES_MAX, writeTransferHead } from '@angarium/codec-amqp';
import type { MessageStream } from '@angarium/core';
import type { Session } from './session.ts';

/** Bytes in front that are in frames already are let go when they are at least so many, and half of what is there. */
const COMPACTED_BYTES_MIN = 65_536;

/** The link that a partial delivery goes out on. */
export interface PartialDeliveryLink {
  readonly session: Session;
  readonly handle: number;
  /** The delivery has ended, or was aborted: another may begin. */
  partialEnded(): void;
  /** Too much of it waits to be sent: its source takes it back. */
  partialGivenUp(deliveryId: number, unsentBytes: number): void;
}

/**
 * A delivery that goes out frame by frame, as far as the peer's window and the socket go: it is larger than a frame, met a closed window,
 * or is forwarded while it arrives.
 *
 *     rest: … in frames │ not in frames yet │ what is still to come
 *                       at                  length   (`more`)
 */
export class PartialDelivery implements MessageStream {
  readonly deliveryId: number;
  readonly settled: boolean;
  /** The message's first bytes are written here before the first `pump`. */
  readonly rest: ByteWriter;
  onUnblocked: (() => void) | undefined;
  readonly #link: PartialDeliveryLink;
  readonly #tag: number;
  readonly #format: number;
  #more: boolean;
  #at = 0;
  #begun = false;
  #aborted = false;
  #over = false;

  constructor(
    link: PartialDeliveryLink,
    deliveryId: number,
    tag: number,
    format: number,
    settled: boolean,
    more: boolean,
    sizeBytes: number,
  ) {
    this.#link = link;
    this.deliveryId = deliveryId;
    this.#tag = tag;
    this.#format = format;
    this.settled = settled;
    this.#more = more;
    this.rest = new ByteWriter(sizeBytes);
  }

  /** Puts what is there into frames. */
  pump(): void {
    const { rest } = this;
    const { session } = this.#link;
    while (this.#sendable) {
      const left = rest.length - this.#at;
      // A frame that is not the last one is sent when it is full, or when nothing is left to wait for.
      if (left === 0 && this.#more) break;
      const size = Math.min(left, session.payloadBytesMax);
      const more = this.#more || size < left;
      this.#write(size, more);
      if (!more) return this.#end();
    }
    if (this.#at === rest.length) {
      rest.length = 0;
      this.#at = 0;
    }
    this.#tellUnblocked();
  }

  get #sendable(): boolean {
    const { session } = this.#link;
    return !this.#over && !session.blocked && session.remoteIncomingWindow > 0;
  }

  #write(size: number, more: boolean): void {
    const { session, handle } = this.#link;
    const writer = session.transferRoom(TRANSFER_HEAD_BYTES_MAX + size);
    const tag = this.#begun ? -1 : this.#tag;
    const at = this.#at;
    writeTransferHead(writer, session.channel, handle, this.deliveryId, tag, this.#format, this.settled, more, this.#aborted, size);
    writer.raw(this.rest.bytes, at, at + size);
    this.#begun = true;
    this.#at = at + size;
    session.transferSent();
  }

  // ---- forwarded while it arrives

  push(bytes: Uint8Array, start: number, end: number, more: boolean): void {
    if (this.#over || this.#aborted) return;
    const { session } = this.#link;
    const unsentBytes = session.unsentBytes + this.rest.length - this.#at;
    if (unsentBytes > session.limits.streamUnsentBytesMax) {
      this.#link.partialGivenUp(this.deliveryId, unsentBytes);
      this.abort();
      return;
    }
    this.#compact();
    this.rest.raw(bytes, start, end);
    this.#more = more;
    this.pump();
  }

  #compact(): void {
    const { rest } = this;
    if (this.#at < COMPACTED_BYTES_MIN || this.#at < rest.length >> 1) return;
    rest.bytes.copyWithin(0, this.#at, rest.length);
    rest.length -= this.#at;
    this.#at = 0;
  }

  /** Part 2, section 2.7.5: an aborted delivery counts as settled at both ends. It takes a frame, for which the peer's window has to have room. */
  abort(): void {
    if (this.#over) return;
    this.#aborted = true;
    this.#more = false;
    this.rest.length = 0;
    this.#at = 0;
    this.pump();
  }

  get blocked(): boolean {
    return !this.#over && !this.#aborted && !this.#sendable;
  }

  #tellUnblocked(): void {
    if (this.onUnblocked === undefined || this.blocked) return;
    const run = this.onUnblocked;
    this.onUnblocked = undefined;
    run();
  }

  #end(): void {
    this.drop();
    this.#link.partialEnded();
  }

  /** Nothing more goes out: it has ended, or its link has. */
  drop(): void {
    this.#over = true;
    this.#tellUnblocked();
  }
}
