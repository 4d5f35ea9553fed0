import { CommandError } from './exit-code.ts';
import { callHttp, type HttpAnswer } from './http-call.ts';
import type { Target } from './target.ts';
import { tlsWords } from './tls-client.ts';

const PREFIX = '/apis/angarium.dev/v1';
/** How long an answer of the HTTP API may take. */
const ANSWER_TIMEOUT_MS = 30_000;

const decoder = new TextDecoder();

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

export interface EndpointDocument {
  readonly metadata: { readonly name: string };
  readonly status: { readonly url: string };
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
  async *lines<Line>(path: string, body: unknown): AsyncGenerator<Line> {
    const { url } = this.#target;
    const answer = await this.#ask('POST', path, body, undefined);
    if (!isSuccess(answer)) throw refused(answer.status, await answer.text(), url);
    let rest = '';
    for await (const chunk of chunksOf(answer, url)) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield parsed(line, url) as Line;
    }
  }

  /** Asks for a long answer that is no document, and gives it as it comes. */
  async download(method: string, path: string): Promise<{ readonly sizeBytes: number; readonly chunks: AsyncIterable<Uint8Array> }> {
    const { url } = this.#target;
    const answer = await this.#ask(method, path, undefined, undefined);
    if (!isSuccess(answer)) throw refused(answer.status, await answer.text(), url);
    return { sizeBytes: Number(answer.headers['content-length']), chunks: chunksOf(answer, url) };
  }

  async delete(path: string): Promise<void> {
    await this.#call('DELETE', path);
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
    const { items } = await this.get<ListDocument<EndpointDocument>>('/endpoints');
    const asked = new URL(this.#target.url);
    const urls = new Map(items.map(({ metadata, status }) => [metadata.name, new URL(status.url)]));
    const url = asked.protocol === 'https:' ? urls.get('amqps') : (urls.get('amqp') ?? urls.get('amqps'));
    if (url === undefined) {
      const option = asked.protocol === 'https:' ? 'AMQP over TLS (--amqps)' : 'AMQP (--amqp off)';
      throw new CommandError('unreachable', `The server at ${this.#target.url} does not listen for ${option}.`);
    }
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

  async #ask(method: string, path: string, body: unknown, timeoutMs: number | undefined): Promise<HttpAnswer> {
    const { url, user, password, tls } = this.#target;
    const headers: Record<string, string> = { accept: 'application/json' };
    if (user !== undefined) headers.authorization = `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`;
    const text = body === undefined ? undefined : JSON.stringify(body);
    if (text !== undefined) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = String(Buffer.byteLength(text));
    }
    try {
      return await callHttp(`${url}${PREFIX}${path}`, { method, headers, body: text, tls, timeoutMs });
    } catch (error) {
      throw unreachable(url, error);
    }
  }
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
  const words = `${String(problem.detail)} (${problem.code})`;
  return new CommandError(status === 401 || status === 403 ? 'denied' : 'failed', words);
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
