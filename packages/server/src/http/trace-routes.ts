import { Readable } from 'node:stream';
import {
  type Address,
  type AddressSpace,
  type Broker,
  compileSelector,
  type MessageTrace,
  type Principal,
  Refusal,
  SelectorError,
  TRACE_SECONDS_MAX,
  TRACE_STEPS,
  TRACE_STEPS_MAX,
  TRACED_MESSAGES_MAX,
  TRACES_MAX,
  type TraceStep,
  type TraceWish,
  Visit,
  WAIT_REASONS,
} from '@angarium/core';
import type { FastifyReply } from 'fastify';
import Type, { type Static } from 'typebox';
import { followProven } from '../identity/follow-proven.ts';
import { MESSAGE_FACTS, type MessageFacts, messageFacts } from '../trace/message-facts.ts';
import { ADDRESS_PARAMETERS, ADDRESS_PATH, mayDo, spaceOf } from './address-path.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendProblem, sendRefusal } from './problem.ts';

const SECONDS_DEFAULT = 60;

function inWords(table: Readonly<Record<string, string>>): string {
  return Object.entries(table)
    .map(([name, meaning]) => `${name}: ${meaning}`)
    .join('; ');
}

/** One line of the answer. */
const TRACE_LINE = Type.Object(
  {
    atMs: Type.Integer({ description: 'When it happened. Milliseconds since the epoch.' }),
    message: Type.Integer({ minimum: 0, description: 'The trace’s own number of the message, from 1; 0: the line is about none.' }),
    step: Type.Enum(Object.keys(TRACE_STEPS), { description: `${inWords(TRACE_STEPS)}.` }),
    address: Type.String({ description: 'Where it happened; “another address” where you may not view that.' }),
    sequence: Type.Optional(
      Type.Integer({ minimum: 0, description: 'The number of the message in its queue, or its offset in a stream.' }),
    ),
    peer: Type.Optional(
      Type.Object(
        {
          protocol: Type.String(),
          name: Type.String({ description: 'What the client calls itself, and its link.' }),
          user: Type.Optional(Type.String()),
          from: Type.Optional(Type.String({ description: 'Host and port; for those who may view connections.' })),
        },
        { description: 'Who sent the message, got it, or said what became of it.' },
      ),
    ),
    refusal: Type.Optional(Type.String({ description: 'Of refused: its code; docs/reference/refusals.md lists them.' })),
    outcome: Type.Optional(Type.Enum(['accepted', 'rejected', 'released', 'modified'], { description: 'Of settled.' })),
    reason: Type.Optional(Type.Enum(Object.keys(WAIT_REASONS), { description: `Of waiting. ${inWords(WAIT_REASONS)}.` })),
    facts: Type.Optional(Type.Unsafe<MessageFacts>({ $ref: 'MessageFacts#' })),
    words: Type.String({ description: 'What happened and why, for people.' }),
  },
  { $id: 'TraceLine', description: 'Something that happened to a message that is traced.' },
);
type TraceLine = Omit<Static<typeof TRACE_LINE>, 'step' | 'reason' | 'outcome'> & Pick<TraceStep, 'step' | 'reason' | 'outcome'>;

const WISH = Type.Object(
  {
    count: Type.Optional(
      Type.Integer({ minimum: 1, maximum: TRACED_MESSAGES_MAX, default: 1, description: 'How many of the next messages are followed.' }),
    ),
    selector: Type.Optional(Type.String({ minLength: 1, description: 'Only messages for which it holds (docs/selectors.md).' })),
    seconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: TRACE_SECONDS_MAX,
        description: `For how long at the most; ${SECONDS_DEFAULT} where nothing is said. With sequence: 0, which says how it is now, where nothing is said.`,
      }),
    ),
    sequence: Type.Optional(
      Type.Integer({ minimum: 0, description: 'A message that is stored already, by its number: why it is where it is.' }),
    ),
    subscription: Type.Optional(
      Type.String({ minLength: 1, description: 'With sequence, of a topic: the name of the subscription whose message is meant.' }),
    ),
  },
  { additionalProperties: false },
);

