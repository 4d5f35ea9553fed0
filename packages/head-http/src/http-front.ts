import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Report, Turn } from '@angarium/core';
import { Strangers } from '@angarium/transport';
import { FrontConnection, type FrontParts } from './front-connection.ts';
import type { HttpHead } from './http-head.ts';
import { Http2Sessions } from './http2-sessions.ts';
import { closingFields, type HttpProblem, messageProblem, rawProblem, writeProblem } from './problem.ts';
import { type HttpRequest, type HttpResponse, peerName } from './request.ts';
import { normalizeTarget } from './request-target.ts';
import { securityFields } from './security-fields.ts';
import { Stranger } from './stranger.ts';

/** How often connections are looked at, in milliseconds. */
const TICK_MS = 1000;

/**
 * Takes connections of one port, whatever version of HTTP they speak. Messages that are sent plainly over HTTP/1.1 are read here, since that is what most
 * requests are and Node's server costs several times what they do; everything else goes to the servers of Node, for HTTP/1.1 and HTTP/2.
 */
export class HttpFront {
  /** Speaks the rest of HTTP/1.1; it does not listen. */
  readonly http1: Server;
  readonly #http2: Http2Sessions;
  readonly #turn: Turn;
  readonly #report: Report;
  readonly #parts: FrontParts;
  readonly #connections = new Set<FrontConnection>();
  readonly #closing = new WeakSet<Socket>();
  readonly #strangers: Strangers;
  readonly #strangerOf = new WeakMap<Socket, Stranger>();
  #ticking: { cancel(): void } | undefined;
  #stopped = false;
  #fields = '';
  #fieldsAtMs = 0;

  /** `otherwise` takes requests whose paths are not of messages. */
  constructor(head: HttpHead, otherwise: (request: HttpRequest, response: HttpResponse) => void) {
    const { turn, report, limits } = head;
    this.#turn = turn;
    this.#report = report;
    this.#strangers = new Strangers(limits.strangersMax);
    const serve = (request: HttpRequest, response: HttpResponse): void => {
      // What comes after an answer that ends the connection must not be taken (RFC 9112, section 9.6); Node's parser may have read it already.
      if (this.#closing.has(request.socket)) return;
      for (const [name, value] of securityFields(request.socket)) response.setHeader(name, value);
      const problem = normalizeTarget(request, limits.headerBytesMax);
      if (problem) {
        if (problem.headers?.connection === 'close') this.#closing.add(request.socket);
        this.#refused(request.socket, problem);
        return writeProblem(response, problem);
      }
      if (!head.take(request, response)) otherwise(request, response);
    };
    this.http1 = createServer(
      {
        requestTimeout: limits.requestTimeoutMs,
        headersTimeout: limits.requestTimeoutMs,
        connectionsCheckingInterval: Math.min(TICK_MS, limits.requestTimeoutMs),
        keepAliveTimeout: limits.keepAliveMs,
        maxHeaderSize: limits.headerBytesMax,
        noDelay: true,
        // Checked with the rest of the field (`normalizeTarget`).
        requireHostHeader: false,
      },
      (request, response) => {
        this.#known(request.socket);
        serve(request, response);
      },
    );
    // From here on it looks after its connections: their timeouts, and their end. It would begin with that when it listens.
    this.http1.emit('listening');
    this.http1.on('upgrade', (request, socket, rest) => {
      this.#known(request.socket);
      head.upgrade(request, socket, rest);
    });
    this.http1.on('clientError', (error: NodeJS.ErrnoException, socket) => this.#clientError(error, socket as Socket));
    this.#http2 = new Http2Sessions(limits, turn, serve, (peer, what) =>
      report({ level: 'warn', what: `HTTP/2 connection closed: ${what}`, peer }),
    );
    this.#parts = {
      turn,
      limits,
      fields: () => this.#answerFields(limits.keepAliveMs),
      find: target => head.find(target),
      send: (request, body, waiter) => head.sendPlain(request, body, waiter),
      handOver: (connection, socket, protocol) => {
        this.#connections.delete(connection);
        this.#hand(socket, protocol);
      },
      onGone: connection => this.#connections.delete(connection),
      onFirst: socket => this.#known(socket),
      onLate: (socket, problem) => this.#refused(socket, problem),
    };
  }

