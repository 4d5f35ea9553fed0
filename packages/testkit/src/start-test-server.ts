import { type RunningServer, type ServerOptions, startServer } from '@angarium/server';
import { hostAndPort } from './host-and-port.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** How long a test's server waits for its peers when it stops: a test that forgot a connection shall not wait long. */
const DRAIN_TIMEOUT = '1s';

/** A server in this process, on free ports, with all protocols on. */
export interface TestServer extends RunningServer {
  readonly amqp: { readonly host: string; readonly port: number };
  readonly mqtt: { readonly host: string; readonly port: number };
  /** The URL of the HTTP API. */
  readonly http: string;
}

/** Starts a server in this process; disposing of it stops it and removes its data, unless `dataDir` is given. */
export async function startTestServer(options: ServerOptions = {}): Promise<TestServer> {
  await using started = new AsyncDisposableStack();
  const dataDir = options.dataDir ?? started.use(await temporaryFolder()).path;
  const server = started.use(
    await startServer({ amqp: '127.0.0.1:0', http: '127.0.0.1:0', mqtt: '127.0.0.1:0', drainTimeout: DRAIN_TIMEOUT, ...options, dataDir }),
  );
  const running = started.move();
  return {
    ...server,
    amqp: hostAndPort(server.endpoints.amqp),
    mqtt: hostAndPort(server.endpoints.mqtt),
    http: server.endpoints.http ?? 'off',
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
