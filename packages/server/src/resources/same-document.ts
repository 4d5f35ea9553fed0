import { isDeepStrictEqual } from 'node:util';
import type { Described, Resource } from '@angarium/core';

/** Whether writing this would change nothing. */
export function sameDocument(before: Resource, spec: object, described: Described): boolean {
  const { labels, annotations, finalizers, deletedMs } = before.metadata;
  return (
    isDeepStrictEqual(before.spec, spec) && isDeepStrictEqual(compact({ labels, annotations, finalizers, deletedMs }), compact(described))
  );
}

/** Without what is not there, or has nothing in it. */
function compact(described: { readonly [Field in keyof Described]: Described[Field] | undefined }): object {
  return Object.fromEntries(
    Object.entries(described).filter(([, value]) => value !== undefined && (typeof value !== 'object' || Object.keys(value).length > 0)),
  );
}
