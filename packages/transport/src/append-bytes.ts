import type { Writer } from './connection-output.ts';

/** Up to here a loop is quicker than the platform's copy, which needs a view of the source, in bytes. */
const SHORT_BYTES_MAX = 64;

/** Writes `from[start, end)`, for which there is room already. */
export function appendBytes(writer: Writer, from: Uint8Array, start: number, end: number): void {
  const { bytes } = writer;
  let at = writer.length;
  writer.length = at + end - start;
  if (end - start > SHORT_BYTES_MAX) bytes.set(from.subarray(start, end), at);
  else for (let i = start; i < end; i++) bytes[at++] = from[i]!;
}
