import type { Principal } from '@angarium/core';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import type { EventHistory } from '../events/event-history.ts';
import { EventLines } from '../events/event-lines.ts';
import { EVENT_REASONS, EVENT_SEVERITIES, EVENT_TYPES, type EventReason, type EventSeverity } from '../events/event-reasons.ts';
import type { ServerEvent } from '../events/server-event.ts';
import { followProven } from '../identity/follow-proven.ts';
import { Problem } from '../resources/problem.ts';
import { API_PREFIX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendComplaint } from './problem.ts';

/** Events of an answer, and before those that a new reader follows, when it does not say. */
const LIMIT_DEFAULT = 100;
/** Readers that follow, at a time. */
const READERS_MAX = 200;
const EVENT = Type.Object(
  {
    id: Type.String({
      description: 'The id in an event stream; what comes after it is told to who sends it as `last-event-id`. It says nothing else.',
    }),
    atMs: Type.Integer({ description: 'When, in milliseconds since 1970.' }),
    type: Type.String({ description: 'What kind of thing it is about.' }),
    reason: Type.Enum(Object.keys(EVENT_REASONS) as EventReason[], { description: 'docs/reference/events.md has them.' }),
    severity: Type.Enum([...EVENT_SEVERITIES]),
    addressSpace: Type.Optional(Type.String({ description: 'Absent: it is of the whole server.' })),
    regarding: Type.Object({ kind: Type.String(), name: Type.String() }),
    note: Type.String({ description: 'In words.' }),
    count: Type.Optional(Type.Integer({ description: 'So many that were like it, and were not told one by one; 1 when absent.' })),
  },
  { $id: 'Event', description: 'Something that has happened.' },
);

const QUERY = Type.Object(
  {
    limit: Type.Optional(
      Type.String({ pattern: '^\\d{1,5}$', description: `The newest so many; ${LIMIT_DEFAULT} when absent. Of a stream: to begin with.` }),
    ),
    space: Type.Optional(Type.String({ description: 'Events of this address space.' })),
    type: Type.Optional(Type.Enum([...EVENT_TYPES], { description: 'Events about this kind of thing.' })),
    severity: Type.Optional(Type.Enum([...EVENT_SEVERITIES], { description: 'Events that matter at least so much.' })),
    reason: Type.Optional(
      Type.Enum(Object.keys(EVENT_REASONS) as EventReason[], { description: 'Events of this reason: docs/reference/events.md has them.' }),
    ),
  },
  { additionalProperties: false },
);

/** What has happened lately, and what happens. */
export function eventRoutes(app: HttpApp, events: EventHistory): void {
  let readers = 0;
  app.addSchema(EVENT);
  app.addSchema(
    Type.Object({ items: Type.Array(Type.Ref('Event', { type: 'object' })) }, { $id: 'EventList', description: 'Events, oldest first.' }),
  );
  app.get(
    `${API_PREFIX}/events`,
    {
      schema: {
        operationId: 'readEvents',
        summary:
          'Read what has happened lately; with accept: text/event-stream also what happens from now on, resumable with last-event-id, over a restart of the server too',
        tags: ['monitoring'],
        querystring: QUERY,
        response: {
          200: {
            description: 'The events that you may see.',
            content: {
              'application/json': { schema: Type.Ref('EventList') },
              'text/event-stream': { schema: Type.String({ description: 'An event each: its id, and `Event` as data.' }) },
            },
          },
          default: PROBLEM_ANSWER,
        },
      },
    },
    (request, reply): FastifyReply => {
      const { principal, query, headers } = request;
      const concerns = (event: ServerEvent): boolean => isWanted(event, query) && sees(principal, event);
      const newest = events.placeOfNewest(Number(query.limit ?? LIMIT_DEFAULT), concerns);
      if (!headers.accept?.includes('text/event-stream'))
        return reply.type('application/json').send({ items: remembered(events, newest).filter(concerns) });
      if (readers >= READERS_MAX)
        return sendComplaint(reply, new Problem('watches-exhausted', `There are ${READERS_MAX} readers already: try again later.`));
      readers++;
      const lastId = headers['last-event-id'];
      const audience = { concerns, addressSpace: principal.monitorsServer ? query.space : principal.space };
      const stream = new EventLines(events, audience, lastId === undefined ? newest : events.placeAfter(String(lastId)));
      stream.once('close', () => readers--);
      // What may be seen is asked anew for each event; who may no longer come in at all hears no more.
      stream.once('close', followProven(principal, { rightsChanged: () => {}, principalEnded: () => stream.finish() }));
      if (reply.raw.destroyed) stream.destroy();
      return reply.header('cache-control', 'no-store').type('text/event-stream').send(stream);
    },
  );
}

function remembered(events: EventHistory, from: number): ServerEvent[] {
  return Array.from({ length: events.next - from }, (_, at) => events.at(from + at)!);
}

interface Wish {
  readonly space?: string;
  readonly type?: string;
  readonly severity?: EventSeverity;
  readonly reason?: string;
}

function isWanted(event: ServerEvent, { space, type, severity = 'info', reason }: Wish): boolean {
  return (
    (space === undefined || event.addressSpace === space) &&
    (type === undefined || event.type === type) &&
    (reason === undefined || event.reason === reason) &&
    EVENT_SEVERITIES.indexOf(event.severity) >= EVENT_SEVERITIES.indexOf(severity)
  );
}

/** Who monitors the server sees all; others what is of their address space, as far as they may view what it is about. */
function sees({ monitorsServer, space, rights }: Principal, { type, addressSpace, regarding }: ServerEvent): boolean {
  if (monitorsServer) return true;
  if (addressSpace !== space) return false;
  // Who is refused what is told to whom it is told in the audit log.
  if (type === 'access') return rights.refuseKind('view', 'User') === undefined;
  if (regarding.kind === 'Address' && regarding.name !== '') return rights.refuse('view', regarding.name) === undefined;
  return rights.refuseKind('view', regarding.kind) === undefined;
}
