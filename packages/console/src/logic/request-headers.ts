import type { JsonMessage } from '../api/messages.ts';
import { shellWord } from './command-line.ts';
import { bodyBytes, valueWords } from './message-body.ts';

/** Fields of a JSON message that a header says, by the name that it has there (docs/http.md). */
const HEADERS: Readonly<Record<string, string>> = {
  subject: 'angarium-subject',
  messageId: 'angarium-message-id',
  correlationId: 'angarium-correlation-id',
  groupId: 'angarium-group-id',
  to: 'angarium-to',
  ttl: 'angarium-ttl',
  deliveryDelay: 'angarium-delivery-delay',
  priority: 'angarium-priority',
  durable: 'angarium-durable',
};

export interface PlainRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A message as a request of its own, whose answer may be the reply to it: its body as it is, and the rest in header fields. */
export function plainRequest(message: JsonMessage): PlainRequest {
  const headers: Record<string, string> = {
    'content-type': message.contentType ?? (message.bodyEncoding === 'json' ? 'application/json' : usualType(message)),
  };
  for (const [field, header] of Object.entries(HEADERS)) if (message[field] !== undefined) headers[header] = encoded(message[field]);
  for (const [name, value] of Object.entries(message.properties ?? {}))
    headers[`angarium-property-${encodeName(name)}`] = typeof value === 'string' ? encoded(value) : typed(value);
  return { headers, body: new Uint8Array(bodyBytes(message)) };
}

/** The same with curl. */
export function requestCommand(message: JsonMessage, url: string): string {
  const { headers } = plainRequest(message);
  const fields = Object.entries(headers).map(([name, value]) => `-H ${shellWord(`${name}: ${value}`)}`);
  const bytes = message.bodyEncoding === 'base64';
  const text = message.bodyEncoding === 'json' ? JSON.stringify(message.body) : String(message.body);
  const curl = ['curl', ...fields, '--data-binary', bytes ? '@-' : shellWord(text), shellWord(url)].join(' ');
  return bytes ? `echo ${shellWord(text)} | base64 -d | ${curl}` : curl;
}

function usualType({ bodyEncoding }: JsonMessage): string {
  return bodyEncoding === 'base64' ? 'application/octet-stream' : 'text/plain; charset=utf-8';
}

/** A value that has a type besides: `42;int`. */
function typed(value: unknown): string {
  const { text, type } = valueWords(value);
  return `${encoded(text)};${type === 'number' ? 'double' : type}`;
}

/** A text that would end like a type has its semicolons encoded. */
function encoded(value: unknown): string {
  return encodeURIComponent(String(value)).replaceAll('%20', ' ').replaceAll('%3A', ':').replaceAll('%2F', '/');
}

/** Browsers write names of header fields in lower case: capitals are kept by their codes. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll(/[A-Z]|%[0-9A-F]{2}/g, part =>
    part.length === 1 ? `%${part.charCodeAt(0).toString(16)}` : part.toLowerCase(),
  );
}
