import { type HttpProblem, messageProblem } from './problem.ts';
import type { HttpRequest } from './request.ts';

/** What a Host field or an authority may have (RFC 3986, section 3.2.2, with a port; no user information). */
const AUTHORITY = /^[\w.~!$&'()*+,;=%:[\]-]+$/;
const ABSOLUTE = /^https?:\/\/([^/?#]*)([^#]*)$/i;

/**
 * Brings a request into the form that all of ours have: a path, and one name of the server. A target in absolute form counts more than the field Host
 * (RFC 9112, section 3.2.2). Answers why the request is refused: it has not one Host field, or one that is none (section 3.2).
 */
export function normalizeTarget(request: HttpRequest): HttpProblem | undefined {
  if (request.httpVersionMajor === 2) return undefined;
  let hosts = 0;
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]!.length === 4 && rawHeaders[i]!.toLowerCase() === 'host') hosts++;
  const { host } = request.headers;
  if (hosts > 1 || (host !== undefined && host !== '' && !AUTHORITY.test(host)))
    return messageProblem('request-invalid', 'A request has one Host field, with the name of the server and perhaps a port.', {
      connection: 'close',
    });
  const [, authority, path] = ABSOLUTE.exec(request.url ?? '') ?? [];
  if (authority === undefined) return undefined;
  if (!AUTHORITY.test(authority)) return messageProblem('request-invalid', 'The target names no server.', { connection: 'close' });
  request.url = path!.startsWith('/') ? path! : `/${path}`;
  request.headers.host = authority;
  return undefined;
}
