import type { Broker } from '@angarium/core';
import Type, { type Static } from 'typebox';
import { ACTIVITY_READERS_MAX, type Activity } from '../activity/activity.ts';
import { COLUMNS } from '../activity/address-row.ts';
import { ADDRESS_CODES, SEVERITIES } from '../activity/attention.ts';
import { Problem } from '../resources/problem.ts';
import { SPACE_PARAMETERS, spaceOf } from './address-path.ts';
import { API_PREFIX } from './documents.ts';
import { sendEvents } from './event-answer.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendComplaint } from './problem.ts';

const sum = (description: string) => Type.Integer({ minimum: 0, description });

const ATTENTION = Type.Object(
  {
    severity: Type.Enum([...SEVERITIES], {
      description: 'danger: messages are not taken, or stand still; warning: they soon may; info: good to know.',
    }),
    address: Type.Optional(Type.String()),
    connection: Type.Optional(Type.String()),
    what: Type.String({ description: 'What is the matter, in words.' }),
    do: Type.String({ description: 'What can be done about it.' }),
  },
  { $id: 'Attention', description: 'Something that needs somebody’s attention.' },
);

const ACTIVITY = Type.Object(
  {
    atMs: Type.Integer({ description: 'When it was looked at. Milliseconds since the epoch.' }),
    totals: Type.Object(
      {
        in: sum('Messages that producers sent.'),
        out: sum('Deliveries to consumers.'),
        stored: sum('Messages that are stored.'),
        bytes: sum('Their size.'),
        connections: sum('Connections of all protocols.'),
        addresses: sum('Addresses, those that were made for one client included.'),
        dropped: sum('Messages that were let go without a consumer.'),
        deadLettered: sum('Messages that went to a dead letter or expiry address.'),
        expired: sum('Messages whose time to live ended.'),
      },
      {
        description:
          'Of the whole space, with addresses that have ended since the start of the server; for who sees a part of the addresses alone, of those that are there.',
      },
    ),
    columns: Type.Array(Type.Enum([...COLUMNS]), {
      description: 'What each row says, in this order; counters are since the start of the server.',
    }),
    rows: Type.Array(
      Type.Unsafe<readonly (string | number | null)[]>({
        type: 'array',
        description: `One address. attention is null or a code: ${Object.entries(ADDRESS_CODES)
          .map(([code, meaning]) => `${code} (${meaning})`)
          .join(', ')}.`,
      }),
    ),
    leftOut: sum('Addresses that have no row, since there are too many.'),
    attention: Type.Array(Type.Unsafe<Static<typeof ATTENTION>>({ $ref: 'Attention#' })),
  },
  { $id: 'Activity', description: 'How the addresses of a space are.' },
);

const QUERY = Type.Object(
  {
    interval: Type.Optional(
      Type.String({
        pattern: '^([1-9]|[1-5][0-9]|60)s$',
        description: 'Of an event stream: how often there is an event, 1s to 60s; 2s where nothing is said.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** What happens in address spaces, as it happens. */
export function activityRoutes(app: HttpApp, broker: Broker, activity: Activity): void {
  app.addSchema(ATTENTION);
  app.addSchema(ACTIVITY);
  app.get(
    `${API_PREFIX}/addressspaces/:space/activity`,
    {
      schema: {
        operationId: 'watchActivity',
        summary: 'See how all addresses of a space are, and what needs attention; with `accept: text/event-stream` again and again',
        description:
          'An event stream begins with the event `snapshot`, which is this document. Events `change` follow, which have the rows that are other ones than before and, in `removed`, the names of addresses that are gone. A reader that is slow gets a `snapshot` again.',
        tags: ['activity'],
        params: SPACE_PARAMETERS,
        querystring: QUERY,
        response: {
          200: {
            description: 'How it is now.',
            content: { 'application/json': { schema: { $ref: 'Activity#' } }, 'text/event-stream': { schema: { type: 'string' } } },
          },
          default: PROBLEM_ANSWER,
        },
      },
    },
    (request, reply) => {
      const space = spaceOf(broker, request.params.space, reply);
      if (space === undefined) return reply;
      const { principal, query } = request;
      if (!request.headers.accept?.includes('text/event-stream'))
        return reply
          .type('application/json')
          .serializer((text: string) => text)
          .send(activity.now(space, principal));
      const reader = activity.open(space, 1000 * Number.parseInt(query.interval ?? '2s', 10), principal);
      if (reader) return sendEvents(reply, reader);
      return sendComplaint(
        reply,
        new Problem('watches-exhausted', `There are ${ACTIVITY_READERS_MAX} readers of activity already: end some, or try again later.`),
      );
    },
  );
}
