import { type HttpProblem, messageProblem } from './problem.ts';
import type { HttpRequest } from './request.ts';

/** What a Host field or an authority may have (RFC 3986, section 3.2.2, with a port; no user information). */
const AUTHORITY = /^[\w.~!$&'()*+,;=%:[\]-]+$/;
const ABSOLUTE = /^https?:\/\/([^/?#]*)([^#]*)$/i;

/**
 * Brings a request into the form that all of ours have: a path, and one name of the server. A target in absolute form counts more than the field Host
 * (RFC 9112, section 3.2.2). Answers why the request is refused: it has not one Host field, or one that is none (section 3.2), or too
 * large a header list.
 */
export function normalizeTarget(request: HttpRequest, headerBytesMax: number): HttpProblem | undefined {
  if (request.httpVersionMajor === 2) return refuseHeaderList(request.rawHeaders, headerBytesMax);
  let hosts = 0;
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]!.length === 4 && rawHeaders[i]!.toLowerCase() === 'host') hosts++;
  const { host } = request.headers;
  if (hosts > 1 || (hosts === 0 && request.httpVersionMinor > 0) || (host !== undefined && host !== '' && !AUTHORITY.test(host)))
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

/** What a field counts beside its name and value (RFC 9113, section 6.5.2). */
const FIELD_BYTES = 32;

/** Node's parser keeps to the limit in HTTP/1.1; in HTTP/2 it tells the peer of it, and takes more all the same. */
function refuseHeaderList(rawHeaders: readonly string[], headerBytesMax: number): HttpProblem | undefined {
  let bytes = (rawHeaders.length >> 1) * FIELD_BYTES;
  for (const text of rawHeaders) bytes += text.length;
  if (bytes <= headerBytesMax) return undefined;
  return messageProblem('header-too-large', `The header list has ${bytes} bytes, and ${headerBytesMax} are taken (headerBytesMax).`);
}
