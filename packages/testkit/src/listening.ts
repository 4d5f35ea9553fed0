import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A server of a test's own. */
export interface Listening extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

/**
 * Has a server listen on a free port of this machine. Disposed of, it listens no more, and its connections are gone: a test that fails in between leaves
 * nothing that would keep its file from ending.
 */
export async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { address: host, port } = server.address() as AddressInfo;
  const dispose = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { host, port, [Symbol.asyncDispose]: dispose };
}

/** A port that was free a moment ago: nobody listens there. */
export async function unusedPort(): Promise<number> {
  await using server = await listening(createServer());
  return server.port;
}
