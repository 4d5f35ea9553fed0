import { isIP } from 'node:net';
import { Principal, SPACE_DEFAULT } from '@angarium/core';
import { authorityOf, type HttpProblem, type RequestHead } from '@angarium/head-http';
import type { Denial, Origin, Peer } from '@angarium/transport';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requestProblem, sendHttpProblem } from '../http/problem.ts';
import { isLoopback } from '../listen-address.ts';
import { type PeerSocket, peerOfTls } from '../tls/peer-of-tls.ts';
import type { Authenticator } from './authenticator.ts';
import { readCookie, type ServerCookies } from './session-cookie.ts';
import { ANONYMOUS } from './users.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent the request; set by the access check. */
    principal: Principal;
  }
}

export interface AccessCheckOptions {
  readonly authenticator: Authenticator;
  /** Host names, besides loopback and IP addresses, by which anonymous clients may call. */
  readonly hosts: readonly string[];
}

/** Who sends a request, or why it is refused. */
export type AccessDecision = Principal | HttpProblem;

export interface RequestAccess {
  /**
   * Lets a request pass, or refuses it:
   * - with credentials, a bearer's token, a session's cookie or a certificate: when they are right;
   * - without: when anonymous access is allowed to this peer, and the name it was called by is not one that a foreign page could have made up
   *   (DNS rebinding: a page's own name that suddenly resolves to 127.0.0.1);
   * - from a page of another origin: never.
   */
  readonly decide: (request: RequestHead, space: string) => AccessDecision | Promise<AccessDecision>;
  /** The same for a page of ours, which asks for credentials itself: the browser shall not. */
  readonly decidePage: (request: RequestHead) => AccessDecision | Promise<AccessDecision>;
  /** What such a page is told whose credentials are not taken. */
  readonly denied: (denial: Denial) => HttpProblem;
  /** For a protocol that asks for credentials by itself: refuses what a foreign page could have sent. */
  readonly refuseForeign: (request: RequestHead) => HttpProblem | undefined;
  /** Refuses a name of the server that nobody has said is one (`httpHosts`). */
  readonly refuseHost: (request: RequestHead) => HttpProblem | undefined;
  /** Where a request comes from. */
  readonly origin: (request: RequestHead) => Origin;
  /** The same of a connection that goes on in another protocol, and who is signed in there. */
  readonly peer: (request: RequestHead) => Peer;
}

/** The header field by which a client is told how it may say who it is (RFC 9110, section 11.6.1). */
type Challenge = Readonly<Record<string, string>>;

const BASIC = 'Basic realm="angarium", charset="UTF-8"';
const BEARER = 'Bearer realm="angarium"';
const INVALID_TOKEN = { 'www-authenticate': `${BEARER}, error="invalid_token"` };
/** The address space of whoever sends a request, URL-encoded, where the path names none. */
const SPACE_FIELD = 'angarium-address-space';
/** Host headers that are remembered as right. */
const HOSTS_REMEMBERED_MAX = 100;

