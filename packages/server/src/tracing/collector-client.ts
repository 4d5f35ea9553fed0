import { Agent as HttpAgent, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** How long an answer may take, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Posts to one collector, over one connection that stays. `fetch` would take several times as long for each request. */
export class CollectorClient {
  readonly #endpoint: URL;
  readonly #options: RequestOptions;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #request: typeof httpRequest;

  constructor(endpoint: string, headers: Readonly<Record<string, string>>) {
    this.#endpoint = new URL(endpoint);
    const isTls = this.#endpoint.protocol === 'https:';
    this.#agent = new (isTls ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 1 });
    this.#request = isTls ? httpsRequest : httpRequest;
    this.#options = { method: 'POST', agent: this.#agent, headers: { ...headers, 'content-type': 'application/x-protobuf' } };
  }

  /** The status of the answer, whose words nobody reads; rejects with what is in the way. */
  post(body: Uint8Array, stopping: AbortSignal): Promise<number> {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const request = this.#request(this.#endpoint, { ...this.#options, signal });
    request.on('error', reject);
    request.on('response', answer => {
      answer.on('error', reject);
      answer.on('end', () => resolve(answer.statusCode!));
      answer.resume();
    });
    request.setHeader('content-length', body.length);
    request.end(body);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}
