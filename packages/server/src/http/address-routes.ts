import { type Address, type AddressSpace, type AddressSpec, type Broker, Refusal } from '@angarium/core';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { ADDRESS_SPEC } from '../address-schema.ts';
import {
  ADDRESS_PARAMETERS,
  ADDRESS_PATH,
  ADDRESSES_PATH,
  refusePlace,
  SPACE_PARAMETERS,
  sendAddressNotFound,
  spaceOf,
} from './address-path.ts';
import {
  ADDRESS,
  ADDRESS_PATCH,
  type AddressDocument,
  type AddressInput,
  type AddressPatch,
  API_PREFIX,
  API_VERSION,
  addressDocument,
  list,
} from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { mergePatch } from './merge-patch.ts';
import { PROBLEM_ANSWER, sendProblem, sendRefusal } from './problem.ts';
import { schemaCheck } from './schema-words.ts';

/** Addresses of one page of a list, when the client does not say. */
const PAGE_DEFAULT = 500;
/** Most addresses of one page: a page is made in one go, and the messages wait meanwhile. */
const PAGE_MAX = 1000;

const LIST_QUERY = Type.Object(
  {
    limit: Type.Optional(
      Type.String({ pattern: '^[1-9]\\d{0,3}$', description: `Most items of the answer, up to ${PAGE_MAX}; ${PAGE_DEFAULT} when absent.` }),
    ),
    continue: Type.Optional(Type.String({ description: 'Where the last page ended: `metadata.continue` of its answer.' })),
  },
  { additionalProperties: false },
);
const DELETE_QUERY = Type.Object(
  {
    force: Type.Optional(
      Type.Union([Type.Literal('true'), Type.Literal('false')], { description: 'Delete it although it is in use or holds messages.' }),
    ),
  },
  { additionalProperties: false },
);

const answer = { $ref: 'Address#' };
const input = Type.Unsafe<AddressInput>({ $ref: 'AddressInput#' });
const checkSpec = schemaCheck(ADDRESS_SPEC);

