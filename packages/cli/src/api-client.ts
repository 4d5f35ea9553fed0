import { CommandError } from './exit-code.ts';
import { callHttp, type HttpAnswer } from './http-call.ts';
import type { Target } from './target.ts';
import { tlsWords } from './tls-client.ts';

const PREFIX = '/apis/angarium.dev/v1';
/** How long an answer of the HTTP API may take. */
const ANSWER_TIMEOUT_MS = 30_000;

/** An address as the API describes it (docs/reference/openapi.json, `Address`). */
export interface AddressDocument {
  readonly metadata: { readonly name: string; readonly addressSpace: string };
  readonly spec: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly status: {
    readonly phase: string;
    readonly temporary: boolean;
    readonly producers: number;
    readonly consumers: number;
    readonly stored: number;
    readonly storedBytes: number;
    readonly unsettled: number;
    readonly subscriptions?: number;
    readonly counters: Readonly<Record<string, number>>;
    readonly inForce: Readonly<Record<string, unknown>>;
  };
}

export interface ListDocument<Item> {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly Item[];
}

interface AddressSpaceDocument {
  /** URLs by protocol. */
  readonly status: { readonly endpoints: { readonly amqp?: string; readonly amqps?: string } };
}

export interface ConnectionDocument {
  readonly metadata: { readonly name: string };
  readonly status: Readonly<Record<string, unknown>>;
}

/** A webhook as the API describes it; the secret is in the answer to whoever made it alone. */
export interface WebhookDocument {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly address: string; readonly url: string; readonly secret?: string };
  readonly status: {
    readonly phase: string;
    readonly accepted: number;
    readonly failures: number;
    readonly rejected: number;
    readonly inFlight: number;
  };
}

/** The server has said no, with one of the codes of docs/reference/refusals.md. */
export class ProblemError extends CommandError {
  readonly code: string;
  /** The words without the code. */
  readonly detail: string;

  constructor(status: number, code: string, detail: string) {
    super(status === 401 || status === 403 ? 'denied' : 'failed', `${detail} (${code})`);
    this.code = code;
    this.detail = detail;
  }
}

interface FollowOptions {
  readonly lastId?: string | undefined;
  readonly onOpen?: () => void;
}

