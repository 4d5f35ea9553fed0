import { type IncomingHttpHeaders, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { text } from 'node:stream/consumers';
import type { TlsClientOptions } from './tls-client.ts';

export interface HttpCall {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly tls: TlsClientOptions;
  /** How long the whole answer may take; no limit when absent. */
  readonly timeoutMs: number | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly chunks: AsyncIterable<Uint8Array>;
  text(): Promise<string>;
}

/** One request over HTTP, or HTTPS with what was given for TLS, which `fetch` has no option for. Redirections are not followed. */
export function callHttp(url: string, { method, headers, body, tls, timeoutMs }: HttpCall): Promise<HttpAnswer> {
  const signal = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const options = { method, headers, ...(signal && { signal }) };
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? requestSecure(url, { ...options, ...tls }) : requestPlain(url, options);
    request.once('error', reject);
    request.once('response', response =>
      resolve({ status: response.statusCode!, headers: response.headers, chunks: response, text: () => text(response) }),
    );
    request.end(body);
  });
}
