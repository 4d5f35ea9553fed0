import type { ByteWriter } from './byte-writer.ts';
import { FRAME_TYPE_AMQP, FRAME_TYPE_SASL } from './frame-splitter.ts';
import { encodePerformative, type Performative } from './performative/performative.ts';
import { encodeSaslFrame, type SaslFrame } from './performative/sasl.ts';
import { patch32 } from './value-encoder.ts';

/**
 * Writes the eight bytes before a frame's body (part 2, section 2.3.1), and answers where they begin.
 *
 *     0            4         5      6
 *     size (u32)   doff: 2   type   channel (u16)
 */
export function beginFrame(writer: ByteWriter, type: number, channel: number): number {
  const start = writer.length;
  writer.reserve(8);
  const { bytes } = writer;
  bytes[start + 4] = 2;
  bytes[start + 5] = type;
  bytes[start + 6] = channel >>> 8;
  bytes[start + 7] = channel;
  writer.length = start + 8;
  return start;
}

/** Fills in the size of the frame that began at `start`; `payloadBytes` are still to be written. */
export function endFrame(writer: ByteWriter, start: number, payloadBytes = 0): void {
  patch32(writer.bytes, start, writer.length - start + payloadBytes);
}

/** Writes a whole AMQP frame without payload. */
export function writeFrame(writer: ByteWriter, channel: number, performative: Performative): void {
  const start = beginFrame(writer, FRAME_TYPE_AMQP, channel);
  encodePerformative(writer, performative);
  endFrame(writer, start);
}

/** Writes a whole SASL frame. */
export function writeSaslFrame(writer: ByteWriter, frame: SaslFrame): void {
  const start = beginFrame(writer, FRAME_TYPE_SASL, 0);
  encodeSaslFrame(writer, frame);
  endFrame(writer, start);
}

/** Writes an empty frame, which keeps the connection from idling out (part 2, section 2.4.5). */
export function writeHeartbeat(writer: ByteWriter): void {
  endFrame(writer, beginFrame(writer, FRAME_TYPE_AMQP, 0));
}