  /** Takes a connection over. One of TLS has agreed on its protocol already when that was asked for (ALPN). */
  accept(socket: Socket): void {
    const stranger = new Stranger(socket, this.#turn.nowMs, this.#report);
    this.#strangerOf.set(socket, stranger);
    this.#strangers.set(stranger, true);
    socket.once('close', () => this.#strangers.set(stranger, false));
    if ((socket as { alpnProtocol?: unknown }).alpnProtocol === 'h2') this.#hand(socket, 'http2');
    else this.#connections.add(new FrontConnection(socket, this.#parts));
    this.#tickLater();
  }

  /** A request has come on this connection: it is a client's. */
  #known(socket: Socket): void {
    const stranger = this.#strangerOf.get(socket);
    if (stranger) this.#strangers.set(stranger, false);
  }

  #hand(socket: Socket, protocol: 'http1' | 'http2'): void {
    if (this.#stopped) socket.destroy();
    else if (protocol === 'http2') this.#http2.accept(socket, () => this.#known(socket));
    else {
      this.http1.emit('connection', socket);
      socket.resume();
    }
  }

  /** Date is a must for a server that has a clock (RFC 9110, section 6.6.1); it is written once a second. */
  #answerFields(keepAliveMs: number): string {
    const second = Math.floor(this.#turn.nowMs / 1000) * 1000;
    if (second !== this.#fieldsAtMs) {
      this.#fieldsAtMs = second;
      const date = new Date(second).toUTCString();
      this.#fields = `date: ${date}\r\nconnection: keep-alive\r\nkeep-alive: timeout=${Math.floor(keepAliveMs / 1000)}\r\n`;
    }
    return this.#fields;
  }

  /** What a client sent is not HTTP, or is more than it may be, or has not come in time: it is told so, and the connection ends. */
  #clientError(error: NodeJS.ErrnoException, socket: Socket): void {
    const problem = problemOf(error);
    if (problem === undefined || socket.destroyed) return void socket.destroy();
    this.#refused(socket, problem);
    if (socket.writable) socket.write(rawProblem(problem, closingFields(socket)), 'latin1');
    socket.destroySoon();
  }

  #refused(socket: Socket, { code, detail }: HttpProblem): void {
    this.#report({ level: 'warn', what: 'HTTP request refused', peer: peerName(socket), code, detail });
  }

  #tickLater(): void {
    this.#ticking ??= this.#turn.after(TICK_MS, () => {
      this.#ticking = undefined;
      const { nowMs } = this.#turn;
      for (const connection of this.#connections) connection.tick(nowMs);
      this.#http2.tick(nowMs);
      this.#strangers.cutExcess(nowMs);
      if (this.#connections.size + this.#http2.size + this.#strangers.size > 0) this.#tickLater();
    });
  }

  /** Ends all connections; what was answered goes out. */
  stop(): void {
    this.#stopped = true;
    this.#ticking?.cancel();
    for (const connection of this.#connections) connection.stop();
    this.#http2.stop();
    this.http1.close();
    this.http1.closeAllConnections();
  }
}

/** undefined: the connection broke, and nobody can be told. */
function problemOf({ code, message }: NodeJS.ErrnoException): HttpProblem | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return messageProblem('request-timeout', 'The request has not come in time (requestTimeoutMs).');
  if (code === 'HPE_HEADER_OVERFLOW') return messageProblem('header-too-large', 'The header fields are too large (headerBytesMax).');
  if (code?.startsWith('HPE_')) return messageProblem('request-invalid', `This is not HTTP as it should be: ${message}.`);
  return undefined;
}
