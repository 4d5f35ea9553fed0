import { copyBytes } from '@angarium/core';
import type { Writer } from './connection-output.ts';

/** Writes `from[start, end)`, for which there is room already. */
export function appendBytes(writer: Writer, from: Uint8Array, start: number, end: number): void {
  copyBytes(from, start, end, writer.bytes, writer.length);
  writer.length += end - start;
}
