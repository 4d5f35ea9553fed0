import { connect, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

/** Where a load goes. */
export interface LoadTarget {
  readonly host: string;
  readonly port: number;
  /** Connections are made with TLS, and these: certificates, the name of the server. */
  readonly tls?: ConnectionOptions;
}

/** A connection of a generator. What comes is read into `buffer` and is used up by `read`; `connected` is called when it can be written to. */
export function openLoadSocket(
  { host, port, tls }: LoadTarget,
  buffer: Uint8Array,
  read: (bytes: Uint8Array, count: number) => void,
  connected: () => void,
): Socket {
  const callback = (count: number, bytes: Uint8Array): boolean => {
    read(bytes, count);
    return true;
  };
  const options = { host, port, onread: { buffer, callback } };
  const socket = tls === undefined ? connect(options) : connectTls({ ...options, ...tls });
  // Packets are gathered by the generator.
  socket.setNoDelay(true);
  socket.once(tls === undefined ? 'connect' : 'secureConnect', connected);
  return socket;
}