export function requestAccess(options: AccessCheckOptions): RequestAccess {
  const { authenticator } = options;
  const hosts = new Set(options.hosts.map(host => host.toLowerCase()));
  const remembered = new Set<string>();

  const refuseOrigin = (request: RequestHead): HttpProblem | undefined => {
    const origin = foreignOrigin(request);
    return origin === undefined ? undefined : requestProblem('origin-refused', `A page of ${origin} may not call this API.`);
  };
  const refuseHost = (request: RequestHead): HttpProblem | undefined => {
    const header = authorityOf(request) ?? '';
    if (remembered.has(header)) return undefined;
    const host = hostName(header);
    if (host === undefined || !(isLoopback(host) || isIP(host) !== 0 || hosts.has(host))) {
      return requestProblem(
        'host-refused',
        `The API was called as "${header}". Call it by IP address or as localhost, or add the name to httpHosts.`,
      );
    }
    if (remembered.size < HOSTS_REMEMBERED_MAX) remembered.add(header);
    return undefined;
  };

  const decide = (request: RequestHead, origin: Origin, asPage: boolean): AccessDecision | Promise<AccessDecision> => {
    const foreign = refuseOrigin(request);
    if (foreign !== undefined) return foreign;
    const { authorization } = request.headers;
    // Without users there is nothing that credentials could be compared with: they are ignored then.
    if (authorization !== undefined && takesCredentials(authenticator, authorization, origin))
      return decideCredentials(authenticator, authorization, request, origin, asPage);
    const signedIn = signedInBy(authenticator, request);
    if (signedIn !== undefined) return signedIn;
    const answer = authenticator.nameless(origin);
    if (!(answer instanceof Principal)) return missingCredentials(authenticator, request, origin, asPage);
    // A certificate is something to show, which no page can make up.
    return answer.user === ANONYMOUS ? (refuseHost(request) ?? answer) : answer;
  };

  return {
    decide: (request, space) => decide(request, originOf(request, space), false),
    decidePage: request => decide(request, originOf(request, SPACE_DEFAULT), true),
    denied: denial => deniedProblem(denial, pageChallenge(authenticator.cookies)),
    refuseForeign: request => {
      // Whoever is on this machine may be anonymous although there are users.
      const anonymous = !authenticator.hasUsers || (!authenticator.users.administered && originOf(request, SPACE_DEFAULT).peer.loopback);
      return refuseOrigin(request) ?? (anonymous ? refuseHost(request) : undefined);
    },
    refuseHost,
    origin: request => originOf(request, SPACE_DEFAULT),
    peer: request => {
      const { peer } = originOf(request, SPACE_DEFAULT);
      const principal = signedInBy(authenticator, request);
      return principal === undefined ? peer : { ...peer, principal };
    },
  };
}

/** Whose session the request belongs to. */
function signedInBy({ sessions, cookies }: Authenticator, request: RequestHead): Principal | undefined {
  const id = readCookie(request, cookies.session);
  return id === undefined ? undefined : sessions.find(id);
}

function takesCredentials(authenticator: Authenticator, authorization: string, { peer }: Origin): boolean {
  return /^bearer /i.test(authorization) || authenticator.mechanisms(peer).includes('PLAIN');
}

/** In place of one for which a browser would ask its user for a name and password itself (draft-broyer-http-cookie-auth). */
function pageChallenge({ session }: ServerCookies): Challenge {
  return { 'www-authenticate': `Cookie realm="angarium", form-action="/", cookie-name="${session.name}"` };
}

/** `asPage`: whoever asks is a page of ours, whatever the request says. */
function challengeOf(authenticator: Authenticator, request: RequestHead, { peer }: Origin, asPage: boolean): Challenge {
  if (asPage || isOfOwnPage(authenticator, request)) return pageChallenge(authenticator.cookies);
  const takesTokens = authenticator.mechanisms(peer).includes('OAUTHBEARER');
  return { 'www-authenticate': takesTokens ? `${BASIC}, ${BEARER}` : BASIC };
}

function missingCredentials(authenticator: Authenticator, request: RequestHead, origin: Origin, asPage: boolean): HttpProblem {
  const challenge = challengeOf(authenticator, request, origin, asPage);
  const id = readCookie(request, authenticator.cookies.session);
  if (id !== undefined) return requestProblem('session-ended', endedWords(authenticator.sessions.whyEnded(id)), challenge);
  const detail =
    asPage || isOfOwnPage(authenticator, request)
      ? 'Sign in with a user name and a password.'
      : 'Give a user name and a password: --user and --password, or ANGARIUM_USER and ANGARIUM_PASSWORD.';
  return requestProblem('credentials-missing', detail, challenge);
}

/** Why somebody is asked to sign in who was. */
function endedWords(why: string | undefined): string {
  return why === undefined ? 'Sign in again.' : sentence(why.includes('sign in again') ? why : `${why}: sign in again`);
}

/** One of our own pages has sent it, and asks for credentials itself. */
function isOfOwnPage({ cookies }: Authenticator, request: RequestHead): boolean {
  return request.headers['sec-fetch-site'] === 'same-origin' || readCookie(request, cookies.session) !== undefined;
}

