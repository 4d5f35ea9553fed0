/**
 * Just enough of tar (POSIX.1-2017, pax, "ustar Interchange Format"): regular files with short names. Each is a header and its bytes, filled up to
 * the next multiple of 512; two blocks of zeros end the archive. Numbers are octal digits.
 *
 *      0        100    108    116    124      136      148      156    157       257       263    265           329   345      500
 *     ┌────────┬──────┬──────┬──────┬────────┬────────┬────────┬──────┬─────────┬─────────┬──────┬─────────────┬─────┬────────┬──────┐
 *     │ name   │ mode │ uid  │ gid  │ size   │ mtime  │ sum of │ type │ link    │ ustar␀  │ "00" │ user, group │ ··· │ prefix │      │
 *     │        │ 8    │ 8    │ 8    │ 12     │ 12     │ bytes  │ '0'  │         │         │      │             │     │        │      │
 *     └────────┴──────┴──────┴──────┴────────┴────────┴────────┴──────┴─────────┴─────────┴──────┴─────────────┴─────┴────────┴──────┘
 *
 * The sum counts its own eight bytes as spaces.
 */
export const TAR_BLOCK_BYTES = 512;
export const TAR_END_BYTES = 2 * TAR_BLOCK_BYTES;
const NAME_BYTES_MAX = 100;
const SIZE_DIGITS = 11;
const SUM_OFFSET = 148;
const SUM_BYTES = 8;
const TYPE_OFFSET = 156;
/** A regular file; older programs write a zero byte. */
const TYPES_FILE = [0x30, 0];
const MAGIC = 'ustar\0';
const MAGIC_OFFSET = 257;

export interface TarEntry {
  readonly name: string;
  readonly sizeBytes: number;
}

/** What a header block says: a file, the end of the archive, or nothing that is known here. */
export type TarHeader = { readonly kind: 'file'; readonly entry: TarEntry } | { readonly kind: 'end' } | { readonly kind: 'unknown' };

/** The header of a file that its owner alone may read. */
export function tarHeader({ name, sizeBytes }: TarEntry, modifiedAt: Date): Uint8Array {
  if (Buffer.byteLength(name) >= NAME_BYTES_MAX || sizeBytes >= 8 ** SIZE_DIGITS)
    throw new RangeError(`${name} with ${sizeBytes} bytes does not fit in a tar file`);
  const header = Buffer.alloc(TAR_BLOCK_BYTES);
  header.write(name, 0);
  header.write('0000600\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${octal(sizeBytes, SIZE_DIGITS)}\0`, 124);
  header.write(`${octal(Math.floor(modifiedAt.getTime() / 1000), 11)}\0`, 136);
  header[TYPE_OFFSET] = TYPES_FILE[0]!;
  header.write(`${MAGIC}00`, MAGIC_OFFSET);
  header.write(`${octal(sumOf(header), 6)}\0 `, SUM_OFFSET);
  return header;
}

export function readTarHeader(block: Uint8Array): TarHeader {
  if (block.every(byte => byte === 0)) return { kind: 'end' };
  const header = Buffer.from(block.buffer, block.byteOffset, TAR_BLOCK_BYTES);
  const digits = (at: number, length: number): number => Number.parseInt(header.toString('latin1', at, at + length), 8);
  const known = digits(SUM_OFFSET, SUM_BYTES) === sumOf(header) && TYPES_FILE.includes(header[TYPE_OFFSET]!);
  const sizeBytes = digits(124, SIZE_DIGITS + 1);
  if (!known || !Number.isSafeInteger(sizeBytes)) return { kind: 'unknown' };
  const nameEnd = header.indexOf(0);
  return {
    kind: 'file',
    entry: { name: header.toString('utf8', 0, Math.min(nameEnd < 0 ? NAME_BYTES_MAX : nameEnd, NAME_BYTES_MAX)), sizeBytes },
  };
}

/** Zeros that follow a file of this size. */
export function tarPaddingBytes(sizeBytes: number): number {
  return -sizeBytes & (TAR_BLOCK_BYTES - 1);
}

/** What a file takes in the archive. */
export function tarEntryBytes(sizeBytes: number): number {
  return TAR_BLOCK_BYTES + sizeBytes + tarPaddingBytes(sizeBytes);
}

function sumOf(header: Uint8Array): number {
  let sum = SUM_BYTES * 0x20;
  for (let at = 0; at < TAR_BLOCK_BYTES; at++) if (at < SUM_OFFSET || at >= SUM_OFFSET + SUM_BYTES) sum += header[at]!;
  return sum;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
