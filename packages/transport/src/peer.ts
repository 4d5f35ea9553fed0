/** Where a connection comes from. */
export interface Peer {
  /** Host and port, as in `127.0.0.1:53211`. */
  readonly address: string;
  readonly loopback: boolean;
}

/** Who a connection is for. */
export interface Identity {
  readonly user: string;
}

export type Mechanism = 'ANONYMOUS' | 'PLAIN';

/** Whom the head asks about identities. */
export interface Access {
  /** Mechanisms offered to this peer, strongest first. */
  mechanisms(peer: Peer): readonly Mechanism[];
  /** `done` is called once, at once or later; undefined: refused. */
  authenticate(
    mechanism: Mechanism,
    credentials: { user: string; password: string },
    peer: Peer,
    done: (identity: Identity | undefined) => void,
  ): void;
}

/** Normalizes what Node says of a socket. */
export function peerOf(address: string | undefined, port: number | undefined): Peer {
  const host = (address ?? 'unknown').replace(/^::ffff:/, '');
  const loopback = host === '::1' || host.startsWith('127.');
  return { address: `${host.includes(':') ? `[${host}]` : host}:${port ?? 0}`, loopback };
}
