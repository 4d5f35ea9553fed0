import { Readable } from 'node:stream';
import type { Principal } from '@angarium/core';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import type { EventHistory } from '../events/event-history.ts';
import { EVENT_REASONS, type EventReason } from '../events/event-reasons.ts';
import { eventOf, type ServerEvent } from '../events/server-event.ts';
import { Problem } from '../resources/problem.ts';
import { API_PREFIX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendComplaint } from './problem.ts';

/** Events of an answer, and before those that a new reader follows, when it does not say. */
const LIMIT_DEFAULT = 100;
/** Readers that follow, at a time. */
const READERS_MAX = 200;
/** What a reader that follows may leave unread, in bytes; it is cut off beyond that, and may come again with the last id that it has. */
const UNREAD_BYTES_MAX = 1024 * 1024;
/** Between two signs of life to a reader, in milliseconds. */
const HEARTBEAT_MS = 15_000;

const EVENT = Type.Object(
  {
    sequence: Type.Integer({ description: 'Goes up with each event; the id in an event stream.' }),
    atMs: Type.Integer({ description: 'When, in milliseconds since 1970.' }),
    type: Type.String({ description: 'What kind of thing it is about.' }),
    reason: Type.Enum(Object.keys(EVENT_REASONS) as EventReason[], { description: 'docs/reference/events.md has them.' }),
    severity: Type.Enum(['info', 'warning', 'error']),
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
          'Read what has happened lately; with accept: text/event-stream also what happens from now on, resumable with last-event-id',
        tags: ['monitoring'],
        querystring: QUERY,
        response: {
          200: {
            description: 'The events that you may see.',
            content: {
              'application/json': { schema: Type.Ref('EventList') },
              'text/event-stream': { schema: Type.String({ description: 'An event each: its sequence as id, and `Event` as data.' }) },
            },
          },
          default: PROBLEM_ANSWER,
        },
      },
    },
    (request, reply): FastifyReply => {
      const { principal, query, headers } = request;
      const concerns = (event: ServerEvent): boolean =>
        event.type === 'events' || ((query.space === undefined || event.addressSpace === query.space) && sees(principal, event));
      const newest = (): readonly ServerEvent[] => events.newest(Number(query.limit ?? LIMIT_DEFAULT), concerns);
      if (!headers.accept?.includes('text/event-stream')) return reply.type('application/json').send({ items: newest() });
      if (readers >= READERS_MAX)
        return sendComplaint(reply, new Problem('watches-exhausted', `There are ${READERS_MAX} readers already: try again later.`));
      readers++;
      const stream = new EventLines(events, concerns);
      stream.once('close', () => readers--);
      // What may be seen is asked anew for each event; who may no longer come in at all hears no more.
      stream.once('close', principal.follow({ rightsChanged: () => {}, principalEnded: () => stream.finish() }));
      const lastId = headers['last-event-id'];
      stream.begin(lastId === undefined ? newest() : missed(events, Number(lastId), concerns));
      if (reply.raw.destroyed) stream.destroy();
      return reply.header('cache-control', 'no-store').type('text/event-stream').send(stream);
    },
  );
}

/** What a reader has not seen who has seen this one last; what is not remembered any more is said. */
function missed(events: EventHistory, sequence: number, concerns: (event: ServerEvent) => boolean): readonly ServerEvent[] {
  const after = events.after(sequence);
  if (after) return after;
  const note = 'More has happened since the last event that you have seen than is remembered, or the server was started anew.';
  const gap = eventOf({ reason: 'EventsLeftOut', regarding: { kind: 'Server', name: '' }, note }, events.last, Date.now());
  return [gap, ...events.newest(LIMIT_DEFAULT, concerns)];
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

/** The answer: events that there are, and those that come. */
class EventLines extends Readable {
  readonly #concerns: (event: ServerEvent) => boolean;
  readonly #stopListening: () => void;
  readonly #beating: NodeJS.Timeout;
  #over = false;

  constructor(events: EventHistory, concerns: (event: ServerEvent) => boolean) {
    super();
    this.#concerns = concerns;
    this.#stopListening = events.listen(event => this.#tell(event));
    this.#beating = setInterval(() => this.#write(':\n\n'), HEARTBEAT_MS).unref();
    // A comment at once: who follows shall know that he is heard, although nothing may happen for long.
    this.#write(':\n\n');
  }

  override _read(): void {}

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#over = true;
    clearInterval(this.#beating);
    this.#stopListening();
    done(error);
  }

  begin(events: readonly ServerEvent[]): void {
    for (const event of events) this.#tell(event);
  }

  finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.push(null);
  }

  #tell(event: ServerEvent): void {
    if (this.#concerns(event)) this.#write(`id: ${event.sequence}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  #write(text: string): void {
    if (this.#over) return;
    if (this.readableLength > UNREAD_BYTES_MAX) this.destroy(new Error('the reader of events is too slow'));
    else this.push(text);
  }
}
