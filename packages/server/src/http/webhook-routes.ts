import { type AddressSpace, type Broker, claimantOf, Visit } from '@angarium/core';
import { makeSecret, WEBHOOK_DEFAULTS, Webhook, type WebhookRefusal, type WebhookSpec, type Webhooks } from '@angarium/head-http';
import type { FastifyReply } from 'fastify';
import Type, { type Static } from 'typebox';
import { mayDo, refusePlace, SPACE_PARAMETERS, spaceOf } from './address-path.ts';
import { API_PREFIX, API_VERSION, list } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendProblem } from './problem.ts';

const NAME = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$', description: 'The name of the webhook.' });
const PARAMETERS = Type.Object({ ...SPACE_PARAMETERS.properties, name: NAME });
const milliseconds = (description: string, otherwise: number) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400_000, description: `${description} Milliseconds; ${otherwise} when absent.` }));

/** What a webhook shall do, as clients say it. */
const SPEC = Type.Object(
  {
    address: Type.String({
      minLength: 1,
      description: 'Whose messages are pushed. Of a topic: those of a durable subscription of its own.',
    }),
    url: Type.String({ minLength: 1, maxLength: 2048, description: 'Where each message is posted to.' }),
    mode: Type.Optional(
      Type.Union([Type.Literal('binary'), Type.Literal('structured')], { description: 'How CloudEvents are written; binary when absent.' }),
    ),
    secret: Type.Optional(
      Type.String({
        description: 'whsec_ and 24 to 64 bytes in base64, which requests are signed with; made when absent, and shown once.',
      }),
    ),
    authorization: Type.Optional(Type.String({ description: 'The field authorization of requests. It is not shown again.' })),
    inFlightMax: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: `Messages under way at a time; ${WEBHOOK_DEFAULTS.inFlightMax} when absent.`,
      }),
    ),
    timeoutMs: milliseconds('How long an answer may take.', WEBHOOK_DEFAULTS.timeoutMs),
    attemptsMax: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: `Attempts after which a message is rejected, and a dead letter of its address; ${WEBHOOK_DEFAULTS.attemptsMax} when absent.`,
      }),
    ),
    retryMs: milliseconds('How long after the first attempt the second one is; it doubles from there.', WEBHOOK_DEFAULTS.retryMs),
    retryMaxMs: milliseconds('The longest time between two attempts.', WEBHOOK_DEFAULTS.retryMaxMs),
  },
  { additionalProperties: false },
);
const STATUS = Type.Object({
  phase: Type.Union([Type.Literal('Active'), Type.Literal('Failing'), Type.Literal('Disabled')]),
  reason: Type.Optional(Type.String({ description: 'Why it is not active.' })),
  accepted: Type.Integer({ description: 'Messages that the receiver has taken since the server started.' }),
  rejected: Type.Integer({ description: 'Messages that were given up.' }),
  failures: Type.Integer({ description: 'Attempts that have failed.' }),
  inFlight: Type.Integer({ description: 'Messages under way, those that wait for their next attempt included.' }),
});
const WEBHOOK = Type.Object(
  {
    apiVersion: Type.Literal(API_VERSION),
    kind: Type.Literal('Webhook'),
    metadata: Type.Object({ name: Type.String(), addressSpace: Type.String() }),
    spec: SPEC,
    status: STATUS,
  },
  { $id: 'Webhook', description: 'Pushes the messages of an address to a URL.' },
);
const INPUT = Type.Object(
  {
    apiVersion: Type.Optional(Type.Literal(API_VERSION)),
    kind: Type.Optional(Type.Literal('Webhook')),
    metadata: Type.Optional(
      Type.Object({ name: Type.Optional(NAME), addressSpace: Type.Optional(Type.String()) }, { additionalProperties: false }),
    ),
    spec: SPEC,
    status: Type.Optional(Type.Unknown({ description: 'Ignored: the server alone writes it.' })),
  },
  { $id: 'WebhookInput', additionalProperties: false, description: 'A webhook as it shall be.' },
);
type WebhookDocument = Static<typeof WEBHOOK>;
type WebhookInput = Static<typeof INPUT>;

const answer = { $ref: 'Webhook#' };
const body = Type.Unsafe<WebhookInput>({ $ref: 'WebhookInput#' });
const tags = ['webhooks'];

