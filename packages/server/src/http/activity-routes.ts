import type { Broker } from '@angarium/core';
import Type, { type Static } from 'typebox';
import { COLUMNS } from '../activity/address-row.ts';
import { ADDRESS_CODES, SEVERITIES } from '../activity/attention.ts';
import type { Lookout } from '../activity/lookout.ts';
import { SPACE_PARAMETERS } from './address-path.ts';
import { API_PREFIX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { answerLook, INTERVAL_QUERY, lookAnswer } from './look-answer.ts';

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
    whole: Type.Boolean({ description: 'The totals are of the whole space; false: of the addresses that you may view.' }),
    totals: Type.Object(
      {
        in: sum('Messages that producers sent.'),
        out: sum('Deliveries to consumers.'),
        stored: sum('Messages that are stored.'),
        bytes: sum('Their size.'),
        connections: Type.Optional(sum('Connections of all protocols. Absent for who may not view connections.')),
        addresses: sum('Addresses, those that were made for one client included.'),
        dropped: sum('Messages that were let go without a consumer.'),
        deadLettered: sum('Messages that went to a dead letter or expiry address.'),
        expired: sum('Messages whose time to live ended.'),
      },
      {
        description:
          'With addresses that have ended since the start of the server; for who may not view all addresses, of those that are there and that he may view.',
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

/** What happens in address spaces, as it happens. */
export function activityRoutes(app: HttpApp, broker: Broker, activity: Lookout): void {
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
        querystring: INTERVAL_QUERY,
        response: lookAnswer('Activity#', 'How it is now.'),
      },
    },
    (request, reply) => answerLook(broker, activity, request.params.space, request.query.interval, reply),
  );
}
