import { type AddressSpace, type Broker, Refusal } from '@angarium/core';
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

/** The space of the path; undefined when the request was answered, because there is none. */
export function spaceOf(broker: Broker, name: string, reply: FastifyReply): AddressSpace | undefined {
  const found = broker.spaces.get(name);
  if (found === undefined) sendRefusal(reply, new Refusal('space-not-found', `There is no address space "${name}".`));
  return found;
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
