import type { MessagePath } from './message-path.ts';
import type { RequestHead } from './request-head.ts';

/**
 * The head of a request that sends one message and has nothing unusual about it:
 *
 *     POST /m/orders HTTP/1.1 CRLF   name: value CRLF …   CRLF   body of content-length bytes
 *
 * It is a small part of what RFC 9112 allows, so that it can be read in one go without a doubt about where the request ends: one `content-length`, no
 * `transfer-encoding`, no folded or empty lines, every line with CR and LF, names that are tokens. Whatever else there is, right or wrong, is for Node's parser.
 */
const HEAD = /^POST ([!-~]+) HTTP\/1\.1\r\n((?:[\w!#$%&'*+.^`|~-]+:[\t -~\x80-\xff]*\r\n)+)\r\n$/;
const HOST = /^[\w.~!$&'()*+,;=%:[\]-]+$/;
/** What follows one message is not one message: a batch, or an event in structured mode that has to be looked into. */
const CONTENT_TYPE_OTHER = /^(application\/(x-ndjson|cloudevents)|multipart\/)/i;

/** A request to send one message, but for its body. */
export interface PlainSend extends RequestHead {
  readonly path: MessagePath;
  /** Names and values in pairs. */
  readonly rawHeaders: readonly string[];
  readonly bodyBytes: number;
}

/**
 * Reads a head, as far as the empty line and with it; undefined: it is not of this form. `find` knows the paths of messages, and may throw.
 */
export function readPlainSend(
  head: string,
  socket: RequestHead['socket'],
  find: (target: string) => MessagePath | undefined,
): PlainSend | undefined {
  const match = HEAD.exec(head);
  if (match === null) return undefined;
  const path = find(match[1]!);
  if (path?.action !== 'send' || path.query.size > 0) return undefined;
  const rawHeaders: string[] = [];
  const headers: PlainHeaders = {
    host: undefined,
    authorization: undefined,
    origin: undefined,
    forwarded: undefined,
    'sec-fetch-site': undefined,
    'x-forwarded-for': undefined,
    'x-forwarded-proto': undefined,
    cookie: undefined,
  };
  let bodyBytes = -1;
  const fields = match[2]!;
  for (let at = 0; at < fields.length; ) {
    const colon = fields.indexOf(':', at);
    const end = fields.indexOf('\r\n', colon);
    const name = fields.slice(at, colon);
    const value = fields.slice(colon + 1, end).trim();
    at = end + 2;
    rawHeaders.push(name, value);
    switch (name.toLowerCase()) {
      case 'content-length':
        if (bodyBytes >= 0 || !/^\d{1,9}$/.test(value)) return undefined;
        bodyBytes = Number(value);
        break;
      case 'host':
        if (headers.host !== undefined || !HOST.test(value)) return undefined;
        headers.host = value;
        break;
      case 'connection':
        if (value.toLowerCase() !== 'keep-alive') return undefined;
        break;
      case 'content-type':
        if (CONTENT_TYPE_OTHER.test(value)) return undefined;
        break;
      case 'authorization':
      case 'origin':
      case 'forwarded':
      case 'sec-fetch-site':
      case 'x-forwarded-for':
      case 'x-forwarded-proto':
      case 'cookie': {
        const field = name.toLowerCase() as keyof PlainHeaders;
        if (headers[field] !== undefined) return undefined;
        headers[field] = value;
        break;
      }
      // They change what the request is.
      case 'transfer-encoding':
      case 'expect':
      case 'upgrade':
      case 'te':
      case 'trailer':
        return undefined;
    }
  }
  return bodyBytes < 0 || headers.host === undefined ? undefined : { path, rawHeaders, bodyBytes, headers, socket };
}

interface PlainHeaders {
  host: string | undefined;
  authorization: string | undefined;
  origin: string | undefined;
  forwarded: string | undefined;
  'sec-fetch-site': string | undefined;
  'x-forwarded-for': string | undefined;
  'x-forwarded-proto': string | undefined;
  cookie: string | undefined;
}
