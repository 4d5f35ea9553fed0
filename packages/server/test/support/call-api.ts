import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';

export const ADDRESSES = '/apis/angarium.dev/v1/addressspaces/default/addresses';
export const PLANS = '/apis/angarium.dev/v1/addressspaces/default/addressplans';

export interface RawAnswer {
  readonly status: number;
  readonly type: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Answer extends RawAnswer {
  readonly body: Readonly<Record<string, unknown>>;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Record<string, string>;
}

/** Unlike `fetch`, this sends any Host and Origin that it is told to. */
export async function callRaw(server: { http: string }, method: string, path: string, options: CallOptions = {}): Promise<RawAnswer> {
  const content = options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const headers = { ...(content !== undefined && { 'content-type': 'application/json' }), ...options.headers };
  const sent = request(new URL(path, server.http), { method, headers, agent: false, signal: AbortSignal.timeout(5000) });
  sent.end(content);
  const [answer] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  return { status: answer.statusCode!, type: answer.headers['content-type'], headers: answer.headers, text };
}

/** The same for answers in JSON. */
export async function call(server: { http: string }, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const answer = await callRaw(server, method, path, options);
  return { ...answer, body: answer.text === '' ? {} : JSON.parse(answer.text) };
}

export function assertProblem(answer: Answer, status: number, code: string): void {
  assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(answer.body));
  assert.equal(answer.type, 'application/problem+json');
  assert.equal(answer.body.status, status);
  assert.match(String(answer.body.detail), /\S/);
  assert.match(String(answer.body.title), /\S/);
  assert.doesNotMatch(JSON.stringify(answer.body), /node_modules|\.ts:\d/);
}
