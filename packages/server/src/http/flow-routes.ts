import type { Broker } from '@angarium/core';
import Type, { type TSchema } from 'typebox';
import { FLOW_EDGE_KINDS, FLOW_EDGES_MAX, FLOW_NODE_KINDS, FLOW_NODES_MAX } from '../activity/flow-graph.ts';
import { LINK_STATES } from '../activity/link-state.ts';
import type { Lookout } from '../activity/lookout.ts';
import { SPACE_PARAMETERS } from './address-path.ts';
import { API_PREFIX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { answerLook, INTERVAL_QUERY, lookAnswer } from './look-answer.ts';

const kindOf = (kinds: Readonly<Record<string, string>>): TSchema =>
  Type.Enum(Object.keys(kinds), {
    description: `${Object.entries(kinds)
      .map(([kind, meaning]) => `${kind}: ${meaning}`)
      .join('; ')}.`,
  });

const FLOW = Type.Object(
  {
    atMs: Type.Integer({ description: 'When it was looked at. Milliseconds since the epoch.' }),
    nodes: Type.Array(
      Type.Object({
        id: Type.String(),
        kind: kindOf(FLOW_NODE_KINDS),
        name: Type.String({ description: 'Of clients, what their names have in common: each number in them is *.' }),
        type: Type.Optional(Type.String({ description: 'Of an address.' })),
        detail: Type.String({ description: 'More about it, in words.' }),
      }),
      { description: `Up to ${FLOW_NODES_MAX}; those that have most to do with others, where there are more.` },
    ),
    edges: Type.Array(
      Type.Object({
        from: Type.String({ description: 'The id of the node that messages come from.' }),
        to: Type.String({ description: 'The id of the node that they go to.' }),
        kind: kindOf(FLOW_EDGE_KINDS),
        count: Type.Integer({ minimum: 0, description: 'Links; of dead letters and expired messages how many went this way.' }),
        rate: Type.Optional(
          Type.Number({
            minimum: 0,
            description: 'Messages a second over its links together. Absent: it has none that are counted, or nobody has looked lately.',
          }),
        ),
        state: Type.Enum(Object.keys(LINK_STATES), { description: 'Of its links, the worst.' }),
      }),
      { description: `Up to ${FLOW_EDGES_MAX}.` },
    ),
    leftOut: Type.Object({ nodes: Type.Integer({ minimum: 0 }), edges: Type.Integer({ minimum: 0 }) }),
  },
  { $id: 'Flow', description: 'Who sends to whom through which address.' },
);

/** A picture of what flows. */
export function flowRoutes(app: HttpApp, broker: Broker, flow: Lookout): void {
  app.addSchema(FLOW);
  app.get(
    `${API_PREFIX}/addressspaces/:space/flow`,
    {
      schema: {
        operationId: 'watchFlow',
        summary: 'See who sends to whom through which address; with `accept: text/event-stream` again and again, as the event `snapshot`',
        tags: ['activity'],
        params: SPACE_PARAMETERS,
        querystring: INTERVAL_QUERY,
        response: lookAnswer('Flow#', 'The picture as it is now.'),
      },
    },
    (request, reply) => answerLook(broker, flow, request.params.space, request.query.interval, reply),
  );
}
