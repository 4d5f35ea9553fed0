import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Report } from '@angarium/core';
import { type CuttableConnection, peerOf, ReportBudget, type Strangers } from '@angarium/transport';
import type { Certificates } from './certificates.ts';
import { certificateFailure, type HandshakeFailure, handshakeFailure } from './handshake-failure.ts';
import type { ServerContexts } from './server-contexts.ts';

/** How often handshakes are looked at for their time limit, in milliseconds. */
const TICK_MS = 500;
/** What Node says of a client that goes without a word. */
const HUNG_UP = 'ECONNRESET';

/** Handshakes since the endpoint was opened. */
export interface HandshakeCounts {
  readonly done: number;
  readonly failed: number;
}

export interface HandshakesOptions {
  /** For the log, as in `AMQPS`. */
  readonly endpoint: string;
  /** Protocols that are spoken over TLS (RFC 7301), the preferred first. A client need not name any. */
  readonly alpn: readonly string[];
  readonly certificates: Certificates;
  /** Of all endpoints together. */
  readonly strangers: Strangers;
  readonly timeoutMs: number;
  readonly report: Report;
  /** Whether the peer may end its side of a connection and read on. */
  readonly allowHalfOpen: boolean;
  /** Takes a connection whose handshake is done. */
  readonly accept: (socket: TLSSocket) => void;
}

/**
 * Brings connections of one endpoint through the handshake of TLS. Each generation of certificates has a server of Node of its own, which does not listen:
 * handshakes that have begun go on with theirs.
 */
export class Handshakes {
  readonly #options: HandshakesOptions;
  readonly #pending = new Set<Handshake>();
  readonly #ofSocket = new WeakMap<Socket, Handshake>();
  readonly #lines = new ReportBudget();
  readonly counts = { done: 0, failed: 0 };
  #contexts: ServerContexts | undefined;
  #server: Server | undefined;
  #ticking: NodeJS.Timeout | undefined;

  constructor(options: HandshakesOptions) {
    this.#options = options;
  }

  begin(socket: Socket): void {
    const handshake = new Handshake(socket, (why, details) => this.#cut(handshake, why, details));
    this.#ofSocket.set(socket, handshake);
    this.#pending.add(handshake);
    this.#options.strangers.set(handshake, true);
    socket.once('close', () => this.#end(handshake));
    this.#ticking ??= setInterval(() => this.#tick(), TICK_MS).unref();
    this.#current().emit('connection', socket);
  }

  /** The server of Node for the certificates as they are now. */
  #current(): Server {
    const { contexts } = this.#options.certificates;
    if (this.#server === undefined || contexts !== this.#contexts) {
      this.#contexts = contexts;
      this.#server = this.#serverFor(contexts);
    }
    return this.#server;
  }

  #serverFor(contexts: ServerContexts): Server {
    const { alpn, allowHalfOpen, timeoutMs } = this.#options;
    const server = createServer({
      ...contexts.defaultOptions,
      ALPNProtocols: [...alpn],
      SNICallback: (serverName, done) => done(null, contexts.find(serverName)),
      allowHalfOpen,
      requestCert: contexts.requestsCertificates,
      rejectUnauthorized: contexts.terms.clientCertificate === 'require',
      // Node's own limit says nothing of its peer, and leaves the connection open: ours comes first.
      handshakeTimeout: 2 * timeoutMs,
    });
    server.on('secureConnection', socket => this.#done(socket, contexts));
    server.on('tlsClientError', (error, socket) => this.#broken(error, socket));
    return server;
  }

  #done(socket: TLSSocket, contexts: ServerContexts): void {
    const handshake = this.#ofSocket.get(below(socket));
    if (handshake) this.#end(handshake);
    const presented = contexts.requestsCertificates && socket.getPeerX509Certificate() !== undefined;
    // Whose certificate is wrong does not come in as somebody without one. Where none can be right, one that is sent all the same means nothing.
    if (presented && !socket.authorized && contexts.hasClientCa(socket.servername || undefined)) {
      this.#failed(handshake, certificateFailure(socket));
      socket.destroy();
    } else {
      this.counts.done++;
      this.#options.accept(socket);
    }
  }

  #broken(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    const handshake = this.#ofSocket.get(below(socket));
    if (handshake?.isCut) return;
    if (handshake) this.#end(handshake);
    this.#failed(handshake, handshakeFailure(error, socket, this.#options.alpn));
  }

  #cut(handshake: Handshake, why: string, details: Record<string, unknown>): void {
    this.#end(handshake);
    this.#failed(handshake, { why, code: 'ETIMEDOUT' }, details);
  }

  #failed(handshake: Handshake | undefined, { why, code }: HandshakeFailure, details?: Record<string, unknown>): void {
    this.counts.failed++;
    const leftOut = this.#lines.take(Date.now());
    if (leftOut === undefined) return;
    const { endpoint, report } = this.#options;
    // Load balancers and monitors come and go like this all day.
    const level = code === HUNG_UP ? 'debug' : 'warn';
    report({ level, what: `${endpoint.toUpperCase()} handshake failed: ${why}`, peer: handshake?.peer, code, ...details, ...leftOut });
  }

  #end(handshake: Handshake): void {
    this.#pending.delete(handshake);
    this.#options.strangers.set(handshake, false);
  }

  #tick(): void {
    const nowMs = Date.now();
    const { timeoutMs, strangers } = this.#options;
    for (const handshake of this.#pending) {
      // In the order of their beginnings: the rest is younger.
      if (nowMs - handshake.sinceMs < timeoutMs) break;
      handshake.cut('it was not done in time', { tlsHandshakeTimeoutMs: timeoutMs });
    }
    strangers.cutExcess(nowMs);
    if (this.#pending.size > 0) return;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }

  /** Ends those that are not done. */
  stop(): void {
    clearInterval(this.#ticking);
    for (const handshake of this.#pending) handshake.destroy();
  }
}

/** A connection whose handshake is not done. */
class Handshake implements CuttableConnection {
  readonly peer: string;
  readonly sinceMs = Date.now();
  isCut = false;
  readonly #socket: Socket;
  readonly #onCut: (why: string, details: Record<string, unknown>) => void;

  constructor(socket: Socket, onCut: (why: string, details: Record<string, unknown>) => void) {
    this.#socket = socket;
    this.#onCut = onCut;
    this.peer = peerOf(socket.remoteAddress, socket.remotePort).address;
  }

  cut(why: string, details: Record<string, unknown>): void {
    this.#onCut(why, details);
    this.destroy();
  }

  destroy(): void {
    this.isCut = true;
    this.#socket.destroy();
  }
}

/** The connection that TLS goes over. Node knows it by this name alone, and has no other way from a handshake that failed to its peer. */
function below(socket: TLSSocket): Socket {
  return (socket as unknown as { readonly _parent: Socket })._parent;
}
