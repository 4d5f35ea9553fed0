import type { FastifyReply, FastifyRequest } from 'fastify';
import Type, { type TSchema } from 'typebox';
import { API_PREFIX, NAME_LENGTH_MAX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { ACCEPTED_FIELDS, FIELDS_IN_WORDS, RECEIVED_FIELDS, SENT_FIELDS } from './message-fields.ts';
import { PROBLEM_ANSWER, sendProblem } from './problem.ts';

const PARAMETERS = Type.Object({
  space: Type.String({ description: 'The address space; "default" exists always.' }),
  name: Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX, description: 'The name of the address, URL-encoded: a/b is a%2Fb.' }),
});
const time = (description: string): TSchema => Type.Optional(Type.String({ pattern: '^\\d+(\\.\\d+)?(ms|s|m|h)?$', description }));
const subscription = {
  subscription: Type.Optional(Type.String({ description: 'Of a topic: the name of the subscription. All who name it share it.' })),
  durable: Type.Optional(Type.Enum(['true', 'false'], { description: 'The named subscription is kept for good.' })),
};
const choice = {
  selector: Type.Optional(Type.String({ description: 'Which messages; all of them when absent.' })),
  offset: Type.Optional(Type.String({ description: 'Of a stream: where to begin.' })),
};
const reader = {
  client: Type.Optional(
    Type.String({ minLength: 1, maxLength: 255, description: 'The name by which the reader is known when it returns.' }),
  ),
};
const will = {
  will: Type.Optional(Type.String({ minLength: 1, description: 'The address or topic to which the reader’s will goes; needs client.' })),
  'will-body': Type.Optional(Type.String({ description: 'The body of the will, a text.' })),
  'will-type': Type.Optional(Type.String({ description: 'The content type of the will; text/plain when absent.' })),
  'will-retain': Type.Optional(Type.Enum(['true', 'false'], { description: 'The topic keeps the will as its last message.' })),
  'will-delay': time('How long the will waits for the return of its reader; 10s when absent.'),
};

const MESSAGE = Type.Object(
  {
    body: Type.Optional(Type.Unknown({ description: 'A text, JSON, or bytes in base64.' })),
    bodyEncoding: Type.Optional(Type.Enum(['json', 'text', 'base64'])),
    contentType: Type.Optional(Type.String()),
    subject: Type.Optional(Type.String()),
    properties: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Application properties.' })),
    lease: Type.Optional(Type.String({ description: 'Of a message that was received: what to settle.' })),
  },
  { $id: 'Message', additionalProperties: true, description: 'A message as JSON; docs/http.md lists all of its fields.' },
);
const SETTLEMENT = Type.Object(
  {
    lease: Type.Union([Type.String(), Type.Array(Type.String())], { description: 'One lease, or several.' }),
    outcome: Type.Optional(Type.Enum(['accepted', 'released', 'rejected', 'modified'], { default: 'accepted' })),
    reason: Type.Optional(Type.Unknown({ description: 'Why it is rejected: a text, or a condition and a description.' })),
  },
  { $id: 'Settlement', description: 'What became of messages that were received.' },
);

const BYTES = { schema: { type: 'string', format: 'binary' } };
const tags = ['messages'];

/**
 * The paths of messages, for /openapi.json: requests to them go to the HTTP head before this framework sees them, which
 * reads their parameters itself.
 */
