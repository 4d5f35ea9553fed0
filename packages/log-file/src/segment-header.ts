import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * The beginning of a segment file, in little-endian numbers.
 *
 *      0          8          12         16         24         28         32        36        64
 *     ┌──────────┬──────────┬──────────┬──────────┬──────────┬──────────┬─────────┬─────────┐
 *     │ magic    │ version  │ size     │ base     │ mark     │ check    │ crc-32  │ zeros   │
 *     │ ANGALOG␀ │ u32      │ u32      │ u64      │ salt u32 │ salt u32 │ u32     │         │
 *     └──────────┴──────────┴──────────┴──────────┴──────────┴──────────┴─────────┴─────────┘
 *
 * size      of the whole file, in bytes; a multiple of eight. Records may use it to the end.
 * base      the position of the file's first byte in the log; the file is named by it.
 * salts     random, new with each life of the file; see the layout of a record.
 * crc-32    of the bytes before it.
 */
export const SEGMENT_HEADER_SIZE = 64;
export const SEGMENT_FORMAT_VERSION = 1;
/** Offsets in a segment are signed 32-bit numbers. */
export const SEGMENT_SIZE_BYTES_MAX = 1024 * 1024 * 1024;

const MAGIC = 'ANGALOG\0';
const CRC_OFFSET = 32;
const NAME_DIGITS = 16;
const NAME_END = '.segment';

export function segmentName(base: number): string {
  return base.toString().padStart(NAME_DIGITS, '0') + NAME_END;
}

/** The base position that a file's name says, or undefined for files of another kind. */
export function baseOfName(name: string): number | undefined {
  if (name.length !== NAME_DIGITS + NAME_END.length || !name.endsWith(NAME_END)) return undefined;
  const base = Number(name.slice(0, NAME_DIGITS));
  return Number.isSafeInteger(base) && base >= 0 && base % 8 === 0 ? base : undefined;
}

export interface SegmentHeader {
  readonly base: number;
  readonly sizeBytes: number;
  readonly markSalt: number;
  readonly checkSalt: number;
}

export type SegmentHeaderAnswer =
  | { readonly kind: 'header'; readonly header: SegmentHeader }
  | { readonly kind: 'other-version'; readonly version: number }
  | { readonly kind: 'unreadable' };

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = Buffer.alloc(SEGMENT_HEADER_SIZE);
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeUInt32LE(SEGMENT_FORMAT_VERSION, 8);
  bytes.writeUInt32LE(header.sizeBytes, 12);
  bytes.writeBigUInt64LE(BigInt(header.base), 16);
  bytes.writeInt32LE(header.markSalt, 24);
  bytes.writeInt32LE(header.checkSalt, 28);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CRC_OFFSET)), CRC_OFFSET);
  return bytes;
}

export function decodeSegmentHeader(bytes: Uint8Array): SegmentHeaderAnswer {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < SEGMENT_HEADER_SIZE || view.toString('latin1', 0, 8) !== MAGIC) return { kind: 'unreadable' };
  // The version is looked at before the checksum: another version may keep its checksum elsewhere.
  const version = view.readUInt32LE(8);
  if (version !== SEGMENT_FORMAT_VERSION) return { kind: 'other-version', version };
  if (crc32(view.subarray(0, CRC_OFFSET)) !== view.readUInt32LE(CRC_OFFSET)) return { kind: 'unreadable' };
  const sizeBytes = view.readUInt32LE(12);
  const base = Number(view.readBigUInt64LE(16));
  if (sizeBytes % 8 !== 0 || sizeBytes > SEGMENT_SIZE_BYTES_MAX || sizeBytes <= SEGMENT_HEADER_SIZE) return { kind: 'unreadable' };
  return { kind: 'header', header: { base, sizeBytes, markSalt: view.readInt32LE(24), checkSalt: view.readInt32LE(28) } };
}

/** A random salt for a segment's new life. */
export function newSalt(): number {
  return randomBytes(4).readInt32LE(0);
}
