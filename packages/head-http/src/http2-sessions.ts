import { constants, createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Turn } from '@angarium/core';
import type { HttpLimits } from './limits.ts';
import { type HttpRequest, type HttpResponse, peerName } from './request.ts';

/** What one connection may hold in memory, in megabytes: header lists, and what its peer does not take. */
const SESSION_MEGABYTES_MAX = 16;
/** Frames that are no good, and streams beyond the limit, that a connection may send. */
const BAD_FRAMES_MAX = 100;
const REFUSED_STREAMS_MAX = 100;
/** Settings in one frame, and pings that wait for their answer. */
const SETTINGS_MAX = 32;
const PINGS_MAX = 10;
/** How long resets are counted together, in milliseconds. */
const RESETS_INTERVAL_MS = 10_000;
/** nghttp2's own count of resets, in a bucket that refills: above ours, which says who it was. */
const RESET_BURST_FACTOR = 2;

/** Connections of HTTP/2 (RFC 9113), without TLS by prior knowledge, with TLS by ALPN. Their requests are served as those of HTTP/1.1 are. */
export class Http2Sessions {
  readonly #server: Http2Server;
  readonly #sessions = new Map<ServerHttp2Session, SessionState>();
  readonly #limits: HttpLimits;
  readonly #turn: Turn;
  readonly #onClosed: (peer: string, what: string) => void;
  /** Of the connection that is being accepted. */
  #onRequest: (() => void) | undefined;

  /** `onClosed` hears of connections that are closed for what their peers did. */
  constructor(
    limits: HttpLimits,
    turn: Turn,
    serve: (request: HttpRequest, response: HttpResponse) => void,
    onClosed: (peer: string, what: string) => void,
  ) {
    this.#limits = limits;
    this.#turn = turn;
    this.#onClosed = onClosed;
    this.#server = createServer(
      {
        settings: { maxConcurrentStreams: limits.http2StreamsMax, maxHeaderListSize: limits.headerBytesMax, enablePush: false },
        maxSessionMemory: SESSION_MEGABYTES_MAX,
        maxSessionInvalidFrames: BAD_FRAMES_MAX,
        maxSessionRejectedStreams: REFUSED_STREAMS_MAX,
        maxSettings: SETTINGS_MAX,
        maxOutstandingPings: PINGS_MAX,
        streamResetBurst: RESET_BURST_FACTOR * limits.http2ResetsMax,
        streamResetRate: Math.max(1, Math.floor((RESET_BURST_FACTOR * limits.http2ResetsMax * 1000) / RESETS_INTERVAL_MS)),
      },
      serve as (request: unknown, response: unknown) => void,
    );
    this.#server.on('session', session => this.#opened(session));
    // What a session has to say is said below, with its peer.
    this.#server.on('sessionError', () => {});
  }

  /** `onRequest` is called when the first request has come. */
  accept(socket: Socket, onRequest: () => void): void {
    // The server opens the session in this call.
    this.#onRequest = onRequest;
    this.#server.emit('connection', socket);
    this.#onRequest = undefined;
  }

  #opened(session: ServerHttp2Session): void {
    // Kept here, since nobody knows it any more when the connection is closed.
    const peer = peerName(session.socket);
    const state: SessionState = { peer, resetsSinceMs: this.#turn.nowMs, resets: 0, arriving: new Map(), open: 0 };
    this.#sessions.set(session, state);
    if (this.#onRequest) session.once('stream', this.#onRequest);
    session.once('close', () => this.#sessions.delete(session));
    session.on('error', error => this.#onClosed(peer, error.message));
    session.setTimeout(this.#limits.keepAliveMs, () => {
      if (state.open === 0) session.close();
    });
    session.on('stream', (stream, _headers, flags) => {
      state.open++;
      if ((flags & constants.NGHTTP2_FLAG_END_STREAM) === 0) {
        state.arriving.set(stream, this.#turn.nowMs);
        stream.once('end', () => state.arriving.delete(stream));
      }
      stream.once('aborted', () => this.#reset(session, state));
      stream.once('close', () => {
        state.open--;
        state.arriving.delete(stream);
      });
    });
  }

  /** A request was taken back, which costs its peer nothing and us some work ("rapid reset", CVE-2023-44487). */
  #reset(session: ServerHttp2Session, state: SessionState): void {
    if (session.destroyed) return;
    const { nowMs } = this.#turn;
    if (nowMs - state.resetsSinceMs > RESETS_INTERVAL_MS) {
      state.resetsSinceMs = nowMs;
      state.resets = 0;
    }
    if (++state.resets <= this.#limits.http2ResetsMax) return;
    const why = new Error(`${this.#limits.http2ResetsMax} requests were taken back (http2ResetsMax)`);
    session.destroy(why, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  /** Ends requests that have not come whole in time. */
  tick(nowMs: number): void {
    for (const { peer, arriving } of this.#sessions.values()) {
      for (const [stream, sinceMs] of arriving) {
        // In the order of their beginnings: the rest is younger.
        if (nowMs - sinceMs < this.#limits.requestTimeoutMs) break;
        arriving.delete(stream);
        this.#onClosed(peer, 'a request has not come in time (requestTimeoutMs)');
        stream.close(constants.NGHTTP2_CANCEL);
      }
    }
  }

  get size(): number {
    return this.#sessions.size;
  }

  stop(): void {
    for (const session of this.#sessions.keys()) {
      session.close();
      session.destroy();
    }
  }
}

interface SessionState {
  readonly peer: string;
  resetsSinceMs: number;
  resets: number;
  /** Requests that are not whole yet, with when they began. */
  readonly arriving: Map<ServerHttp2Stream, number>;
  open: number;
}
