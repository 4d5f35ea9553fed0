import type { ByteWriter } from './byte-writer.ts';
import { HEADER } from './descriptor.ts';
import * as code from './format-code.ts';
import { putUint } from './transfer-writer.ts';

/** What the priority of a message without one is (part 3, section 3.2.1). */
export const PRIORITY_DEFAULT = 4;

const HEADER_BYTES_MAX = 20;

/** The longest time to live that the field can say, 49 days; other protocols' messages may have more. */
const TTL_MS_MAX = 0xffff_ffff;

/**
 * Writes a header section (part 3, section 3.2.1). Fields that have their default are null, or left out at the end; `ttlMs` 0 means none.
 *
 *     00 53 70 c0 size count  durable  priority  ttl     first-acquirer  delivery-count
 *     6                       1        1 or 2    1 to 5  1               1 to 5
 */
export function writeHeader(
  writer: ByteWriter,
  durable: boolean,
  priority: number,
  ttlMs: number,
  firstAcquirer: boolean,
  deliveryCount: number,
): void {
  writer.reserve(HEADER_BYTES_MAX);
  const { bytes, length: start } = writer;
  const count = fieldCount(durable, priority, ttlMs, firstAcquirer, deliveryCount);
  bytes[start] = code.DESCRIBED;
  bytes[start + 1] = code.ULONG_SMALL;
  bytes[start + 2] = HEADER;
  if (count === 0) {
    bytes[start + 3] = code.LIST_0;
    writer.length = start + 4;
    return;
  }
  bytes[start + 3] = code.LIST_8;
  bytes[start + 5] = count;
  bytes[start + 6] = durable ? code.TRUE : code.NULL;
  let at = start + 7;
  if (count > 1) {
    if (priority === PRIORITY_DEFAULT) {
      bytes[at++] = code.NULL;
    } else {
      bytes[at] = code.UBYTE;
      bytes[at + 1] = priority;
      at += 2;
    }
  }
  if (count > 2) {
    if (ttlMs === 0) bytes[at++] = code.NULL;
    else at = putUint(bytes, at, Math.min(ttlMs, TTL_MS_MAX));
  }
  if (count > 3) bytes[at++] = firstAcquirer ? code.TRUE : code.NULL;
  if (count > 4) at = putUint(bytes, at, deliveryCount);
  bytes[start + 4] = at - start - 5;
  writer.length = at;
}

/** How many bytes `writeHeader` writes for the same arguments. */
export function headerSize(durable: boolean, priority: number, ttlMs: number, firstAcquirer: boolean, deliveryCount: number): number {
  const count = fieldCount(durable, priority, ttlMs, firstAcquirer, deliveryCount);
  if (count === 0) return 4;
  let size = 7;
  if (count > 1) size += priority === PRIORITY_DEFAULT ? 1 : 2;
  if (count > 2) size += uintSize(ttlMs);
  if (count > 3) size += 1;
  if (count > 4) size += uintSize(deliveryCount);
  return size;
}

/** How many fields there are up to the last one that is not its default. */
function fieldCount(durable: boolean, priority: number, ttlMs: number, firstAcquirer: boolean, deliveryCount: number): number {
  if (deliveryCount !== 0) return 5;
  if (firstAcquirer) return 4;
  if (ttlMs !== 0) return 3;
  if (priority !== PRIORITY_DEFAULT) return 2;
  return durable ? 1 : 0;
}

/** The size of a uint, or of the null in place of zero. */
function uintSize(value: number): number {
  return value === 0 ? 1 : value <= 0xff ? 2 : 5;
}
