import type { ResourceDocument } from '../../api/documents.ts';

/** What an AddressSpace says (docs/reference/resources.md). */
export interface SpaceSpec {
  readonly plan?: string;
  readonly displayName?: string;
  readonly hostnames?: readonly string[];
  readonly limits?: Readonly<Record<string, number>>;
}

interface SpaceStatus {
  readonly phase?: string;
  readonly addresses?: number;
  readonly connections?: number;
  readonly users?: number;
  readonly stored?: number;
  readonly storedBytes?: number;
}

export type AddressSpace = ResourceDocument<SpaceSpec, SpaceStatus>;
