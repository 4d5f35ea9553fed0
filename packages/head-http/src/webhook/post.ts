import * as http from 'node:http';
import * as https from 'node:https';
import { isIP } from 'node:net';
import { isPrivate, PrivateTarget, publicLookup } from './private-network.ts';
import type { PushRequest } from './push-request.ts';
import { secretKey, sign } from './signature.ts';
import { hostOf, type WebhookSpec } from './webhook-spec.ts';

/** Bytes of an answer's body that are read to keep the connection; nobody looks at them. */
const ANSWER_BYTES_MAX = 65_536;
/** How long a Retry-After is followed, in milliseconds. */
const RETRY_AFTER_MAX_MS = 86_400_000;

/** What came of one attempt: the status, or in words why there is none. */
export type PostResult = { readonly status: number; readonly retryAfterMs: number } | { readonly problem: string };

/** Posts to one URL, over connections that are kept. Redirects are not followed: they could lead where the URL may not. */
export class Poster {
  readonly #url: URL;
  readonly #spec: WebhookSpec;
  readonly #key: Buffer;
  readonly #allowPrivate: boolean;
  readonly #agent: http.Agent;
  readonly #open = new Set<http.ClientRequest>();

  constructor(spec: WebhookSpec, allowPrivate: boolean) {
    this.#spec = spec;
    this.#url = new URL(spec.url);
    this.#key = secretKey(spec.secret)!;
    this.#allowPrivate = allowPrivate;
    const options = { keepAlive: true, maxSockets: spec.inFlightMax, maxFreeSockets: 2 };
    this.#agent = this.#url.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
  }

  /** Calls `done` once, in a later turn. */
  post({ id, headers, body }: PushRequest, nowMs: number, done: (result: PostResult) => void): void {
    const host = hostOf(this.#url);
    if (!this.#allowPrivate && isIP(host) !== 0 && isPrivate(host)) {
      setImmediate(done, { problem: new PrivateTarget(host).message });
      return;
    }
    const timestamp = Math.floor(nowMs / 1000);
    const { authorization } = this.#spec;
    const request = (this.#url.protocol === 'https:' ? https : http).request(this.#url, {
      method: 'POST',
      agent: this.#agent,
      ...(!this.#allowPrivate && { lookup: publicLookup }),
      headers: {
        'user-agent': 'angarium',
        ...headers,
        ...(authorization !== undefined && { authorization }),
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': sign(this.#key, id, timestamp, body),
        'content-length': body.length,
      },
    });
    this.#open.add(request);
    let over = false;
    const end = (result: PostResult): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      this.#open.delete(request);
      done(result);
    };
    const { timeoutMs } = this.#spec;
    const timer = setTimeout(() => request.destroy(new Error(`no answer in ${timeoutMs / 1000} seconds (timeoutMs)`)), timeoutMs);
    timer.unref();
    request.on('error', error => end({ problem: error.message }));
    request.on('close', () => end({ problem: 'the connection was closed' }));
    request.on('response', response => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > ANSWER_BYTES_MAX) response.destroy();
      });
      response.on('error', () => response.destroy());
      end({ status: response.statusCode!, retryAfterMs: retryAfterMs(response.headers['retry-after'], nowMs) });
    });
    request.end(body);
  }

  /** Breaks off what is under way: `done` hears of it. */
  stop(): void {
    for (const request of this.#open) request.destroy();
    this.#agent.destroy();
  }
}

/** Seconds, or a date (RFC 9110, section 10.2.3); 0 where there is none. */
export function retryAfterMs(text: string | undefined, nowMs: number): number {
  if (text === undefined) return 0;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return ms > 0 ? Math.min(ms, RETRY_AFTER_MAX_MS) : 0;
}
