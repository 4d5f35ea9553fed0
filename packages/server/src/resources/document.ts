import { createHash } from 'node:crypto';
import type { Described, Principal, Resource } from '@angarium/core';
import type { Kind } from './kind.ts';
import { withoutSecrets } from './secrets.ts';
import type { World } from './world.ts';

export const API_VERSION = 'angarium.dev/v1';

/** What stands beside a document's specification, as clients see it. */
export interface DocumentMetadata {
  readonly name: string;
  readonly addressSpace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

export interface Document {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: DocumentMetadata;
  readonly spec?: object;
  readonly status?: object;
}

/** What a client writes; what it leaves out follows from the path. */
export interface DocumentInput {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: Pick<Described, 'labels' | 'annotations' | 'finalizers'> & {
    readonly name?: string;
    readonly addressSpace?: string;
    readonly resourceVersion?: string;
    readonly uid?: string;
  };
  /** Absent where a kind needs nothing to be said. */
  readonly spec?: object;
}

/** What a client says beside the specification and the place. */
export function describedOf({ labels, annotations, finalizers }: NonNullable<DocumentInput['metadata']>): Described {
  return { ...(labels && { labels }), ...(annotations && { annotations }), ...(finalizers && { finalizers }) };
}

/** A document as clients see it; `secrets`: with what is never shown otherwise. `revision`: of its end, where that is shown. `viewer`: who sees it; absent: it is shown to nobody but the server. */
export function documentOf(
  kind: Kind,
  resource: Resource,
  world: World,
  options: { readonly secrets?: boolean; readonly revision?: number; readonly status?: boolean; readonly viewer?: Principal } = {},
): Document {
  const spec = options.secrets ? resource.spec : withoutSecrets(resource.spec, kind.secrets);
  const status = options.status === false ? undefined : statusOf(kind, resource, world, options.viewer);
  return {
    apiVersion: API_VERSION,
    kind: kind.kind,
    metadata: metadataOf(resource, world, options.revision),
    ...(kind.spec && { spec }),
    ...(status && { status }),
  };
}

function statusOf(kind: Kind, resource: Resource, world: World, viewer: Principal | undefined): object | undefined {
  const shown = kind.show?.(resource, world);
  const hidden = viewer && !viewer.administersServer ? (kind.veil?.(viewer) ?? []) : [];
  const status = shown && hidden.length > 0 ? Object.fromEntries(Object.entries(shown).filter(([name]) => !hidden.includes(name))) : shown;
  return resource.metadata.deletedMs === undefined ? status : { ...status, phase: 'Terminating' };
}

function metadataOf(resource: Resource, world: World, revision: number | undefined): DocumentMetadata {
  const { space, name, metadata } = resource;
  const { createdMs, deletedMs, generation, labels, annotations, finalizers } = metadata;
  return {
    name,
    ...(space !== '' && { addressSpace: space }),
    uid: uidOf(resource, world.containerId),
    resourceVersion: String(revision ?? metadata.revision),
    generation,
    ...(createdMs > 0 && { creationTimestamp: new Date(createdMs).toISOString() }),
    ...(deletedMs !== undefined && { deletionTimestamp: new Date(deletedMs).toISOString() }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(finalizers && { finalizers }),
  };
}

/** The same for as long as the document lives, and no other one's: a UUID of version 8 (RFC 9562, section 5.8). */
export function uidOf({ kind, space, name, metadata }: Resource, containerId: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([containerId, kind, space, name, metadata.createdMs]))
    .digest('hex');
  const variant = '89ab'[Number.parseInt(hash[16]!, 16) & 3];
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-${variant}${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