/** Follows messages on their way, and says why nobody got them. */
export function traceRoutes(app: HttpApp, broker: Broker): void {
  app.addSchema(MESSAGE_FACTS);
  app.addSchema(TRACE_LINE);
  const factsOf = messageFacts(broker);
  app.post(
    `${ADDRESS_PATH}/trace`,
    {
      schema: {
        operationId: 'traceMessages',
        summary: 'Follow the next messages of an address, or one that is stored, and say in words what becomes of them and why they wait',
        description: `Lines of JSON, each as it happens, until all messages have come to their end, the time is over or the client goes. An address space has at most ${TRACES_MAX} traces at a time, each of at most ${TRACE_STEPS_MAX} lines. Bodies are not shown. The address may be a topic below one.`,
        tags: ['queues'],
        params: ADDRESS_PARAMETERS,
        body: WISH,
        produces: ['application/x-ndjson'],
        response: { 200: { description: 'Lines of JSON; the last one has the step end.', $ref: 'TraceLine#' }, default: PROBLEM_ANSWER },
      },
    },
    (request, reply) => {
      const { params, body, principal } = request;
      const space = spaceOf(broker, params.space, reply);
      if (space === undefined || !mayDo(reply, space, params.name, 'view')) return reply;
      const filter = body.selector === undefined ? undefined : compileSelector(body.selector);
      if (filter instanceof SelectorError) return sendProblem(reply, 'request-invalid', `selector: ${filter.message}.`);
      const traced = addressOf(space, params.name);
      if (traced instanceof Refusal) return sendRefusal(reply, traced);
      const wish = { space, ...traced, count: body.count ?? 1, filter, ...sightOf(space, principal) };
      return sendTrace(reply, factsOf, traced.address.name, telling => begin(broker, { ...wish, ...telling }, body));
    },
  );
}

/** The address, or the topic address below which the name lies. */
function addressOf(space: AddressSpace, name: string): { readonly address: Address; readonly topic?: string } | Refusal {
  const own = space.addresses.get(space.names.ownName(name));
  if (own) return { address: own };
  const imported = space.find(name);
  if (imported) return new Refusal('capability-unsupported', `The address ${name} is another address space’s: trace it there.`);
  const tree = space.treeOf(name);
  return tree
    ? { address: tree, topic: name }
    : new Refusal('address-not-found', `There is no address ${name} in the address space ${space.name}.`);
}

/** What who asks may see besides the address. */
function sightOf(space: AddressSpace, principal: Principal): Pick<TraceWish, 'mayView' | 'seesConnections'> {
  const visit = new Visit(space, principal);
  return {
    mayView: address => visit.may('view', address),
    seesConnections: principal.administersServer || principal.rights.refuseKind('view', 'Connection') === undefined,
  };
}

function begin({ traces }: Broker, wish: TraceWish, { seconds, sequence, subscription }: Static<typeof WISH>): MessageTrace | Refusal {
  if (sequence === undefined) return traces.begin(wish, seconds ?? SECONDS_DEFAULT);
  const place = { space: wish.space, address: wish.address.name, subscription };
  return traces.beginStored(place, sequence, wish, seconds ?? 0);
}

/** Answers with a line for each step, as it happens. A client that goes ends the trace, and so does the end of who it is. */
function sendTrace(
  reply: FastifyReply,
  factsOf: ReturnType<typeof messageFacts>,
  address: string,
  begin: (telling: Pick<TraceWish, 'tell' | 'end'>) => MessageTrace | Refusal,
): FastifyReply {
  const lines = new Readable({ read() {} });
  const write = (line: TraceLine): boolean => lines.push(`${JSON.stringify(line)}\n`);
  let unfollow = (): void => {};
  const trace = begin({
    tell: (step, message) => write(message ? { ...step, facts: factsOf(message) } : step),
    end: words => {
      unfollow();
      write({ atMs: Date.now(), message: 0, step: 'end', address, words });
      lines.push(null);
    },
  });
  if (trace instanceof Refusal) return sendRefusal(reply, trace);
  const { principal } = reply.request;
  if (!trace.over)
    unfollow = followProven(principal, {
      rightsChanged: () => trace.close('your rights have changed: begin another trace'),
      principalEnded: why => trace.close(why),
    });
  reply.raw.once('close', () => trace.close('the client has gone'));
  return reply.type('application/x-ndjson').header('x-accel-buffering', 'no').send(lines);
}
