import { ACTIONS, type Action, Principal, type Report, type Rights } from '@angarium/core';
import { peerOf } from '@angarium/transport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static, type TUnsafe } from 'typebox';
import type { RequestAccess } from '../identity/access-check.ts';
import type { Authenticator } from '../identity/authenticator.ts';
import { WRONG } from '../identity/authority.ts';
import { cookieField, readCookie } from '../identity/session-cookie.ts';
import { ANONYMOUS } from '../identity/users.ts';
import type { Renewal, WebSession } from '../identity/web-session.ts';
import { KINDS } from '../resources/kinds.ts';
import { VERSION } from '../version.ts';
import { NAME_LENGTH_MAX } from './documents.ts';
import type { HttpApp } from './http-app.ts';
import { PROBLEM_ANSWER, sendHttpProblem } from './problem.ts';

export interface SessionRoutesOptions {
  readonly authenticator: Authenticator;
  readonly access: RequestAccess;
  readonly report: Report;
}

/** The longest password that is read, in characters. */
const PASSWORD_LENGTH_MAX = 4096;

const SIGN_IN = Type.Object(
  {
    addressSpace: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: NAME_LENGTH_MAX,
        description: 'The address space whose user it is; without it, what stands behind the @ of the user, or else "default".',
      }),
    ),
    user: Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX, description: 'The user, as in ada or ada@acme.' }),
    password: Type.String({ minLength: 1, maxLength: PASSWORD_LENGTH_MAX, description: 'His password, or a token that stands for one.' }),
  },
  { additionalProperties: false },
);

/** With how many addresses something may be done. */
type Extent = 'all' | 'some' | 'none';

const SESSION = Type.Object(
  {
    user: Type.String({ description: 'Who it is.' }),
    addressSpace: Type.String({ description: 'The address space that he is of.' }),
    administersServer: Type.Boolean({ description: 'Whether he may do everything, in every address space.' }),
    anonymous: Type.Boolean({ description: 'Whether nobody has said who it is.' }),
    signOut: Type.Boolean({ description: 'Whether there is a session that can be ended.' }),
    kinds: Type.Object(
      { view: Type.Array(Type.String()), manage: Type.Array(Type.String()) },
      {
        description:
          'What he may view and manage in his address space as a whole: kinds of documents, and Connection. Addresses are asked for one by one.',
      },
    ),
    addresses: Type.Object(
      Object.fromEntries(ACTIONS.map(action => [action, Type.Unsafe<Extent>(Type.Enum(['all', 'some', 'none']))])) as Record<
        Action,
        TUnsafe<Extent>
      >,
      {
        description:
          'With which addresses of his address space he may do what: with all of them, with some (there may be one; they are asked for one by one), or with none.',
      },
    ),
    expires: Type.Optional(Type.String({ format: 'date-time', description: 'When he has to sign in again, whatever he does.' })),
    version: Type.String({ description: 'The version of the server.' }),
  },
  { $id: 'Session', description: 'Who calls.' },
);

const PATH = '/console/session';

/** What rights are asked for by its kind. */
const KINDS_OF_SPACE = [
  ...KINDS.filter(({ scope, kind }) => scope === 'space' && kind !== 'Address').map(({ kind }) => kind),
  'Connection',
];

