import { Principal, SPACE_DEFAULT } from '@angarium/core';
import type { Origin } from '@angarium/transport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { isIdentity, type WebIdentity, type WebLogin } from '../identity/authority.ts';
import { cookieField, originOfServer, readCookie } from '../identity/session-cookie.ts';
import { SignInAttempts } from '../identity/sign-in-attempts.ts';
import { webRenewal } from '../identity/web-renewal.ts';
import { NAME_LENGTH_MAX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendHttpProblem } from './problem.ts';
import { type SessionRoutesOptions, signIn, sourceOf } from './session-routes.ts';

/** Where the console is: the sign-in page, and what it leads to. */
const HOME = '/';
/** A page of the console (packages/console/src/app/pages.ts). */
const PAGE = '^/ui/[!-~]*$';
const PAGE_LENGTH_MAX = 1024;
/** Where a provider sends browsers back to, below the server's own origin: what is registered there. */
const CALLBACK = '/console/oidc/callback';
/** Somebody came back from elsewhere, and nobody has sent him there. */
const UNKNOWN_ATTEMPT = 'the sign-in has taken too long, or was begun in another window: try again';

const space = (description: string) => Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX, description });

const WAYS = Type.Object(
  {
    password: Type.Boolean({ description: 'With a user name and a password.' }),
    oidc: Type.Array(
      Type.Object({
        name: Type.String({ description: 'The authentication service.' }),
        title: Type.String({ description: 'What people call it.' }),
        href: Type.String({ description: 'Where the browser has to go.' }),
      }),
      { description: 'At a service elsewhere.' },
    ),
    problem: Type.Optional(Type.String({ description: 'Why the last try at a service elsewhere has failed; it is told once.' })),
  },
  { $id: 'SignInWays', description: 'How one may sign in.' },
);

