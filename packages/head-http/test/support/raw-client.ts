import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** How long an answer may take, in milliseconds: a machine may be busy. */
const WAIT_MS = 20_000;

/** A connection that says what a test tells it to, byte by byte. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  /** Its address as the server's log has it. */
  readonly name: string;
  text = '';
  closed = false;
  readonly #waits = new Set<() => void>();

  private constructor(socket: Socket) {
    this.socket = socket;
    this.name = `${socket.localAddress}:${socket.localPort}`;
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      this.#look();
    });
    // A reset is one of the answers that a test may want.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      this.#look();
    });
  }

  static async connect(server: { http: string }): Promise<RawClient> {
    const { hostname, port } = new URL(server.http);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** The statuses of all answers so far. */
  get statuses(): number[] {
    return [...this.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(match => Number(match[1]));
  }

  async answered(count: number): Promise<number[]> {
    await this.#until(() => this.statuses.length >= count || this.closed);
    return this.statuses;
  }

  async heard(bytes: number): Promise<void> {
    await this.#until(() => this.text.length >= bytes || this.closed);
  }

  async gone(waitMs: number = WAIT_MS): Promise<number[]> {
    await this.#until(() => this.closed, waitMs);
    return this.statuses;
  }

  #look(): void {
    for (const look of this.#waits) look();
  }

  #until(condition: () => boolean, waitMs: number = WAIT_MS): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waits.delete(look);
      };
      const look = (): void => {
        if (!condition()) return;
        done();
        resolve();
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`waited in vain; ${this.closed ? 'closed' : 'open'}, got ${JSON.stringify(this.text)}`));
      }, waitMs);
      this.#waits.add(look);
      look();
    });
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
