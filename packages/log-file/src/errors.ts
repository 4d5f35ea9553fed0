import { RecordLost } from '@angarium/core';

/** The data directory belongs to another process (or to another log of this one) that is still running. */
export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
  readonly directory: string;

  constructor(directory: string) {
    super(
      `The data directory ${directory} is in use by another running process. Stop that process, or give this one a directory of its own.`,
    );
    this.directory = directory;
  }
}

/** The data directory was written by a version whose layout this one does not read. */
export class FormatVersionError extends Error {
  override readonly name = 'FormatVersionError';
  readonly path: string;
  readonly version: number;

  constructor(path: string, version: number, versionOwn: number) {
    super(
      `The segment file ${path} has format version ${version}, and this version of Angarium reads version ${versionOwn} only. ` +
        'Start the version that wrote it, or give this one an empty directory.',
    );
    this.path = path;
    this.version = version;
  }
}

/** A record that does not have its checksum any more, or a position where none begins. */
export class CorruptRecordError extends RecordLost {
  override readonly name = 'CorruptRecordError';
  readonly path: string;
  readonly position: number;

  constructor(path: string, position: number) {
    super(`There is no intact record at position ${position} in the segment file ${path}: its checksum does not match.`);
    this.path = path;
    this.position = position;
  }
}
