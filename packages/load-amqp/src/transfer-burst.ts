import { LOAD_LIMITS } from './load-options.ts';

export interface TransferShape {
  readonly sizeBytes: number;
  readonly settled: boolean;
  readonly durable: boolean;
  /** The largest frame that the server takes. */
  readonly frameSizeBytesMax: number;
  /** Bodies end with `token` and the time. */
  readonly stamped: boolean;
  readonly token: number;
}

/**
 * A buffer full of one message, many times over, ready to be written: nothing is copied to send, only the delivery's number, its tag
 * and, when latency is measured, the time are patched in.
 *
 *     ┌ 8 ────┬ 00 53 14 c0 size 05 ─┬ 43 ────┬ 70 ┬── 4 ────────┬ a0 04 ┬─ 4 ─┬ 43 ────┬ 41│42 ──┬ header ─┬ data … token(4) time(4)
 *     │ frame │ transfer             │ handle │    │ delivery-id │       │ tag │ format │ settled │ durable │
 *     └───────┴──────────────────────┴────────┴────┴─────────────┴───────┴─────┴────────┴─────────┴─────────┴────────────────────────
 *
 * A body that does not fit into one frame goes on in frames of its own with `more` (AMQP 1.0 part 2, section 2.6.14).
 */
export class TransferBurst {
  readonly bytes: Buffer;
  /** Bytes of one message with all its frames. */
  readonly stride: number;
  /** Transfer frames of one message: each takes one place in the session's window. */
  readonly frames: number;
  /** Messages that the buffer holds. */
  readonly capacity: number;

  constructor(shape: TransferShape) {
    const message = encodeMessage(shape);
    const frames = encodeTransfers(message, shape);
    const one = Buffer.concat(frames);
    this.stride = one.length;
    this.frames = frames.length;
    this.capacity = Math.max(1, Math.floor(LOAD_LIMITS.burstBytes / one.length));
    this.bytes = Buffer.allocUnsafeSlow(this.stride * this.capacity);
    for (let i = 0; i < this.capacity; i++) one.copy(this.bytes, i * this.stride);
  }

  /** Numbers the first `count` messages from `deliveryId` on. */
  number(deliveryId: number, count: number): void {
    const { bytes, stride } = this;
    for (let i = 0, at = DELIVERY_ID_AT, id = deliveryId; i < count; i++, at += stride, id++) {
      const a = id >>> 24;
      const b = id >>> 16;
      const c = id >>> 8;
      bytes[at] = a;
      bytes[at + 1] = b;
      bytes[at + 2] = c;
      bytes[at + 3] = id;
      bytes[at + 6] = a;
      bytes[at + 7] = b;
      bytes[at + 8] = c;
      bytes[at + 9] = id;
    }
  }

  /** Writes the time into the message at `index`: a uint32 that wraps. */
  stamp(index: number, time: number): void {
    const { bytes } = this;
    const at = (index + 1) * this.stride - 4;
    bytes[at] = time >>> 24;
    bytes[at + 1] = time >>> 16;
    bytes[at + 2] = time >>> 8;
    bytes[at + 3] = time;
  }
}

const DELIVERY_ID_AT = 16;

function encodeMessage(shape: TransferShape): Buffer {
  const header = shape.durable ? Buffer.of(0x00, 0x53, 0x70, 0xc0, 2, 1, 0x41) : Buffer.alloc(0);
  const size = shape.sizeBytes;
  const section =
    size < 256
      ? Buffer.of(0x00, 0x53, 0x75, 0xa0, size)
      : Buffer.of(0x00, 0x53, 0x75, 0xb0, size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255);
  const body = Buffer.alloc(size, 'x');
  if (shape.stamped) body.writeUInt32BE(shape.token, size - 8);
  return Buffer.concat([header, section, body]);
}

function encodeTransfers(message: Buffer, shape: TransferShape): Buffer[] {
  const settled = shape.settled ? 0x41 : 0x42;
  const first = (more: boolean): Buffer => {
    const fields = [0x43, 0x70, 0, 0, 0, 0, 0xa0, 4, 0, 0, 0, 0, 0x43, settled];
    if (more) fields.push(0x41);
    return Buffer.of(0, 0, 0, 0, 2, 0, 0, 0, 0x00, 0x53, 0x14, 0xc0, fields.length + 1, more ? 6 : 5, ...fields);
  };
  const following = (more: boolean): Buffer =>
    Buffer.of(0, 0, 0, 0, 2, 0, 0, 0, 0x00, 0x53, 0x14, 0xc0, 7, 6, 0x43, 0x40, 0x40, 0x40, settled, more ? 0x41 : 0x42);
  const frames: Buffer[] = [];
  const room = Math.min(shape.frameSizeBytesMax, LOAD_LIMITS.frameSizeBytes);
  let rest = message;
  while (frames.length === 0 || rest.length > 0) {
    let head = frames.length === 0 ? first(false) : following(false);
    if (head.length + rest.length > room) head = frames.length === 0 ? first(true) : following(true);
    let part = rest.subarray(0, room - head.length);
    // The stamp may not be torn by a frame's end: the last frame takes all of it.
    const after = rest.length - part.length;
    if (after > 0 && after < 8) part = part.subarray(0, part.length - 8);
    rest = rest.subarray(part.length);
    const frame = Buffer.concat([head, part]);
    frame.writeUInt32BE(frame.length, 0);
    frames.push(frame);
  }
  return frames;
}
