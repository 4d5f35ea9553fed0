import { type ConnectionDocument, ProblemError } from '../api-client.ts';
import { valueAt } from './columns.ts';
import { callingName, type ResourceKind } from './kind-names.ts';
import type { ResourceClient, ResourceDocument } from './resource-client.ts';

/** Another document, or a client, and what it has to do with the one that is described. */
export interface Related {
  readonly what: string;
  readonly how: string;
}

interface Reference {
  /** The kind whose documents name others. */
  readonly from: string;
  /** Where: a field, or one of each item of a list (`diverts[].to`). */
  readonly path: string;
  readonly how: string;
}

/** Who names documents of a kind. */
const REFERENCES: Readonly<Record<string, readonly Reference[]>> = {
  Address: [
    { from: 'Address', path: 'spec.deadLetter', how: 'sends its dead letters here' },
    { from: 'Address', path: 'spec.expiry', how: 'sends its expired messages here' },
    { from: 'Address', path: 'spec.diverts[].to', how: 'diverts messages here' },
    { from: 'Forwarder', path: 'spec.address', how: 'forwards for it' },
  ],
  AddressPlan: [{ from: 'Address', path: 'spec.plan', how: 'uses it' }],
  AddressSpacePlan: [{ from: 'AddressSpace', path: 'spec.plan', how: 'uses it' }],
  AuthenticationService: [
    { from: 'AddressSpace', path: 'spec.authentication', how: 'asks it who clients are' },
    { from: 'AddressSpacePlan', path: 'spec.authentication', how: 'names it' },
  ],
  Connector: [{ from: 'Forwarder', path: 'spec.connector', how: 'goes over it' }],
  Role: [{ from: 'RoleBinding', path: 'spec.role', how: 'gives it' }],
  User: [{ from: 'RoleBinding', path: 'spec.subjects[].user', how: 'gives it a role' }],
};
/** Most that are shown: the rest is a list of its own. */
const RELATED_MAX = 20;

/** Documents that name this one, and clients that are connected as it. */
export async function relatedOf(client: ResourceClient, { kind }: ResourceKind, { metadata }: ResourceDocument): Promise<Related[]> {
  const related: Related[] = [];
  for (const { from, path, how } of REFERENCES[kind] ?? []) {
    const kindOf = await client.kind(from);
    for await (const document of viewable(client.list(kindOf, metadata.addressSpace ?? '')))
      if (namesAt(document, path).includes(metadata.name)) related.push({ what: callingName(kindOf, document.metadata.name), how });
  }
  if (kind === 'User')
    for (const { metadata: connection, status } of await client.api.all<ConnectionDocument>('/connections'))
      if (status.user === metadata.name && status.addressSpace === metadata.addressSpace)
        related.push({ what: `connection ${connection.name}`, how: `${status.protocol} from ${status.peer} since ${status.since}` });
  if (related.length <= RELATED_MAX) return related;
  return [...related.slice(0, RELATED_MAX), { what: `${related.length - RELATED_MAX} more`, how: 'angarium get has them all' }];
}

/** The texts at a path, of which one step may be a list. */
function namesAt(document: ResourceDocument, path: string): unknown[] {
  const [before, after] = path.split('[].') as [string, string | undefined];
  const value = valueAt(document, before);
  if (after === undefined) return [value];
  return Array.isArray(value) ? value.map(item => valueAt(item, after)) : [];
}

/** What one may not view is not told of. */
async function* viewable(documents: AsyncIterable<ResourceDocument>): AsyncGenerator<ResourceDocument> {
  try {
    yield* documents;
  } catch (error) {
    if (!(error instanceof ProblemError && error.reason === 'denied')) throw error;
  }
}
