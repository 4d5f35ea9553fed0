import { isIP } from 'node:net';
import { type Principal, SPACE_DEFAULT } from '@angarium/core';
import { authorityOf, type HttpProblem, type RequestHead } from '@angarium/head-http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principals } from '../authorization/principals.ts';
import { requestProblem, sendHttpProblem } from '../http/problem.ts';
import { isLoopback } from '../listen-address.ts';
import { ANONYMOUS, type Authenticator } from './authenticator.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent the request; set by the access check. */
    principal: Principal;
  }
}

export interface AccessCheckOptions {
  readonly authenticator: Authenticator;
  readonly principals: Principals;
  /** Host names, besides loopback and IP addresses, by which anonymous clients may call. */
  readonly hosts: readonly string[];
}

/** Who sends a request, or why it is refused. */
export type AccessDecision = Principal | HttpProblem;

export interface RequestAccess {
  /**
   * Lets a request pass, or refuses it:
   * - with credentials: when they are right;
   * - without: when anonymous access is allowed to this peer, and the name it was called by is not one that a foreign page could have made up
   *   (DNS rebinding: a page's own name that suddenly resolves to 127.0.0.1);
   * - from a page of another origin: never.
   */
  readonly decide: (request: RequestHead, space: string) => AccessDecision | Promise<AccessDecision>;
  /** For a protocol that asks for credentials by itself: refuses what a foreign page could have sent. */
  readonly refuseForeign: (request: RequestHead) => HttpProblem | undefined;
}

const CHALLENGE = { 'www-authenticate': 'Basic realm="angarium", charset="UTF-8"' };
/** Host headers that are remembered as right. */
const HOSTS_REMEMBERED_MAX = 100;

export function requestAccess(options: AccessCheckOptions): RequestAccess {
  const { authenticator, principals } = options;
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
  const authenticate = async (credentials: { name: string; password: string }): Promise<AccessDecision> => {
    const user = await authenticator.authenticate(credentials.name, credentials.password);
    return user ? principals.of(user.user) : requestProblem('credentials-wrong', 'The user name or the password is wrong.', CHALLENGE);
  };

  return {
    decide: request => {
      const foreign = refuseOrigin(request);
      if (foreign !== undefined) return foreign;
      // Without users there is nothing that credentials could be compared with: they are ignored then.
      if (request.headers.authorization !== undefined && authenticator.hasUsers) {
        const credentials = basicCredentials(request.headers.authorization);
        if (credentials === undefined)
          return requestProblem('credentials-wrong', 'The authorization header is not basic authentication.', CHALLENGE);
        const recognized = authenticator.recognize(credentials.name, credentials.password);
        return recognized ? principals.of(recognized.user) : authenticate(credentials);
      }
      if (!authenticator.allowsAnonymous(isFromThisMachine(request))) {
        const detail = 'Give a user name and a password: --user and --password, or ANGARIUM_USER and ANGARIUM_PASSWORD.';
        return requestProblem('credentials-missing', detail, CHALLENGE);
      }
      return refuseHost(request) ?? principals.of(ANONYMOUS.user);
    },
    refuseForeign: request => refuseOrigin(request) ?? (authenticator.hasUsers ? undefined : refuseHost(request)),
  };
}

/** The decision as a hook of fastify. */
export function accessCheck(access: RequestAccess): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  return async (request, reply) => {
    const { space } = request.params as { space?: string };
    const decision = await access.decide(request.raw, space ?? SPACE_DEFAULT);
    if ('status' in decision) return sendHttpProblem(reply, decision);
    request.principal = decision;
    return undefined;
  };
}

/** A proxy on this machine speaks for others: what it forwards does not count as local. */
function isFromThisMachine(request: RequestHead): boolean {
  const forwarded = request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined;
  return !forwarded && isLoopback(request.socket.remoteAddress ?? '');
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
function basicCredentials(header: string): { name: string; password: string } | undefined {
  const match = /^basic ([A-Za-z0-9+/=_-]+)$/i.exec(header);
  if (match === null) return undefined;
  const text = Buffer.from(match[1]!, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
