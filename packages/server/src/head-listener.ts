import { createServer, type Server, type Socket } from 'node:net';
import type { Report } from '@angarium/core';
import { endpointUrl, type ListenAddress } from './listen-address.ts';
import { StartError } from './start-error.ts';

/** Connections that the kernel keeps for us while the loop is busy. */
const BACKLOG = 1024;

export interface HeadListenerOptions {
  /** The option that says where it listens, which is the scheme of its URL too. */
  readonly endpoint: string;
  readonly address: ListenAddress;
  /** Takes a connection over. */
  readonly accept: (socket: Socket) => void;
  readonly connectionsMax: number;
  /** The option that says so. */
  readonly connectionsMaxOption: string;
  /** Whether a peer may end its side of a connection and read on. */
  readonly allowHalfOpen: boolean;
  readonly report: Report;
}

/** Takes connections in and hands them to a head. */
export class HeadListener implements Disposable {
  readonly url: string;
  /** What ends with it. */
  onClose: (() => void) | undefined;
  readonly #server: Server;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async open(options: HeadListenerOptions): Promise<HeadListener> {
    const { endpoint, address, accept, connectionsMax, connectionsMaxOption, allowHalfOpen, report } = options;
    const name = endpoint.toUpperCase();
    // Frames are gathered into one write per turn, so waiting for more (Nagle's algorithm) would only add delay.
    const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000, allowHalfOpen }, accept);
    server.maxConnections = connectionsMax;
    server.on('drop', peer =>
      report({
        level: 'warn',
        event: 'ConnectionRefused',
        what: `${name} connection refused: ${connectionsMaxOption} is reached`,
        peer: `${peer?.remoteAddress}:${peer?.remotePort}`,
        [connectionsMaxOption]: connectionsMax,
      }),
    );
    await listen(server, endpoint, address);
    // After listening has begun, errors are those of accept (such as EMFILE): the server goes on with the connections it has.
    server.on('error', error => report({ level: 'error', what: `a connection for ${name} could not be accepted`, err: error }));
    return new HeadListener(server, endpointUrl(endpoint, address.host, boundPort(server)));
  }

  /** Takes no further connections; those that exist stay. */
  [Symbol.dispose](): void {
    this.#server.close();
    this.onClose?.();
  }
}

function boundPort(server: Server): number {
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the listener has no port');
  return bound.port;
}

/** Resolves when `server` listens; a port that cannot be had is a `StartError` that names it. */
function listen(server: Server, option: string, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => reject(listenError(option, address, error));
    server.once('error', onError);
    server.listen({ host: address.host, port: address.port, backlog: BACKLOG }, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

function listenError(option: string, address: ListenAddress, error: NodeJS.ErrnoException): StartError {
  const where = `${address.host}:${address.port}`;
  const protocol = option.toUpperCase();
  if (error.code === 'EADDRINUSE') {
    return new StartError(
      'environment',
      `Port ${address.port} for ${protocol} is taken by another program (${where}). Stop that program, or choose another port with --${option} ${address.port + 1} (0 takes any free one).`,
      error,
    );
  }
  if (error.code === 'EACCES') {
    return new StartError(
      'environment',
      `${protocol} may not listen on ${where}: ports below 1024 need special rights. Choose another port with --${option}.`,
      error,
    );
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new StartError(
      'configuration',
      `${protocol} cannot listen on ${where}: this machine has no such address. Give one of its own with --${option} HOST:PORT.`,
      error,
    );
  }
  return new StartError('environment', `${protocol} cannot listen on ${where}: ${error.message}`, error);
}
