import { crc32 } from './crc32.ts';

/**
 * A record on disk and in memory, in little-endian numbers. Its position is a multiple of eight.
 *
 *      0         4         8         12     13            16              16 + size
 *     ┌─────────┬─────────┬─────────┬──────┬─────────────┬───────────────┬─────────────────┐
 *     │ crc-32  │ mark    │ size    │ kind │ distance    │ payload       │ zeros up to the │
 *     │ u32     │ u32     │ u32     │ u8   │ u24         │               │ next multiple of 8
 *     └─────────┴─────────┴─────────┴──────┴─────────────┴───────────────┴─────────────────┘
 *
 * crc-32    of everything after it, zeros included, seeded with the segment's check salt.
 * mark      the record's offset in its segment, xor the segment's mark salt. Salts are random and new whenever a file is used
 *           again: what a file held in an earlier life, and what a message's body imitates, is not taken for a record.
 * distance  (position − durable end when the record was written) / 8; all ones: unknown. It tells a torn tail from damage: when
 *           something before the durable end of a later record is unreadable, it was on disk once, and is damaged;
 *           what lies after every known durable end was never promised to anybody, and may be cut.
 */
export const RECORD_HEADER_SIZE = 16;
export const DISTANCE_UNKNOWN = 0xffffff;

/** The owner's kinds are 0 to 239; the others are the log's own. */
export const OWNER_KIND_MAX = 239;
/** The rest of the segment is not used; the log goes on in the next one. */
export const KIND_SEGMENT_END = 255;
/** Says how far the log is durable; written when it is closed. */
export const KIND_CLOSED = 254;

/** The room that a payload takes in the log. */
export function recordSize(sizeBytes: number): number {
  return (sizeBytes + (RECORD_HEADER_SIZE + 7)) & ~7;
}

/** What a segment's records are marked and checked with. */
export interface Salts {
  readonly markSalt: number;
  readonly checkSalt: number;
}

/** Fills in the checksum and the distance of the record at `index`; size, kind and mark are there already. Answers its whole size. */
export function sealRecord(bytes: Uint8Array, words: Int32Array, index: number, distance: number, salts: Salts): number {
  const at = index >> 2;
  const total = recordSize(words[at + 2]!);
  words[at + 3] = (words[at + 3]! & 0xff) | (distance << 8);
  words[at] = crc32(bytes, words, index + 4, index + total, salts.checkSalt);
  return total;
}

/** More bytes are needed to tell whether there is a record. */
export const RECORD_CUT_OFF = 0;
export const RECORD_BAD = -1;

/**
 * Looks whether an intact record begins at `index`, which stands for `offset` in the segment, in bytes up to `end`.
 * Answers its whole size, `RECORD_CUT_OFF` or `RECORD_BAD`.
 */
export function checkRecord(
  bytes: Uint8Array,
  words: Int32Array,
  index: number,
  end: number,
  offset: number,
  segmentSizeBytes: number,
  salts: Salts,
): number {
  if (index + RECORD_HEADER_SIZE > end) return offset + RECORD_HEADER_SIZE > segmentSizeBytes ? RECORD_BAD : RECORD_CUT_OFF;
  const at = index >> 2;
  if (words[at + 1] !== (offset ^ salts.markSalt)) return RECORD_BAD;
  const sizeBytes = words[at + 2]!;
  if (sizeBytes < 0 || sizeBytes > segmentSizeBytes) return RECORD_BAD;
  const total = recordSize(sizeBytes);
  if (offset + total > segmentSizeBytes) return RECORD_BAD;
  if (index + total > end) return RECORD_CUT_OFF;
  return crc32(bytes, words, index + 4, index + total, salts.checkSalt) === words[at] ? total : RECORD_BAD;
}

/** How far the log was durable when the record at `index` was written; 0 when the record does not know. */
export function durableClaim(words: Int32Array, index: number, position: number): number {
  const distance = words[(index >> 2) + 3]! >>> 8;
  return distance === DISTANCE_UNKNOWN ? 0 : position - distance * 8;
}
