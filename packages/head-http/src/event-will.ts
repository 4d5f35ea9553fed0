import { type AskedWill, checkClientName, WILL_DELAY_MS_MAX } from './client-wills.ts';
import { queryFlag, queryTime } from './exchange.ts';
import type { MessagePath } from './message-path.ts';
import { RequestError } from './problem.ts';
import { sentMessage } from './sent-message.ts';

/** An event source comes back by itself a second after it was cut off: its will waits longer, in milliseconds. */
const DELAY_MS_DEFAULT = 10_000;

/** The name that the reader of a stream has given itself; undefined: none. Throws `RequestError`. */
export function readClient({ query }: MessagePath): string | undefined {
  const client = query.get('client');
  return client === null ? undefined : checkClientName(client);
}

/**
 * The will in the query of a request for events; undefined: none. Throws `RequestError`.
 *
 *     client        the reader's own name, by which it is known when it comes back
 *     will          the address or topic of the will
 *     will-body     its body, a text
 *     will-type     its content type; text/plain when absent
 *     will-retain   the topic keeps it
 *     will-delay    how long it waits for the reader's return
 */
export function readEventWill(path: MessagePath): AskedWill | undefined {
  const { query } = path;
  const to = query.get('will');
  if (to === null) return undefined;
  if (to === '') throw new RequestError('request-invalid', 'will has to be the name of an address or topic.');
  if (query.get('client') === null)
    throw new RequestError('request-invalid', 'A reader with a will needs a name by which it is known when it returns: add client.');
  const message = sentMessage(Buffer.from(query.get('will-body') ?? '', 'utf8'));
  message.properties.contentType = query.get('will-type') ?? 'text/plain';
  const delayMs = queryTime(path, 'will-delay', WILL_DELAY_MS_MAX, DELAY_MS_DEFAULT);
  return { to, message, retain: queryFlag(path, 'will-retain'), delayMs };
}
