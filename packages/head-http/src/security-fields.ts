/** Header fields by which every answer tells browsers how little they may do with it. Names and values in pairs. */
type Fields = readonly (readonly [name: string, value: string])[];

/** Messages are anybody's bytes: a browser that is led to one runs nothing of it, shows it in no frame, and takes it for what it says it is. */
const FIELDS: Fields = [
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
];

/** A year, as browsers' lists of such hosts ask for (RFC 6797, section 6.1.1). */
const STRICT_FIELDS: Fields = [...FIELDS, ['strict-transport-security', 'max-age=31536000']];

/** What is asked of a connection; that of a request over HTTP/2 is a stand-in. */
interface Connection {
  readonly encrypted?: boolean;
  readonly servername?: unknown;
}

/**
 * Over TLS the name that the client asked for is reached by TLS alone from then on (RFC 6797). Never so `localhost`: that would be so for every port, and every
 * other program that somebody develops there.
 */
function isStrict(socket: object): boolean {
  const { encrypted, servername } = socket as Connection;
  return encrypted === true && typeof servername === 'string' && servername !== '' && !/(^|\.)localhost$/i.test(servername);
}

export function securityFields(socket: object): Fields {
  return isStrict(socket) ? STRICT_FIELDS : FIELDS;
}

function linesOf(fields: Fields): string {
  return fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
}

const LINES = linesOf(FIELDS);
const STRICT_LINES = linesOf(STRICT_FIELDS);

/** The same as lines of HTTP/1.1. */
export function securityLines(socket: object): string {
  return isStrict(socket) ? STRICT_LINES : LINES;
}
