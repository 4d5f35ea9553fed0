import { once } from 'node:events';
import { WebSocket } from 'ws';

export type Frame = Record<string, unknown>;

/** A client that reads frames one by one. */
export class JsonClient implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly #frames: Frame[] = [];
  #wake = Promise.withResolvers<void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', data => {
      this.#frames.push(JSON.parse(String(data)));
      this.#wake.resolve();
    });
  }

  static async open(server: { http: string }, path: string): Promise<JsonClient> {
    const socket = new WebSocket(`${server.http.replace('http', 'ws')}${path}`);
    const client = new JsonClient(socket);
    await once(socket, 'open');
    return client;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  async next(): Promise<Frame> {
    while (this.#frames.length === 0) {
      this.#wake = Promise.withResolvers<void>();
      await this.#wake.promise;
    }
    return this.#frames.shift()!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.socket, 'close');
    this.socket.close();
    // A reader that has paused would never hear the answer.
    this.socket.resume();
    await closed;
  }
}
