import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly bytes: Buffer;
  /** The body, parsed. */
  readonly json: Record<string, unknown>;
}

export const ADDRESSES = '/apis/angarium.dev/v1/addressspaces/default/addresses';

const agent = new Agent({ keepAlive: true, maxSockets: 2000 });

export interface CallOptions {
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
}

/** Sends header fields as they are given, and answers whatever comes. */
export async function call(server: { http: string }, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const sent = request(new URL(path, server.http), { method, headers: options.headers ?? {}, agent, signal: AbortSignal.timeout(20_000) });
  sent.end(options.body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return {
    status: response.statusCode!,
    headers: response.headers,
    bytes,
    text: bytes.toString('utf8'),
    get json() {
      return JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
    },
  };
}

export async function declare(server: { http: string }, name: string, spec: object): Promise<void> {
  const answer = await call(server, 'POST', ADDRESSES, {
    body: JSON.stringify({ metadata: { name }, spec }),
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(answer.status, 201, answer.text);
}

export function assertProblem(answer: Answer, status: number, code: string): void {
  assert.deepEqual([answer.status, answer.json.code], [status, code], answer.text);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  assert.match(String(answer.json.detail), /\S/);
}
