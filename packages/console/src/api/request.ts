import { noAnswer, problemOf } from './problem.ts';
import { reachable } from './reachable.ts';
import { sessionEnd } from './session-end.ts';

/** All documents and streams of the API stand below. */
export const API = '/apis/angarium.dev/v1';

/** The path of something inside an address space; names may have slashes, and are encoded. */
export function spacePath(space: string, ...names: readonly string[]): string {
  return [`${API}/addressspaces/${encodeURIComponent(space)}`, ...names.map(encodeURIComponent)].join('/');
}

/** The path of messages of an address: `messagesPath('default', 'orders', ':purge')`. */
export function messagesPath(space: string, address: string, operation = ''): string {
  return `${spacePath(space, 'addresses', address)}/messages${operation}`;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as they are, in place of JSON. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** What is undefined is left out. */
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export function withQuery(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

/** Asks the server; rejects with an `ApiProblem`, which has words for whoever looks at it. An aborted request rejects as `fetch` does. */
export async function send(path: string, request: Request = {}): Promise<Response> {
  const { method = 'GET', body, bytes, query, headers, signal } = request;
  let response: Response;
  try {
    response = await fetch(withQuery(path, query), {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(bytes && { body: bytes }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    reachable.tell(false);
    throw noAnswer();
  }
  reachable.tell(true);
  // Below /console one asks whether there is a session, and begins one.
  if (response.status === 401 && path.startsWith(API)) sessionEnd.tell();
  if (!response.ok) throw problemOf(response.status, response.statusText, await response.text());
  return response;
}

/** The same, with the JSON of the answer; `undefined` of an answer without a body. */
export async function call<Answer>(path: string, request: Request = {}): Promise<Answer> {
  const response = await send(path, { ...request, headers: { accept: 'application/json', ...request.headers } });
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}