export function messageRoutes(app: HttpApp): void {
  app.addSchema(MESSAGE);
  app.addSchema(SETTLEMENT);
  const address = `${API_PREFIX}/addressspaces/:space/addresses/:name`;
  const taken = (_request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    sendProblem(reply, 'path-not-found', 'Messages are not served by the API alone.');

  app.post(
    `${address}/messages`,
    {
      schema: {
        operationId: 'sendMessage',
        summary: 'Send a message, or a batch; with reply, the answer is the reply',
        description: FIELDS_IN_WORDS,
        tags,
        params: PARAMETERS,
        headers: SENT_FIELDS,
        querystring: Type.Object({
          wait: time('How long to wait for credit; not at all when absent.'),
          reply: time('Wait so long for a reply, which is the answer then.'),
          batch: Type.Optional(Type.Literal('json', { description: 'The body is a JSON array of messages.' })),
        }),
        body: {
          content: {
            '*/*': BYTES,
            'application/json': { schema: { description: 'A message’s body; with batch=json, a list of messages.' } },
            'application/x-ndjson': { schema: { type: 'string' } },
            'multipart/mixed': BYTES,
            'application/cloudevents+json': { schema: { type: 'object' } },
            'application/cloudevents-batch+json': { schema: { type: 'array', items: { type: 'object' } } },
          },
        },
        response: {
          200: { description: 'The reply: its body and fields.', headers: RECEIVED_FIELDS, type: 'string', format: 'binary' },
          202: { description: 'Accepted; for a batch, all of it.', headers: ACCEPTED_FIELDS, type: 'object' },
          207: { description: 'A batch of which some were refused.', type: 'object' },
          default: PROBLEM_ANSWER,
        },
      },
    },
    taken,
  );
  app.post(
    `${address}/messages::receive`,
    {
      schema: {
        operationId: 'receiveMessages',
        summary: 'Receive messages, with leases',
        description: FIELDS_IN_WORDS,
        tags,
        params: PARAMETERS,
        querystring: Type.Object({
          count: Type.Optional(Type.String({ pattern: '^[1-9]\\d*$', description: 'Most messages of the answer; 1 when absent.' })),
          wait: time('How long to wait for a first message; not at all when absent.'),
          lease: time('How long the client has to settle; 30s when absent.'),
          settle: Type.Optional(Type.Enum(['lease', 'auto'], { description: 'auto: what was written is accepted.' })),
          ...subscription,
          ...choice,
        }),
        response: {
          200: {
            description: 'The message itself, or a list when several were asked for or JSON is accepted.',
            headers: RECEIVED_FIELDS,
            type: 'object',
            properties: { messages: { type: 'array', items: { $ref: 'Message#' } } },
          },
          204: { description: 'There was none.', type: 'null' },
          default: PROBLEM_ANSWER,
        },
      },
    },
    taken,
  );
  app.post(
    `${address}/messages::settle`,
    {
      schema: {
        operationId: 'settleMessages',
        summary: 'Say what became of messages that were received',
        tags,
        params: PARAMETERS,
        body: { $ref: 'Settlement#' },
        response: {
          200: {
            description: 'All are settled, and the outcome is on disk.',
            type: 'object',
            properties: { settled: { type: 'integer' } },
          },
          207: { description: 'Some leases were gone.', type: 'object' },
          default: PROBLEM_ANSWER,
        },
      },
    },
    taken,
  );
  app.get(
    `${address}/events`,
    {
      schema: {
        operationId: 'followMessages',
        summary: 'Receive messages as server-sent events',
        tags,
        params: PARAMETERS,
        querystring: Type.Object({ ...subscription, ...choice, ...reader, ...will }),
        headers: Type.Object({
          'last-event-id': Type.Optional(Type.String({ description: 'The id of the last event that the reader had.' })),
        }),
        produces: ['text/event-stream'],
        response: { 200: { description: 'Events, until the reader goes.', type: 'string' }, default: PROBLEM_ANSWER },
      },
    },
    taken,
  );
  app.delete(
    `${address}/events`,
    {
      schema: {
        operationId: 'leaveEvents',
        summary: 'Say goodbye as a reader of events, so that it leaves no will',
        tags,
        params: PARAMETERS,
        querystring: Type.Object({ client: Type.String({ minLength: 1, maxLength: 255, description: 'The name of the reader.' }) }),
        response: { 204: { description: 'The reader has no will any more.', type: 'null' }, default: PROBLEM_ANSWER },
      },
    },
    taken,
  );
  app.get(
    `${address}/ws`,
    {
      schema: {
        operationId: 'openWebSocket',
        summary: 'Send and receive as JSON over a WebSocket; docs/websocket-json.md has its frames',
        tags,
        params: PARAMETERS,
        response: { 101: { description: 'The connection is a WebSocket from now on.', type: 'null' }, default: PROBLEM_ANSWER },
      },
    },
    taken,
  );
}
