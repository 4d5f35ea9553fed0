import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface RawPeerOptions {
  /** False: it never reads from its socket. */
  readonly reads?: boolean;
  /** False: it does not look at what it is told. */
  readonly listens?: boolean;
}

/** Nothing that a peer waits for takes this long. */
const WAIT_TIMEOUT_MS = 10_000;

export async function connectSocket(target: Target): Promise<Socket> {
  const socket = connect({ ...target, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** A hostile peer's socket, whatever it speaks: sends any bytes, and waits for what is to come of them. */
export abstract class RawSocket implements Disposable {
  /** The socket is closed, by whomever. */
  closed = false;
  /** The name that the server knows it by. */
  readonly name: string;
  readonly #socket: Socket;
  readonly #waits = new Set<() => void>();

  protected constructor(socket: Socket, { reads = true }: RawPeerOptions) {
    this.#socket = socket;
    this.name = `${socket.localAddress}:${socket.localPort}`;
    if (reads)
      socket.on('data', (chunk: Uint8Array) => {
        this.hear(chunk);
        for (const look of this.#waits) look();
      });
    else socket.pause();
    // A reset is one of the answers that a hostile peer may get.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      for (const look of this.#waits) look();
    });
  }

  protected abstract hear(chunk: Uint8Array): void;
  /** What came so far, in words. */
  protected abstract heardSoFar(): string;

  /**
   * Resolves when the condition holds; looks whenever something came. One that does not hold in time, or when the connection is closed, is an
   * error that says what did come.
   */
  until(condition: () => boolean, what: string, timeoutMs: number = WAIT_TIMEOUT_MS): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waits.delete(look);
      };
      const fail = (): void => {
        done();
        reject(new Error(`${this.name} waited in vain for ${what}; ${this.heardSoFar()}; ${this.closed ? 'closed' : 'open'}`));
      };
      const look = (): void => {
        if (condition()) {
          done();
          resolve();
        } else if (this.closed) fail();
      };
      const timer = setTimeout(fail, timeoutMs);
      this.#waits.add(look);
      look();
    });
  }

  /** The server has cut or closed the connection. */
  gone(timeoutMs: number = WAIT_TIMEOUT_MS): Promise<void> {
    return this.until(() => this.closed, 'the connection to be closed', timeoutMs);
  }

  /** Resolves when the socket wants more, or is closed. */
  async send(bytes: Uint8Array): Promise<void> {
    if (this.closed || this.#socket.write(bytes)) return;
    const socket = this.#socket;
    if (socket.closed) return;
    await new Promise<void>(resolve => {
      const done = (): void => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }

  /** Sends without waiting for the socket: for what must not stop while the server does not read. */
  push(bytes: Uint8Array): boolean {
    return this.#socket.write(bytes);
  }

  /** Ends in order: what was sent arrives before the end. */
  finish(): void {
    this.#socket.end();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}
