import { ACTIONS, type Action, type Broker, type Rule } from '@angarium/core';
import Type, { type Static } from 'typebox';
import type { Principals } from '../authorization/principals.ts';
import { RULE } from '../resources/rule-schema.ts';
import { SPACE_PARAMETERS, spaceOf } from './address-path.ts';
import { API_PREFIX, API_VERSION, NAME_LENGTH_MAX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendRefusal } from './problem.ts';

const text = (description: string) => Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX, description });

const QUERY = Type.Object(
  {
    user: Type.Optional(text('Whose right it is; one’s own, where nothing is said. Those of others need the right to view users.')),
    action: Type.Unsafe<Action>(Type.Enum([...ACTIONS], { description: 'What is to be done.' })),
    address: text('With which address, topic, or pattern of topics.'),
  },
  { additionalProperties: false },
);

const DECISION = Type.Object(
  {
    apiVersion: Type.Literal(API_VERSION),
    kind: Type.Literal('AccessDecision'),
    metadata: Type.Object({ addressSpace: Type.String() }),
    spec: Type.Object({ user: Type.String(), action: Type.String(), address: Type.String() }),
    status: Type.Object({
      allowed: Type.Boolean(),
      from: Type.String({ description: 'Where the rule stands that decides, or what decides without one.' }),
      rule: Type.Optional(Type.Unsafe<Rule>(RULE)),
    }),
  },
  { $id: 'AccessDecision', description: 'What somebody may do, and why.' },
);

/** Tells what users may do, and which rule says so. */
export function accessRoutes(app: HttpApp, broker: Broker, principals: Principals): void {
  app.addSchema(DECISION);
  app.get(
    `${API_PREFIX}/addressspaces/:space/access`,
    {
      schema: {
        operationId: 'checkAccess',
        summary: 'Ask whether a user may do something with an address, and which rule decides it',
        tags: ['resources'],
        params: SPACE_PARAMETERS,
        querystring: QUERY,
        response: {
          200: { description: 'The decision.', ...Type.Unsafe<Static<typeof DECISION>>({ $ref: 'AccessDecision#' }) },
          default: PROBLEM_ANSWER,
        },
      },
    },
    (request, reply) => {
      const { principal, query } = request;
      const space = spaceOf(broker, request.params.space, reply);
      if (space === undefined) return reply;
      const { user = principal.user, action, address } = query;
      // Who asks for nobody in particular asks for himself, wherever he is at home.
      const own = query.user === undefined || (user === principal.user && principal.space === space.name);
      const refusal = own ? undefined : principal.rights.refuseKind('view', 'User');
      if (refusal) return sendRefusal(reply, refusal);
      const rights = own ? principal.rights : principals.rightsOf({ space: space.name, user });
      const pattern = action === 'receive' && /[+#]/.test(address);
      const status = rights.explain(action, space.names.ownName(address), pattern);
      return reply.send({
        apiVersion: API_VERSION,
        kind: 'AccessDecision',
        metadata: { addressSpace: space.name },
        spec: { user, action, address },
        status,
      });
    },
  );
}
