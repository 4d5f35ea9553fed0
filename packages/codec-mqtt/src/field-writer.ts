import type { ByteWriter } from './byte-writer.ts';
import { TEXT_BYTES_MAX } from './text.ts';

/**
 * Writes a string with its length of two bytes. Throws a RangeError for one that is too long, or has a U+0000 [MQTT-1.5.4-2]: that
 * is the caller's mistake.
 */
export function writeText(writer: ByteWriter, text: string): void {
  if (text.includes('\0')) throw new RangeError('a string of MQTT may not have the character U+0000');
  const start = writer.length;
  writer.u16(0);
  writer.utf8(text);
  const size = writer.length - start - 2;
  if (size > TEXT_BYTES_MAX) throw new RangeError(`a string of ${size} bytes is longer than ${TEXT_BYTES_MAX}`);
  writer.bytes[start] = size >>> 8;
  writer.bytes[start + 1] = size;
}

/** Writes binary data with its length of two bytes. */
export function writeBinary(writer: ByteWriter, bytes: Uint8Array): void {
  if (bytes.length > TEXT_BYTES_MAX) throw new RangeError(`binary data of ${bytes.length} bytes is longer than ${TEXT_BYTES_MAX}`);
  writer.u16(bytes.length);
  writer.raw(bytes);
}

/** Writes a packet identifier, which is never zero [MQTT-2.2.1-3]. */
export function writePacketId(writer: ByteWriter, packetId: number): void {
  if (packetId < 1 || packetId > 0xffff) throw new RangeError(`${packetId} is no packet identifier`);
  writer.u16(packetId);
}
