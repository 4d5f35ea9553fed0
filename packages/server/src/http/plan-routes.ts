import { type AddressPlan, type AddressSpace, type Broker, Refusal } from '@angarium/core';
import Type from 'typebox';
import { refusePlace, SPACE_PARAMETERS, spaceOf } from './address-path.ts';
import {
  ADDRESS_PLAN,
  ADDRESS_PLAN_INPUT,
  type AddressPlanDocument,
  type AddressPlanInput,
  API_PREFIX,
  API_VERSION,
  list,
  NAME_LENGTH_MAX,
  planDocument,
} from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendRefusal } from './problem.ts';

const PLAN_PARAMETERS = Type.Object({
  ...SPACE_PARAMETERS.properties,
  name: Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX, description: 'The name of the plan, URL-encoded.' }),
});
const answer = { $ref: 'AddressPlan#' };
const tags = ['plans'];

/** Address plans of a space: list, get, put, delete. */
export function planRoutes(app: HttpApp, broker: Broker): void {
  app.addSchema(ADDRESS_PLAN);
  app.addSchema(ADDRESS_PLAN_INPUT);
  app.addSchema(list('AddressPlanList', Type.Unsafe<AddressPlanDocument>({ ...answer, type: 'object' })));
  const plans = `${API_PREFIX}/addressspaces/:space/addressplans`;

  app.get(
    plans,
    {
      schema: {
        operationId: 'listAddressPlans',
        summary: 'List address plans by name',
        tags,
        params: SPACE_PARAMETERS,
        response: { 200: { description: 'All plans.', $ref: 'AddressPlanList#' }, default: PROBLEM_ANSWER },
      },
    },
    (request, reply) => {
      const space = spaceOf(broker, request.params.space, reply);
      if (space === undefined) return reply;
      const users = usersByPlan(space);
      const sorted = [...space.plans.all.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
      const items = sorted.map(plan => planDocument(space, plan, users.get(plan.name) ?? 0));
      return reply.send({ apiVersion: API_VERSION, kind: 'AddressPlanList', metadata: {}, items });
    },
  );

  app.get(
    `${plans}/:name`,
    {
      schema: {
        operationId: 'getAddressPlan',
        summary: 'Get one address plan',
        tags,
        params: PLAN_PARAMETERS,
        response: { 200: { description: 'The plan.', ...answer }, default: PROBLEM_ANSWER },
      },
    },
    (request, reply) => {
      const space = spaceOf(broker, request.params.space, reply);
      if (space === undefined) return reply;
      const plan = space.plans.all.get(request.params.name);
      if (plan === undefined) return sendRefusal(reply, new Refusal('plan-not-found', `There is no plan "${request.params.name}".`));
      return reply.send(planDocument(space, plan, usersByPlan(space).get(plan.name) ?? 0));
    },
  );

  app.put(
    `${plans}/:name`,
    {
      schema: {
        operationId: 'putAddressPlan',
        summary: 'Make an address plan, or change it for all addresses that use it',
        tags,
        params: PLAN_PARAMETERS,
        body: Type.Unsafe<AddressPlanInput>({ $ref: 'AddressPlanInput#' }),
        response: {
          200: { description: 'The plan, changed and in force.', ...answer },
          201: { description: 'The plan, made and durable.', ...answer },
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
      const existed = space.plans.all.has(params.name);
      const plan = await new Promise<AddressPlan | Refusal>(resolve =>
        space.plans.put(params.name, body.spec as AddressPlan['spec'], resolve),
      );
      if (plan instanceof Refusal) return sendRefusal(reply, plan);
      return reply.code(existed ? 200 : 201).send(planDocument(space, plan, usersByPlan(space).get(plan.name) ?? 0));
    },
  );

  app.delete(
    `${plans}/:name`,
    {
      schema: {
        operationId: 'deleteAddressPlan',
        summary: 'Delete an address plan that no address uses',
        tags,
        params: PLAN_PARAMETERS,
        response: { 204: { description: 'It is gone.', type: 'null' }, default: PROBLEM_ANSWER },
      },
    },
    async (request, reply) => {
      const space = spaceOf(broker, request.params.space, reply);
      if (space === undefined) return reply;
      const refusal = await new Promise<Refusal | undefined>(resolve => space.plans.remove(request.params.name, resolve));
      return refusal === undefined ? reply.code(204).send(null) : sendRefusal(reply, refusal);
    },
  );
}

function usersByPlan(space: AddressSpace): Map<string, number> {
  const users = new Map<string, number>();
  for (const address of space.addresses.values()) {
    const { plan } = space.declaredSpec(address);
    if (plan !== undefined) users.set(plan, (users.get(plan) ?? 0) + 1);
  }
  return users;
}
