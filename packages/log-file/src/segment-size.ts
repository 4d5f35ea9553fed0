import { SEGMENT_HEADER_SIZE } from './segment-header.ts';

/** The first file of a directory: small, so that starting takes no time. Each further one is twice as large, up to the usual size. */
const FIRST_SEGMENT_SIZE_BYTES = 4 * 1024 * 1024;
/** How many times what is left of the current segment the next one may have: it is made while that is filled. */
const SIZE_OF_LEFT_MAX = 4;

export function firstSegmentSize(usualSizeBytes: number): number {
  return Math.min(usualSizeBytes, FIRST_SEGMENT_SIZE_BYTES);
}

/**
 * The size of the segment behind the newest, with room for a record that takes `recordBytes`. Where little is left of the current one, as there may
 * be after a restart, it is a small one: nothing becomes durable until it is made, and a server that is killed before that gets no further.
 */
export function nextSegmentSize(newestSizeBytes: number, usualSizeBytes: number, leftBytes: number, recordBytes: number): number {
  let sizeBytes = Math.min(newestSizeBytes * 2, usualSizeBytes);
  while (sizeBytes > FIRST_SEGMENT_SIZE_BYTES && sizeBytes > leftBytes * SIZE_OF_LEFT_MAX) sizeBytes /= 2;
  while (sizeBytes < recordBytes + SEGMENT_HEADER_SIZE) sizeBytes = Math.min(sizeBytes * 2, usualSizeBytes);
  return sizeBytes;
}
