import type { Resource } from '@angarium/core';
import { API_VERSION, type Document, documentOf } from './document.ts';
import type { Documents } from './documents.ts';
import type { Kind } from './kind.ts';

export interface ExportOptions {
  /** Only what is of this address space; absent: everything. */
  readonly space?: string | undefined;
  /** With what is never shown otherwise. */
  readonly secrets: boolean;
  /** What is left out otherwise. */
  readonly mayView: (kind: Kind, space: string, name: string) => boolean;
}

/** A document without what is one server's own. */
export type ExportedDocument = Pick<Document, 'apiVersion' | 'kind' | 'spec'> & { readonly metadata: object };

/** All declared documents, each after those that it may name: written back in this order, they are as they were. */
export function* exportDocuments(documents: Documents, options: ExportOptions): Generator<ExportedDocument> {
  const declared = documents.kinds.filter(({ spec }) => spec !== undefined);
  const spaces = options.space === undefined ? [...documents.world.broker.spaces.keys()] : [options.space];
  for (const kind of declared)
    for (const space of kind.scope === 'server' ? [''] : spaces)
      for (const name of [...documents.names(kind, space)]) {
        const resource = documents.get(kind, space, name);
        if (resource && belongs(documents, kind, resource, options)) yield exported(documents, kind, resource, options.secrets);
      }
}

function belongs(documents: Documents, kind: Kind, { space, name, metadata }: Resource, options: ExportOptions): boolean {
  if (!options.mayView(kind, space, name)) return false;
  // Of the server, a space has its own document.
  if (kind.scope === 'server' && options.space !== undefined && !(kind.kind === 'AddressSpace' && name === options.space)) return false;
  // What nobody has written is there anyway, and what waits for its end shall not come back.
  if (metadata.revision === 0 || metadata.deletedMs !== undefined) return false;
  return kind.kind !== 'Address' || documents.world.broker.spaces.get(space)?.addresses.get(name)?.temporary !== true;
}

function exported(documents: Documents, kind: Kind, resource: Resource, secrets: boolean): ExportedDocument {
  const { spec } = documentOf(kind, resource, documents.world, { secrets, status: false });
  const { labels, annotations, finalizers } = resource.metadata;
  const metadata = {
    name: resource.name,
    ...(resource.space !== '' && { addressSpace: resource.space }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(finalizers && { finalizers }),
  };
  return { apiVersion: API_VERSION, kind: kind.kind, metadata, ...(spec && { spec }) };
}
