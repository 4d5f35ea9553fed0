import type { Resource } from '@angarium/core';
import { parseFieldSelector, parseLabelSelector } from '../resources/label-selector.ts';
import type { ListQuery } from './resource-queries.ts';

/** Which documents a list or a watch is of. */
export interface Selection {
  /** The one of this name; undefined: it does not depend on the name. */
  readonly name: string | undefined;
  /** All are taken, whatever they say. */
  readonly all: boolean;
  readonly takes: (resource: Resource) => boolean;
}

/** Reads the selectors of a query; a text says what is wrong with them. */
export function readSelection({ labelSelector = '', fieldSelector = '' }: ListQuery): Selection | string {
  const labels = parseLabelSelector(labelSelector);
  if (labels === undefined) return `labelSelector, ${JSON.stringify(labelSelector)}, is not like a=b,c!=d,e in (f, g),h,!i.`;
  const name = fieldSelector === '' ? undefined : parseFieldSelector(fieldSelector);
  if (fieldSelector !== '' && name === undefined) return `fieldSelector, ${JSON.stringify(fieldSelector)}, is not like metadata.name=NAME.`;
  return {
    name,
    all: labelSelector === '' && name === undefined,
    takes: resource => (name === undefined || resource.name === name) && labels(resource.metadata.labels ?? {}),
  };
}
