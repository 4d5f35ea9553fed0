import { type Action, type AddressSpace, type Broker, Refusal, refuseEntry, Visit } from '@angarium/core';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { API_PREFIX, NAME_LENGTH_MAX } from './documents.ts';
import { sendProblem, sendRefusal } from './problem.ts';

const space = Type.String({ description: 'The address space; "default" exists always.' });

export const SPACE_PARAMETERS = Type.Object({ space });
export const ADDRESS_PARAMETERS = Type.Object({
  space,
  name: Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX, description: 'The name of the address, URL-encoded: a/b is a%2Fb.' }),
});
export const ADDRESS_PATH = `${API_PREFIX}/addressspaces/:space/addresses/:name`;

/** The space of the path; undefined when the request was answered, because there is none, or because it is not for who asks. */
export function spaceOf(broker: Broker, name: string, reply: FastifyReply): AddressSpace | undefined {
  const { principal } = reply.request;
  // Who may not enter is not told whether there is anything to enter.
  if (!principal.administersServer && principal.space !== name) {
    sendRefusal(reply, refuseEntry(principal, name));
    return undefined;
  }
  const found = broker.spaces.get(name);
  if (found === undefined) sendRefusal(reply, new Refusal('space-not-found', `There is no address space "${name}".`));
  return found;
}

/** Whether who asks may do all that with the address; if not, the request was answered, in the same words whether there is one or not. */
export function mayDo(reply: FastifyReply, space: AddressSpace, address: string, ...actions: readonly Action[]): boolean {
  const visit = new Visit(space, reply.request.principal);
  for (const action of actions) {
    const refusal = visit.refuse(action, address);
    if (refusal === undefined) continue;
    sendRefusal(reply, refusal);
    return false;
  }
  return true;
}

interface NamedInput {
  readonly metadata?: { readonly name?: string; readonly addressSpace?: string };
}

/** What a document says of its place, where that is not the path's; undefined: nothing is wrong. */
export function refusePlace(reply: FastifyReply, body: NamedInput, space: AddressSpace, name?: string): FastifyReply | undefined {
  const { addressSpace, name: named } = body.metadata ?? {};
  if (addressSpace !== undefined && addressSpace !== space.name)
    return sendProblem(reply, 'request-invalid', `body/metadata/addressSpace is "${addressSpace}", but the path names "${space.name}".`);
  if (name !== undefined && named !== undefined && named !== name)
    return sendProblem(reply, 'request-invalid', `body/metadata/name is "${named}", but the path names "${name}".`);
  return undefined;
}
