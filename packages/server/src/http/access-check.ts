import { isIP } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ANONYMOUS, type Authenticator, type User } from '../authenticator.ts';
import { isLoopback } from '../listen-address.ts';
import { type RequestProblemCode, sendProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent the request; set by the access check. */
    user: User;
  }
}

export interface AccessCheckOptions {
  readonly authenticator: Authenticator;
  /** Host names, besides loopback and IP addresses, by which anonymous clients may call. */
  readonly hosts: readonly string[];
}

/**
 * Lets a request pass, or refuses it:
 * - with credentials: when they are right;
 * - without: when anonymous access is allowed to this peer, and the name it was called by is not one that a foreign page could have made up
 *   (DNS rebinding: a page's own name that suddenly resolves to 127.0.0.1);
 * - from a page of another origin: never.
 */
export function accessCheck(
  options: AccessCheckOptions,
): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined> {
  const hosts = new Set(options.hosts.map(host => host.toLowerCase()));
  return async (request, reply) => {
    const refuse = (code: RequestProblemCode, detail: string): FastifyReply => {
      if (code === 'credentials-missing' || code === 'credentials-wrong')
        reply.header('www-authenticate', 'Basic realm="angarium", charset="UTF-8"');
      return sendProblem(reply, code, detail);
    };
    const origin = foreignOrigin(request);
    if (origin !== undefined) return refuse('origin-refused', `A page of ${origin} may not call this API.`);

    // Without users there is nothing that credentials could be compared with: they are ignored then.
    if (request.headers.authorization !== undefined && options.authenticator.hasUsers) {
      const credentials = basicCredentials(request.headers.authorization);
      if (credentials === undefined) return refuse('credentials-wrong', 'The authorization header is not basic authentication.');
      const user = await options.authenticator.authenticate(credentials.name, credentials.password);
      if (user === undefined) return refuse('credentials-wrong', 'The user name or the password is wrong.');
      request.user = user;
      return undefined;
    }
    if (!options.authenticator.allowsAnonymous(isFromThisMachine(request))) {
      return refuse(
        'credentials-missing',
        'Give a user name and a password: --user and --password, or ANGARIUM_USER and ANGARIUM_PASSWORD.',
      );
    }
    const host = hostName(request.headers.host);
    if (host === undefined || !(isLoopback(host) || isIP(host) !== 0 || hosts.has(host))) {
      return refuse(
        'host-refused',
        `The API was called as "${request.headers.host ?? ''}". Call it by IP address or as localhost, or add the name to httpHosts.`,
      );
    }
    request.user = ANONYMOUS;
    return undefined;
  };
}

/** A proxy on this machine speaks for others: what it forwards does not count as local. */
function isFromThisMachine(request: FastifyRequest): boolean {
  const forwarded = request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined;
  return !forwarded && isLoopback(request.socket.remoteAddress ?? '');
}

/** The origin in words when a browser says that a page of another origin sends the request. */
function foreignOrigin(request: FastifyRequest): string | undefined {
  const { origin, host } = request.headers;
  if (origin !== undefined) {
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    if (url === undefined || url.host !== host?.toLowerCase()) return origin;
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