function decideCredentials(
  authenticator: Authenticator,
  authorization: string,
  request: RequestHead,
  origin: Origin,
  asPage: boolean,
): AccessDecision | Promise<AccessDecision> {
  const token = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization)?.[1];
  if (token !== undefined) {
    const recognized = authenticator.recognizeToken(token, origin);
    return recognized ?? authenticator.token(token, origin).then(answer => decisionOf(answer, INVALID_TOKEN));
  }
  const credentials = basicCredentials(authorization);
  const recognized = credentials && authenticator.recognize(credentials, origin);
  if (recognized) return recognized;
  const challenge = challengeOf(authenticator, request, origin, asPage);
  if (credentials === undefined)
    return requestProblem('credentials-wrong', 'The authorization header is neither basic authentication nor a bearer token.', challenge);
  return authenticator.password(credentials, origin).then(answer => decisionOf(answer, challenge));
}

function decisionOf(answer: Principal | Denial, challenge: Challenge): AccessDecision {
  return answer instanceof Principal ? answer : deniedProblem(answer, challenge);
}

function deniedProblem({ why, temporary }: Denial, challenge: Challenge): HttpProblem {
  const words = sentence(why);
  return temporary
    ? requestProblem('access-undecided', words, { 'retry-after': '1' })
    : requestProblem('credentials-wrong', words, challenge);
}

function sentence(words: string): string {
  return `${words[0]!.toUpperCase()}${words.slice(1)}.`;
}

/** A certificate is read once a connection, and not with each request. */
const peers = new WeakMap<PeerSocket, Peer>();

function peerOf(socket: PeerSocket): Peer {
  let peer = peers.get(socket);
  if (peer === undefined) {
    peer = peerOfTls(socket);
    peers.set(socket, peer);
  }
  return peer;
}

/** Where a request comes from. A proxy on this machine speaks for others: what it forwards does not count as local. */
function originOf(request: RequestHead, space: string): Origin {
  const peer = peerOf(request.socket);
  const forwarded = request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined;
  // The path of the default space is that of who says no space, too.
  return { peer: forwarded ? { ...peer, loopback: false } : peer, ...(space !== SPACE_DEFAULT && { hostname: space }) };
}

/** The decision as a hook of fastify. */
export function accessCheck(access: RequestAccess): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  return async (request, reply) => {
    const decision = await access.decide(request.raw, spaceOf(request) ?? SPACE_DEFAULT);
    if ('status' in decision) return sendHttpProblem(reply, decision);
    request.principal = decision;
    return undefined;
  };
}

/** The document of an address space is where that is, too. A path that names none leaves it to the field of whoever wants to say it. */
function spaceOf({ params, routeOptions, headers }: FastifyRequest): string | undefined {
  const { space, name } = params as { space?: string; name?: string };
  const field = headers[SPACE_FIELD];
  return space ?? (routeOptions.url?.endsWith('/addressspaces/:name') ? name : typeof field === 'string' ? decoded(field) : undefined);
}

/** What is not URL-encoded as it should be names no space that there is. */
function decoded(field: string): string {
  try {
    return decodeURIComponent(field);
  } catch {
    return field;
  }
}

/** The origin in words when a browser says that a page of another origin sends the request. */
function foreignOrigin(request: RequestHead): string | undefined {
  const { origin } = request.headers;
  if (origin !== undefined) {
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    if (url === undefined || url.host !== authorityOf(request)?.toLowerCase()) return origin;
  }
  const site = request.headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none' ? undefined : (origin ?? 'another site');
}

/** The name of a Host header in lower case, without the port and without the brackets of IPv6. */
function hostName(header: string | undefined): string | undefined {
  if (header === undefined || !URL.canParse(`http://${header}`)) return undefined;
  return new URL(`http://${header}`).hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1');
}

/** RFC 7617: `Basic base64(name ":" password)`. */
function basicCredentials(header: string): { user: string; password: string } | undefined {
  const match = /^basic ([A-Za-z0-9+/=_-]+)$/i.exec(header);
  if (match === null) return undefined;
  const text = Buffer.from(match[1]!, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
