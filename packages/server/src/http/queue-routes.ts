import {
  type Action,
  type AddressSpace,
  type Broker,
  compileSelector,
  listSubscriptions,
  MESSAGE_STATES,
  type MessageSelection,
  type OperationEnd,
  type QueuePlace,
  Refusal,
  SEQUENCES_MAX,
  SelectorError,
} from '@angarium/core';
import type { FastifyReply } from 'fastify';
import Type, { type Static } from 'typebox';
import { ADDRESS_PARAMETERS, ADDRESS_PATH, mayDo, spaceOf } from './address-path.ts';
import { API_VERSION, list } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { OPERATION_LINE, OPERATION_REPORT, sendOperation } from './operation-stream.ts';
import { PROBLEM_ANSWER, sendProblem, sendRefusal } from './problem.ts';
import { QUEUED_MESSAGE, type QueuedMessage, queuedMessageReader } from './queued-message.ts';

/** Messages of one page, when the client does not say, and at the most; and their bytes: a page is made in one go. */
const PAGE_DEFAULT = 100;
const PAGE_MAX = 1000;
const PAGE_BYTES_MAX = 4 * 1024 * 1024;

const state = Type.Enum(['all', ...MESSAGE_STATES], { description: 'Only messages that are like this; all, where nothing is said.' });
const selector = Type.String({ minLength: 1, description: 'Only messages for which it holds (docs/queues.md).' });
const subscription = Type.String({ minLength: 1, description: 'Of a topic: the name of the subscription whose messages are meant.' });
const number = (description: string) => Type.String({ pattern: '^\\d{1,15}$', expected: 'a whole number', description });

const BROWSE_QUERY = Type.Object(
  {
    selector: Type.Optional(selector),
    state: Type.Optional(state),
    subscription: Type.Optional(subscription),
    from: Type.Optional(number('The first sequence number; `metadata.continue` of the page before.')),
    max: Type.Optional(number(`Most messages of the page, up to ${PAGE_MAX}; ${PAGE_DEFAULT} where nothing is said.`)),
  },
  { additionalProperties: false },
);

const SELECTION_FIELDS = {
  selector: Type.Optional(selector),
  state: Type.Optional(state),
  subscription: Type.Optional(subscription),
  from: Type.Optional(Type.Integer({ minimum: 0, description: 'The first sequence number.' })),
  max: Type.Optional(Type.Integer({ minimum: 1, description: 'Most messages; all, where nothing is said.' })),
  sequences: Type.Optional(
    Type.Array(Type.Integer({ minimum: 0 }), {
      minItems: 1,
      maxItems: SEQUENCES_MAX,
      description: `The messages with these numbers, up to ${SEQUENCES_MAX}, and no others. Those that are not there any more are told at the end: the rest is done.`,
    }),
  ),
};
const SELECTION = Type.Object(SELECTION_FIELDS, { additionalProperties: false });
const to = Type.String({ minLength: 1, description: 'The address that the messages go to.' });
const TRANSFER = Type.Object({ ...SELECTION_FIELDS, to }, { additionalProperties: false });
const REPLAY = Type.Object({ ...SELECTION_FIELDS, to: Type.Optional(to) }, { additionalProperties: false });

const MESSAGE_PARAMETERS = Type.Object({
  ...ADDRESS_PARAMETERS.properties,
  sequence: number('The number of the message.'),
});
const SUBSCRIPTION_PARAMETERS = Type.Object({
  ...ADDRESS_PARAMETERS.properties,
  subscription: Type.String({ minLength: 1, description: 'The name of the subscription, URL-encoded.' }),
});

export const SUBSCRIPTION = Type.Object(
  {
    name: Type.Optional(Type.String({ description: 'Absent: it is private to one consumer, and ends with it.' })),
    durable: Type.Boolean({ description: 'Kept over a restart of the server.' }),
    shared: Type.Boolean({ description: 'Several consumers compete.' }),
    pattern: Type.Optional(Type.String({ description: 'Which of the topics below the address; absent: all.' })),
    selector: Type.Optional(Type.String()),
    consumers: Type.Integer({ minimum: 0 }),
    stored: Type.Integer({ minimum: 0, description: 'Messages that wait, or are with consumers.' }),
    storedBytes: Type.Integer({ minimum: 0 }),
    unsettled: Type.Integer({ minimum: 0 }),
    scheduled: Type.Integer({ minimum: 0 }),
    pausedUntilMs: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Deliveries are paused until then, in milliseconds since the epoch (breaker).' }),
    ),
  },
  { $id: 'Subscription', description: 'A subscription of a topic, and what waits in it.' },
);

