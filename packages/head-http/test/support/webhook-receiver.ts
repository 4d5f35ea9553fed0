import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Push {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly url: string;
  readonly atMs: number;
}

/** An endpoint that webhooks post to. */
export class WebhookReceiver implements AsyncDisposable {
  readonly pushes: Push[] = [];
  readonly port: number;
  readonly #server: Server;
  #looks: (() => void)[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** `answer` is called with each push, counted from 1; without it, all are answered 204. */
  static async start(answer: (response: ServerResponse, number: number) => void = respond(204), port = 0): Promise<WebhookReceiver> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      receiver.pushes.push({
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
        url: request.url!,
        atMs: performance.now(),
      });
      answer(response, receiver.pushes.length);
      for (const look of receiver.#looks) look();
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    const receiver = new WebhookReceiver(server);
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** Resolves with the pushes when there are so many. */
  got(count: number): Promise<readonly Push[]> {
    return new Promise(resolve => {
      const look = (): void => {
        if (this.pushes.length < count) return;
        this.#looks = this.#looks.filter(each => each !== look);
        resolve(this.pushes);
      };
      this.#looks.push(look);
      look();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }
}

export function respond(status: number, headers: Record<string, string> = {}): (response: ServerResponse) => void {
  return response => {
    response.writeHead(status, headers);
    response.end();
  };
}
