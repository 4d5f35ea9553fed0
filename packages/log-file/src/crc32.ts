import { crc32 as nativeCrc32 } from 'node:zlib';

/**
 * CRC-32 (the polynomial of zlib and Ethernet) over whole 32-bit words. A call into zlib costs about as much as a hundred bytes
 * of checksum, and most records are shorter than a few hundred bytes: those are summed here, eight bytes a step.
 */

/** Up to this many bytes the tables below are quicker than the way into zlib and back. */
const OWN_SIZE_BYTES_MAX = 192;

const TABLES: readonly Int32Array[] = makeTables();
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as readonly [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

function makeTables(): Int32Array[] {
  const tables: Int32Array[] = [];
  const first = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    first[byte] = sum;
  }
  tables.push(first);
  for (let step = 1; step < 8; step++) {
    const before = tables[step - 1]!;
    const table = new Int32Array(256);
    for (let byte = 0; byte < 256; byte++) table[byte] = (before[byte]! >>> 8) ^ first[before[byte]! & 0xff]!;
    tables.push(table);
  }
  return tables;
}

/**
 * The checksum of the bytes [start, end), both multiples of four, going on from `seed`. `words` and `bytes` show the same memory.
 * Answers a signed 32-bit integer, as an Int32Array holds it.
 */
export function crc32(bytes: Uint8Array, words: Int32Array, start: number, end: number, seed: number): number {
  if (end - start > OWN_SIZE_BYTES_MAX) return nativeCrc32(bytes.subarray(start, end), seed >>> 0) | 0;
  let sum = ~seed;
  let at = start >> 2;
  const last = end >> 2;
  for (; at + 1 < last; at += 2) {
    const low = words[at]! ^ sum;
    const high = words[at + 1]!;
    sum =
      T7[low & 0xff]! ^
      T6[(low >>> 8) & 0xff]! ^
      T5[(low >>> 16) & 0xff]! ^
      T4[low >>> 24]! ^
      T3[high & 0xff]! ^
      T2[(high >>> 8) & 0xff]! ^
      T1[(high >>> 16) & 0xff]! ^
      T0[high >>> 24]!;
  }
  if (at < last) {
    const low = words[at]! ^ sum;
    sum = T3[low & 0xff]! ^ T2[(low >>> 8) & 0xff]! ^ T1[(low >>> 16) & 0xff]! ^ T0[low >>> 24]!;
  }
  return ~sum;
}
