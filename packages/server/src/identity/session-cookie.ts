import { createHmac } from 'node:crypto';
import { authorityOf, type RequestHead } from '@angarium/head-http';

/** A cookie of ours: of this host alone, out of reach for scripts. */
export interface OurCookie {
  readonly name: string;
  /** `Strict`: it comes with what our own pages ask for alone; `Lax`: also where another site leads the browser here. */
  readonly sameSite: 'Strict' | 'Lax';
  /** Absent: as long as the browser runs. */
  readonly maxAgeSeconds?: number;
}

/** How long somebody may take to prove who he is elsewhere, in seconds. */
export const ATTEMPT_SECONDS_MAX = 600;
/** By so many hexadecimal digits the names of cookies differ between servers. */
const SERVER_ID_LENGTH = 8;

/** The cookies of one server. */
export interface ServerCookies {
  /** The id of a session. */
  readonly session: OurCookie;
  /** What is under way of somebody who signs in at a service elsewhere, or how that has failed. It has to be there when another site leads the browser back. */
  readonly attempt: OurCookie;
}

/**
 * Browsers keep cookies by host, whatever the port (RFC 6265, section 8.5): servers on ports of one host would take each other's, if they had the
 * same name. `secret` is the server's own; what follows from it tells nothing of it, and is the same after a restart.
 */
export function serverCookies(secret: Uint8Array): ServerCookies {
  const serverId = createHmac('sha256', secret).update('names of cookies').digest('hex').slice(0, SERVER_ID_LENGTH);
  return {
    session: { name: `angarium_session_${serverId}`, sameSite: 'Strict' },
    attempt: { name: `angarium_sign_in_${serverId}`, sameSite: 'Lax', maxAgeSeconds: ATTEMPT_SECONDS_MAX },
  };
}

/** With this name in front, a browser takes a cookie over TLS alone, and from this host alone (RFC 6265bis, section 4.1.3.2). */
const OF_THIS_HOST = '__Host-';

/** Whether the browser has come by TLS: to us, or to a proxy that says so. Who lies about it is given a cookie that his browser does not take. */
export function isSecure({ headers, socket }: RequestHead): boolean {
  if (socket.encrypted === true) return true;
  return headers['x-forwarded-proto'] === 'https' || /(^|[;,]) *proto="?https\b/i.test(headers.forwarded ?? '');
}

function nameOf({ name }: OurCookie, request: RequestHead): string {
  return isSecure(request) ? `${OF_THIS_HOST}${name}` : name;
}

/** Its value (RFC 6265, section 5.4); of several with its name, the first. */
export function readCookie(request: RequestHead, cookie: OurCookie): string | undefined {
  const { cookie: header } = request.headers;
  if (header === undefined) return undefined;
  const name = `${nameOf(cookie, request)}=`;
  for (const pair of header.split(';')) {
    const trimmed = pair.trim();
    if (trimmed.startsWith(name)) return trimmed.slice(name.length);
  }
  return undefined;
}

/** The field `set-cookie`; an empty value takes the cookie away. */
export function cookieField(request: RequestHead, cookie: OurCookie, value: string): string {
  const { sameSite, maxAgeSeconds } = cookie;
  const maxAge = value === '' ? 0 : maxAgeSeconds;
  const fields = [`${nameOf(cookie, request)}=${value}`, 'Path=/', 'HttpOnly', `SameSite=${sameSite}`];
  if (isSecure(request)) fields.push('Secure');
  if (maxAge !== undefined) fields.push(`Max-Age=${maxAge}`);
  return fields.join('; ');
}

/** Where the browser sees us, as in `https://mq.example.com:8443`. */
export function originOfServer(request: RequestHead): string {
  return `${isSecure(request) ? 'https' : 'http'}://${authorityOf(request)}`;
}
