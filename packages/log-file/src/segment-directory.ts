import { join } from 'node:path';
import { answerOf, type Disk, type DiskFile, waitFor } from './disk.ts';
import { FormatVersionError } from './errors.ts';
import type { LogEvent } from './log-event.ts';
import { Segment } from './segment.ts';
import { baseOfName, decodeSegmentHeader, SEGMENT_FORMAT_VERSION, SEGMENT_HEADER_SIZE } from './segment-header.ts';
import type { Segments } from './segments.ts';

/**
 * The files of a data directory:
 *
 *     0000000000000000.segment    a segment, named by its base position
 *     making.segment              a segment whose room is being made; worthless after a crash
 *     spare.segment               the file of a removed segment, kept to be used again; its bytes mean nothing
 *     lock                        held while a process uses the directory
 *     *.damaged                   a segment without a readable header, put aside
 */
export const MAKING_NAME = 'making.segment';
export const SPARE_NAME = 'spare.segment';
const DAMAGED_END = '.damaged';

export interface DirectoryAnswer {
  /** Where the log goes on when there is no readable segment. */
  readonly firstBase: number;
  /** Bytes of the spare file, 0 when there is none. */
  readonly spareSizeBytes: number;
}

/** Finds the segments of a directory, oldest first, into `segments`. Refuses other format versions, puts unreadable files aside. */
export async function readDirectory(
  disk: Disk,
  directory: string,
  segments: Segments,
  report: (event: LogEvent) => void,
): Promise<DirectoryAnswer> {
  const names = await answerOf<string[]>(done => disk.list(directory, done));
  // Names have as many digits as they need to sort like their numbers.
  const found = names.filter(name => baseOfName(name) !== undefined).sort();
  let firstBase = 0;
  for (const name of found) {
    const base = baseOfName(name)!;
    const path = join(directory, name);
    const { answer, sizeBytes } = await readHeader(disk, path);
    if (answer.kind === 'other-version') throw new FormatVersionError(path, answer.version, SEGMENT_FORMAT_VERSION);
    if (answer.kind === 'unreadable' || answer.header.base !== base) {
      const putAside = name + DAMAGED_END;
      await waitFor(done => disk.rename(path, join(directory, putAside), done));
      await waitFor(done => disk.syncDirectory(directory, done));
      report({ kind: 'corrupt-segment', segment: name, putAside, bytesSkipped: sizeBytes });
      firstBase = base + ((sizeBytes + 7) & ~7);
      continue;
    }
    const before = segments.list[segments.list.length - 1];
    if (before !== undefined && before.end < base && firstBase < base) {
      report({ kind: 'segment-missing', position: before.end, bytesSkipped: base - before.end });
    }
    const { header } = answer;
    const segment = new Segment(base, header.sizeBytes, header.markSalt, header.checkSalt);
    segment.made = true;
    segments.list.push(segment);
    firstBase = segment.end;
  }
  if (names.includes(MAKING_NAME)) await waitFor(done => disk.remove(join(directory, MAKING_NAME), done));
  // Names that an earlier try left behind without a sync could come back in the next power failure.
  await waitFor(done => disk.syncDirectory(directory, done));
  const spareSizeBytes = names.includes(SPARE_NAME) ? (await readHeader(disk, join(directory, SPARE_NAME))).sizeBytes : 0;
  return { firstBase, spareSizeBytes };
}

async function readHeader(disk: Disk, path: string) {
  const file = (await answerOf<DiskFile | undefined>(done => disk.open(path, 'read', done)))!;
  try {
    const bytes = new Uint8Array(SEGMENT_HEADER_SIZE);
    const length = await answerOf<number>(done => file.read(bytes, 0, bytes.length, 0, done));
    const sizeBytes = await answerOf<number>(done => file.size(done));
    return { answer: decodeSegmentHeader(bytes.subarray(0, length)), sizeBytes };
  } finally {
    await waitFor(done => file.close(done));
  }
}

/** Takes a segment away that the log has no use for; durable when the promise is fulfilled. */
export async function discardSegment(disk: Disk, directory: string, name: string): Promise<void> {
  await waitFor(done => disk.rename(join(directory, name), join(directory, SPARE_NAME), done));
  await waitFor(done => disk.syncDirectory(directory, done));
}