/** How people sign in with a browser, and the way there and back for those whom a service elsewhere knows. */
export function signInRoutes(app: HttpApp, options: SessionRoutesOptions): void {
  const { authenticator, access, report } = options;
  const { cookies } = authenticator;
  const attempts = new SignInAttempts();
  const config = { open: true } as const;
  const tags = ['session'];
  app.addSchema(WAYS);
  app.get(
    '/console/sign-in',
    {
      config,
      schema: {
        operationId: 'getSignInWays',
        summary: 'Ask how one may sign in to an address space with a browser',
        tags,
        security: [],
        querystring: Type.Object(
          { addressSpace: Type.Optional(space('The address space; without it, the one of the host, or else "default".')) },
          { additionalProperties: false },
        ),
        response: {
          200: { description: 'The ways.', ...Type.Unsafe<Static<typeof WAYS>>({ $ref: 'SignInWays#' }) },
          default: PROBLEM_ANSWER,
        },
      },
    },
    (request, reply) => {
      const foreign = access.refuseForeign(request.raw);
      if (foreign) return sendHttpProblem(reply, foreign);
      const origin = access.origin(request.raw);
      const named = request.query.addressSpace ?? authenticator.spaceOf(origin) ?? SPACE_DEFAULT;
      const service = loginOf(named, origin);
      const kept = readCookie(request.raw, cookies.attempt);
      const problem = kept === undefined ? undefined : attempts.problemOf(kept);
      if (problem !== undefined) reply.header('set-cookie', cookieField(request.raw, cookies.attempt, ''));
      const ways: Static<typeof WAYS> = {
        password: authenticator.takesPasswords,
        oidc: service
          ? [{ name: service.name, title: service.login.title ?? service.name, href: `/console/oidc/${encodeURIComponent(named)}/start` }]
          : [],
        ...(problem !== undefined && { problem }),
      };
      return reply.header('cache-control', 'no-store').send(ways);
    },
  );

  app.get(
    '/console/oidc/:space/start',
    {
      config,
      schema: {
        operationId: 'beginSignIn',
        summary: 'Go to where the users of an address space sign in, in a browser',
        tags,
        security: [],
        params: Type.Object({ space: space('The address space.') }),
        querystring: Type.Object(
          {
            page: Type.Optional(
              Type.String({
                pattern: PAGE,
                maxLength: PAGE_LENGTH_MAX,
                description: 'The page of the console that is looked at afterwards.',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 303: { description: 'There.', type: 'null' }, default: PROBLEM_ANSWER },
      },
    },
    async ({ raw, params, query }, reply) => {
      // Whoever comes back is sent to where he has called us: that has to be us.
      const refused = access.refuseForeign(raw) ?? access.refuseHost(raw);
      if (refused) return sendHttpProblem(reply, refused);
      const service = loginOf(params.space, access.origin(raw));
      const page = query.page ?? pageOf(params.space);
      if (service === undefined) return back(raw, reply, 'users of this address space do not sign in elsewhere', page);
      const { cookie, attempt } = attempts.begin(
        { space: params.space, page, redirectUri: `${originOfServer(raw)}${CALLBACK}` },
        Date.now(),
      );
      const url = await service.login.begin(attempt);
      if (typeof url !== 'string') return back(raw, reply, url.why, page);
      return reply.header('set-cookie', cookieField(raw, cookies.attempt, cookie)).redirect(url, 303);
    },
  );

  app.get(
    CALLBACK,
    {
      config,
      schema: {
        operationId: 'endSignIn',
        summary: 'Come back from there, in a browser',
        tags,
        security: [],
        querystring: Type.Record(Type.String(), Type.String(), { description: 'What the provider says (RFC 6749, section 4.1.2).' }),
        response: { 303: { description: 'To the console.', type: 'null' }, default: PROBLEM_ANSWER },
      },
    },
    async (request, reply) => {
      const { raw, query } = request;
      // The page of another site leads here: that it is the one where we have led this browser is what the cookie says.
      const kept = readCookie(raw, cookies.attempt);
      const found = kept === undefined ? undefined : attempts.find(kept, query.state ?? '', Date.now());
      const origin = access.origin(raw);
      const service = found && loginOf(found.space, origin);
      if (!service) return back(raw, reply, UNKNOWN_ATTEMPT, HOME);
      const { space: named, page, attempt } = found!;
      const admit = (who: WebIdentity) => authenticator.relayed({ ...origin, hostname: named }, who);
      const identity = await service.login.finish(attempt, query);
      const answer = isIdentity(identity) ? admit(identity) : identity;
      if (!(answer instanceof Principal)) {
        report({
          level: 'debug',
          event: 'SignInFailed',
          what: `somebody from ${sourceOf(request)} could not sign in to the console`,
          why: answer.why,
          addressSpace: named,
          authenticationService: service.name,
        });
        return back(raw, reply, isIdentity(identity) ? notLetIn(identity.user) : answer.why, page);
      }
      reply.header('set-cookie', cookieField(raw, cookies.attempt, ''));
      const login = (): WebLogin | undefined => loginOf(named, origin)?.login;
      signIn(options, request, reply, answer, webRenewal({ login, admit }, (identity as WebIdentity).refresh));
      return reply.redirect(page, 303);
    },
  );

  /** The authentication service of an address space, where people may sign in at it. */
  function loginOf(named: string, origin: Origin): { readonly name: string; readonly login: WebLogin } | undefined {
    const there = { ...origin, hostname: named };
    return authenticator.spaceOf(there) === named ? authenticator.webLoginOf(named) : undefined;
  }

  /** To the sign-in page, which says why; after signing in, `page` is looked at. */
  function back(raw: FastifyRequest['raw'], reply: FastifyReply, why: string, page: string): FastifyReply {
    const words = `${why[0]!.toUpperCase()}${why.slice(1)}.`;
    return reply.header('set-cookie', cookieField(raw, cookies.attempt, attempts.failed(words))).redirect(page, 303);
  }
}

/** What is looked at of an address space where nobody has said what. */
function pageOf(named: string): string {
  return `/ui/spaces/${encodeURIComponent(named)}`;
}

/** Of a name that somebody else gives, so many characters are shown. */
const NAME_SHOWN_MAX = 255;

function notLetIn(user: string): string {
  return `the sign-in service knows you as ${user.slice(0, NAME_SHOWN_MAX)}, who may not come in here: ask the administrator, whose log says why`;
}
