import type { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** Answers with server-sent events (HTML standard, section 9.2), which are sent as they come. */
export function sendEvents(reply: FastifyReply, events: Readable): FastifyReply {
  return reply.type('text/event-stream').header('cache-control', 'no-store').header('x-accel-buffering', 'no').send(events);
}
