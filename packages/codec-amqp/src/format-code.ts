/**
 * Format codes of the primitive types (part 1, section 1.6). The upper four bits say how wide the data is:
 *
 *     0x4_  no bytes          0x5_  1        0x6_  2      0x7_  4      0x8_  8      0x9_  16
 *     0xA_  1-byte size, then data           0xB_  4-byte size, then data
 *     0xC_  1-byte size and count, elements  0xD_  4-byte size and count, elements
 *     0xE_  1-byte size and count, constructor, data   0xF_  4-byte size and count, constructor, data
 */
export const DESCRIBED = 0x00;
export const NULL = 0x40;
export const TRUE = 0x41;
export const FALSE = 0x42;
export const BOOLEAN = 0x56;
export const UBYTE = 0x50;
export const USHORT = 0x60;
export const UINT = 0x70;
export const UINT_SMALL = 0x52;
export const UINT_0 = 0x43;
export const ULONG = 0x80;
export const ULONG_SMALL = 0x53;
export const ULONG_0 = 0x44;
export const BYTE = 0x51;
export const SHORT = 0x61;
export const INT = 0x71;
export const INT_SMALL = 0x54;
export const LONG = 0x81;
export const LONG_SMALL = 0x55;
export const FLOAT = 0x72;
export const DOUBLE = 0x82;
export const DECIMAL_32 = 0x74;
export const DECIMAL_64 = 0x84;
export const DECIMAL_128 = 0x94;
export const CHAR = 0x73;
export const TIMESTAMP = 0x83;
export const UUID = 0x98;
export const BINARY_8 = 0xa0;
export const BINARY_32 = 0xb0;
export const STRING_8 = 0xa1;
export const STRING_32 = 0xb1;
export const SYMBOL_8 = 0xa3;
export const SYMBOL_32 = 0xb3;
export const LIST_0 = 0x45;
export const LIST_8 = 0xc0;
export const LIST_32 = 0xd0;
export const MAP_8 = 0xc1;
export const MAP_32 = 0xd1;
export const ARRAY_8 = 0xe0;
export const ARRAY_32 = 0xf0;

/** Entries of `EXTENTS` beyond fixed widths: the data begins with its size in one byte, or in four; or there is no such code. */
export const EXTENT_SIZE_8 = 0x20;
export const EXTENT_SIZE_32 = 0x21;
export const EXTENT_UNKNOWN = 0xff;

/** For each format code how far its data goes: a width of 0 to 16 bytes, or one of the `EXTENT_` marks. */
export const EXTENTS: Uint8Array = extents();

function extents(): Uint8Array {
  const table = new Uint8Array(256).fill(EXTENT_UNKNOWN);
  for (const code of [NULL, TRUE, FALSE, UINT_0, ULONG_0, LIST_0]) table[code] = 0;
  for (const code of [BOOLEAN, UBYTE, UINT_SMALL, ULONG_SMALL, BYTE, INT_SMALL, LONG_SMALL]) table[code] = 1;
  for (const code of [USHORT, SHORT]) table[code] = 2;
  for (const code of [UINT, INT, FLOAT, DECIMAL_32, CHAR]) table[code] = 4;
  for (const code of [ULONG, LONG, DOUBLE, DECIMAL_64, TIMESTAMP]) table[code] = 8;
  for (const code of [DECIMAL_128, UUID]) table[code] = 16;
  for (const code of [BINARY_8, STRING_8, SYMBOL_8, LIST_8, MAP_8, ARRAY_8]) table[code] = EXTENT_SIZE_8;
  for (const code of [BINARY_32, STRING_32, SYMBOL_32, LIST_32, MAP_32, ARRAY_32]) table[code] = EXTENT_SIZE_32;
  return table;
}

/** The unsigned 32-bit number at `at`, in network byte order. The caller has checked that the bytes are there. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}
