import { RequestError } from './problem.ts';

/** A part: its header fields, names and values in pairs, and its body, a view. */
export interface Part {
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

/** The longest boundary (RFC 2046, section 5.1.1), in characters. */
const BOUNDARY_LENGTH_MAX = 70;

/** The boundary that a content type names. Throws `RequestError`. */
export function multipartBoundary(contentType: string): string {
  const match = /;\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined || boundary.length > BOUNDARY_LENGTH_MAX)
    throw new RequestError(
      'request-invalid',
      `content-type multipart/mixed needs a boundary of at most ${BOUNDARY_LENGTH_MAX} characters.`,
    );
  return boundary;
}

/**
 * Takes a multipart body apart (RFC 2046, section 5.1). Throws `RequestError` for one that is cut or has no parts.
 *
 *     preamble CRLF?  --boundary CRLF  fields CRLF CRLF  body CRLF  --boundary CRLF  …  CRLF --boundary--  epilogue
 */
export function readMultipart(bytes: Uint8Array, boundary: string, limits: { partsMax: number; headerBytesMax: number }): Part[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Part[] = [];
  let at = delimiterEnd(buffer, buffer.indexOf(`--${boundary}`), boundary);
  while (at >= 0) {
    const end = buffer.indexOf(`\r\n--${boundary}`, at - 2);
    if (end < 0) throw wrong(`part ${parts.length + 1} has no end: the body ends with --${boundary}--`);
    if (parts.length >= limits.partsMax)
      throw new RequestError('body-too-large', `A batch has at most ${limits.partsMax} messages (batchMessagesMax): send several.`);
    parts.push(readPart(buffer, at, end, parts.length + 1, limits.headerBytesMax));
    at = delimiterEnd(buffer, end + 2, boundary);
  }
  if (parts.length === 0) throw wrong(`there is no part: each begins with --${boundary}`);
  return parts;
}

/** The offset after the delimiter line at `at`; -1 after the last one. */
function delimiterEnd(buffer: Buffer, at: number, boundary: string): number {
  if (at < 0) return -1;
  const after = at + 2 + Buffer.byteLength(boundary);
  if (buffer.toString('latin1', after, after + 2) === '--') return -1;
  const line = buffer.indexOf('\r\n', after);
  if (line < 0 || buffer.toString('latin1', after, line).trim() !== '') throw wrong(`a line begins with --${boundary} and goes on`);
  return line + 2;
}

function readPart(buffer: Buffer, start: number, end: number, number: number, headerBytesMax: number): Part {
  // A part without fields begins with the empty line itself.
  const blank = buffer.toString('latin1', start, start + 2) === '\r\n' ? start - 2 : buffer.indexOf('\r\n\r\n', start);
  if (blank < start - 2 || blank + 4 > end + 2) throw wrong(`part ${number} has no empty line between its fields and its body`);
  if (blank - start > headerBytesMax) throw wrong(`part ${number} has more than ${headerBytesMax} bytes of fields`);
  const headers: string[] = [];
  const lines = blank > start ? buffer.toString('latin1', start, blank).split('\r\n') : [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) throw wrong(`part ${number} has a field without a name`);
    headers.push(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
  }
  return { headers, body: buffer.subarray(blank + 4, Math.max(blank + 4, end)) };
}

function wrong(what: string): RequestError {
  return new RequestError('request-invalid', `The multipart body is not well formed: ${what}.`);
}