const tags = ['queues'];

/** What an administrator does with stored messages, and with subscriptions. */
export function queueRoutes(app: HttpApp, broker: Broker): void {
  for (const schema of [QUEUED_MESSAGE, OPERATION_REPORT, OPERATION_LINE, SUBSCRIPTION]) app.addSchema(schema);
  app.addSchema(list('QueuedMessageList', Type.Unsafe<QueuedMessage>({ $ref: 'QueuedMessage#', type: 'object' })));
  app.addSchema(list('SubscriptionList', Type.Unsafe<Static<typeof SUBSCRIPTION>>({ $ref: 'Subscription#', type: 'object' })));
  const { operations } = broker;
  const messages = `${ADDRESS_PATH}/messages`;
  const read = queuedMessageReader(broker);

  app.get(
    messages,
    {
      schema: {
        operationId: 'browseMessages',
        summary: 'Look at stored messages, and leave them there',
        tags,
        params: ADDRESS_PARAMETERS,
        querystring: BROWSE_QUERY,
        response: { 200: { description: 'A page of messages, in order.', $ref: 'QueuedMessageList#' }, default: PROBLEM_ANSWER },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const space = spaceOf(broker, params.space, reply);
      if (space === undefined || !mayDo(reply, space, params.name, 'view')) return reply;
      const max = Math.max(1, Math.min(PAGE_MAX, Number(query.max ?? PAGE_DEFAULT)));
      const selection = selectionOf(reply, { ...query, from: Number(query.from ?? 0), max });
      if (selection === undefined) return reply;
      const items: QueuedMessage[] = [];
      let bytes = 0;
      let full = false;
      const visit = (walked: Parameters<typeof read>[0]): boolean => {
        bytes += walked.message.end - walked.message.start;
        full = items.length > 0 && bytes > PAGE_BYTES_MAX;
        if (!full) items.push(read(walked));
        return !full;
      };
      const page = await new Promise<{ next: number } | Refusal>(resolve => {
        const operation = operations.browse(placeOf(space, params.name, query), selection, visit, (report, refusal) =>
          resolve(refusal ?? report),
        );
        if (operation instanceof Refusal) resolve(operation);
        else reply.raw.once('close', () => operation.cancel());
      });
      if (page instanceof Refusal) return sendRefusal(reply, page);
      const more = full || items.length === max;
      return reply.send({
        apiVersion: API_VERSION,
        kind: 'QueuedMessageList',
        metadata: more ? { continue: String(page.next) } : {},
        items,
      });
    },
  );

  app.delete(
    `${messages}/:sequence`,
    {
      schema: {
        operationId: 'deleteMessage',
        summary: 'Remove one message that no consumer has',
        tags,
        params: MESSAGE_PARAMETERS,
        querystring: Type.Object({ subscription: Type.Optional(subscription) }, { additionalProperties: false }),
        response: { 204: { description: 'It is gone, and that is on disk.', type: 'null' }, default: PROBLEM_ANSWER },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const space = spaceOf(broker, params.space, reply);
      if (space === undefined || !mayDo(reply, space, params.name, 'manage')) return reply;
      return sendDone(reply, done => operations.remove(placeOf(space, params.name, query), Number(params.sequence), done));
    },
  );

  const operation = <Schema extends typeof SELECTION | typeof TRANSFER | typeof REPLAY>(
    word: string,
    summary: string,
    body: Schema,
    allowed: (reply: FastifyReply, space: AddressSpace, address: string, input: Static<typeof REPLAY>) => boolean,
    begin: (
      place: QueuePlace,
      selection: MessageSelection,
      input: Static<typeof REPLAY>,
      end: OperationEnd,
    ) => ReturnType<typeof operations.count>,
  ): void => {
    app.post(
      `${messages}::${word}`,
      {
        schema: {
          operationId: `${word}Messages`,
          summary,
          tags,
          params: ADDRESS_PARAMETERS,
          body: Type.Unsafe<Static<typeof REPLAY>>(body),
          produces: ['application/x-ndjson'],
          response: { 200: { description: 'Lines of JSON; the last one is the result.', $ref: 'OperationLine#' }, default: PROBLEM_ANSWER },
        },
      },
      (request, reply) => {
        const { params, body: input } = request;
        const space = spaceOf(broker, params.space, reply);
        if (space === undefined || !allowed(reply, space, params.name, input)) return reply;
        const selection = selectionOf(reply, input);
        if (selection === undefined) return reply;
        return sendOperation(reply, end => begin(placeOf(space, params.name, input), selection, input, end));
      },
    );
  };
  operation('count', 'Count stored messages', SELECTION, may('view'), (place, selection, _input, end) =>
    operations.count(place, selection, end),
  );
  operation('purge', 'Remove stored messages that no consumer has', SELECTION, may('manage'), (place, selection, _input, end) =>
    operations.purge(place, selection, end),
  );
  operation('move', 'Move stored messages to another address', TRANSFER, may('manage'), (place, selection, input, end) =>
    operations.transfer(place, selection, input.to!, true, end),
  );
  operation('copy', 'Copy stored messages to another address', TRANSFER, may('view'), (place, selection, input, end) =>
    operations.transfer(place, selection, input.to!, false, end),
  );
  operation(
    'replay',
    'Send dead letters back to where they come from, or to another address',
    REPLAY,
    mayReplay,
    (place, selection, input, end) =>
      input.to === undefined ? operations.replay(place, selection, end) : operations.transfer(place, selection, input.to, true, end),
  );

  app.get(
    `${ADDRESS_PATH}/subscriptions`,
    {
      schema: {
        operationId: 'listSubscriptions',
        summary: 'List the subscriptions of a topic and what waits in them',
        tags,
        params: ADDRESS_PARAMETERS,
        response: { 200: { description: 'All of them, those with names first.', $ref: 'SubscriptionList#' }, default: PROBLEM_ANSWER },
      },
    },
    (request, reply) => {
      const { params } = request;
      const space = spaceOf(broker, params.space, reply);
      if (space === undefined || !mayDo(reply, space, params.name, 'view')) return reply;
      const subscriptions = listSubscriptions(space, params.name);
      if (subscriptions instanceof Refusal) return sendRefusal(reply, subscriptions);
      return reply.send({ apiVersion: API_VERSION, kind: 'SubscriptionList', metadata: {}, items: subscriptions });
    },
  );

  app.delete(
    `${ADDRESS_PATH}/subscriptions/:subscription`,
    {
      schema: {
        operationId: 'deleteSubscription',
        summary: 'End a named subscription of a topic, and what waits in it, or a named reader of a stream',
        tags,
        params: SUBSCRIPTION_PARAMETERS,
        querystring: Type.Object(
          { force: Type.Optional(Type.Enum(['true', 'false'], { description: 'Also one that has consumers; they are told.' })) },
          { additionalProperties: false },
        ),
        response: { 204: { description: 'It is gone.', type: 'null' }, default: PROBLEM_ANSWER },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const space = spaceOf(broker, params.space, reply);
      if (space === undefined || !mayDo(reply, space, params.name, 'manage')) return reply;
      const { name, subscription: wanted } = params;
      return sendDone(reply, done => operations.endSubscription(space, name, wanted, query.force === 'true', done));
    },
  );
}

/** What is done with the messages, and sending to where they go. */
function may(action: Action) {
  return (reply: FastifyReply, space: AddressSpace, address: string, { to }: Static<typeof REPLAY>): boolean =>
    mayDo(reply, space, address, action) && (to === undefined || mayDo(reply, space, to, 'send'));
}

/** Where dead letters come from is said by what they have with them, which may be anything. */
function mayReplay(reply: FastifyReply, space: AddressSpace, address: string, input: Static<typeof REPLAY>): boolean {
  if (!may('manage')(reply, space, address, input)) return false;
  const refusal = input.to === undefined ? reply.request.principal.rights.refusePattern('send', '#') : undefined;
  if (refusal) sendRefusal(reply, refusal);
  return refusal === undefined;
}

async function sendDone(reply: FastifyReply, begin: (done: (refusal?: Refusal) => void) => void): Promise<FastifyReply> {
  const refusal = await new Promise<Refusal | undefined>(resolve => begin(resolve));
  return refusal === undefined ? reply.code(204).send(null) : sendRefusal(reply, refusal);
}

function placeOf(space: AddressSpace, address: string, { subscription: name }: { subscription?: string }): QueuePlace {
  return { space, address, subscription: name };
}

/** undefined: the request was answered, since its selector is none. */
function selectionOf(reply: FastifyReply, input: Static<typeof SELECTION>): MessageSelection | undefined {
  const { selector: text, state: wanted, from, max, sequences } = input;
  const filter = text === undefined ? undefined : compileSelector(text);
  if (filter instanceof SelectorError) {
    sendProblem(reply, 'request-invalid', `selector: ${filter.message}.`);
    return undefined;
  }
  return { filter, state: wanted as MessageSelection['state'], from, max, sequences };
}
