import Type, { type Static } from 'typebox';
import { parseDuration } from '../duration.ts';
import { makeToken, rotatedTokens } from '../identity/tokens.ts';
import type { UserAuthentication } from '../identity/user-authentication.ts';
import type { Documents } from '../resources/documents.ts';
import { isComplaint } from '../resources/kind.ts';
import { USER } from '../resources/kinds/user.ts';
import { API_PREFIX, NAME_LENGTH_MAX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendComplaint, sendProblem } from './problem.ts';
import { refuseDocument } from './resource-access.ts';

const TOKEN_INPUT = Type.Object(
  {
    ttl: Type.Optional(
      Type.String({
        pattern: '^[1-9]\\d*(ms|s|m|h|d)$',
        description: 'How long it is good for, such as 720h; without it, until there are two newer ones.',
      }),
    ),
  },
  { additionalProperties: false },
);

const TOKEN = Type.Object(
  {
    id: Type.String({ description: 'By which the status of the user shows it.' }),
    token: Type.String({ description: 'The token: it is shown this once.' }),
    expires: Type.Optional(Type.String({ format: 'date-time' })),
  },
  { $id: 'UserToken', description: 'A new token of a service account.' },
);

/** Tokens of service accounts. */
export function userRoutes(app: HttpApp, documents: Documents): void {
  app.addSchema(TOKEN);
  app.post(
    `${API_PREFIX}/addressspaces/:space/users/:name/token`,
    {
      schema: {
        operationId: 'makeUserToken',
        summary: 'Make a token for a service account; of those of before, the newest one stays good',
        tags: ['users'],
        params: Type.Object({
          space: Type.String({ description: 'The address space; "default" exists always.' }),
          name: Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX, description: 'The user, URL-encoded.' }),
        }),
        body: TOKEN_INPUT,
        response: { 201: { description: 'The token.', $ref: 'UserToken#' }, default: PROBLEM_ANSWER },
      },
    },
    async (request, reply) => {
      const { principal, params } = request;
      const { space, name } = params;
      const refusal = refuseDocument(principal, 'manage', USER, space, name);
      if (refusal) return sendComplaint(reply, refusal);
      const user = documents.get(USER, space, name);
      const authentication = user?.spec.authentication as UserAuthentication | undefined;
      if (user === undefined || authentication?.type !== 'service-account')
        return sendProblem(reply, 'resource-not-found', `There is no service account ${name} in the address space ${space}.`);
      const nowMs = Date.now();
      const { ttl } = request.body;
      const { token, kept } = makeToken(space, name, nowMs, ttl === undefined ? undefined : parseDuration(ttl));
      const { labels, annotations, finalizers, revision } = user.metadata;
      const written = await documents.write(USER, {
        space,
        name,
        principal,
        spec: { ...user.spec, authentication: { ...authentication, tokens: rotatedTokens(authentication.tokens ?? [], kept, nowMs) } },
        described: { ...(labels && { labels }), ...(annotations && { annotations }), ...(finalizers && { finalizers }) },
        expected: { resourceVersion: String(revision) },
        secretsWhole: true,
      });
      if (isComplaint(written)) return sendComplaint(reply, written);
      const made: Static<typeof TOKEN> = {
        id: kept.id,
        token,
        ...(kept.expiresMs !== undefined && { expires: new Date(kept.expiresMs).toISOString() }),
      };
      return reply.code(201).header('cache-control', 'no-store').send(made);
    },
  );
}
