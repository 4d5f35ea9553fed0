/** Up to here a loop is quicker than a call of the platform's copy, in bytes. */
const SHORT_BYTES_MAX = 24;

/** Takes ranges, where `set` of a typed array takes a view: one more object a message, some two hundred bytes of garbage, is a third of what the collector has to do. */
const copyRange = Buffer.prototype.copy;

/** Copies `from[start, end)` to `to[at…)`, for which there is room. Makes no object. */
export function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > SHORT_BYTES_MAX) copyRange.call(from, to, at, start, end);
  else for (let i = start; i < end; i++) to[at++] = from[i]!;
}