/** Who is signed in with a browser. A cookie says so from then on, which every path takes in place of a password. */
export function sessionRoutes(app: HttpApp, options: SessionRoutesOptions): void {
  const { authenticator, access, report } = options;
  const { sessions, cookies } = authenticator;
  const open = { config: { open: true } } as const;
  const answer = (description: string) => ({ description, ...Type.Unsafe<Static<typeof SESSION>>({ $ref: 'Session#' }) });
  app.addSchema(SESSION);
  app.get(
    PATH,
    {
      ...open,
      schema: {
        operationId: 'getSession',
        summary: 'Ask who one is: by a session, by credentials, or because nobody has to say it here',
        tags: ['session'],
        response: { 200: answer('Who calls.'), default: PROBLEM_ANSWER },
      },
    },
    async (request, reply) => {
      const decision = await access.decidePage(request.raw);
      if ('status' in decision) return sendHttpProblem(reply, decision);
      const session = sessionOf(request);
      return sendSession(reply, decision, session?.principal === decision ? session : undefined);
    },
  );

  app.post(
    PATH,
    {
      ...open,
      schema: {
        operationId: 'signIn',
        summary: 'Sign in with a user name and a password; the answer has a cookie for the requests that follow',
        tags: ['session'],
        security: [],
        body: SIGN_IN,
        response: { 200: answer('Who has signed in.'), default: PROBLEM_ANSWER },
      },
    },
    async (request, reply) => {
      const foreign = access.refuseForeign(request.raw);
      if (foreign) return sendHttpProblem(reply, foreign);
      const { addressSpace, user, password } = request.body;
      const origin = { ...access.origin(request.raw), ...(addressSpace !== undefined && { hostname: addressSpace }) };
      const found = await authenticator.password({ user, password }, origin);
      if (!(found instanceof Principal)) return sendHttpProblem(reply, access.denied(found));
      // Who names an address space means no other one, but for who may enter all of them.
      const named = addressSpace === undefined ? found.space : authenticator.spaceOf(origin);
      const isThere = named !== undefined && (found.space === named || found.administersServer);
      if (!isThere || found.endedWhy !== undefined) return sendHttpProblem(reply, access.denied(WRONG));
      const session = signIn(options, request, reply, found);
      return sendSession(reply, session.principal, session);
    },
  );

  app.delete(
    PATH,
    {
      ...open,
      schema: {
        operationId: 'signOut',
        summary: 'Sign out: the session ends, and what was opened in it',
        tags: ['session'],
        security: [],
        response: { 204: { description: 'Nobody is signed in any more.', type: 'null' }, default: PROBLEM_ANSWER },
      },
    },
    (request, reply) => {
      const foreign = access.refuseForeign(request.raw);
      if (foreign) return sendHttpProblem(reply, foreign);
      const id = readCookie(request.raw, cookies.session);
      const principal = id === undefined ? undefined : sessions.find(id);
      if (id !== undefined) sessions.end(id);
      if (principal) reportSession(report, 'SignedOut', principal, request);
      return reply
        .code(204)
        .header('set-cookie', cookieField(request.raw, cookies.session, ''))
        .send();
    },
  );

  function sessionOf({ raw }: FastifyRequest): WebSession | undefined {
    const id = readCookie(raw, cookies.session);
    return id === undefined ? undefined : sessions.look(id);
  }
}

/** Begins a session, in place of the one that the browser may have. `renewal`: how it goes on when what has proved who it is runs out. */
export function signIn(
  options: SessionRoutesOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  principal: Principal,
  renewal?: Renewal,
): WebSession {
  const { sessions, cookies } = options.authenticator;
  const { raw } = request;
  const before = readCookie(raw, cookies.session);
  if (before !== undefined) sessions.end(before);
  const id = sessions.begin(principal, renewal);
  reply.header('set-cookie', cookieField(raw, cookies.session, id));
  reportSession(options.report, 'SignedIn', principal, request);
  return sessions.look(id)!;
}

function reportSession(report: Report, event: 'SignedIn' | 'SignedOut', { user, space }: Principal, request: FastifyRequest): void {
  const what = event === 'SignedIn' ? 'signed in to the console' : 'signed out of the console';
  report({ level: 'debug', event, what: `${what} from ${sourceOf(request)}`, addressSpace: space, user });
}

/** Where a request comes from. */
export function sourceOf({ socket }: FastifyRequest): string {
  return peerOf(socket.remoteAddress, socket.remotePort).address;
}

function addressRights(rights: Rights): Record<Action, Extent> {
  const extentOf = (action: Action): Extent =>
    rights.refusePattern(action, '#') === undefined ? 'all' : rights.refuseAny(action) === undefined ? 'some' : 'none';
  return { send: extentOf('send'), receive: extentOf('receive'), view: extentOf('view'), manage: extentOf('manage') };
}

/** `signedIn`: the session that can be ended; undefined: there is none. */
function sendSession(reply: FastifyReply, principal: Principal, signedIn: WebSession | undefined): FastifyReply {
  const { user, space, administersServer, rights } = principal;
  const endsAtMs = signedIn?.endsAtMs ?? principal.expiresAtMs;
  const kinds = (action: 'view' | 'manage'): string[] => KINDS_OF_SPACE.filter(kind => !rights.refuseKind(action, kind));
  const session: Static<typeof SESSION> = {
    user,
    addressSpace: space,
    administersServer,
    anonymous: user === ANONYMOUS,
    signOut: signedIn !== undefined,
    kinds: { view: kinds('view'), manage: kinds('manage') },
    addresses: addressRights(rights),
    ...(endsAtMs !== undefined && { expires: new Date(endsAtMs).toISOString() }),
    version: VERSION,
  };
  return reply.header('cache-control', 'no-store').send(session);
}
