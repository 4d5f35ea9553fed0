import type { ResourceDocument } from './resource-client.ts';

/** Beside documents that `angarium apply` has made: what it made it may prune. */
export const APPLIED = 'angarium.dev/applied';

/** What of a document is its writer's: it can be written back, and compared with another. `applied`: with the mark of `angarium apply`. */
export function plainDocument({ apiVersion, kind, metadata, spec }: ResourceDocument, { applied = false } = {}): object {
  const { name, addressSpace, labels, finalizers } = metadata;
  const { [APPLIED]: mark, ...others } = metadata.annotations ?? {};
  const annotations = { ...others, ...(applied && mark !== undefined && { [APPLIED]: mark }) };
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(addressSpace !== undefined && { addressSpace }),
      ...(labels && { labels }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ...(finalizers && { finalizers }),
    },
    spec,
  };
}
