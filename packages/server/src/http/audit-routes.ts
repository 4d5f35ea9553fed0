import { type Principal, type Refusal, refuseEntry } from '@angarium/core';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import type { AuditEntry } from '../audit/audit-entry.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { followProven } from '../identity/follow-proven.ts';
import { Problem } from '../resources/problem.ts';
import { type EntryStream, EventEntries, entryPlace, LineEntries } from './audit-stream.ts';
import { API_PREFIX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendComplaint, sendRefusal } from './problem.ts';

/** Entries of an answer, when the client does not say. */
const LIMIT_DEFAULT = 1000;
/** Most entries of an answer. */
const LIMIT_MAX = 10_000;
/** Readers at a time: each may have the files searched. */
const READERS_MAX = 50;

const text = (description: string) => Type.Optional(Type.String({ description }));

const QUERY = Type.Object(
  {
    since: Type.Optional(Type.String({ format: 'date-time', description: 'Entries of this time and later.' })),
    limit: Type.Optional(
      Type.String({
        pattern: '^[1-9]\\d{0,4}$',
        description: `Most entries, up to ${LIMIT_MAX}, the newest ones; ${LIMIT_DEFAULT} when absent.`,
      }),
    ),
    space: text('Entries of this address space.'),
    follow: Type.Optional(
      Type.Union([Type.Literal('true'), Type.Literal('false')], { description: 'Then those that come, until the client goes.' }),
    ),
  },
  { additionalProperties: false },
);

const ENTRY = Type.Object(
  {
    time: Type.String({ format: 'date-time' }),
    user: text('Who it was, or with `authenticate` who somebody said to be.'),
    userSpace: text('The address space that the user is of.'),
    peer: text('Host and port; with `authenticate` the host, of IPv6 the network.'),
    protocol: text('As in AMQP 1.0.'),
    action: Type.String({
      description:
        'An operation by its operationId, or what was refused: send, receive, view, manage, enter, authenticate; events-left-out: there was no room for `count` entries.',
    }),
    kind: text('The kind of document.'),
    name: text('Its name.'),
    addressSpace: text('Where; absent: it is of the whole server.'),
    outcome: Type.Union([Type.Literal('done'), Type.Literal('refused')]),
    code: text('Why it was refused; docs/reference/refusals.md lists the codes.'),
    count: Type.Optional(Type.Integer({ description: 'So many in a second that were the same; 1 when absent.' })),
  },
  { $id: 'AuditEntry', description: 'A line of the audit log.' },
);

/** Who did what, and what was refused to whom. */
export function auditRoutes(app: HttpApp, audit: AuditLog): void {
  let readers = 0;
  app.addSchema(ENTRY);
  app.get(
    `${API_PREFIX}/audit`,
    {
      schema: {
        operationId: 'readAudit',
        summary:
          'Read who did what, and what was refused: a line of JSON each, oldest first; with accept: text/event-stream an event each, then those that come, resumable with last-event-id',
        tags: ['server'],
        querystring: QUERY,
        response: {
          200: {
            description: 'The entries.',
            content: {
              'application/x-ndjson': { schema: Type.Ref('AuditEntry') },
              'text/event-stream': { schema: Type.String({ description: 'An event each: its place as id, and `AuditEntry` as data.' }) },
            },
          },
          default: PROBLEM_ANSWER,
        },
      },
    },
    async (request, reply): Promise<FastifyReply> => {
      const { principal, query, headers } = request;
      const refusal = refuseReading(principal, query.space);
      if (refusal) return sendRefusal(reply, refusal);
      if (readers >= READERS_MAX)
        return sendComplaint(reply, new Problem('watches-exhausted', `There are ${READERS_MAX} readers already: try again later.`));
      const space = principal.administersServer ? query.space : principal.space;
      const concerns = (entry: AuditEntry): boolean => space === undefined || entry.addressSpace === space;
      const asEvents = headers.accept?.includes('text/event-stream') ?? false;
      const seen = asEvents ? entryPlace(headers['last-event-id']) : undefined;
      const lines: EntryStream = asEvents ? new EventEntries(seen) : new LineEntries();
      const follows = asEvents || query.follow === 'true';
      readers++;
      lines.once('close', () => readers--);
      lines.once('close', followProven(principal, { rightsChanged: () => lines.finish(), principalEnded: () => lines.finish() }));
      const follow = (entry: AuditEntry): void => {
        if (concerns(entry)) lines.coming(entry);
      };
      const since = seen?.time ?? query.since;
      const sinceMs = since === undefined ? 0 : Date.parse(since);
      const limit = seen ? LIMIT_MAX : Math.min(Number(query.limit ?? LIMIT_DEFAULT), LIMIT_MAX);
      try {
        const { entries, stop } = await audit.read({ sinceMs, limit, concerns }, follows ? follow : undefined);
        lines.once('close', stop);
        lines.begin(entries);
      } catch (error) {
        lines.destroy();
        throw error;
      }
      if (!follows) lines.finish();
      // The client may have gone meanwhile.
      if (reply.raw.destroyed) lines.destroy();
      if (asEvents) reply.header('cache-control', 'no-store');
      reply.type(asEvents ? 'text/event-stream' : 'application/x-ndjson').send(lines);
      // Who follows shall know that he is heard, although nothing may happen for long.
      setImmediate(() => {
        if (!reply.raw.headersSent && !reply.raw.destroyed) reply.raw.flushHeaders();
      });
      return reply;
    },
  );
}

/** The whole log is for administrators of the server, and of an address space what who may view its users may view. */
function refuseReading(principal: Principal, space: string | undefined): Refusal | undefined {
  if (principal.administersServer) return undefined;
  if (space !== undefined && space !== principal.space) return refuseEntry(principal, space);
  return principal.rights.refuseKind('view', 'User');
}
