import { type AddressSpace, type Principal, type Refusal, refuseEntry } from '@angarium/core';
import type { ConnectionStatus } from '@angarium/transport';
import Type from 'typebox';
import type { LinkHolder } from '../activity/link-source.ts';
import { API_PREFIX, API_VERSION, CONNECTION, type ConnectionDocument, list } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendProblem } from './problem.ts';

/** Most connections of one answer. */
const LIST_MAX = 10_000;

const QUERY = Type.Object(
  { addressSpace: Type.Optional(Type.String({ description: 'Only those of this address space.' })) },
  { additionalProperties: false },
);

/** The connections of all heads. */
export interface ConnectionSource {
  /** Id and status of each, oldest first. */
  list(): Iterable<{ readonly id: string; readonly status: ConnectionStatus }>;
  /** Connections of this space, or of all, as who has links. */
  holders(space?: AddressSpace): Iterable<LinkHolder>;
  /** Tells the peer why and ends the connection; `false` when there is none of this id. */
  close(id: string, why: string): boolean;
}

/** Connections are those of an address space; who may not see one is not told that it is there. */
function refuseConnection(principal: Principal, action: 'view' | 'manage', { addressSpace }: ConnectionStatus): Refusal | undefined {
  if (principal.administersServer) return undefined;
  return addressSpace === principal.space ? principal.rights.refuseKind(action, 'Connection') : refuseEntry(principal, addressSpace);
}

/** Who is connected; an operator can end a connection. */
export function connectionRoutes(app: HttpApp, source: ConnectionSource): void {
  app.addSchema(CONNECTION);
  app.addSchema(list('ConnectionList', Type.Unsafe<ConnectionDocument>({ $ref: 'Connection#', type: 'object' })));
  const tags = ['connections'];

  app.get(
    `${API_PREFIX}/connections`,
    {
      schema: {
        operationId: 'listConnections',
        summary: `List connections of all protocols, up to ${LIST_MAX}, oldest first`,
        tags,
        querystring: QUERY,
        response: { 200: { description: 'The connections.', $ref: 'ConnectionList#' }, default: PROBLEM_ANSWER },
      },
    },
    (request, reply) => {
      const { addressSpace } = request.query;
      const items: object[] = [];
      for (const { id, status } of source.list()) {
        if (items.length === LIST_MAX) break;
        if (addressSpace !== undefined && status.addressSpace !== addressSpace) continue;
        if (refuseConnection(request.principal, 'view', status)) continue;
        items.push({ apiVersion: API_VERSION, kind: 'Connection', metadata: { name: id }, status });
      }
      return reply.send({ apiVersion: API_VERSION, kind: 'ConnectionList', metadata: {}, items });
    },
  );

  app.delete(
    `${API_PREFIX}/connections/:id`,
    {
      schema: {
        operationId: 'closeConnection',
        summary: 'Close a connection: the peer is told why, as its protocol has it',
        tags,
        params: Type.Object({ id: Type.String({ description: 'metadata.name of the connection.' }) }),
        response: { 204: { description: 'The peer is told, and the connection ends.', type: 'null' }, default: PROBLEM_ANSWER },
      },
    },
    (request, reply) => {
      const { id } = request.params;
      const { principal } = request;
      const found = principal.administersServer ? undefined : [...source.list()].find(each => each.id === id);
      if (!principal.administersServer && (!found || refuseConnection(principal, 'manage', found.status)))
        return sendProblem(reply, 'connection-not-found', `There is no connection "${id}" that you may close.`);
      if (!source.close(id, `closed by ${request.principal.user} over the HTTP API`)) {
        return sendProblem(reply, 'connection-not-found', `There is no connection "${id}".`);
      }
      return reply.code(204).send(null);
    },
  );
}
