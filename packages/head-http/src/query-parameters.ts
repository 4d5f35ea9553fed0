import { closest } from '@angarium/transport';
import type { MessageAction } from './message-path.ts';
import { RequestError } from './problem.ts';

/** The longest name that is repeated to the one who gave it. */
const SHOWN_LENGTH_MAX = 60;

const SUBSCRIPTION = ['subscription', 'durable', 'selector', 'offset'];

/** What the query of a request may have, by what the request does; `goodbye` is DELETE of events. */
export const QUERY_PARAMETERS = {
  send: ['wait', 'reply', 'batch'],
  receive: ['count', 'wait', 'lease', 'settle', ...SUBSCRIPTION],
  settle: [],
  events: [...SUBSCRIPTION, 'client', 'will', 'will-body', 'will-type', 'will-retain', 'will-delay'],
  goodbye: ['client'],
  ws: [],
  amqp: [],
  mqtt: [],
} as const satisfies Partial<Record<MessageAction | 'goodbye', readonly string[]>>;

/** Throws `RequestError` for a parameter that means nothing here: a misspelled one must not be passed over, for a will or a lease may depend on it. */
export function refuseUnknownParameters(query: URLSearchParams, action: keyof typeof QUERY_PARAMETERS): void {
  const known: readonly string[] = QUERY_PARAMETERS[action];
  for (const name of query.keys()) if (!known.includes(name)) throw new RequestError('request-invalid', unknownParameter(name, known));
}

function unknownParameter(name: string, known: readonly string[]): string {
  const meant = closest(name, known);
  const shown = name.length > SHOWN_LENGTH_MAX ? `${name.slice(0, SHOWN_LENGTH_MAX)}…` : name;
  const may = meant !== undefined ? `is "${meant}" meant?` : known.length === 0 ? 'there are none here.' : `there are ${known.join(', ')}.`;
  return `There is no query parameter "${shown}"; ${may}`;
}