/** Calls the HTTP API of a server; what goes wrong is a `CommandError` in words. */
export class ApiClient {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = target;
  }

  /** The path of an address, or of all of them. */
  addressPath(name?: string): string {
    return this.#pathInSpace('addresses', name);
  }

  webhookPath(name?: string): string {
    return this.#pathInSpace('webhooks', name);
  }

  /** The path of a declared document of the address space, or of all of a kind; `plural` as paths say it, as in `users`. */
  documentPath(plural: string, name?: string): string {
    return this.#pathInSpace(plural, name);
  }

  #pathInSpace(kind: string, name: string | undefined): string {
    const all = `/addressspaces/${encodeURIComponent(this.#target.space)}/${kind}`;
    return name === undefined ? all : `${all}/${encodeURIComponent(name)}`;
  }

  /** The path of an address plan, or of all of them. */
  planPath(name?: string): string {
    const all = `/addressspaces/${encodeURIComponent(this.#target.space)}/addressplans`;
    return name === undefined ? all : `${all}/${encodeURIComponent(name)}`;
  }

  async get<Document>(path: string): Promise<Document> {
    return (await this.#call('GET', path)) as Document;
  }

  /** Like `get`, but what does not exist is `undefined`. */
  async find<Document>(path: string): Promise<Document | undefined> {
    return (await this.#call('GET', path, undefined, 404)) as Document | undefined;
  }

  async post<Document>(path: string, body: unknown): Promise<Document> {
    return (await this.#call('POST', path, body)) as Document;
  }

  async put<Document>(path: string, body: unknown): Promise<Document> {
    return (await this.#call('PUT', path, body)) as Document;
  }

  async patch<Document>(path: string, body: unknown): Promise<Document> {
    return (await this.#call('PATCH', path, body)) as Document;
  }

  /** Asks for long work, and gives the lines of JSON that the server answers with, as they come. */
  async *lines<Line>(method: string, path: string, body?: unknown): AsyncGenerator<Line> {
    const { url } = this.#target;
    const answer = await this.#ask(method, path, body, undefined);
    if (!isSuccess(answer)) throw refused(answer.status, await answer.text(), url);
    for await (const line of linesOf(chunksOf(answer, url))) yield parsed(line, url) as Line;
  }

  /** Follows an event stream (HTML standard, section 9.2) whose events have JSON as their data; `lastId`: the last event that was seen of it before. `onOpen` is called when there is one. */
  async *events<Event>(path: string, { lastId, onOpen }: FollowOptions = {}): AsyncGenerator<Event> {
    const { url } = this.#target;
    const asked = { accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) };
    const answer = await this.#ask('GET', path, undefined, undefined, asked);
    if (!isSuccess(answer)) throw refused(answer.status, await answer.text(), url);
    onOpen?.();
    // Our server writes the data of an event in one line.
    for await (const line of linesOf(chunksOf(answer, url)))
      if (line.startsWith('data: ')) yield parsed(line.slice('data: '.length), url) as Event;
  }

  /** Asks for a long answer that is no document, and gives it as it comes. */
  async download(
    method: string,
    path: string,
  ): Promise<{
    readonly sizeBytes: number;
    readonly headers: HttpAnswer['headers'];
    readonly chunks: AsyncIterable<Uint8Array>;
  }> {
    const { url } = this.#target;
    const answer = await this.#ask(method, path, undefined, undefined);
    if (!isSuccess(answer)) throw refused(answer.status, await answer.text(), url);
    const { headers } = answer;
    return { sizeBytes: Number(headers['content-length']), headers, chunks: chunksOf(answer, url) };
  }

  /** Sends lines of JSON. */
  async postLines<Document>(path: string, lines: string): Promise<Document> {
    return (await this.#call('POST', path, new Lines(lines))) as Document;
  }

  /** What is still there, and waits; undefined: it is gone. */
  async delete<Answer>(path: string): Promise<Answer | undefined> {
    return (await this.#call('DELETE', path)) as Answer | undefined;
  }

  /** All items of a list, page by page. */
  async all<Item>(path: string): Promise<Item[]> {
    const items: Item[] = [];
    let more: string | undefined;
    do {
      const page = await this.get<ListDocument<Item>>(more === undefined ? path : `${path}?continue=${encodeURIComponent(more)}`);
      items.push(...page.items);
      more = page.metadata.continue;
    } while (more !== undefined);
    return items;
  }

  /**
   * Where the server speaks AMQP, over TLS when its API was asked for over TLS. An endpoint on another interface of the server is reached by the name that we
   * know it by.
   */
  async amqpEndpoint(): Promise<URL> {
    // Users of an address space are at home under its path alone.
    const { status } = await this.get<AddressSpaceDocument>(`/addressspaces/${encodeURIComponent(this.#target.space)}`);
    const { amqp, amqps } = status.endpoints;
    const asked = new URL(this.#target.url);
    const found = asked.protocol === 'https:' ? amqps : (amqp ?? amqps);
    if (found === undefined) {
      const option = asked.protocol === 'https:' ? 'AMQP over TLS (--amqps)' : 'AMQP (--amqp off)';
      throw new CommandError('unreachable', `The server at ${this.#target.url} does not listen for ${option}.`);
    }
    const url = new URL(found);
    // A server that listens on all its interfaces names its loopback, which is somebody else's from here.
    if (isLoopbackName(url.hostname) && !isLoopbackName(asked.hostname)) return new URL(`${url.protocol}//${asked.hostname}:${url.port}`);
    return url;
  }

  async #call(method: string, path: string, body?: unknown, absentStatus?: number): Promise<unknown> {
    const { url } = this.#target;
    const answer = await this.#ask(method, path, body, ANSWER_TIMEOUT_MS);
    let text: string;
    try {
      text = await answer.text();
    } catch (error) {
      throw unreachable(url, error);
    }
    if (isSuccess(answer)) return text === '' ? undefined : parsed(text, url);
    if (answer.status === absentStatus) return undefined;
    throw refused(answer.status, text, url);
  }

  async #ask(
    method: string,
    path: string,
    body: unknown,
    timeoutMs: number | undefined,
    more: Readonly<Record<string, string>> = {},
  ): Promise<HttpAnswer> {
    const { url, user, password, space, tls } = this.#target;
    // Whose user it is, for paths that name no address space.
    const headers: Record<string, string> = { accept: 'application/json', 'angarium-address-space': encodeURIComponent(space), ...more };
    if (user !== undefined) headers.authorization = `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`;
    const text = body === undefined ? undefined : body instanceof Lines ? body.text : JSON.stringify(body);
    if (text !== undefined) {
      headers['content-type'] = body instanceof Lines ? 'application/x-ndjson' : 'application/json';
      headers['content-length'] = String(Buffer.byteLength(text));
    }
    try {
      const whole = path.startsWith('/apis/') ? path : `${PREFIX}${path}`;
      return await callHttp(`${url}${whole}`, { method, headers, body: text, tls, timeoutMs });
    } catch (error) {
      throw unreachable(url, error);
    }
  }
}

/** A body that is lines of JSON, and no document. */
class Lines {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Lines of a text that comes in pieces; the last one needs no end. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

async function* chunksOf({ chunks }: HttpAnswer, url: string): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw unreachable(url, error);
  }
}

function parsed(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandError('unreachable', `What answers at ${url} is not an Angarium server.`, error);
  }
}

function refused(status: number, text: string, url: string): CommandError {
  let problem: { code?: unknown; detail?: unknown } = {};
  try {
    problem = JSON.parse(text) as typeof problem;
  } catch {
    // Not ours: the words below say so.
  }
  if (typeof problem.code !== 'string')
    return new CommandError('unreachable', `What answers at ${url} is not an Angarium server (HTTP status ${status}).`);
  return new ProblemError(status, problem.code, String(problem.detail));
}

function unreachable(url: string, error: unknown): CommandError {
  const { code, message, cause } = error as Error & { code?: string };
  const words = tlsWords(error as { code?: string });
  if (words !== undefined) return new CommandError('unreachable', `No connection to ${url}: ${words}.`, error);
  const why = code === 'ABORT_ERR' ? (cause as Error).message : (code ?? message);
  return new CommandError(
    'unreachable',
    `No server answers at ${url} (${why}). Start one with: angarium up (in a checkout: npm start), or say where it is: --url URL, ANGARIUM_URL, angarium context use.`,
    error,
  );
}

function isLoopbackName(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host.startsWith('127.');
}