/** Webhooks of a space: list, get, create, put, delete. */
export function webhookRoutes(app: HttpApp, broker: Broker, webhooks: Webhooks): void {
  app.addSchema(WEBHOOK);
  app.addSchema(INPUT);
  app.addSchema(list('WebhookList', Type.Unsafe<WebhookDocument>({ ...answer, type: 'object' })));
  const all = `${API_PREFIX}/addressspaces/:space/webhooks`;

  app.get(
    all,
    {
      schema: {
        operationId: 'listWebhooks',
        summary: 'List webhooks by name',
        tags,
        params: SPACE_PARAMETERS,
        response: { 200: { description: 'All webhooks.', $ref: 'WebhookList#' }, default: PROBLEM_ANSWER },
      },
    },
    (request, reply) => {
      const space = spaceOf(broker, request.params.space, reply);
      if (space === undefined) return reply;
      const visit = new Visit(space, request.principal);
      const shown = [...webhooks.of(space).values()].filter(({ spec }) => visit.refuse('view', spec.address) === undefined);
      const sorted = shown.sort((one, other) => (one.name < other.name ? -1 : 1));
      return reply.send({ apiVersion: API_VERSION, kind: 'WebhookList', metadata: {}, items: sorted.map(each => document(each, false)) });
    },
  );

  app.get(
    `${all}/:name`,
    {
      schema: {
        operationId: 'getWebhook',
        summary: 'Get one webhook and its status',
        tags,
        params: PARAMETERS,
        response: { 200: { description: 'The webhook, without its secrets.', ...answer }, default: PROBLEM_ANSWER },
      },
    },
    (request, reply) => {
      const space = spaceOf(broker, request.params.space, reply);
      if (space === undefined) return reply;
      const webhook = webhooks.of(space).get(request.params.name);
      const seen = webhook && new Visit(space, request.principal).refuse('view', webhook.spec.address) === undefined;
      return seen ? reply.send(document(webhook, false)) : sendNotFound(reply, request.params.name);
    },
  );

  app.post(
    all,
    {
      schema: {
        operationId: 'createWebhook',
        summary: 'Create a webhook; one that exists is a conflict',
        tags,
        params: SPACE_PARAMETERS,
        body,
        response: { 201: { description: 'The webhook, with its secret.', ...answer }, default: PROBLEM_ANSWER },
      },
    },
    async (request, reply) => {
      const { params, body: input } = request;
      const space = spaceOf(broker, params.space, reply);
      if (space === undefined) return reply;
      const misplaced = refusePlace(reply, input, space);
      if (misplaced) return misplaced;
      const name = input.metadata?.name;
      if (name === undefined) return sendProblem(reply, 'request-invalid', 'body/metadata/name is missing: the name of the webhook.');
      if (!mayPush(reply, space, input.spec.address)) return reply;
      if (webhooks.of(space).has(name)) return sendProblem(reply, 'webhook-exists', `The webhook "${name}" exists already.`);
      return sendMade(reply, space, 201, webhooks.put(space, name, specOf(input, makeSecret()), claimantOf(request.principal)));
    },
  );

  app.put(
    `${all}/:name`,
    {
      schema: {
        operationId: 'putWebhook',
        summary: 'Make a webhook, or change it; one that was disabled works again',
        tags,
        params: PARAMETERS,
        body,
        response: {
          200: { description: 'The webhook, changed.', ...answer },
          201: { description: 'The webhook, made.', ...answer },
          default: PROBLEM_ANSWER,
        },
      },
    },
    async (request, reply) => {
      const { params, body: input } = request;
      const space = spaceOf(broker, params.space, reply);
      if (space === undefined) return reply;
      const misplaced = refusePlace(reply, input, space, params.name);
      if (misplaced) return misplaced;
      const before = webhooks.of(space).get(params.name);
      if (!mayPush(reply, space, input.spec.address) || (before && !mayPush(reply, space, before.spec.address))) return reply;
      const spec = specOf(input, before?.spec.secret ?? makeSecret());
      return sendMade(reply, space, before ? 200 : 201, webhooks.put(space, params.name, spec, claimantOf(request.principal)));
    },
  );

  app.delete(
    `${all}/:name`,
    {
      schema: {
        operationId: 'deleteWebhook',
        summary: 'Delete a webhook, and its subscription',
        tags,
        params: PARAMETERS,
        response: { 204: { description: 'It is gone.', type: 'null' }, default: PROBLEM_ANSWER },
      },
    },
    async (request, reply) => {
      const space = spaceOf(broker, request.params.space, reply);
      if (space === undefined) return reply;
      const webhook = webhooks.of(space).get(request.params.name);
      if (!webhook) return sendNotFound(reply, request.params.name);
      if (!mayDo(reply, space, webhook.spec.address, 'manage')) return reply;
      webhooks.remove(webhook);
      await durable(space);
      return reply.code(204).send(null);
    },
  );
}

/** A webhook takes messages away, for as long as it is there. */
function mayPush(reply: FastifyReply, space: AddressSpace, address: string): boolean {
  return mayDo(reply, space, address, 'manage', 'receive');
}

function specOf({ spec }: WebhookInput, secret: string): WebhookSpec {
  return { ...WEBHOOK_DEFAULTS, secret, ...spec };
}

async function sendMade(
  reply: FastifyReply,
  space: AddressSpace,
  status: 200 | 201,
  made: Webhook | WebhookRefusal,
): Promise<FastifyReply> {
  if (!(made instanceof Webhook)) return sendProblem(reply, made.code, made.detail);
  await durable(space);
  return reply.code(status).send(document(made, true));
}

function durable(space: AddressSpace): Promise<void> {
  return new Promise(resolve => space.whenDurable(resolve));
}

function sendNotFound(reply: FastifyReply, name: string): FastifyReply {
  return sendProblem(reply, 'webhook-not-found', `There is no webhook "${name}".`);
}

/** Secrets are shown to whoever makes the webhook, and not again. */
function document(webhook: Webhook, withSecret: boolean): WebhookDocument {
  const { authorization: _authorization, secret, ...spec } = webhook.spec;
  return {
    apiVersion: API_VERSION,
    kind: 'Webhook',
    metadata: { name: webhook.name, addressSpace: webhook.space.name },
    spec: { ...spec, ...(withSecret && { secret }) },
    status: webhook.status(),
  };
}