/** Addresses of a space: list, get, create, declare, update, delete. */
export function addressRoutes(app: HttpApp, broker: Broker): void {
  const addressList = list('AddressList', Type.Unsafe<AddressDocument>({ ...answer, type: 'object' }));
  app.addSchema(ADDRESS);
  app.addSchema(addressList);
  app.addSchema(ADDRESS_PATCH);
  app.addContentTypeParser('application/merge-patch+json', { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'));
  const tags = ['addresses'];

  app.get(
    ADDRESSES_PATH,
    {
      schema: {
        operationId: 'listAddresses',
        summary: 'List addresses by name',
        tags,
        params: SPACE_PARAMETERS,
        querystring: LIST_QUERY,
        response: { 200: { description: 'A page of addresses.', $ref: 'AddressList#' }, default: PROBLEM_ANSWER },
      },
    },
    (request, reply) => {
      const space = spaceOf(broker, request.params.space, reply);
      if (space === undefined) return reply;
      const limit = Math.min(PAGE_MAX, Number(request.query.limit ?? PAGE_DEFAULT));
      const names = firstNames(space.addresses.keys(), request.query.continue, limit + 1);
      const shown = names.slice(0, limit);
      return reply.send({
        apiVersion: API_VERSION,
        kind: 'AddressList',
        metadata: names.length > limit ? { continue: shown.at(-1) } : {},
        items: shown.map(name => addressDocument(space, space.addresses.get(name)!)),
      });
    },
  );

  app.get(
    ADDRESS_PATH,
    {
      schema: {
        operationId: 'getAddress',
        summary: 'Get one address and its status',
        tags,
        params: ADDRESS_PARAMETERS,
        response: { 200: { description: 'The address.', ...answer }, default: PROBLEM_ANSWER },
      },
    },
    (request, reply) => {
      const space = spaceOf(broker, request.params.space, reply);
      if (space === undefined) return reply;
      const address = space.find(request.params.name);
      return address === undefined ? sendAddressNotFound(reply, request.params.name) : reply.send(addressDocument(space, address));
    },
  );

  app.post(
    ADDRESSES_PATH,
    {
      schema: {
        operationId: 'createAddress',
        summary: 'Create an address; one that exists is a conflict',
        tags,
        params: SPACE_PARAMETERS,
        body: input,
        response: { 201: { description: 'The address, made and durable.', ...answer }, default: PROBLEM_ANSWER },
      },
    },
    async (request, reply) => {
      const { params, body } = request;
      const space = spaceOf(broker, params.space, reply);
      if (space === undefined) return reply;
      const name = body.metadata?.name;
      if (name === undefined) return sendProblem(reply, 'request-invalid', 'body/metadata/name is missing: the name of the address.');
      const misplaced = refusePlace(reply, body, space);
      if (misplaced) return misplaced;
      if (space.addresses.has(name)) return sendRefusal(reply, new Refusal('address-exists', `The address "${name}" exists already.`));
      return sendDeclared(reply, space, 201, await declare(space, name, body.spec));
    },
  );

  app.put(
    ADDRESS_PATH,
    {
      schema: {
        operationId: 'putAddress',
        summary: 'Declare an address; one that is as asked for already is left alone',
        tags,
        params: ADDRESS_PARAMETERS,
        body: input,
        response: {
          200: { description: 'The address, which was like this already.', ...answer },
          201: { description: 'The address, made and durable.', ...answer },
          default: PROBLEM_ANSWER,
        },
      },
    },
    async (request, reply) => {
      const { params, body } = request;
      const space = spaceOf(broker, params.space, reply);
      if (space === undefined) return reply;
      const misplaced = refusePlace(reply, body, space, params.name);
      if (misplaced) return misplaced;
      const existed = space.addresses.has(params.name);
      return sendDeclared(reply, space, existed ? 200 : 201, await declare(space, params.name, body.spec));
    },
  );

  app.patch(
    ADDRESS_PATH,
    {
      schema: {
        operationId: 'updateAddress',
        summary: 'Change an address while it is in use (JSON merge patch, RFC 7396)',
        tags,
        params: ADDRESS_PARAMETERS,
        consumes: ['application/merge-patch+json', 'application/json'],
        body: Type.Unsafe<AddressPatch>({ $ref: 'AddressPatch#' }),
        response: { 200: { description: 'The address as it is from now on.', ...answer }, default: PROBLEM_ANSWER },
      },
    },
    async (request, reply) => {
      const { params, body } = request;
      const space = spaceOf(broker, params.space, reply);
      if (space === undefined) return reply;
      const address = space.find(params.name);
      if (address === undefined) return sendAddressNotFound(reply, params.name);
      const spec = mergePatch(space.declaredSpec(address), body.spec);
      const wrong = checkSpec(spec, 'spec, once changed,');
      if (wrong !== undefined) return sendProblem(reply, 'request-invalid', wrong);
      const result = await new Promise<Address | Refusal>(resolve => space.update(address.name, spec as AddressSpec, resolve));
      return sendDeclared(reply, space, 200, result);
    },
  );

  app.delete(
    ADDRESS_PATH,
    {
      schema: {
        operationId: 'deleteAddress',
        summary: 'Delete an address',
        tags,
        params: ADDRESS_PARAMETERS,
        querystring: DELETE_QUERY,
        response: { 204: { description: 'It is gone.', type: 'null' }, default: PROBLEM_ANSWER },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const space = spaceOf(broker, params.space, reply);
      if (space === undefined) return reply;
      if (!space.addresses.has(params.name)) return sendAddressNotFound(reply, params.name);
      const refusal = await new Promise<Refusal | undefined>(resolve =>
        space.remove(params.name, { force: query.force === 'true' }, resolve),
      );
      return refusal === undefined ? reply.code(204).send(null) : sendRefusal(reply, refusal);
    },
  );
}

function declare(space: AddressSpace, name: string, spec: AddressInput['spec']): Promise<Address | Refusal> {
  return new Promise(resolve => space.declare(name, spec as AddressSpec, resolve));
}

function sendDeclared(reply: FastifyReply, space: AddressSpace, status: 200 | 201, result: Address | Refusal): FastifyReply {
  if (result instanceof Refusal) return sendRefusal(reply, result);
  if (status === 201) reply.header('location', `${API_PREFIX}/addressspaces/${space.name}/addresses/${encodeURIComponent(result.name)}`);
  return reply.code(status).send(addressDocument(space, result));
}

/** The first `count` names after `after` in the order of their code units, without sorting all that there are. */
export function firstNames(names: Iterable<string>, after: string | undefined, count: number): string[] {
  const first: string[] = [];
  for (const name of names) {
    if (after !== undefined && name <= after) continue;
    if (first.length === count && name >= first[count - 1]!) continue;
    let low = 0;
    let high = first.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (first[middle]! < name) low = middle + 1;
      else high = middle;
    }
    first.splice(low, 0, name);
    if (first.length > count) first.pop();
  }
  return first;
}
