import { once } from 'node:events';
import { WebSocket } from 'ws';

export type Frame = Readonly<Record<string, unknown>>;

/** A client of the JSON WebSocket: says frames, and hears those that are asked for, in their order. */
export class JsonClient implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #heard: Frame[] = [];
  readonly #waits = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', data => {
      this.#heard.push(JSON.parse(String(data)) as Frame);
      for (const look of this.#waits) look();
    });
  }

  static async open(server: { readonly http: string }): Promise<JsonClient> {
    const socket = new WebSocket(`${server.http.replace('http', 'ws')}/ws`);
    await once(socket, 'open');
    return new JsonClient(socket);
  }

  say(frame: Frame): void {
    this.#socket.send(JSON.stringify(frame));
  }

  /** The first frame of these that has not been taken yet. */
  next(wanted: (frame: Frame) => boolean): Promise<Frame> {
    return new Promise(resolve => {
      const look = (): void => {
        const index = this.#heard.findIndex(wanted);
        if (index < 0) return;
        this.#waits.delete(look);
        resolve(this.#heard.splice(index, 1)[0]!);
      };
      this.#waits.add(look);
      look();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }
}
